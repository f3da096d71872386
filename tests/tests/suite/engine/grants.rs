//! What administrators give to plugins: by digest and publisher, at once, and written down.

use super::{calls, plan, results};
use cowork_domain::capability::{GrantEntry, GrantState};
use cowork_engine::Settings;
use cowork_model_server::{ModelServer, Reply};
use cowork_tests::{App, Host};
use reqwest::Method;
use serde_json::{Value, json};

const READS: &str = "[[files]]\npaths = \"files/**\"\naccess = [\"read\"]\n";
const READS_ALL: &str = "[[files]]\npaths = \"**\"\naccess = [\"read\"]\n";

/// A host whose only plugin is the guest `probe`, not granted anything by the distribution.
async fn host(manifest: &str, publisher: Option<u8>) -> Host {
    Host { bundled: false, ..Host::packed("probe", manifest, publisher).await }
}

async fn app(replies: Vec<Reply>, manifest: &str, publisher: Option<u8>) -> (App, ModelServer) {
    let (app, server) =
        App::answering_with(replies, host(manifest, publisher).await, Settings::default()).await;
    (app.with_coworkspace().await, server)
}

async fn entry(app: &App) -> GrantEntry {
    let all = app.ok(Method::GET, "/api/cowork/grants", None).await;
    serde_json::from_value(all[0].clone()).expect("an entry")
}

