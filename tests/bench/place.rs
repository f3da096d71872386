//! A host of a figure's own, with as many places as it needs.

use cowork_sandbox::{Limits, SandboxConfig};
use cowork_tests::Host;
use std::time::Duration;

/// Calls that run at once on a host as it is shipped.
pub(crate) const SHIPPED: usize = 64;

/// One guest that may be called as often as a figure likes, and wait as long: what a call costs is measured here, not
/// when it is refused.
pub(crate) async fn host(guest: &str, calls_at_once: usize) -> Host {
    with(guest, |config| SandboxConfig { calls_at_once, calls: calls_at_once, ..config }).await
}

/// The same for calls of which most only wait.
pub(crate) async fn waiting(guest: &str, calls: usize) -> Host {
    with(guest, |config| SandboxConfig { calls, ..config }).await
}

async fn with(guest: &str, size: impl FnOnce(SandboxConfig) -> SandboxConfig) -> Host {
    let limits = Limits {
        calls_per_minute: u64::MAX,
        calls_at_once: u64::MAX,
        wall_time: Duration::from_secs(600),
        ..Limits::default()
    };
    Host::sized(guest, |config| size(SandboxConfig { limits, ..SandboxConfig::new(config.cache_dir) })).await
}

/// A number from the environment, for shorter and longer runs.
pub(crate) fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}
