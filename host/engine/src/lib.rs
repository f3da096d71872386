//! The engine: from an outcome to deliverables.
//!
//! [`Orchestrator`] is the way in. It keeps a task's state in the database and works on it in the background: the
//! planner asks the model for a plan, the runner goes through its phases, an agent loop works on each part, and the
//! synthesis writes the report. What is done next always follows from the database alone, so a host that was killed
//! goes on where it was.

mod agent_loop;
mod approvals;
mod asking;
mod at_work;
mod bell;
mod blocking;
mod budget;
mod core;
mod deliverables;
mod ends;
mod error;
mod fork;
mod grants;
mod late_results;
mod locks;
mod memory;
mod metrics;
mod new_agents;
mod orchestrator;
mod outbound;
mod picture;
mod plans;
mod prompts;
mod recovery;
mod results;
mod retry;
mod rewind;
mod runner;
mod schedules;
mod secrets;
mod steer;
mod stopwatch;
mod sub_agents;
mod suspects;
mod undo;
mod upkeep;

pub use crate::core::{Parts, Settings};
pub use agent_loop::LoopLimits;
pub use budget::UsedUp;
pub use error::Error;
pub use fork::NewFork;
pub use grants::{Explanation, Probe, Question};
pub use orchestrator::{NewTask, Orchestrator};
pub use schedules::{NewSchedule, NewStandingApproval, ScheduleChange};
pub use secrets::Secrets;
pub use undo::Undo;
pub use upkeep::UPKEEP;

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;
