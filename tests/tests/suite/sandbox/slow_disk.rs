//! A guest in a file system that does not answer: its thread cannot be interrupted, and nobody else waits for it.

use cowork_sandbox::SandboxConfig;
use cowork_tests::components::guests_dir;
use cowork_tests::{Coworkspace, Host, shown};
use serde_json::json;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Needs the right to mount, which not every machine gives: what threads do is shown without it beside their code.
#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_stuck_in_a_disk_hold_up_no_other() {
    let host = Host::sized("probe", |config| SandboxConfig { calls_at_once: 2, ..config }).await;
    let (host, space) = (Arc::new(host), Arc::new(Coworkspace::new()));
    std::fs::create_dir(space.path("files/share")).expect("a folder");
    let Some(mut disk) = Disk::mount(&space.path("files/share")).await else {
        return println!("not shown: nobody may mount here");
    };
    let call = |path: &str| {
        let (host, space, arguments) = (Arc::clone(&host), Arc::clone(&space), json!({ "path": path }));
        tokio::spawn(async move { shown(&host.call(&space, "read", &arguments).await) })
    };
    // As many as there are places. The disk hears of the first; who asks for the same waits behind it.
    let stuck = [call("files/share/slow.txt"), call("files/share/slow.txt")];
    assert_eq!(disk.says().await, "asked");
    space.plant("files/near.txt", "near");
    for _ in 0..5 {
        assert_eq!(call("files/near.txt").await.expect("a call"), "near");
    }
    assert!(stuck.iter().all(|call| !call.is_finished()), "they still wait for the disk");
    disk.answer().await;
    for call in stuck {
        assert_eq!(call.await.expect("a call"), "far away");
    }
    disk.unmount().await;
}

/// The program `slow-disk`.
struct Disk {
    program: Child,
    says: Lines<BufReader<ChildStdout>>,
}

impl Disk {
    async fn mount(at: &Path) -> Option<Self> {
        let mut command = Command::new(guests_dir().join("slow-disk"));
        command.arg(at).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = command.spawn().expect("`cargo xtask build` has built it");
        let says = BufReader::new(program.stdout.take().expect("its output")).lines();
        let mut disk = Self { program, says };
        let mounted = disk.says.next_line().await.expect("its output")?;
        assert_eq!(mounted, "mounted");
        Some(disk)
    }

    async fn says(&mut self) -> String {
        self.says.next_line().await.expect("its output").expect("a line")
    }

    /// From now on at once.
    async fn answer(&mut self) {
        let input = self.program.stdin.as_mut().expect("its input");
        input.write_all(b"\n").await.expect("it listens");
    }

    async fn unmount(mut self) {
        drop(self.program.stdin.take());
        assert!(self.program.wait().await.expect("it ends").success());
    }
}
