use crate::UsedUp;
use cowork_domain::plan::InvalidPlan;
use cowork_domain::plan_change::BegunPhase;
use cowork_domain::schedule::{InvalidTiming, Unstandable};
use cowork_domain::task::InvalidTransition;
use cowork_domain::{ScheduleId, StandingApprovalId, SubtaskId, TaskId};
use cowork_models::ModelError;

/// Why the engine did not do what was asked, or why a task stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such task.
    #[error("there is no task {0}")]
    NoTask(TaskId),
    /// There is no such coworkspace.
    #[error("there is no coworkspace {0:?}")]
    NoCoworkspace(String),
    /// There is no such memory.
    #[error("nothing is remembered as {0:?}")]
    NoMemory(String),
    /// It cannot be remembered as it is.
    #[error(transparent)]
    Memory(#[from] cowork_domain::memory::InvalidMemory),
    /// There is no such plugin.
    #[error("there is no plugin {0:?}")]
    NoPlugin(String),
    /// There is one already.
    #[error("the coworkspace {0:?} exists already")]
    CoworkspaceExists(String),
    /// The question has an answer, or never was.
    #[error("there is no open question {0}")]
    NoApproval(String),
    /// There is no such schedule.
    #[error("there is no schedule {0}")]
    NoSchedule(ScheduleId),
    /// The schedule has given no such approval.
    #[error("the schedule has no standing approval {0}")]
    NoStandingApproval(StandingApprovalId),
    /// A task of the schedule is not over, and another is not to begin before.
    #[error("a task of this schedule is not over")]
    ScheduleBusy,
    /// It cannot be said when a schedule would fire.
    #[error(transparent)]
    Timing(#[from] InvalidTiming),
    /// A kind of changes cannot be allowed for good.
    #[error(transparent)]
    Unstandable(#[from] Unstandable),
    /// The task has no plan yet.
    #[error("the task has no plan yet")]
    NoPlan,
    /// A value from outside is not acceptable.
    #[error("{field} {problem}")]
    Invalid {
        /// Which value.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The plan cannot be carried out.
    #[error("the plan is not valid: {0}")]
    Plan(#[from] InvalidPlan),
    /// The plan would change what has begun.
    #[error(transparent)]
    PhaseBegun(#[from] BegunPhase),
    /// Nothing of the plan remains to be changed.
    #[error("every phase is done and the report is being written: nothing of the plan remains to be changed")]
    NothingRemains,
    /// The plan has no such version.
    #[error("the plan has no version {0}, or it is not written yet")]
    NoPlanVersion(u32),
    /// The version is not a proposal that waits for an answer.
    #[error("version {version} of the plan is {status} and waits for no answer")]
    NotProposed {
        /// Which.
        version: u32,
        /// What became of it.
        status: &'static str,
    },
    /// There is nothing to go back to.
    #[error("the task cannot go back to turn {0}: it has no checkpoint, or was taken back itself")]
    NoTurn(u32),
    /// It was made for a task that stood still.
    #[error("the task went on in the meantime")]
    WentOn,
    /// There is no such subtask.
    #[error("the task has no subtask {0}")]
    NoSubtask(SubtaskId),
    /// Only what failed is tried again.
    #[error("the subtask {title:?} is {status}, not failed")]
    NotFailed {
        /// Its line of the plan.
        title: String,
        /// How far it is.
        status: &'static str,
    },
    /// The agent that failed at it has more to do.
    #[error("the agent {0:?} is still at its part")]
    StillAtWork(String),
    /// The task's state does not allow it.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// The model did not answer.
    #[error("the model did not answer")]
    Model(#[from] ModelError),
    /// The model's answers were of no use.
    #[error("{0}")]
    Unusable(String),
    /// An agent left what it handed over in a state in which it cannot be used, and was told so.
    #[error("what was handed over cannot be used: {0}")]
    NotDelivered(String),
    /// Nothing that was committed fits.
    #[error(
        "there is nothing to undo: no call that is meant has changed files, or it is undone already, or what it replaced is kept no longer"
    )]
    NothingToUndo,
    /// A part was approved that cannot be carried out by itself.
    #[error(transparent)]
    NotWhole(#[from] cowork_coworkspaces::NotWhole),
    /// A person has stopped the task.
    #[error("the task was stopped")]
    Stopped,
    /// Our own code failed.
    #[error("the host made a mistake of its own; its log says more")]
    Panicked(#[source] Option<tokio::task::JoinError>),
    /// The task has used what it may use.
    #[error("{0}")]
    OverBudget(UsedUp),
    /// An agent does the same again and again.
    #[error("the agent {agent:?} did the same {times} times with the same result: {what}")]
    Repeats {
        /// Its name.
        agent: String,
        /// What it did.
        what: String,
        /// How often.
        times: u32,
    },
    /// Every agent of a phase failed.
    #[error("nothing came of the phase {phase:?}: each of its agents failed, the last because {why}")]
    PhaseFailed {
        /// Its name.
        phase: String,
        /// Why the last of them did.
        why: String,
    },
    /// The sandbox itself failed; a tool's own failure goes to the model instead.
    #[error("the tool {tool:?} could not be run")]
    Sandbox {
        /// The tool.
        tool: String,
        /// Why.
        #[source]
        source: cowork_sandbox::CallError,
    },
    /// The coworkspace's disk failed.
    #[error(transparent)]
    Coworkspace(#[from] cowork_coworkspaces::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] cowork_store::Error),
    /// A prompt could not be written.
    #[error("a prompt could not be written")]
    Prompt(#[from] minijinja::Error),
}

impl Error {
    /// What a person could do about it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Model(error) => error.hint(),
            Self::OverBudget(used_up) => Some(used_up.hint()),
            Self::Repeats { .. } => {
                Some("look at what it did, then start the task again or state the outcome anew")
            }
            Self::Unusable(_) => Some("try again, or ask a stronger model"),
            Self::NotDelivered(_) => {
                Some("look at the files, then go on with the task: the agent is asked again")
            }
            Self::NotWhole(_) => {
                Some("choose paths as the question shows them, and with them what they need")
            }
            Self::PhaseBegun(_) => Some("leave that phase as it is, or pause the task and rewind it"),
            Self::ScheduleBusy => {
                Some("wait for it or cancel it, or let the schedule's tasks overlap or queue")
            }
            Self::NoTurn(_) => Some("`cowork task turns` lists those that it can go back to"),
            Self::WentOn => Some("pause the task first"),
            Self::StillAtWork(_) => Some("wait until it has ended; start the task if it stopped"),
            Self::NoPlan => Some("wait until the task is plan_ready"),
            _ => None,
        }
    }

    /// The error with its causes and its hint, for people who see nothing but the task.
    pub(crate) fn explain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let said = error.to_string();
            // Transparent errors repeat their cause's words.
            if !text.ends_with(&said) {
                text = format!("{text}: {said}");
            }
            cause = error.source();
        }
        match self.hint() {
            Some(hint) => format!("{text}. What you can do: {hint}."),
            None => text,
        }
    }
}
