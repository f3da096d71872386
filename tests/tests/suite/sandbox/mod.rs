//! What the sandbox promises, tried by guests that try everything.

mod arguments;
mod assets;
mod changes;
mod confinement;
mod effects;
mod escapes;
mod grants;
mod http;
mod limits;
mod links;
mod loading;
mod names;
mod network;
mod parity;
mod parts;
mod races;
mod room;
mod slow_disk;
mod template;
mod transactions;

use cowork_tests::{Coworkspace, Host, shown};
use serde_json::{Value, json};

pub const DENIED: &str = "denied: the host does not permit it";
pub const MISSING: &str = "failed: no such file or folder";

/// Calls a tool of the guest `probe` and compares what it returns, or its error.
pub async fn check(space: &Coworkspace, tool: &str, arguments: Value, expected: &str) {
    check_on(Host::probe().await, space, tool, arguments, expected).await;
}

/// [`check`] on a host of one's own.
pub async fn check_on(host: &Host, space: &Coworkspace, tool: &str, arguments: Value, expected: &str) {
    let result = host.call(space, tool, &arguments).await;
    let call: String = format!("{tool} {arguments}").chars().take(200).collect();
    assert_eq!(shown(&result), expected, "{call}");
}

/// Every way to get at a path; each gives `expected`, and nothing has changed afterwards.
pub async fn check_unreachable(space: &Coworkspace, path: &str, expected: &str) {
    let before = space.tree();
    for tool in ["read", "list"] {
        check(space, tool, json!({ "path": path }), expected).await;
    }
    check_unwritable(space, path, expected).await;
    assert_eq!(space.tree(), before, "{path}");
}

/// Every way to change a file or put one there; each gives `expected`, and nothing has changed afterwards.
pub async fn check_unwritable(space: &Coworkspace, path: &str, expected: &str) {
    let before = space.tree();
    for tool in ["write", "append", "sneak_write"] {
        check(space, tool, json!({ "path": path, "text": "x" }), expected).await;
    }
    assert_eq!(space.tree(), before, "{path}");
}

/// A coworkspace with a few files of a person.
pub fn inhabited() -> Coworkspace {
    let space = Coworkspace::new();
    space.plant("files/a.txt", "a").plant("files/b.txt", "b").plant("files/sub/c.txt", "c");
    space
}
