//! Moments of a commit at which a test may end the process, as a crash would. In release builds there is nothing of it.

/// Ends the process here, if `COWORK_KILL_AT` names this label.
#[cfg(debug_assertions)]
pub fn reached(label: impl std::fmt::Display) {
    static WANTED: std::sync::LazyLock<Option<String>> =
        std::sync::LazyLock::new(|| std::env::var("COWORK_KILL_AT").ok());
    if WANTED.as_ref().is_some_and(|wanted| *wanted == label.to_string()) {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn reached(_: impl std::fmt::Display) {}
