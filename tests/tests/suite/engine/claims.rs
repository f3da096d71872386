//! Who works on what: a subtask has one agent at a time, and another one where it failed.

use cowork_domain::agent::AgentStatus;
use cowork_domain::call::SubtaskStatus;
use cowork_domain::{AgentId, TaskId, data};
use cowork_engine::{LoopLimits, Settings};
use cowork_models::Scripted;
use cowork_tests::{App, Host};
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;

const CONVERSATION: &str = r##"
[[part]]
for = "plan"
[[part.answer]]
text = '''{"summary": "Two things", "phases": [
  {"name": "All", "subtasks": ["Make b", "Try"], "parallel": true}]}'''

[[part]]
agent = "Make b"
[[part.answer]]
calls = '''[{"tool": "file_write", "arguments": {"path": "output/b.txt", "content": "made"}}]'''
[[part.answer]]
text = "Made."

[[part]]
agent = "Try"
[[part.answer]]
text = "Try number {{ task | captures('Why it ended') | length + 1 }}."
calls = '''{% if task | captures('Why it ended') | length == WINS %}[]{% else %}[{"tool": "file_list", "arguments": {"path": "files"}}]{% endif %}'''
[[part.answer]]
calls = '''[{"tool": "file_list", "arguments": {"path": "files"}}]'''

[[part]]
for = "synthesis"
[[part.answer]]
text = "{{ task | captures('It did not finish') | length }} did not finish."
"##;

/// An agent may do the same twice, and the one that tries does but at this attempt.
async fn app(wins: u32, conversation: &str) -> (App, TaskId) {
    let text = conversation.replace("WINS", &(wins - 1).to_string());
    let model = Scripted::from_text("conversation.toml", &text).expect("a sound conversation");
    let settings = Settings { loops: LoopLimits { told_at: 0, stopped_at: 2 }, ..Settings::default() };
    let app = App::with(Arc::new(model), Host::all_tools().await, settings).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    (app, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_who_claim_one_gets_it() {
    let app = App::scripted(CONVERSATION).await.with_coworkspace().await;
    let id = app.create_task(json!({})).await;
    app.wait_for(id, "plan_ready").await;
    let phase = app.store.phases(id).await.expect("phases")[0].id;
    let claims = (0..100).map(|_| {
        let store = app.store.clone();
        tokio::spawn(async move {
            let mut unit = store.begin().await.expect("a unit");
            let claimed = unit.claim_subtask(phase, AgentId::new()).await.expect("a claim");
            unit.commit().await.expect("a commit");
            claimed
        })
    });
    let mut won = Vec::new();
    for claim in claims.collect::<Vec<_>>() {
        won.extend(claim.await.expect("a claimant"));
    }
    let all =
        app.store.phases(id).await.expect("phases")[0].subtasks.iter().map(|s| s.id).collect::<Vec<_>>();
    won.sort();
    let mut expected = all;
    expected.sort();
    assert_eq!(won, expected, "each subtask went to one of them");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sub_agent_that_fails_is_followed_by_another_that_knows_what_it_learned() {
    let (app, id) = app(3, CONVERSATION).await;
    app.wait_for(id, "completed").await;
    let agents = app.engine.agents(id).await.expect("agents");
    let tried: Vec<_> = agents.iter().filter(|agent| agent.name == "Try").collect();
    let how: Vec<_> = tried.iter().map(|agent| (agent.attempt, agent.status)).collect();
    let failed = AgentStatus::Failed;
    assert_eq!(how, [(1, failed), (2, failed), (3, AgentStatus::Completed)]);
    assert!(
        tried[0].failure.as_deref().expect("a reason").contains("did the same 2 times"),
        "{:?}",
        tried[0].failure
    );
    let brief = app.store.agent_prompt(tried[1].id).await.expect("a brief").brief;
    assert!(brief.contains(&data::mark("another agent", "Try number 1.")), "{brief}");
    let calls =
        brief.split_once("<data-").and_then(|(_, rest)| rest.split_once("calls of another agent\">\n"));
    assert!(calls.is_some_and(|(_, calls)| calls.starts_with("file_list {")), "{brief}");
    assert!(brief.contains("}: completed: "), "{brief}");
    let progress = app.engine.get_task_progress(id).await.expect("progress");
    assert!(progress.phases[0].subtasks.iter().all(|subtask| subtask.status == SubtaskStatus::Completed));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_for_good_leaves_what_the_others_did_and_says_so() {
    let (app, id) = app(99, CONVERSATION).await;
    app.wait_for(id, "completed").await;
    let progress = app.engine.get_task_progress(id).await.expect("progress");
    let subtasks = &progress.phases[0].subtasks;
    assert_eq!((subtasks[0].status, subtasks[1].status), (SubtaskStatus::Completed, SubtaskStatus::Failed));
    assert!(
        subtasks[1].note.as_deref().expect("a note").contains("did the same 2 times"),
        "{:?}",
        subtasks[1].note
    );
    let cowork_domain::TaskState::Completed { report } = progress.task.state else { panic!("completed") };
    assert_eq!(report, "3 did not finish.", "whoever writes the report is told");
    assert!(app.path("output/b.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_fail_the_task_stops_and_a_person_lets_it_try_again() {
    let only = CONVERSATION.replace(r#"["Make b", "Try"]"#, r#"["Try"]"#);
    let (app, id) = app(4, &only).await;
    let cowork_domain::TaskState::Failed { reason, .. } = app.wait_for(id, "failed").await else {
        panic!("failed")
    };
    assert!(reason.contains("nothing came of the phase \"All\""), "{reason}");
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/start"), None).await;
    app.wait_for(id, "completed").await;
    let agents = app.engine.agents(id).await.expect("agents");
    assert_eq!(agents.iter().filter(|agent| agent.name == "Try").count(), 4);
}
