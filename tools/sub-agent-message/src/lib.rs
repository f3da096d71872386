//! A tool that sends messages to other agents, and waits for theirs.

use cowork_tool::{Deserialize, Error, JsonSchema, agents};

cowork_tool::export!(sub_agent_message {
    title: "Speak with another agent",
    description: "Sends a message to another agent of the task, which reads it at its next turn. With `wait` the result is the next message that comes from it, or from anybody where no agent is named; without a text it only waits.",
    annotations: [read_only],
});

/// Arguments of [`sub_agent_message`].
#[derive(Deserialize, JsonSchema)]
pub struct SubAgentMessage {
    /// The name of the other agent.
    pub to: Option<String>,
    /// What it is told. It sees the files and this text.
    pub text: Option<String>,
    /// What kind of message it is, in one word, such as `question`, `answer`, `result`.
    #[serde(default = "note")]
    pub kind: String,
    /// Whether you wait for a message.
    #[serde(default)]
    pub wait: bool,
}

fn note() -> String {
    "note".to_owned()
}

/// Sends one message, or waits for one, or both.
pub fn sub_agent_message(args: SubAgentMessage) -> Result<String, Error> {
    let SubAgentMessage { to, text, kind, wait } = args;
    match (&to, &text) {
        (Some(to), Some(text)) => agents::send(to, &kind, text)?,
        (None, Some(_)) => return Err(Error::invalid("a text goes to somebody; give `to`")),
        (_, None) if !wait => return Err(Error::invalid("give a `text`, or set `wait`")),
        (_, None) => {}
    }
    if wait {
        agents::receive(to.as_deref())?;
    }
    Ok("sent".to_owned())
}
