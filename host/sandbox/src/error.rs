use std::path::PathBuf;
use std::time::Duration;

/// Why a component is not a plugin.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The engine could not be made: memory maps or the cache folder are missing.
    #[error("cannot set up the sandbox")]
    Engine(#[source] wasmtime::Error),
    /// The disk said no.
    #[error("cannot {action} {path}", path = .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The bytes are no WebAssembly component, or one that this engine does not run.
    #[error("{name} is not a component")]
    NotAComponent {
        /// The file's name.
        name: String,
        /// What the compiler said.
        #[source]
        source: wasmtime::Error,
    },
    /// What it says of itself is wrong, or its signature.
    #[error("{name} is not installed")]
    Package {
        /// The file's name.
        name: String,
        /// What is wrong.
        #[source]
        source: crate::package::PackageError,
    },
    /// It imports what no plugin gets, or does not export `cowork:tool/tools`.
    #[error("{name} does not fit the plugin interface")]
    Interface {
        /// The file's name.
        name: String,
        /// What does not fit.
        #[source]
        source: wasmtime::Error,
    },
    /// Its `list-tools` did not answer.
    #[error("{name} cannot list its tools")]
    List {
        /// The file's name.
        name: String,
        /// Why.
        #[source]
        source: CallError,
    },
    /// A tool's definition is wrong.
    #[error("{name}: tool {tool:?}: {problem}")]
    Definition {
        /// The file's name.
        name: String,
        /// The tool's name.
        tool: String,
        /// What is wrong.
        problem: String,
    },
    /// Two plugins export a tool of the same name.
    #[error("the tool {tool:?} is exported by {first} and by {second}")]
    Twice {
        /// The tool.
        tool: String,
        /// The plugin that came first.
        first: String,
        /// The other one.
        second: String,
    },
}

/// Why a call gave no result. In every case nothing that it did to files stays.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No plugin exports such a tool.
    #[error("there is no tool {name:?}; there are: {known}")]
    UnknownTool {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The arguments do not fit the tool's schema, or the tool did not like them.
    #[error("invalid arguments: {0}")]
    InvalidArguments(String),
    /// The host refused something that the tool needed.
    #[error("denied: {0}")]
    Denied(String),
    /// The tool says that it did not work.
    #[error("failed: {0}")]
    Failed(String),
    /// The guest crashed.
    #[error("the tool crashed{printed}", printed = after_colon(.printed))]
    Trapped {
        /// The last line that it printed, often its own explanation.
        printed: String,
        /// The trap.
        #[source]
        source: wasmtime::Error,
    },
    /// It took too long.
    #[error("the tool did not finish within its time limit of {} s", .limit.as_secs_f64())]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// It computed too long.
    #[error("the tool needed more than its limit of {} s of processor time", .limit.as_secs_f64())]
    OutOfCpuTime {
        /// The limit.
        limit: Duration,
    },
    /// It asked for too large tables.
    #[error("the tool needed more than its limit of {limit} table elements")]
    TablesTooLarge {
        /// The limit.
        limit: usize,
    },
    /// Its plugin was called too often.
    #[error("the plugin {plugin} was called more than its limit of {limit} times in a minute")]
    TooManyCalls {
        /// The plugin.
        plugin: String,
        /// The limit.
        limit: u64,
    },
    /// Its plugin is at work too often at once.
    #[error("the plugin {plugin} is at work {limit} times at once, which is its limit")]
    TooManyAtOnce {
        /// The plugin.
        plugin: String,
        /// The limit.
        limit: u64,
    },
    /// There are as many calls as the host has room for, most of them waiting for something.
    #[error(
        "this host has {limit} calls at work already, and room for no more; try again when some have ended"
    )]
    HostFull {
        /// The limit.
        limit: usize,
    },
    /// All calls together asked for more memory than the host gives them.
    #[error("all tools at work together need more than the {} MiB that this host gives them; try again when some have ended", .limit >> 20)]
    HostOutOfMemory {
        /// The limit, in bytes.
        limit: usize,
    },
    /// It asked for too much memory.
    #[error("the tool needed more than its memory limit of {} MiB", .limit >> 20)]
    OutOfMemory {
        /// The limit, in bytes.
        limit: usize,
    },
    /// It printed too much.
    #[error("the tool printed more than its limit of {} KiB", .limit >> 10)]
    PrintedTooMuch {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Its result is too large.
    #[error("the tool's result has {size} bytes, more than its limit of {limit}")]
    ResultTooLarge {
        /// Size of the result, in bytes.
        size: usize,
        /// The limit, in bytes.
        limit: usize,
    },
    /// It passed too much at once between itself and the host.
    #[error("the tool passed more than {} MiB at once to the host", .limit >> 20)]
    TooMuchData {
        /// The limit, in bytes.
        limit: usize,
    },
    /// It opened too much at once.
    #[error("the tool held more than its limit of {limit} open files, folders and streams")]
    TooManyHandles {
        /// The limit.
        limit: usize,
    },
    /// It did too much through the host's own interfaces.
    #[error("the tool reported more than its limit of {limit} notes and deliverables, or {} KiB of text", .text >> 10)]
    TooManyEffects {
        /// How many there may be.
        limit: usize,
        /// Text in all of them together, in bytes.
        text: usize,
    },
    /// It wrote too much.
    #[error("the tool wrote more than its limit of {} MiB to files", .limit >> 20)]
    StagedTooMuch {
        /// The limit, in bytes.
        limit: u64,
    },
    /// It would send a request that a person is to be asked about first.
    #[error("the tool would send {} {}, which waits for a person's answer", .0.method, .0.url)]
    Asks(Box<cowork_domain::outbound::OutboundRequest>),
    /// It sent and received too much.
    #[error("the tool sent and received more than its limit of {} MiB", .limit >> 20)]
    TooMuchTraffic {
        /// The limit, in bytes.
        limit: u64,
    },
    /// Whoever had called it does not want it any more.
    #[error("the call was stopped")]
    Stopped,
    /// Somebody changed files while it used them.
    #[error("files changed while the tool used them")]
    Conflict,
    /// It ended its process, which gives no result.
    #[error("the tool exited and gave no result{printed}", printed = after_colon(.printed))]
    Exited {
        /// The last line that it printed.
        printed: String,
        /// The exit.
        #[source]
        source: wasmtime::Error,
    },
    /// Its result does not keep to the interface.
    #[error("the tool's structured result is not JSON")]
    BrokenResult(#[source] serde_json::Error),
    /// The host itself failed.
    #[error("the host could not run the tool")]
    Host(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl CallError {
    /// Whether the model can do something about it: call another tool or the same one in another way.
    pub fn is_for_the_model(&self) -> bool {
        !matches!(self, Self::Host(_))
    }

    /// The name of the limit that was reached, as a grant's `limits` may set it.
    pub fn setting(&self) -> Option<&'static str> {
        Some(match self {
            Self::TimedOut { .. } => "wall_seconds",
            Self::OutOfCpuTime { .. } => "cpu_seconds",
            Self::OutOfMemory { .. } => "memory_mib",
            Self::StagedTooMuch { .. } => "staged_mib",
            Self::TooMuchTraffic { .. } => "http_mib",
            Self::TooManyCalls { .. } => "calls_per_minute",
            Self::TooManyAtOnce { .. } => "calls_at_once",
            _ => return None,
        })
    }
}

fn after_colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
