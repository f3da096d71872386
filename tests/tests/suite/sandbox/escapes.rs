//! Every way out that anybody has thought of, with every operation, by a guest that has no C library between.

use super::inhabited;
use cowork_sandbox::Limits;
use cowork_tests::{Called, Coworkspace, Host};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;

/// What must not be seen from inside: the content and the name of the neighbour's file, and a line of the machine's own.
const OUTSIDE: [&str; 3] = ["MARKED", "marked.txt file", "root:"];

fn spellings(space: &Coworkspace) -> Vec<String> {
    let mut all: Vec<String> = [
        "../../neighbour/files/marked.txt",
        "sub/../../../neighbour/files/marked.txt",
        "./.././../neighbour/files/marked.txt",
        "..//..//neighbour//files//marked.txt",
        "../../neighbour/files/marked.txt/",
        "../../neighbour/files/.",
        "../../neighbour",
        "../..",
        "..",
        "../../../../../../../../../../etc/passwd",
        // Other spellings of dots and slashes: names like any other here, and no way up.
        "%2e%2e/%2e%2e/neighbour/files/marked.txt",
        "..%2f..%2fneighbour%2ffiles%2fmarked.txt",
        "%252e%252e/neighbour",
        "..%c0%af..%c0%afneighbour",
        "..\\..\\neighbour\\files\\marked.txt",
        "..\\../..\\neighbour",
        "\u{ff0e}\u{ff0e}/\u{ff0e}\u{ff0e}/neighbour/files/marked.txt",
        "\u{2025}/\u{2025}/neighbour/files/marked.txt",
        "..\u{2215}..\u{2215}neighbour",
        "..\u{ff0f}..\u{ff0f}neighbour",
        ".\u{200b}./.\u{200b}./neighbour",
        ". ./. ./neighbour",
        ".../.../neighbour",
        "..;/..;/neighbour",
        ".. /.. /neighbour",
        // The machine's own places.
        "/etc/passwd",
        "//etc/passwd",
        "/./etc/passwd",
        "/proc/self/environ",
        "/proc/self/root/etc/passwd",
        "/proc/self/cwd",
        "/proc/self/fd/0",
        "/dev/null",
        "/dev/zero",
        "/dev/stdin",
        "/sys/kernel",
        "/tmp",
        "file:///etc/passwd",
        "~/.ssh/id_rsa",
        "~root",
        "C:\\Windows\\win.ini",
        "\\\\localhost\\share",
        "\\\\?\\C:\\",
        // Links and chains of links that lead out.
        "out",
        "out/",
        "out/files/marked.txt",
        "out/../mine/files/a.txt",
        "chain",
        "chain/files/marked.txt",
        "up/neighbour/files/marked.txt",
        "up/up",
        "machine",
        "machine/etc/passwd",
        "absolute",
        "process/root/etc/passwd",
        "process/cwd",
        "file",
        "sub/far",
        // What is no file.
        "fifo",
        "socket",
        // The host's own.
        "../.cowork",
        "../.COWORK/calls",
        "../files/../.cowork",
        "host",
        "host/calls",
        // Names that are special elsewhere, or to careless programs.
        "CON",
        "con.txt",
        "NUL",
        "AUX.",
        "LPT1",
        "a.txt::$DATA",
        "a.txt\0.png",
        "\0",
        "../\0../neighbour",
        "-rf",
        "*",
        "$(reboot)",
        "a\nb",
        "\u{202e}txt.exe",
        "Files/a.txt",
        "FILES/../../neighbour",
        "A.TXT",
        "caf\u{e9}",
        "cafe\u{301}",
        "\u{fb01}les",
        "",
        ".",
        "./",
        "/",
    ]
    .map(str::to_owned)
    .into();
    all.push("x".repeat(256));
    all.push("x".repeat(4096));
    all.push(format!("{}neighbour/files/marked.txt", "../".repeat(1300)));
    all.push(format!("{}../../neighbour/files/marked.txt", "sub/../".repeat(500)));
    all.push(space.path("../neighbour/files/marked.txt").display().to_string());
    all.push(space.path("files/a.txt").display().to_string());
    all
}