async fn change(app: &App, route: &str, body: Value) -> GrantEntry {
    let path = format!("/api/cowork/grants/probe{route}");
    serde_json::from_value(app.ok(Method::POST, &path, Some(body)).await).expect("an entry")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_plugin_has_no_power_until_it_is_granted() {
    let read = ("read", r#"{"path": "files/a.txt"}"#);
    let replies = || vec![plan(), calls(&[read]), Reply::text("Done."), Reply::text("Report.")];
    let both = [replies(), replies()].concat();
    let (app, server) = app(both, READS, None).await;
    assert_eq!(entry(&app).await.state, GrantState::New);
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "completed").await;
    let told = results(&server.requests()[2].body).join("\n");
    assert!(told.contains("an administrator can: cowork grant probe --files 'files:read'"), "{told}");
    let granted = change(&app, "", json!({})).await;
    assert_eq!((granted.state, granted.has), (GrantState::Granted, granted.asks));
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "completed").await;
    assert_eq!(results(&server.requests()[6].body), ["hello"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_chooses_settings_that_the_plugin_finds_in_its_environment() {
    let (look, manifest) = (("environment", "{}"), "[settings]\nprovider = \"none\"\n");
    let replies = vec![plan(), calls(&[look]), Reply::text("Done."), Reply::text("Report.")];
    let (app, server) = app(replies, manifest, None).await;
    let choose = |name: &str| json!({"powers": {"settings": {name: "brave"}}});
    let unknown = app.problem(Method::POST, "/api/cowork/grants/probe", Some(choose("mode"))).await;
    assert!(unknown.2.contains("name one that the plugin has, not \"mode\": it has provider"), "{unknown:?}");
    let chosen = change(&app, "", choose("provider")).await;
    assert_eq!(chosen.has.lines().into_iter().collect::<Vec<_>>(), ["setting provider: brave"]);
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "completed").await;
    assert_eq!(results(&server.requests()[2].body), [r#"variables ["provider"], arguments []"#]);
    let taken = change(&app, "/revoke", choose("provider")).await;
    assert!(taken.has.settings.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_and_taken_is_written_down_for_good() {
    let (app, _server) = app(Vec::new(), READS, None).await;
    let files = |access: &[&str]| json!({"powers": {"files": [{"paths": "files/**", "access": access}]}});
    change(&app, "", files(&["read", "create"])).await;
    let left = change(&app, "/revoke", files(&["create"])).await;
    assert_eq!(left.has.lines().into_iter().collect::<Vec<_>>(), ["files files/**: read"]);
    let (status, code, detail) =
        app.problem(Method::POST, "/api/cowork/grants/probe/revoke", Some(files(&["delete"]))).await;
    assert_eq!((status, code.as_str()), (422, "invalid_value"), "{detail}");
    change(&app, "/revoke", json!({})).await;
    let log = app.ok(Method::GET, "/api/cowork/grants/log?plugin=probe", None).await;
    let told = |at: usize| (log[at]["action"].clone(), log[at]["difference"].clone());
    assert_eq!(told(2), (json!("granted"), json!(["+ files files/**: read, create"])));
    assert_eq!(told(1).1, json!(["- files files/**: read, create", "+ files files/**: read"]));
    assert_eq!(told(0), (json!("revoked"), json!(["- files files/**: read"])));
    let (status, code, _) = app.problem(Method::POST, "/api/cowork/grants/nobody", Some(json!({}))).await;
    assert_eq!((status, code.as_str()), (404, "no_such_plugin"));
    let (status, _, detail) =
        app.problem(Method::POST, "/api/cowork/grants/probe", Some(json!({"powers": {"fils": []}}))).await;
    assert!(status == 422 || status == 400, "{status}");
    assert!(detail.contains("fils"), "{detail}");
}

/// Where a plugin stands when its next version is installed.
async fn after_update(before: (&str, Option<u8>), after: (&str, Option<u8>)) -> GrantEntry {
    let (app, server) = app(Vec::new(), before.0, before.1).await;
    change(&app, "", json!({})).await;
    let app = app.restarted_with(&server, host(after.0, after.1).await).await;
    entry(&app).await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_component_keeps_a_grant_only_from_the_same_publisher_and_for_no_more() {
    let same = after_update((READS_ALL, Some(1)), (READS_ALL, Some(1))).await;
    assert_eq!(same.state, GrantState::Granted, "it is the same component");
    // A comment in the manifest is another digest.
    let commented = format!("# The next version.\n{READS_ALL}");
    let next = after_update((READS_ALL, Some(1)), (&commented, Some(1))).await;
    assert_eq!(next.state, GrantState::Granted, "signed by the same, asking for the same");
    for (what, after) in [
        ("signed by another", (commented.as_str(), Some(2))),
        ("signed by nobody", (commented.as_str(), None)),
        ("asking for more", ("[[files]]\npaths = \"**\"\naccess = [\"read\", \"delete\"]\n", Some(1))),
    ] {
        let waits = after_update((READS_ALL, Some(1)), after).await;
        assert_eq!(waits.state, GrantState::Changed, "{what}");
        assert!(waits.has.lines().is_empty(), "{what}");
    }
    let more = after_update((READS, Some(1)), (READS_ALL, Some(1))).await;
    assert_eq!(more.difference, ["- files files/**: read", "+ files **: read"]);
    let unsigned = after_update((READS_ALL, None), (&commented, None)).await;
    assert_eq!(unsigned.state, GrantState::Changed, "nobody vouches for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_and_a_coworkspace_have_limits_of_their_own() {
    let read = |path: &str| json!({ "path": path }).to_string();
    let (in_files, in_output) = (read("files/a.txt"), read("output/b.txt"));
    let asked = [("read", in_files.as_str()), ("read", in_output.as_str())];
    let replies = || vec![plan(), calls(&asked), Reply::text("Done."), Reply::text("Report.")];
    let (app, server) = app([replies(), replies()].concat(), READS_ALL, None).await;
    std::fs::write(app.path("output/b.txt"), "b").expect("a file");
    change(&app, "", json!({})).await;
    let only = |paths: &str| json!({"files": [{"paths": paths, "access": ["read"]}]});
    let id = app.create_task(json!({"auto_approve_plan": true, "limits": only("files/**")})).await;
    app.wait_for(id, "completed").await;
    let told = results(&server.requests()[2].body);
    assert_eq!(told[0], "hello");
    assert!(told[1].contains("beyond what this task may do"), "{}", told[1]);
    assert_eq!(app.ok(Method::GET, "/api/coworkspaces/mine/limits", None).await, json!(null));
    app.ok(Method::PUT, "/api/coworkspaces/mine/limits", Some(only("output/**"))).await;
    let limits = app.ok(Method::GET, "/api/coworkspaces/mine/limits", None).await;
    assert_eq!(limits["files"][0]["paths"], only("output/**")["files"][0]["paths"]);
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "completed").await;
    let told = results(&server.requests()[6].body);
    assert!(told[0].contains("beyond what may be done in this coworkspace"), "{}", told[0]);
    assert_eq!(told[1], "b");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_explained_which_rule_decides_and_a_component_tries_it() {
    let (app, _server) = App::answering_with([], Host::all_tools().await, Settings::default()).await;
    let app = app.with_coworkspace().await;
    let explain =
        |tool: &str, query: &str| format!("/api/cowork/tools/{tool}/explain?coworkspace=mine&{query}");
    let can = app.ok(Method::GET, &explain("document_read", "path=files/a.txt"), None).await;
    assert_eq!(can["tried"], "read files/a.txt: it works");
    assert!(can["words"].as_str().expect("words").contains("files **: read"), "{can}");
    let not = app.ok(Method::GET, &explain("document_read", "path=files/a.txt&access=delete"), None).await;
    assert_eq!(not["ruling"]["verdict"], "deny");
    assert!(not["tried"].as_str().expect("words").starts_with("delete files/a.txt: "), "{not}");
    assert!(app.path("files/a.txt").exists());
    let made = app.ok(Method::GET, &explain("file_write", "path=files/new&access=create"), None).await;
    assert_eq!(made["tried"], "create files/new: it works");
    assert!(!app.path("files/new").exists(), "nothing of it stays");
    let url = app.ok(Method::GET, &explain("file_write", "url=https://example.com/&method=POST"), None).await;
    assert_eq!(url["ruling"]["verdict"], "deny");
    assert!(url["tried"].as_str().expect("words").contains("the host does not permit it"), "{url}");
}
