//! A guest sees its coworkspace and nothing else; in it, not the host's own places.

use super::{DENIED, MISSING, check, check_unreachable, check_unwritable, inhabited};
use serde_json::json;

#[tokio::test]
async fn the_machine_does_not_exist() {
    let space = inhabited();
    for path in ["/etc/passwd", "etc/passwd", "/proc/self/environ", "/dev/null", "/files//../etc/passwd"] {
        check(&space, "read", json!({ "path": path }), MISSING).await;
    }
    let real = space.path("files/a.txt");
    check(&space, "read", json!({ "path": real }), MISSING).await;
    check(&space, "list", json!({ "path": "/" }), ".instructions.md\n.locks\n.memory\nfiles\noutput").await;
}

#[tokio::test]
async fn climbing_above_the_coworkspace_is_refused() {
    let space = inhabited();
    for path in [
        "../neighbour/files/secret.txt",
        "/../neighbour/files/secret.txt",
        "files/../../neighbour/files/secret.txt",
        "./files/.././../neighbour/files/secret.txt",
        "../mine/files/a.txt",
        "files/../../../../../../../../etc/passwd",
    ] {
        check_unreachable(&space, path, DENIED).await;
        check(&space, "stat", json!({ "path": path }), DENIED).await;
        check(&space, "make_dir", json!({ "path": path }), DENIED).await;
        check(&space, "rename", json!({ "from": path, "to": "files/stolen" }), DENIED).await;
        check(&space, "rename", json!({ "from": "files/a.txt", "to": path }), DENIED).await;
    }
    check(&space, "list", json!({ "path": ".." }), DENIED).await;
}

#[tokio::test]
async fn a_detour_inside_is_no_escape() {
    let space = inhabited();
    for path in
        ["files/a.txt", "/files/a.txt", "./files/sub/../a.txt", "//files/./a.txt", "/files/../files/a.txt"]
    {
        check(&space, "read", json!({ "path": path }), "a").await;
    }
}

#[tokio::test]
async fn the_hosts_own_folder_does_not_exist_under_any_spelling() {
    let space = inhabited();
    space.plant(".cowork/calls/journal", "private").link("files/host", "../.cowork");
    for path in [
        ".cowork/calls/journal",
        "/.cowork/calls/journal",
        "./.cowork/calls/journal",
        "files/../.cowork/calls/journal",
        ".cowork//calls/../calls/journal",
        ".COWORK/calls/journal",
        "files/host/calls/journal",
    ] {
        check_unreachable(&space, path, MISSING).await;
    }
    for path in [".cowork", ".cowork/", ".cowork/.", "files/../.cowork", "files/host", ".Cowork"] {
        check(&space, "list", json!({ "path": path }), MISSING).await;
        check(&space, "rename", json!({ "from": "files/a.txt", "to": format!("{path}/a") }), MISSING).await;
    }
    for path in [".cowork", ".Cowork", ".cowork/new"] {
        check(&space, "stat", json!({ "path": path }), MISSING).await;
        check(&space, "make_dir", json!({ "path": path }), MISSING).await;
        check(&space, "rename", json!({ "from": path, "to": "files/host-folder" }), MISSING).await;
    }
    check(&space, "list", json!({ "path": "." }), ".instructions.md\n.locks\n.memory\nfiles\noutput").await;
}

#[tokio::test]
async fn a_folder_of_that_name_elsewhere_is_the_persons() {
    let space = inhabited();
    space.plant("files/.cowork/note", "mine");
    check(&space, "read", json!({ "path": "files/.cowork/note" }), "mine").await;
}

#[tokio::test]
async fn what_the_host_keeps_can_be_read_and_not_changed() {
    let space = inhabited();
    space.plant(".plan.json", "{}").plant(".memory/facts.md", "facts").plant(".locks/task", "mine");
    space.link("files/memory", "../.memory");
    for (path, content) in [
        (".instructions.md", "Be tidy."),
        (".plan.json", "{}"),
        (".memory/facts.md", "facts"),
        (".locks/task", "mine"),
        ("files/memory/facts.md", "facts"),
    ] {
        check(&space, "read", json!({ "path": path }), content).await;
        check_unwritable(&space, path, DENIED).await;
        check(&space, "rename", json!({ "from": path, "to": "files/taken" }), DENIED).await;
    }
}

#[tokio::test]
async fn nothing_is_put_among_what_the_host_keeps() {
    let space = inhabited();
    for path in [".memory/new", ".locks/new", ".plan.json", ".PLAN.json", "files/../.memory/new"] {
        check(&space, "write", json!({ "path": path, "text": "x" }), DENIED).await;
        check(&space, "make_dir", json!({ "path": path }), DENIED).await;
        check(&space, "rename", json!({ "from": "files/a.txt", "to": path }), DENIED).await;
    }
    for path in [".memory", ".locks"] {
        check(&space, "rename", json!({ "from": path, "to": "files/taken" }), DENIED).await;
    }
}

#[tokio::test]
async fn the_environment_is_empty() {
    assert!(std::env::vars_os().count() > 0 && std::env::args_os().count() > 0, "the host's own is not");
    check(&inhabited(), "environment", json!({}), "variables [], arguments []").await;
}