/// Everything that can be done with a path.
fn operations(path: &str, number: usize) -> Vec<Value> {
    let how = |create: bool, write: bool, follow: bool| {
        json!({"follow": follow, "create": create, "exclusive": false, "truncate": false, "directory": false,
            "write": write})
    };
    let (new, link) = (format!("new{number}"), format!("link{number}"));
    vec![
        json!({"do": "open", "slot": 0, "path": path, "how": how(false, false, true)}),
        json!({"do": "read", "slot": 0, "offset": 0, "length": 1000}),
        json!({"do": "close", "slot": 0}),
        json!({"do": "open", "slot": 0, "path": path, "how": how(false, false, false)}),
        json!({"do": "read_stream", "slot": 0, "offset": 0, "length": 1000}),
        json!({"do": "close", "slot": 0}),
        json!({"do": "open", "slot": 0, "path": path, "how": how(false, true, true)}),
        json!({"do": "write", "slot": 0, "offset": 0, "text": "x"}),
        json!({"do": "set_size", "slot": 0, "size": 1}),
        json!({"do": "set_times", "slot": 0, "seconds": 1}),
        json!({"do": "close", "slot": 0}),
        json!({"do": "stat_at", "path": path, "follow": true}),
        json!({"do": "set_times_at", "path": path, "follow": true, "seconds": 1}),
        json!({"do": "list", "path": path}),
        json!({"do": "link", "from": path, "to": new}),
        json!({"do": "open", "slot": 1, "path": new, "how": how(false, true, true)}),
        json!({"do": "read", "slot": 1, "offset": 0, "length": 1000}),
        json!({"do": "write", "slot": 1, "offset": 0, "text": "x"}),
        json!({"do": "close", "slot": 1}),
        json!({"do": "symlink", "target": path, "path": link}),
        json!({"do": "open", "slot": 1, "path": link, "how": how(false, true, true)}),
        json!({"do": "read", "slot": 1, "offset": 0, "length": 1000}),
        json!({"do": "append", "slot": 1, "text": "x"}),
        json!({"do": "close", "slot": 1}),
        json!({"do": "list", "path": link}),
        json!({"do": "same", "a": path, "b": link}),
        json!({"do": "rename", "from": path, "to": format!("stolen{number}")}),
        json!({"do": "list", "path": format!("stolen{number}")}),
        json!({"do": "rename", "from": "b.txt", "to": path}),
        json!({"do": "unlink", "path": path}),
        json!({"do": "remove_dir", "path": path}),
        json!({"do": "make_dir", "path": path}),
        json!({"do": "open", "slot": 0, "path": path, "how": how(true, true, true)}),
        json!({"do": "close", "slot": 0}),
    ]
}

/// A coworkspace with every kind of thing in it that leads out.
fn trapped() -> Coworkspace {
    let space = inhabited();
    space.plant("../neighbour/files/marked.txt", "MARKED");
    for (path, target) in [
        ("files/out", "../../neighbour"),
        ("files/one", "two"),
        ("files/two", "sub/three"),
        ("files/sub/three", "../out"),
        ("files/chain", "one"),
        ("files/up", "../.."),
        ("files/machine", "/"),
        ("files/process", "/proc/self"),
        ("files/file", "../../neighbour/files/marked.txt"),
        ("files/sub/far", "../../../neighbour/files/marked.txt"),
        ("files/host", "../.cowork"),
    ] {
        space.link(path, target);
    }
    symlink(space.path("../neighbour/files/marked.txt"), space.path("files/absolute")).expect("a link");
    drop(std::os::unix::net::UnixListener::bind(space.path("files/socket")).expect("a socket"));
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    let (kind, place) = (rustix::fs::FileType::Fifo, space.path("files/fifo"));
    rustix::fs::mknodat(rustix::fs::CWD, &place, kind, mode, 0).expect("a FIFO");
    space
}

/// What lies around the coworkspace.
fn outside(space: &Coworkspace) -> BTreeMap<PathBuf, String> {
    let mut tree = space.tree();
    tree.retain(|path, _| !path.starts_with(space.folder.root()));
    tree
}

async fn run(host: &Host, space: &Coworkspace, operations: &[Value]) -> String {
    let arguments = json!({"base": "files", "operations": operations}).to_string();
    let (id, finished) = host.begin(None, space, "run", &arguments).await.expect("the call succeeds");
    Called::commit(space, id, finished).text()
}

