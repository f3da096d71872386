//! A tool that makes a sub-agent for a part of the work.

use cowork_tool::agents::{self, NewAgent};
use cowork_tool::{Deserialize, Error, JsonSchema};

cowork_tool::export!(sub_agent_spawn {
    title: "Make a sub-agent",
    description: "Makes a sub-agent that does a part of your work beside you, with a context of its own. It sees the files and its brief, nothing else that you know. With `wait` the result is its last words; else they come to you as a message. It ends when you end.",
    annotations: [read_only],
});

/// Arguments of [`sub_agent_spawn`].
#[derive(Deserialize, JsonSchema)]
pub struct SubAgentSpawn {
    /// What it is called, by you and by the person: "Sort the invoices".
    pub name: String,
    /// What it is good at, in a few words: "careful bookkeeper".
    pub role: Option<String>,
    /// What it is to do, where it finds what it needs, what it writes where, and what its last words should tell you.
    pub brief: String,
    /// Patterns of the paths that it writes, such as `output/invoices/**`: others keep out of there.
    #[serde(default)]
    pub writes: Vec<String>,
    /// Whether you wait until it is done.
    #[serde(default)]
    pub wait: bool,
}

/// Makes one sub-agent.
pub fn sub_agent_spawn(args: SubAgentSpawn) -> Result<String, Error> {
    let SubAgentSpawn { name, role, brief, writes, wait } = args;
    agents::spawn(NewAgent { name: name.clone(), role, brief, writes })?;
    if wait {
        agents::receive(Some(&name))?;
    }
    Ok(format!("{name} is at work; its last words will come to you as a message"))
}
