//! What happens to a task, told as it happens.

use crate::agent::AgentStatus;
use crate::call::SubtaskStatus;
use crate::message::Usage;
use crate::schedule::FireId;
use crate::warning::Warning;
use crate::{CallId, Money, Plan, ScheduleId, StandingApprovalId, SubtaskId, TaskId, TaskState, Timestamp};
use serde::{Deserialize, Serialize};

/// One entry of a task's event log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Counts up from 1 within the task, without gaps; the id of the SSE frame.
    pub seq: i64,
    /// The task.
    pub task_id: TaskId,
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// Kinds of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// The task's state changed.
    StateChanged {
        /// The new one.
        #[serde(flatten)]
        state: TaskState,
    },
    /// There is a plan, or another one.
    PlanChanged {
        /// The whole plan.
        plan: Plan,
    },
    /// The model has written another plan, as a person asked. It waits for them.
    PlanProposed {
        /// Its version.
        version: u32,
        /// What it changes.
        diff: String,
    },
    /// An agent began its part.
    AgentStarted {
        /// What it works on.
        agent: String,
    },
    /// An agent ended.
    AgentEnded {
        /// What it worked on.
        agent: String,
        /// How.
        status: AgentStatus,
    },
    /// The model answered.
    ModelAnswered {
        /// Whose model.
        agent: String,
        /// The turn.
        turn: u32,
        /// Its words.
        text: String,
        /// The tools it wants called.
        tools: Vec<String>,
        /// Tokens.
        usage: Usage,
        /// The model, as its provider calls it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        model: String,
        /// What it cost, where the price is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usd: Option<Money>,
    },
    /// An agent was told that it repeats itself.
    AgentTold {
        /// Which one.
        agent: String,
        /// The words.
        text: String,
    },
    /// An agent's context was made shorter.
    ContextCompacted {
        /// Whose.
        agent: String,
        /// The last turn that it was about.
        up_to_turn: u32,
        /// The beginning of what stands for these turns now. None: they stay, with long results cut short.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        summary: Option<String>,
        /// What it cost.
        usage: Usage,
    },
    /// A call waits for a person.
    ApprovalAsked {
        /// The call.
        call_id: CallId,
        /// Its tool.
        tool: String,
    },
    /// A person answered.
    ApprovalAnswered {
        /// The call.
        call_id: CallId,
        /// Whether it may run.
        approved: bool,
        /// Who answered.
        #[serde(default)]
        by: String,
    },
    /// A call that takes long tells how far it is.
    CallProgressed {
        /// The call.
        call_id: CallId,
        /// Its tool.
        tool: String,
        /// So many of a total.
        done: u32,
        /// How many there are.
        total: u32,
        /// Of what.
        what: String,
    },
    /// A call's result is final.
    CallFinished {
        /// The call.
        call_id: CallId,
        /// Its tool.
        tool: String,
        /// The first line of the result.
        summary: String,
        /// Whether it went wrong.
        is_error: bool,
    },
    /// An agent told another one something.
    MessageSent {
        /// Who.
        from: String,
        /// Whom.
        to: String,
        /// What kind of message.
        kind: String,
    },
    /// A subtask's status changed.
    SubtaskChanged {
        /// Which one.
        subtask_id: SubtaskId,
        /// Its line of the plan.
        title: String,
        /// The new status.
        status: SubtaskStatus,
        /// What was said of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// The turn in which it changed. None: a person changed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turn: Option<u32>,
    },
    /// A file was handed over.
    Delivered {
        /// Where it lies.
        path: String,
        /// What people read.
        title: String,
        /// What it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// The call that did so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call_id: Option<CallId>,
        /// Its turn.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turn: Option<u32>,
    },
    /// The task goes on from a turn of another one.
    Forked {
        /// The other one.
        from: TaskId,
        /// The last turn that both have.
        turn: u32,
    },
    /// A person went back to a turn.
    Rewound {
        /// The last turn that stays.
        to_turn: u32,
    },
    /// The clock, or a person in its place, took the task on.
    Scheduled {
        /// The schedule.
        schedule_id: ScheduleId,
        /// The firing.
        fire_id: FireId,
        /// Its time by the schedule.
        scheduled_at: Timestamp,
    },
    /// A call changed files without a question, because a person had allowed it for all tasks of the schedule.
    StandingApprovalUsed {
        /// The call.
        call_id: CallId,
        /// Its tool.
        tool: String,
        /// What decided.
        approval_id: StandingApprovalId,
        /// What it allows, in words.
        allows: String,
    },
    /// Something came up that a person should look at themselves.
    Warned {
        /// What.
        #[serde(flatten)]
        warning: Warning,
    },
    /// A turn ended with a checkpoint.
    CheckpointSaved {
        /// The turn.
        turn: u32,
    },
}
