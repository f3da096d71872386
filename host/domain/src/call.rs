//! Tool calls: asked for, approved, run, final.

use crate::agent_message::NewAgent;
use crate::approval::Question;
use crate::message::ToolResult;
use crate::{AgentId, CallId, CoworkspacePath, SubtaskId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// One invocation of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its identifier.
    pub id: CallId,
    /// The task it belongs to.
    pub task_id: TaskId,
    /// The agent that asked for it.
    pub agent_id: AgentId,
    /// The turn in which it was asked for.
    pub turn: u32,
    /// Its place among the calls of that answer, from 0.
    pub position: u32,
    /// The model's name for it.
    pub model_call_id: String,
    /// The tool.
    pub tool: String,
    /// The arguments as the model wrote them.
    pub arguments: String,
    /// Where it stands.
    pub status: CallStatus,
    /// What it gave, once final.
    pub result: Option<ToolResult>,
    /// What it used, once final.
    pub usage: Option<Usage>,
    /// When the intent was recorded.
    pub created_at: Timestamp,
    /// When the result became final.
    pub finished_at: Option<Timestamp>,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// Asked for by the model; nothing has happened.
    Intended,
    /// What it did is done, and its result is to come: from a person, or with a message.
    Waiting,
    /// Its result is final.
    Completed,
    /// It gave an error, and left nothing behind.
    Failed,
    /// A person or the policy said no.
    Denied,
}

impl CallStatus {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Waiting => "waiting",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Denied => "denied",
        }
    }

    /// Whether the result stands for good.
    pub fn is_final(self) -> bool {
        match self {
            Self::Completed | Self::Failed | Self::Denied => true,
            Self::Intended | Self::Waiting => false,
        }
    }
}

/// What a call used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The most linear memory that it had at once, in bytes.
    pub memory: u64,
    /// Processor time, in microseconds.
    pub cpu_micros: u64,
    /// From its start to its end, in microseconds.
    pub wall_micros: u64,
    /// What it wrote to files, in bytes.
    pub staged: u64,
    /// What it printed, in bytes.
    pub printed: u64,
    /// What it sent to other hosts, in bytes of bodies.
    pub sent: u64,
    /// What it received from them.
    pub received: u64,
    /// Requests that left.
    pub requests: u64,
    /// Files of the coworkspace that it opened for reading.
    #[serde(default)]
    pub files_read: u64,
    /// Memories that it was given.
    #[serde(default)]
    pub recalled: u64,
}

/// What a call did through the host's interfaces: it happens when the call's result becomes final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum HostEffect {
    /// A subtask's status changed.
    UpdateSubtask {
        /// Which one.
        subtask_id: SubtaskId,
        /// To what.
        status: SubtaskStatus,
        /// In the agent's words.
        note: Option<String>,
    },
    /// A file was handed over.
    Deliver {
        /// Where it lies.
        path: CoworkspacePath,
        /// What people read.
        title: String,
        /// What it is.
        description: Option<String>,
    },
    /// A person is asked, and the answer is the call's result.
    AskPerson {
        /// What.
        question: Question,
    },
    /// Another agent is made.
    Spawn {
        /// What it is to be.
        agent: NewAgent,
    },
    /// Another agent is told something.
    Send {
        /// Which one.
        to: AgentId,
        /// What kind of message it is.
        kind: String,
        /// The text.
        content: String,
    },
    /// The next message is the call's result.
    Receive {
        /// From whom. None: from anybody.
        from: Option<AgentId>,
    },
}

impl HostEffect {
    /// What the result of a call with this effect comes from, where it comes later.
    pub fn waits_for(&self) -> Option<WaitsFor> {
        match self {
            Self::AskPerson { .. } => Some(WaitsFor::Person),
            Self::Receive { from: None } => Some(WaitsFor::Message),
            Self::Receive { from: Some(agent) } => Some(WaitsFor::Agent(*agent)),
            Self::UpdateSubtask { .. } | Self::Deliver { .. } | Self::Spawn { .. } | Self::Send { .. } => {
                None
            }
        }
    }
}

/// Where the result of a call comes from that comes later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitsFor {
    /// A person's answer.
    Person,
    /// The next message, whoever sends it.
    Message,
    /// The next message of this agent.
    Agent(AgentId),
}

/// How far a subtask is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubtaskStatus {
    /// Not begun.
    Pending,
    /// Being worked on.
    Running,
    /// Finished.
    Completed,
    /// Given up.
    Failed,
}

impl SubtaskStatus {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}
