//! What Cowork speaks of: tasks, plans, agents, calls and their states. Pure types and rules, no input or output.
//!
//! Every other room depends on this one and this one on none.

pub mod agent;
pub mod agent_message;
pub mod approval;
pub mod budget;
pub mod call;
pub mod capability;
pub mod change_set;
pub mod checkpoint;
pub mod claims;
pub mod clock;
pub mod coworkspace;
pub mod data;
pub mod deliverable;
pub mod discovery;
pub mod durability;
pub mod event;
pub mod fork;
pub mod id;
pub mod memory;
pub mod message;
pub mod money;
pub mod outbound;
pub mod path;
pub mod plan;
pub mod plan_change;
pub mod plan_version;
pub mod policy;
pub mod preflight;
pub mod progress;
pub mod rewind;
pub mod schedule;
pub mod slug;
pub mod taint;
pub mod task;
pub mod warning;
pub mod write_set;

pub use change_set::ChangeSet;
pub use clock::{Clock, SystemClock};
pub use durability::Durability;
pub use id::{
    AgentId, ApprovalId, CallId, DeliverableId, PhaseId, RequestId, ScheduleId, StandingApprovalId,
    SubtaskId, TaskId,
};
pub use money::Money;
pub use path::CoworkspacePath;
pub use plan::Plan;
pub use slug::Slug;
pub use taint::Taint;
pub use task::{PermissionMode, Task, TaskState};

/// Now, to the millisecond, in UTC. The database, the API and the logs all show this type.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
