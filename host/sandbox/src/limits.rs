//! What one call may use.

use cowork_domain::capability::Effective;
use std::time::Duration;

/// The limits of a call. Each is enforced, and named in the error of a call that reaches it.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Linear memory of all the component's modules together, in bytes.
    pub memory: usize,
    /// Processor time of the call's thread.
    pub cpu_time: Duration,
    /// From the start of the call to its end.
    pub wall_time: Duration,
    /// Elements of all tables together.
    pub table_elements: usize,
    /// Core instances and tables of a component, each.
    pub instances: usize,
    /// Standard output and standard error together, in bytes.
    pub printed: usize,
    /// The result as text and JSON, in bytes.
    pub result: usize,
    /// Open files, folders and streams.
    pub handles: usize,
    /// What it writes to files, in bytes.
    pub staged: u64,
    /// What it sends and receives, in bytes, headers left out.
    pub http: u64,
    /// What it does through the host's own interfaces: notes on subtasks, deliverables.
    pub effects: usize,
    /// Text in all of these together, in bytes.
    pub effects_text: usize,
    /// Calls of its plugin in a minute.
    pub calls_per_minute: u64,
    /// Calls of its plugin at once.
    pub calls_at_once: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 512 << 20,
            cpu_time: Duration::from_secs(60),
            wall_time: Duration::from_secs(60),
            table_elements: 1_000_000,
            instances: 32,
            printed: 1 << 20,
            result: 8 << 20,
            handles: 1024,
            staged: 4 << 30,
            http: 64 << 20,
            effects: 1000,
            effects_text: 1 << 20,
            calls_per_minute: 6000,
            calls_at_once: 1000,
        }
    }
}

/// What a grant may raise limits to.
#[derive(Debug, Clone)]
pub struct Most {
    /// Memory of one call, in bytes.
    pub memory: usize,
    /// Processor time, and time from start to end.
    pub time: Duration,
    /// What a call writes to files, sends and receives, in bytes.
    pub bytes: u64,
}

impl Default for Most {
    fn default() -> Self {
        Self { memory: 2 << 30, time: Duration::from_secs(3600), bytes: 64 << 30 }
    }
}

impl Limits {
    /// The limits of a call with these powers.
    pub(crate) fn of(&self, powers: &Effective, most: &Most) -> Self {
        let mib = |name, default: u64, most: u64| powers.limit(name, default >> 20, most >> 20) << 20;
        let seconds = |name, default: Duration| match powers.sets_limit(name) {
            // A default may be less than a second; what is not set stays as it is.
            false => default,
            true => Duration::from_secs(powers.limit(name, default.as_secs(), most.time.as_secs())),
        };
        let memory = self.memory as u64;
        let bytes =
            |name, default| if powers.sets_limit(name) { mib(name, default, most.bytes) } else { default };
        Self {
            memory: match powers.sets_limit("memory_mib") {
                false => self.memory,
                true => usize::try_from(mib("memory_mib", memory, most.memory as u64)).unwrap_or(most.memory),
            },
            cpu_time: seconds("cpu_seconds", self.cpu_time),
            wall_time: seconds("wall_seconds", self.wall_time),
            staged: bytes("staged_mib", self.staged),
            http: bytes("http_mib", self.http),
            calls_per_minute: powers.limit("calls_per_minute", self.calls_per_minute, u64::MAX),
            calls_at_once: powers.limit("calls_at_once", self.calls_at_once, u64::MAX),
            ..self.clone()
        }
    }
}
