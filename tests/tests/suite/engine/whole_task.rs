//! A task with phases of both kinds, from outcome to deliverable.

use cowork_domain::TaskState;
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};

const CONVERSATION: &str = r##"
[[part]]
for = "plan"
[[part.answer]]
text = '''{"summary": "Count and report", "phases": [
  {"name": "Count", "subtasks": ["Count the files", "Count the folders"], "parallel": true},
  {"name": "Report", "subtasks": ["Write it down"], "depends_on": ["Count"]}]}'''

[[part]]
agent = "Count the .*"
[[part.answer]]
text = "I look."
calls = '''[{"tool": "file_list", "arguments": {"path": "files"}}]'''
[[part.answer]]
text = "I counted {{ last[0].json.entries | length }}."

[[part]]
agent = "Report"
[[part.answer]]
calls = '''[
  {"tool": "task_update", "arguments": {"subtask": "write it down", "status": "running", "note": "at it"}},
  {"tool": "file_write", "arguments": {"path": "output/report.md", "content": "{{ task | capture('I counted ([0-9]+)') }} file"}},
  {"tool": "deliverable_create", "arguments": {"path": "output/report.md", "title": "Report"}}]'''
[[part.answer]]
text = "Written."

[[part]]
for = "synthesis"
[[part.answer]]
text = "There is one file, says {{ task | capture('(output/[a-z.]+): Report') }}."
"##;

async fn done() -> (App, cowork_domain::TaskId, Value) {
    let app = App::scripted(CONVERSATION).await.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"})).await;
    let TaskState::Completed { report } = app.wait_for(id, "completed").await else {
        panic!("not completed")
    };
    assert_eq!(report, "There is one file, says output/report.md.");
    let progress = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/progress"), None).await;
    (app, id, progress)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_becomes_a_deliverable() {
    let (app, _, progress) = done().await;
    assert_eq!(progress["progress"], 1.0);
    assert_eq!(progress["deliverables"][0]["path"], "output/report.md");
    assert_eq!(progress["phases"][1]["subtasks"][0]["note"], "at it");
    assert_eq!(std::fs::read_to_string(app.path("output/report.md")).expect("the report"), "1 file");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_turn_has_one_checkpoint_that_says_where_all_agents_are() {
    let (app, id, _) = done().await;
    let checkpoints = app.store.checkpoints(id).await.expect("checkpoints");
    let turns: Vec<u32> = checkpoints.iter().map(|checkpoint| checkpoint.turn).collect();
    assert_eq!(turns, (1..=7).collect::<Vec<_>>());
    let last = checkpoints.last().expect("the last");
    assert_eq!(last.agent_states.len(), 4, "two counters, a reporter, the synthesis");
    assert_eq!(last.plan_progress["Count"], 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_numbered_without_gaps_and_can_be_had_from_anywhere() {
    let (app, id, _) = done().await;
    let path = format!("/api/cowork/tasks/{id}/events");
    let all = app.request(Method::GET, &path, None).await.text().await.expect("a stream that ends");
    let ids = |text: &str| -> Vec<i64> {
        text.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect()
    };
    let numbers = ids(&all);
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    let rest =
        app.request(Method::GET, &format!("{path}?after=5"), None).await.text().await.expect("the rest");
    assert_eq!(ids(&rest), numbers[5..]);
    assert!(all.contains("event: delivered"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_over_cannot_be_started() {
    let (app, id, _) = done().await;
    let (status, code, detail) =
        app.problem(Method::POST, &format!("/api/cowork/tasks/{id}/start"), None).await;
    assert_eq!((status, code.as_str()), (409, "wrong_state"), "{detail}");
}
