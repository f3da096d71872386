use super::{calls, plan, results};
use cowork_model_server::{ModelServer, Reply};
use cowork_tests::App;
use reqwest::Method;
use serde_json::json;

const CREATE: (&str, &str) = ("file_write", r#"{"path": "output/b.txt", "content": "b"}"#);
const WRITE: (&str, &str) =
    ("file_write", r#"{"path": "files/a.txt", "content": "new", "mode": "overwrite"}"#);
const MOVE: (&str, &str) = ("file_move", r#"{"moves": [{"from": "files/a.txt", "to": "output/a.txt"}]}"#);
const DELETE: (&str, &str) = ("file_delete", r#"{"paths": ["files/a.txt"]}"#);
const LOOK: (&str, &str) = ("file_list", r#"{"path": "files"}"#);

/// A task whose agent makes these calls and then ends.
async fn asking(asked: &[(&str, &str)]) -> (App, ModelServer, cowork_domain::TaskId) {
    let (app, server) =
        App::answering([plan(), calls(asked), Reply::text("Done."), Reply::text("Report.")]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    (app, server, id)
}

fn text(app: &App, path: &str) -> String {
    std::fs::read_to_string(app.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_and_making_files_asks_nobody() {
    let (app, _server, id) = asking(&[LOOK, CREATE]).await;
    app.wait_for(id, "completed").await;
    assert!(app.path("output/b.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_change_is_shown_and_happens_when_it_is_approved() {
    let (app, _server, id) = asking(&[LOOK, WRITE]).await;
    app.wait_for(id, "waiting").await;
    let open = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/approvals"), None).await;
    assert_eq!(open[0]["changes"][0]["change"], "modified");
    assert_eq!(open[0]["changes"][0]["path"], "files/a.txt");
    assert!(open[0]["diff"].as_str().expect("a diff").contains("-hello\n"), "{}", open[0]["diff"]);
    assert_eq!(text(&app, "files/a.txt"), "hello", "nothing has happened yet");
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    assert_eq!(text(&app, "files/a.txt"), "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_calls_of_a_turn_are_asked_about_at_once_and_each_happens_after_the_one_before() {
    let (app, _server, id) = asking(&[WRITE, CREATE, MOVE]).await;
    app.wait_for(id, "waiting").await;
    assert_eq!(app.engine.open_approvals(id).await.expect("approvals").len(), 2);
    assert!(!app.path("output/b.txt").exists(), "nothing is done before what came first");
    app.approve_all(id).await;
    // The move was about the file before it was written, so it is asked about again.
    let again = app.wait_for_question(id).await;
    assert!(again.reason.expect("a reason").contains("files/a.txt has changed since"));
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    assert_eq!((text(&app, "output/a.txt"), text(&app, "output/b.txt")), ("new".to_owned(), "b".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_changes_meanwhile_makes_the_answer_void() {
    let (app, _server, id) = asking(&[WRITE]).await;
    let first = app.wait_for_question(id).await;
    std::fs::write(app.path("files/a.txt"), "the person's own").expect("a write");
    app.approve_all(id).await;
    let again = app.wait_for_question(id).await;
    assert_ne!(first.content_hash, again.content_hash);
    assert!(again.diff.contains("-the person's own"), "{}", again.diff);
    assert_eq!(text(&app, "files/a.txt"), "the person's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_asks_even_an_autonomous_task() {
    let (app, _server) =
        App::answering([plan(), calls(&[DELETE]), Reply::text("Done."), Reply::text("Report.")]).await;
    let app = app.with_coworkspace().await;
    let autonomous = json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"});
    let id = app.create_task(autonomous).await;
    let asked = app.wait_for_question(id).await;
    assert_eq!(asked.changes.counts().to_string(), "1 deleted");
    assert!(app.path("files/a.txt").exists());
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    assert!(!app.path("files/a.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_is_allowed_is_not_asked_about_again_and_a_deletion_always_is() {
    let again = ("file_write", r#"{"path": "files/a.txt", "content": "newer", "mode": "overwrite"}"#);
    let replies = [
        plan(),
        calls(&[WRITE]),
        calls(&[again]),
        calls(&[DELETE]),
        Reply::text("Done."),
        Reply::text("Report."),
    ];
    let (app, _server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    let asked = app.wait_for_question(id).await;
    assert_eq!(asked.kind.expect("a kind").folder, "files/");
    let path = format!("/api/cowork/approvals/{}", asked.id);
    app.ok(Method::POST, &path, Some(json!({"decision": "approve_kind"}))).await;
    let asked = app.wait_for_question(id).await;
    assert_eq!((asked.tool.as_str(), asked.kind), ("file_delete", None));
    assert_eq!(text(&app, "files/a.txt"), "newer");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_task_did_is_listed_and_taken_back() {
    let (app, _server, id) = asking(&[CREATE, WRITE, DELETE]).await;
    app.wait_for_question(id).await;
    app.approve_all(id).await;
    app.wait_for_question(id).await;
    let all = app.ok(Method::GET, "/api/cowork/approvals", None).await;
    let path = format!("/api/cowork/approvals/{}", all[0]["id"].as_str().expect("an id"));
    app.ok(Method::POST, &path, Some(json!({"decision": "approve"}))).await;
    app.wait_for(id, "completed").await;
    assert!(!app.path("files/a.txt").exists());

    let path = format!("/api/cowork/tasks/{id}/changes");
    let done = app.ok(Method::GET, &path, None).await;
    let tools: Vec<&str> =
        done.as_array().expect("a list").iter().filter_map(|done| done["tool"].as_str()).collect();
    assert_eq!(tools, ["file_write", "file_write", "file_delete"]);

    let undo = format!("/api/cowork/tasks/{id}/undo");
    let report = app.ok(Method::POST, &undo, Some(json!({"dry_run": true}))).await;
    assert_eq!(report["undone"][0]["changes"][0]["change"], "created");
    assert!(!app.path("files/a.txt").exists(), "a dry run does nothing");
    app.ok(Method::POST, &undo, Some(json!({}))).await;
    assert_eq!(text(&app, "files/a.txt"), "hello");
    assert!(!app.path("output/b.txt").exists());
    let (status, code, _) = app.problem(Method::POST, &undo, Some(json!({}))).await;
    assert_eq!((status, code.as_str()), (409, "nothing_to_undo"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_stops_where_a_person_has_written_since() {
    let (app, _server, id) = asking(&[CREATE]).await;
    app.wait_for(id, "completed").await;
    std::fs::write(app.path("output/b.txt"), "the person's own").expect("a write");
    let report = app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/undo"), Some(json!({}))).await;
    assert_eq!(report["conflicts"], json!(["output/b.txt"]));
    assert_eq!(text(&app, "output/b.txt"), "the person's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_task_made_itself_is_its_own_to_change() {
    let change = ("file_write", r#"{"path": "output/b.txt", "content": "c", "mode": "overwrite"}"#);
    let rename = ("file_move", r#"{"moves": [{"from": "output/b.txt", "to": "output/c.txt"}]}"#);
    let (app, _server, id) = asking(&[CREATE, change, rename]).await;
    app.wait_for(id, "completed").await;
    assert_eq!(text(&app, "output/c.txt"), "c");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_while_nobody_listens_counts() {
    let (app, server, id) = asking(&[WRITE]).await;
    app.wait_for(id, "waiting").await;
    app.engine.shut_down();
    app.approve_all(id).await;
    let app = app.restarted(&server).await;
    app.wait_for(id, "completed").await;
    assert_eq!(text(&app, "files/a.txt"), "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_survives_a_new_start() {
    let (app, server, id) = asking(&[WRITE]).await;
    app.wait_for(id, "waiting").await;
    let app = app.restarted(&server).await;
    app.wait_for(id, "waiting").await;
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_reaches_the_model_with_the_persons_word() {
    let (app, server, id) = asking(&[WRITE]).await;
    app.wait_for(id, "waiting").await;
    let open = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/approvals"), None).await;
    let path = format!("/api/cowork/tasks/{id}/approvals/{}", open[0]["id"].as_str().expect("an id"));
    app.ok(Method::POST, &path, Some(json!({"decision": "deny", "word": "not in output/"}))).await;
    app.wait_for(id, "completed").await;
    let results = results(&server.requests()[2].body);
    assert!(results[0].contains("the person said no to this call: not in output/"), "{}", results[0]);
    assert_eq!(text(&app, "files/a.txt"), "hello");
    let (status, code, _) = app.problem(Method::POST, &path, Some(json!({"decision": "approve"}))).await;
    assert_eq!((status, code.as_str()), (404, "no_such_approval"), "an answer stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_approved_and_the_model_is_told_what_was_left_out() {
    let moves = r#"{"moves": [{"from": "files/a.txt", "to": "files/new/a.txt"},
                              {"from": "files/b.txt", "to": "files/new/b.txt"}]}"#;
    let (app, server, id) = asking_with_b(&[("file_move", moves)]).await;
    let asked = app.wait_for_question(id).await;
    let path = format!("/api/cowork/approvals/{}", asked.id);
    let part = |paths: &[&str]| Some(json!({"decision": "approve_part", "paths": paths}));
    let (status, code, detail) = app.problem(Method::POST, &path, part(&["files/c.txt"])).await;
    assert_eq!((status, code.as_str()), (422, "not_whole"));
    assert_eq!(detail, "nothing would change at files/c.txt");
    app.ok(Method::POST, &path, part(&["files/new/a.txt"])).await;
    app.wait_for(id, "completed").await;
    assert_eq!(text(&app, "files/new/a.txt"), "hello");
    assert!(app.path("files/b.txt").exists() && !app.path("files/new/b.txt").exists());
    let told = results(&server.requests()[2].body).join("\n");
    assert!(told.contains("Left out, and as they were before: files/new/b.txt."), "{told}");
    let done = app.engine.changes(id).await.expect("changes");
    assert_eq!(done[0].changes.counts().to_string(), "1 created, 1 moved");
    assert_ne!(done[0].changes.content_hash(), asked.content_hash, "it is a change set of its own");
}

/// The same with another file of the person.
async fn asking_with_b(asked: &[(&str, &str)]) -> (App, ModelServer, cowork_domain::TaskId) {
    let (app, server) =
        App::answering([plan(), calls(asked), Reply::text("Done."), Reply::text("Report.")]).await;
    let app = app.with_coworkspace().await;
    std::fs::write(app.path("files/b.txt"), "b").expect("a file");
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    (app, server, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes_is_a_denial() {
    let (app, server, id) = asking(&[WRITE]).await;
    app.wait_for_question(id).await;
    app.engine.keep_up().await.expect("upkeep");
    assert_eq!(app.engine.open_approvals(id).await.expect("approvals").len(), 1, "it waits still");
    app.clock.advance(31 * DAY);
    app.engine.keep_up().await.expect("upkeep");
    app.wait_for(id, "completed").await;
    assert_eq!(text(&app, "files/a.txt"), "hello");
    let told = results(&server.requests()[2].body).join("\n");
    assert!(told.contains("the person said no to this call: nobody answered within 30 days"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_calls_replaced_is_kept_for_a_while_after_the_task_is_over() {
    let (app, _server, id) = asking(&[WRITE]).await;
    app.wait_for_question(id).await;
    app.clock.advance(40 * DAY);
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    app.engine.keep_up().await.expect("upkeep");
    let undo = format!("/api/cowork/tasks/{id}/undo");
    app.ok(Method::POST, &undo, Some(json!({"dry_run": true}))).await;
    app.clock.advance(31 * DAY);
    app.engine.keep_up().await.expect("upkeep");
    let (status, code, _) = app.problem(Method::POST, &undo, Some(json!({}))).await;
    assert_eq!((status, code.as_str()), (409, "nothing_to_undo"));
    assert!(app.engine.changes(id).await.expect("changes")[0].purged);
    let kept = std::fs::read_dir(app.path(".cowork/undo")).expect("a folder").count();
    assert_eq!(kept, 0);
}

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);
