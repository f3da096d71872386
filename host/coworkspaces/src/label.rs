//! Moments at which a test may end the process, as a crash would. In release builds there is nothing of them.

#[cfg(debug_assertions)]
pub use switch::{reached, reached_again};

#[cfg(debug_assertions)]
mod switch {
    use std::collections::HashMap;
    use std::fmt::Display;
    use std::sync::{LazyLock, Mutex, PoisonError};

    /// Ends the process here, if `COWORK_KILL_AT` names this label.
    pub fn reached(label: impl Display) {
        static WANTED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("COWORK_KILL_AT").ok());
        if WANTED.as_ref().is_some_and(|wanted| *wanted == label.to_string()) {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
    }

    /// The same for a moment that comes many times: the label has its number behind it, from 1.
    pub fn reached_again(label: &'static str) {
        static TIMES: LazyLock<Mutex<HashMap<&str, u64>>> = LazyLock::new(Mutex::default);
        let mut times = TIMES.lock().unwrap_or_else(PoisonError::into_inner);
        let time = times.entry(label).or_default();
        *time += 1;
        reached(format_args!("{label} {time}"));
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn reached(_: impl std::fmt::Display) {}

/// Nothing.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn reached_again(_: &'static str) {}
