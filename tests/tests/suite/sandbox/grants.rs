//! A guest has what is granted to it, and nothing besides: each power allowed, refused, and refused to one that tries to
//! get round.

use super::{check_on, inhabited};
use cowork_domain::capability::{Effective, FileAccess, FileRule, Layer, LiveGrant, Powers};
use cowork_domain::policy::Verdict;
use cowork_sandbox::Limits;
use cowork_tests::{Coworkspace, Host, shown};
use serde_json::{Value, json};
use std::sync::Arc;

fn rule(paths: &str, access: &[FileAccess], verdict: Option<Verdict>) -> FileRule {
    FileRule { paths: paths.parse().expect(paths), access: access.iter().copied().collect(), verdict }
}

fn granted(rules: impl IntoIterator<Item = FileRule>) -> Powers {
    Powers { files: rules.into_iter().collect(), ..Powers::default() }
}

/// The guest `probe` with a grant that can be changed.
async fn probe_with(powers: Powers) -> (Host, Arc<LiveGrant>) {
    let grant = Arc::new(LiveGrant::new(powers));
    let host = Host::guest("probe", Limits::default()).await;
    (Host { powers: Effective::unlimited().granted_by(Arc::clone(&grant)), ..host }, grant)
}

/// What a tool gives is refused for this access to this path, and nothing has changed.
async fn refused(host: &Host, space: &Coworkspace, tool: &str, arguments: Value, access: &str, path: &str) {
    let before = space.tree();
    let said = shown(&host.call(space, tool, &arguments).await);
    let missing = format!(
        "To {access} {path} is not granted to the plugin probe; an administrator can: \
         cowork grant probe --files '{path}:{access}'"
    );
    assert!(said.starts_with("denied: ") && said.contains(&missing), "{tool} {arguments}: {said}");
    assert_eq!(space.tree(), before, "{tool}");
}

#[tokio::test]
async fn reading_is_for_the_paths_that_may_be_read() {
    let space = inhabited();
    let (host, _) = probe_with(granted([rule("files/sub/**", &[FileAccess::Read], None)])).await;
    check_on(&host, &space, "read", json!({"path": "files/sub/c.txt"}), "c").await;
    refused(&host, &space, "read", json!({"path": "files/a.txt"}), "read", "files/a.txt").await;
    // What is not there is refused alike, so that nobody learns what is.
    refused(&host, &space, "read", json!({"path": "files/none"}), "read", "files/none").await;
    refused(&host, &space, "stat", json!({"path": "files/a.txt"}), "read", "files/a.txt").await;
    for write in ["write", "append"] {
        let arguments = json!({"path": "files/sub/c.txt", "text": "x"});
        refused(&host, &space, write, arguments, "modify", "files/sub/c.txt").await;
    }
}

#[tokio::test]
async fn listings_show_what_is_in_reach_and_the_way_there() {
    let space = inhabited();
    let (host, _) = probe_with(granted([rule("files/sub/*.txt", &[FileAccess::Read], None)])).await;
    check_on(&host, &space, "list", json!({"path": "files"}), "sub").await;
    check_on(&host, &space, "list", json!({"path": "files/sub"}), "c.txt").await;
    refused(&host, &space, "list", json!({"path": "output"}), "read", "output").await;
}

#[tokio::test]
async fn making_changing_and_removing_are_powers_of_their_own() {
    let space = inhabited();
    let (host, _) = probe_with(granted([rule("files/**", &[FileAccess::Create], None)])).await;
    check_on(&host, &space, "write", json!({"path": "files/new", "text": "n"}), "").await;
    refused(&host, &space, "write", json!({"path": "files/a.txt", "text": "x"}), "modify", "files/a.txt")
        .await;
    refused(&host, &space, "unlink", json!({"path": "files/a.txt"}), "delete", "files/a.txt").await;
    let (host, _) =
        probe_with(granted([rule("files/**", &[FileAccess::Read, FileAccess::Modify], None)])).await;
    check_on(&host, &space, "write", json!({"path": "files/a.txt", "text": "x"}), "").await;
    refused(&host, &space, "write", json!({"path": "files/new2", "text": "n"}), "create", "files/new2").await;
    refused(&host, &space, "unlink", json!({"path": "files/a.txt"}), "delete", "files/a.txt").await;
    let all = granted([rule("files/**", &FileAccess::ALL, None)]);
    let (host, _) = probe_with(all).await;
    check_on(&host, &space, "unlink", json!({"path": "files/a.txt"}), "").await;
}

