//! What an administrator chose for this plugin. A manifest names the settings and what holds when nobody chose:
//!
//! ```toml
//! [settings]
//! provider = "none"
//! ```

/// What is chosen for a setting; empty if the manifest does not have it.
pub fn get(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}
