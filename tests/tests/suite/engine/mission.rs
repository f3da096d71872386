//! The whole of it: a plan of three phases, four sub-agents side by side, questions asked and answered, deliverables.

use cowork_domain::TaskId;
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};

const CONVERSATION: &str = r##"
[[part]]
for = "plan"
[[part.answer]]
text = '''{"summary": "Sort the papers and report", "phases": [
  {"name": "Look", "subtasks": ["List the papers"]},
  {"name": "Sort", "subtasks": ["Sort a", "Sort b", "Sort c", "Sort d"], "parallel": true,
   "writes": {"Sort a": ["output/a/**"], "Sort b": ["output/b/**"]}},
  {"name": "Report", "subtasks": ["Write the report"]}]}'''

[[part]]
agent = "Look"
[[part.answer]]
calls = '''[{"tool": "file_list", "arguments": {"path": "files"}}]'''
[[part.answer]]
text = "There are {{ last[0].json.entries | length }} papers."

[[part]]
agent = "Sort [a-d]"
[[part.answer]]
calls = '''[{"tool": "file_read", "arguments": {"path": "files/{{ agent | capture('Sort ([a-d])') }}.txt"}}]'''
[[part.answer]]
calls = '''[{"tool": "file_move", "arguments": {"moves": [{"from": "files/{{ agent | capture('Sort ([a-d])') }}.txt",
   "to": "output/{{ agent | capture('Sort ([a-d])') }}/paper.txt"}]}}]'''
[[part.answer]]
text = "Sorted {{ agent | capture('Sort ([a-d])') }}."

[[part]]
agent = "Report"
[[part.answer]]
calls = '''[{"tool": "file_write", "arguments": {"path": "output/report.md",
   "content": "{{ task | captures('Sorted ([a-d])') | join(', ') }}"}},
  {"tool": "deliverable_create", "arguments": {"path": "output/report.md", "title": "Report"}}]'''
[[part.answer]]
text = "Written."

[[part]]
for = "synthesis"
[[part.answer]]
text = "Four papers are sorted; see {{ task | capture('(output/[a-z.]+): Report') }}."
"##;

/// Waits until that many questions are open.
async fn until_asked(app: &App, id: TaskId, number: usize) {
    let asked = async {
        let mut bell = app.engine.listen(id);
        while app.engine.open_approvals(id).await.expect("approvals").len() < number {
            bell.changed().await.expect("a bell");
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), asked).await.expect("all ask");
}

/// Who says in `.locks/` where they write.
fn locks(app: &App) -> Vec<(String, String)> {
    let entries =
        std::fs::read_dir(app.path(".locks")).expect("a folder").map(|entry| entry.expect("an entry").path());
    let read = |path: std::path::PathBuf| {
        let shown: Value = serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        (text(&shown["agent"]), text(&shown["writes"][0]))
    };
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).map(read).collect()
}

async fn done() -> (App, TaskId) {
    let app = App::scripted(CONVERSATION).await.with_coworkspace().await;
    for name in ["b", "c", "d"] {
        std::fs::write(app.path(&format!("files/{name}.txt")), name).expect("a paper");
    }
    let id = app.create_task(json!({})).await;
    app.wait_for(id, "plan_ready").await;
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/start"), None).await;
    until_asked(&app, id, 4).await;
    let mut locks = locks(&app);
    locks.sort();
    assert_eq!(
        locks,
        [("Sort a".to_owned(), "output/a/**".to_owned()), ("Sort b".to_owned(), "output/b/**".to_owned())]
    );
    let path = format!("/api/cowork/tasks/{id}/approvals");
    let answered = app.ok(Method::POST, &path, Some(json!({"decision": "approve"}))).await;
    assert_eq!(answered["answered"], 4, "four agents are answered in one go");
    app.wait_for(id, "completed").await;
    (app, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_outcome_to_deliverables_with_four_agents_side_by_side() {
    let (app, id) = done().await;
    let progress = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/progress"), None).await;
    assert_eq!(progress["progress"], 1.0);
    assert_eq!(progress["deliverables"][0]["path"], "output/report.md");
    assert_eq!(progress["report"], Value::Null);
    assert_eq!(progress["task"]["report"], "Four papers are sorted; see output/report.md.");
    let report = std::fs::read_to_string(app.path("output/report.md")).expect("the report");
    assert_eq!(report, "a, b, c, d");
    assert!(locks(&app).is_empty(), "whoever is done writes nowhere");
    for name in ["a", "b", "c", "d"] {
        assert!(app.path(&format!("output/{name}/paper.txt")).exists(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timeline_shows_that_they_overlap() {
    let (app, id) = done().await;
    let agents = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/agents"), None).await;
    let agents = agents.as_array().expect("a list");
    let time = |agent: &Value, key: &str| agent[key].as_str().expect("a time").to_owned();
    let names: Vec<&str> = agents.iter().filter_map(|agent| agent["name"].as_str()).collect();
    assert_eq!(names, ["Look", "Sort a", "Sort b", "Sort c", "Sort d", "Report", "Synthesis"]);
    let sorting = &agents[1..5];
    let last_start = sorting.iter().map(|agent| time(agent, "started_at")).max().expect("a time");
    let first_end = sorting.iter().map(|agent| time(agent, "ended_at")).min().expect("a time");
    assert!(last_start <= first_end, "all four were at work at once: {last_start} {first_end}");
    assert!(time(&agents[0], "ended_at") <= time(&agents[1], "started_at"), "phase after phase");
    assert_eq!(agents[1]["write_set"], json!(["output/a/**"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_would_write_the_same_files_is_named_before_the_start() {
    let clash = CONVERSATION.replace("output/b/**", "output/a/x.txt");
    let app = App::scripted(&clash).await.with_coworkspace().await;
    let id = app.create_task(json!({})).await;
    app.wait_for(id, "plan_ready").await;
    let progress = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/progress"), None).await;
    let said = r#"in phase "Sort", "Sort a" (output/a/**) and "Sort b" (output/a/x.txt) may write the same files at once"#;
    assert_eq!(progress["warnings"], json!([{"code": "writes_overlap", "detail": said}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_a_killed_host_left_is_cleared() {
    let app = App::scripted(CONVERSATION).await.with_coworkspace().await;
    let stale = app.path(&format!(".locks/{}.json", cowork_domain::AgentId::new()));
    std::fs::write(&stale, "{}").expect("a file");
    app.engine.resume().await.expect("nothing to go on with");
    assert!(!stale.exists());
}