fn check_inside(text: &str, what: &str) {
    for mark in OUTSIDE {
        assert!(!text.contains(mark), "{what:?} let {mark:?} be seen:\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_with_any_operation_leads_out() {
    let host = Host::guest("filesystem", Limits::default()).await;
    let first = trapped();
    let (mut attempts, mut worked) = (0, 0);
    for (number, path) in spellings(&first).into_iter().enumerate() {
        // Each in a fresh coworkspace: what one path did must not hide what the next does.
        let space = trapped();
        let before = outside(&space);
        let operations = operations(&path, number);
        let text = run(&host, &space, &operations).await;
        check_inside(&text, &path);
        assert_eq!(outside(&space), before, "{path:?} changed something outside");
        attempts += operations.len();
        worked += text.lines().filter(|line| line.starts_with("ok")).count();
    }
    println!("{attempts} attempts to get out, none did; {worked} of the operations worked, all inside");
    assert!(attempts > 3000 && worked > 100, "the guest did something at all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hard_link_to_a_file_outside_is_parted_before_it_is_written() {
    let (host, space) = (Host::guest("filesystem", Limits::default()).await, trapped());
    let marked = space.path("../neighbour/files/marked.txt");
    fs::hard_link(&marked, space.path("files/hard")).expect("a hard link");
    let how = json!({"follow": true, "create": false, "exclusive": false, "truncate": false, "directory": false,
        "write": true});
    let operations = [
        json!({"do": "open", "slot": 0, "path": "hard", "how": how}),
        json!({"do": "write", "slot": 0, "offset": 0, "text": "mine"}),
        json!({"do": "set_times", "slot": 0, "seconds": 1}),
        json!({"do": "rename", "from": "hard", "to": "moved"}),
        json!({"do": "link", "from": "moved", "to": "second"}),
        json!({"do": "append", "slot": 0, "text": "more"}),
    ];
    run(&host, &space, &operations).await;
    assert_eq!(fs::read_to_string(marked).expect("the neighbour's file"), "MARKED");
    assert!(space.text("files/second").starts_with("mine"));
}

/// The guest holds a folder open, moves it away and puts a link in its place.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_renamed_under_an_open_handle_stays_itself() {
    let (host, space) = (Host::guest("filesystem", Limits::default()).await, trapped());
    let before = outside(&space);
    let open = json!({"follow": true, "create": false, "exclusive": false, "truncate": false, "directory": true,
        "write": false});
    let operations = [
        json!({"do": "open", "slot": 0, "path": "sub", "how": open}),
        json!({"do": "rename", "from": "sub", "to": "moved"}),
        json!({"do": "symlink", "target": "../../neighbour/files", "path": "sub"}),
        json!({"do": "read_beneath", "slot": 0, "path": "c.txt"}),
        json!({"do": "read_beneath", "slot": 0, "path": "marked.txt"}),
        json!({"do": "read_beneath", "slot": 0, "path": "../a.txt"}),
        json!({"do": "write_beneath", "slot": 0, "path": "new.txt", "text": "x"}),
        json!({"do": "list", "path": "sub"}),
        json!({"do": "stat_at", "path": "sub/marked.txt", "follow": true}),
    ];
    let text = run(&host, &space, &operations).await;
    let given: Vec<&str> = text.lines().skip(3).collect();
    assert_eq!(
        given,
        [
            r#"ok "c""#,
            "error no-entry",
            "error not-permitted",
            "ok 1",
            "error not-permitted",
            "error not-permitted"
        ]
    );
    assert_eq!(space.text("files/moved/new.txt"), "x", "where the folder is now");
    assert_eq!(outside(&space), before);
}

/// The same done by somebody on the host, while the guest has the folder open.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_renamed_on_the_host_under_an_open_handle_lets_nobody_out() {
    let (host, space) = (Host::guest("filesystem", Limits::default()).await, trapped());
    let before = outside(&space);
    let open = json!({"follow": true, "create": false, "exclusive": false, "truncate": false, "directory": true,
        "write": false});
    let operations = json!([
        {"do": "open", "slot": 0, "path": "sub", "how": open},
        {"do": "pause", "milliseconds": 400},
        {"do": "read_beneath", "slot": 0, "path": "marked.txt"},
        {"do": "write_beneath", "slot": 0, "path": "new.txt", "text": "x"},
        {"do": "list", "path": "sub"},
    ]);
    let arguments = json!({"base": "files", "operations": operations}).to_string();
    let exchange = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        fs::rename(space.path("files/sub"), space.path("files/away")).expect("a rename");
        symlink("../../neighbour/files", space.path("files/sub")).expect("a link");
    };
    let (called, ()) = tokio::join!(host.begin(None, &space, "run", &arguments), exchange);
    if let Ok((id, finished)) = called {
        let text = Called::commit_if_unchanged(&space, id, finished).text();
        check_inside(&text, "a folder exchanged for a link");
    }
    assert_eq!(outside(&space), before);
}
