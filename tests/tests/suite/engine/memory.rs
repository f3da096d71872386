//! What agents remember: Markdown that people can read and edit, found again in later tasks.

use super::{calls, plan, results};
use cowork_domain::TaskId;
use cowork_model_server::{ModelServer, Reply};
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};

const MEMORY: &str = "/api/coworkspaces/mine/memory";

fn store(title: &str, text: &str) -> String {
    json!({"title": title, "text": text, "tags": ["people"]}).to_string()
}

/// One task after the other; each makes these calls, one a turn.
async fn tasks(each: &[&[(&str, &str)]]) -> (App, ModelServer) {
    let mut replies = Vec::new();
    for asked in each {
        replies.push(plan());
        replies.extend(asked.iter().map(|call| calls(&[*call])));
        replies.extend([Reply::text("Done."), Reply::text("Report.")]);
    }
    let (app, server) = App::answering(replies).await;
    (app.with_coworkspace().await, server)
}

async fn begin(app: &App) -> TaskId {
    app.create_task(json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"})).await
}

async fn run(app: &App) -> TaskId {
    let id = begin(app).await;
    app.wait_for(id, "completed").await;
    id
}

async fn search(app: &App, query: &str) -> Vec<String> {
    let found = app.ok(Method::GET, &format!("{MEMORY}?q={query}"), None).await;
    let titles = found.as_array().expect("a list").iter();
    titles.map(|memory| memory["title"].as_str().expect("a title").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_task_stores_the_next_is_told_and_finds() {
    let about = store("Tidy folders by year", "The person wants **years**, not months.");
    let (app, server) =
        tasks(&[&[("memory_store", &about)], &[("memory_retrieve", r#"{"query": "which month or year?"}"#)]])
            .await;
    run(&app).await;
    let file = std::fs::read_to_string(app.path(".memory/tidy-folders-by-year.md")).expect("a file");
    let (front, text) = file.split_once("\n---\n").expect("something above the text");
    assert!(front.starts_with("---\ntitle: Tidy folders by year\ntags:\n- people\ntime: "), "{front}");
    assert!(front.ends_with("\nwho: Tidy"), "{front}");
    assert_eq!(text, "\nThe person wants **years**, not months.\n");
    run(&app).await;
    let requests = server.requests();
    let brief = requests[5].body["messages"][1]["content"].as_str().expect("a brief").to_owned();
    assert!(brief.contains("from=\"memory\">\nTidy folders by year\nThe person wants **years**"), "{brief}");
    let found: Value =
        serde_json::from_str(results(&requests[6].body).last().expect("a result")).expect("JSON");
    let first = &found["memories"][0];
    assert_eq!(first["path"], ".memory/tidy-folders-by-year.md");
    assert_eq!(first["who"], "Tidy");
    assert!(first["score"].as_f64().expect("a score") > 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_adds_edits_and_removes() {
    let (app, _server) = tasks(&[]).await;
    let body = json!({"title": "Ana keeps the books", "text": "Ask her about invoices.", "tags": ["people"]});
    let added = app.ok(Method::POST, MEMORY, Some(body)).await;
    assert_eq!((added["key"].as_str(), added["who"].as_str()), (Some("ana-keeps-the-books"), Some("person")));
    std::fs::write(app.path(".memory/Plain note.md"), "# The printer\n\nIt is called *Edgar*.")
        .expect("a file");
    assert_eq!(search(&app, "invoice").await, ["Ana keeps the books"]);
    assert_eq!(search(&app, "edgar%20printers").await, ["The printer"]);
    assert_eq!(search(&app, "").await.len(), 2);
    // An edit that leaves size and title as they were.
    std::fs::write(app.path(".memory/Plain note.md"), "# The printer\n\nIt is called *Edith*.")
        .expect("a file");
    assert!(search(&app, "edgar").await.is_empty());
    assert_eq!(search(&app, "edith").await, ["The printer"]);
    std::fs::remove_file(app.path(".memory/Plain note.md")).expect("a file");
    assert!(search(&app, "edith").await.is_empty());
    let one = format!("{MEMORY}/ana-keeps-the-books");
    assert_eq!(app.ok(Method::GET, &one, None).await["text"], "Ask her about invoices.");
    app.ok(Method::DELETE, &one, None).await;
    assert!(!app.path(".memory/ana-keeps-the-books.md").exists());
    let (status, code, _) = app.problem(Method::GET, &one, None).await;
    assert_eq!((status, code.as_str()), (404, "no_such_memory"));
    let (status, code, _) = app.problem(Method::DELETE, &one, None).await;
    assert_eq!((status, code.as_str()), (404, "no_such_memory"));
    let (status, code, detail) =
        app.problem(Method::POST, MEMORY, Some(json!({"title": "?", "text": "x"}))).await;
    assert_eq!((status, code.as_str()), (422, "invalid_memory"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_title_replaces_and_what_a_person_wrote_above_it_stays() {
    let (first, second) = (store("The printer", "Edgar."), store("the PRINTER", "Edith."));
    let (app, _server) = tasks(&[&[("memory_store", &first)], &[("memory_store", &second)]]).await;
    run(&app).await;
    let path = app.path(".memory/the-printer.md");
    let edited = std::fs::read_to_string(&path).expect("a file").replacen("---\n", "---\nroom: 12\n", 1);
    std::fs::write(&path, edited).expect("an edit");
    run(&app).await;
    let file = std::fs::read_to_string(&path).expect("a file");
    assert!(file.contains("room: 12") && file.contains("Edith.") && !file.contains("Edgar"), "{file}");
    assert_eq!(search(&app, "printer").await, ["the PRINTER"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_forgets_only_what_a_person_lets_go() {
    let forget = r#"{"title": "The printer"}"#;
    let (app, _server) =
        tasks(&[&[("memory_store", &store("The printer", "Edgar.")), ("memory_forget", forget)]]).await;
    let id = begin(&app).await;
    let asked = app.wait_for_question(id).await;
    assert_eq!(asked.changes.changes()[0].path, ".memory/the-printer.md");
    assert!(app.path(".memory/the-printer.md").exists());
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    assert!(!app.path(".memory/the-printer.md").exists());
    assert!(search(&app, "printer").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_remembered_is_undone_with_its_task() {
    let (app, _server) = tasks(&[&[("memory_store", &store("The printer", "Edgar."))]]).await;
    let id = run(&app).await;
    assert_eq!(search(&app, "printer").await, ["The printer"]);
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/undo"), Some(json!({}))).await;
    assert!(search(&app, "printer").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_for_files_do_not_write_there() {
    let write = r#"{"path": ".memory/x.md", "content": "x"}"#;
    let (app, server) = tasks(&[&[("file_write", write)]]).await;
    run(&app).await;
    assert!(!app.path(".memory/x.md").exists());
    let told = results(&server.requests()[2].body).join("\n");
    assert!(told.contains("denied"), "{told}");
}