#[tokio::test]
async fn no_rename_and_no_link_brings_a_file_into_reach() {
    let space = inhabited();
    space.plant("secret/key", "key").link("files/link", "../secret/key").link("files/far", "../secret");
    let rules = [rule("files/**", &FileAccess::ALL, None), rule("secret/**", &[FileAccess::Modify], None)];
    let (host, _) = probe_with(granted(rules)).await;
    let to = |from: &str, to: &str| json!({"from": from, "to": to});
    refused(&host, &space, "rename", to("secret/key", "files/key"), "read", "secret/key").await;
    refused(&host, &space, "hard_link", to("secret/key", "files/key"), "read", "secret/key").await;
    refused(&host, &space, "read", json!({"path": "files/link"}), "read", "secret/key").await;
    refused(&host, &space, "read", json!({"path": "files/far/key"}), "read", "secret/key").await;
    let (host, _) = probe_with(granted([rule("files/**", &FileAccess::ALL, None)])).await;
    refused(&host, &space, "rename", to("files/a.txt", "output/a.txt"), "read", "output").await;
    refused(&host, &space, "rename", to("secret", "files/secret"), "read", "secret").await;
}

#[tokio::test]
async fn a_folder_is_moved_with_what_is_in_it_or_not_at_all() {
    let space = inhabited();
    space.plant("files/sub/secret.key", "key");
    let rules = [rule("**", &FileAccess::ALL, None), rule("**/*.key", &FileAccess::ALL, Some(Verdict::Deny))];
    let (host, _) = probe_with(granted(rules)).await;
    let before = space.tree();
    let move_it = json!({"from": "files/sub", "to": "output/sub"});
    let said = shown(&host.call(&space, "rename", &move_it).await);
    assert!(said.contains("by its grant: files **/*.key: read, create, modify, delete (never)"), "{said}");
    assert_eq!(space.tree(), before);
    std::fs::remove_file(space.path("files/sub/secret.key")).expect("it goes");
    check_on(&host, &space, "rename", move_it, "").await;
}

#[tokio::test]
async fn what_the_plugin_does_not_ask_for_no_grant_gives() {
    let space = inhabited();
    let host = Host::guest("probe", Limits::default()).await;
    let asks = Arc::new(granted([rule("files/**", &[FileAccess::Read], None)]));
    let powers = Effective::unlimited()
        .limited_by(Layer::Manifest, asks)
        .granted_by(Arc::new(LiveGrant::new(Powers::all_files())));
    let host = Host { powers, ..host };
    check_on(&host, &space, "read", json!({"path": "files/a.txt"}), "a").await;
    let said = shown(&host.call(&space, "unlink", &json!({"path": "files/a.txt"})).await);
    assert!(said.contains("nothing that the plugin probe asks for in its manifest"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_is_taken_is_refused_at_the_next_call_also_to_open_files() {
    let space = inhabited();
    let (host, grant) = probe_with(Powers::all_files()).await;
    let arguments = json!({"from": "files/a.txt", "to": "files/open"}).to_string();
    let call = host.begin(None, &space, "read_until_refused", &arguments);
    let take = async {
        // What the guest has staged shows that its file is open and being read.
        while !has_staged_both(&space) {
            tokio::task::yield_now().await;
        }
        grant.set(granted([rule("output/**", &FileAccess::ALL, None)]));
    };
    let (ended, ()) = tokio::join!(call, take);
    let said = ended.expect_err("it is refused").to_string();
    assert!(said.contains("To read files/a.txt is not granted"), "{said}");
    assert!(said.contains("PermissionDenied"), "of the open folder too: {said}");
    assert!(!space.path("files/open").exists());
}

fn has_staged_both(space: &Coworkspace) -> bool {
    let calls = std::fs::read_dir(space.path(".cowork/calls")).into_iter().flatten().flatten();
    calls.into_iter().any(|call| std::fs::read_dir(call.path()).is_ok_and(|staged| staged.count() == 2))
}

#[tokio::test]
async fn an_interface_of_the_host_is_a_power_too() {
    let space = inhabited();
    space.plant("output/report.txt", "done");
    let host = Host::all_tools().await;
    let arguments = json!({"path": "output/report.txt", "title": "Report"});
    let task = || Some(Arc::default());
    let with = |interfaces: &[&str]| {
        let interfaces = interfaces.iter().map(|name| (*name).to_owned()).collect();
        let powers = Powers { interfaces, ..Powers::all_files() };
        Effective::unlimited().granted_by(Arc::new(LiveGrant::new(powers)))
    };
    let host = Host { powers: with(&["cowork:host/plan"]), ..host };
    let said = shown(&host.call_for(task(), &space, "deliverable_create", &arguments).await);
    assert_eq!(
        said,
        "denied: the interface cowork:host/deliverables is not granted to the plugin deliverable_create; an \
         administrator can: cowork grant deliverable_create --interface cowork:host/deliverables"
    );
    let host = Host { powers: with(&["cowork:host/deliverables"]), ..host };
    let called =
        host.call_for(task(), &space, "deliverable_create", &arguments).await.expect("it is granted");
    assert_eq!(called.effects.len(), 1);
}
