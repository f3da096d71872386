//! `cowork:host/person` and `cowork:host/agents`: what a call says to people and to other agents. It is kept with the
//! call and said when the call is done.

use crate::bindings::{agents, person};
use crate::context::CallContext;
use crate::task_context::Others;
use cowork_domain::AgentId;
use cowork_domain::agent_message::NewAgent;
use cowork_domain::approval::{MAX_TEXT, Question};
use cowork_domain::call::HostEffect;

/// The longest name of an agent, in characters.
const MAX_NAME: usize = 100;
/// The longest brief or message, in bytes.
const MAX_BRIEF: usize = 64 << 10;
/// What one call may wait for.
const ONE_WAIT: &str = "one call waits for one answer; make another call for the next";

impl person::Host for CallContext {
    fn ask(&mut self, question: person::Question) -> wasmtime::Result<Result<(), person::Error>> {
        self.may_use("cowork:host/person")?;
        if self.task.is_none() {
            return Ok(Err(person::Error::NoTask));
        }
        let person::Question { text, options, why } = question;
        let question = Question { text, options, why };
        let problem = question.problem().or_else(|| self.waits().then(|| ONE_WAIT.to_owned()));
        if let Some(problem) = problem {
            return Ok(Err(person::Error::Refused(problem)));
        }
        self.add(HostEffect::AskPerson { question })?;
        Ok(Ok(()))
    }
}

impl agents::Host for CallContext {
    fn spawn(&mut self, agent: agents::NewAgent) -> wasmtime::Result<Result<(), agents::Error>> {
        self.may_use("cowork:host/agents")?;
        let Some(others) = self.others() else { return Ok(Err(agents::Error::NoTask)) };
        if let Some(why) = refuse_spawn(others, &agent) {
            return Ok(Err(agents::Error::Refused(why)));
        }
        let agents::NewAgent { name, role, brief, writes } = agent;
        let name = name.trim().to_owned();
        self.add(HostEffect::Spawn { agent: NewAgent { id: AgentId::new(), name, role, brief, writes } })?;
        Ok(Ok(()))
    }

    fn send(
        &mut self,
        to: String,
        kind: String,
        content: String,
    ) -> wasmtime::Result<Result<(), agents::Error>> {
        self.may_use("cowork:host/agents")?;
        if content.len() > MAX_BRIEF || kind.chars().count() > MAX_NAME {
            return Ok(Err(agents::Error::Refused(
                "the message is too long; write a file and name it".to_owned(),
            )));
        }
        let to = match self.agent(&to) {
            Ok((id, false)) => id,
            Ok((_, true)) => {
                return Ok(Err(agents::Error::Refused(format!("{to} has ended and reads nothing any more"))));
            }
            Err(error) => return Ok(Err(error)),
        };
        self.add(HostEffect::Send { to, kind, content })?;
        Ok(Ok(()))
    }

    fn receive(&mut self, sender: Option<String>) -> wasmtime::Result<Result<(), agents::Error>> {
        self.may_use("cowork:host/agents")?;
        if self.others().is_none() {
            return Ok(Err(agents::Error::NoTask));
        }
        if self.waits() {
            return Ok(Err(agents::Error::Refused(ONE_WAIT.to_owned())));
        }
        let from = match sender.map(|name| self.agent(&name)).transpose() {
            Ok(found) => found.map(|(id, _)| id),
            Err(error) => return Ok(Err(error)),
        };
        self.add(HostEffect::Receive { from })?;
        Ok(Ok(()))
    }
}

impl CallContext {
    fn others(&self) -> Option<&Others> {
        self.task.as_ref().and_then(|task| task.others.as_ref())
    }

    fn waits(&self) -> bool {
        self.effects.iter().any(|effect| effect.waits_for().is_some())
    }

    /// An agent by its name, also one that this call makes, and whether it has ended.
    fn agent(&self, name: &str) -> Result<(AgentId, bool), agents::Error> {
        let Some(others) = self.others() else { return Err(agents::Error::NoTask) };
        let made = self.effects.iter().find_map(|effect| match effect {
            HostEffect::Spawn { agent } if agent.name == name.trim() => Some((agent.id, false)),
            _ => None,
        });
        let found = made.or_else(|| others.find(name).map(|peer| (peer.id, peer.is_over)));
        found.ok_or_else(|| agents::Error::UnknownAgent(others.names()))
    }
}

fn refuse_spawn(others: &Others, agent: &agents::NewAgent) -> Option<String> {
    let length = agent.name.trim().chars().count();
    if length == 0 || length > MAX_NAME || agent.name.chars().any(char::is_control) {
        Some(format!("a name has 1 to {MAX_NAME} characters on one line"))
    } else if agent.brief.trim().is_empty() || agent.brief.len() > MAX_BRIEF {
        Some(format!("a brief has 1 to {MAX_BRIEF} bytes"))
    } else if agent.role.as_ref().is_some_and(|role| role.chars().count() > MAX_TEXT) {
        Some(format!("a role has at most {MAX_TEXT} characters"))
    } else if others.find(&agent.name).is_some_and(|peer| !peer.is_over) {
        Some(format!("an agent at work has the name {:?}; take another", agent.name.trim()))
    } else {
        others.no_more.clone()
    }
}
