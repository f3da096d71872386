//! Versions of a plan: edited by hand, revised in words, before the start and while agents are at work.

use super::{calls, plan};
use cowork_domain::TaskId;
use cowork_domain::plan_version::{PlanAuthor, PlanStatus, PlanVersion};
use cowork_model_server::{ModelServer, Reply};
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};

const WRITE: (&str, &str) =
    ("file_write", r#"{"path": "files/a.txt", "content": "new", "mode": "overwrite"}"#);

fn phases(names: &[&str]) -> Value {
    let phase = |name: &&str| json!({"name": name, "subtasks": [format!("Do {name}")]});
    json!({"summary": "Tidy up", "phases": names.iter().map(phase).collect::<Vec<_>>()})
}

fn planned(names: &[&str]) -> Reply {
    Reply::text(phases(names).to_string())
}

/// A task that waits with its plan.
async fn ready(replies: impl IntoIterator<Item = Reply>) -> (App, ModelServer, TaskId) {
    let (app, server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({})).await;
    app.wait_for(id, "plan_ready").await;
    (app, server, id)
}

/// A task with the phases A and B whose first agent waits for an answer.
async fn at_work(more: impl IntoIterator<Item = Reply>) -> (App, ModelServer, TaskId) {
    let replies = [planned(&["A", "B"]), calls(&[WRITE])].into_iter().chain(more);
    let (app, server) = App::answering(replies.collect::<Vec<_>>()).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for_question(id).await;
    (app, server, id)
}

fn path(id: TaskId, rest: &str) -> String {
    format!("/api/cowork/tasks/{id}/plan{rest}")
}

async fn versions(app: &App, id: TaskId) -> Vec<PlanVersion> {
    let all = app.ok(Method::GET, &path(id, "/versions"), None).await;
    serde_json::from_value(all).expect("versions")
}

async fn revise(app: &App, id: TaskId, words: &str) -> u32 {
    let version = app.ok(Method::POST, &path(id, "/revise"), Some(json!({"words": words}))).await;
    assert_eq!(version["status"], "writing");
    u32::try_from(version["version"].as_u64().expect("a number")).expect("a version")
}

/// Waits until the model has written a version, or has given it up.
async fn written(app: &App, id: TaskId, version: u32) -> PlanVersion {
    let wait = async {
        let mut bell = app.engine.listen(id);
        loop {
            let found = app.engine.plan_version(id, version).await.expect("the version");
            if found.status != PlanStatus::Writing {
                return found;
            }
            bell.changed().await.expect("a bell");
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), wait).await.expect("in time")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_is_kept_with_who_wrote_it() {
    let (app, _server, id) = ready([planned(&["A", "B"])]).await;
    app.ok(Method::PUT, &path(id, ""), Some(phases(&["A", "C"]))).await;
    let all = versions(&app, id).await;
    let shown: Vec<_> = all.iter().map(|v| (v.version, v.author, v.status, v.in_force, v.based_on)).collect();
    let accepted = PlanStatus::Accepted;
    assert_eq!(
        shown,
        [(1, PlanAuthor::Planner, accepted, false, None), (2, PlanAuthor::Person, accepted, true, Some(1))]
    );
    let diff = app.ok(Method::GET, &path(id, "/diff?from=1&to=2"), None).await;
    insta::assert_snapshot!(diff["diff"].as_str().expect("a text"), @r"
    @@ -3,5 +3,5 @@
     A
     - Do A
     
    -B
    -- Do B
    +C
    +- Do C
    ");
    let (status, code, _) = app.problem(Method::GET, &path(id, "/diff?from=1&to=7"), None).await;
    assert_eq!((status, code.as_str()), (404, "no_such_version"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_keeps_its_id() {
    let (app, _server, id) = ready([planned(&["A", "B"])]).await;
    let before = app.engine.get_task_progress(id).await.expect("progress").phases;
    let mut new = phases(&["N", "B"]);
    new["phases"][1]["subtasks"] = json!(["First", "Do B"]);
    app.ok(Method::PUT, &path(id, ""), Some(new)).await;
    let after = app.engine.get_task_progress(id).await.expect("progress").phases;
    let names: Vec<&str> = after.iter().map(|phase| phase.name.as_str()).collect();
    assert_eq!(names, ["N", "B"]);
    assert_eq!(after[1].id, before[1].id);
    assert_eq!(after[1].subtasks[1].id, before[1].subtasks[0].id);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_remaining_part_is_edited_while_agents_are_at_work() {
    let done = || Reply::text("Done.");
    let (app, server, id) = at_work([done(), done(), done(), Reply::text("Report.")]).await;
    app.ok(Method::PUT, &path(id, ""), Some(phases(&["A", "C", "D"]))).await;
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    let briefs: Vec<String> = server.requests().iter().map(|request| request.body.to_string()).collect();
    assert!(briefs[3].contains(r#"Your part, \"C\""#), "{}", briefs[3]);
    assert!(briefs[4].contains(r#"Your part, \"D\""#), "{}", briefs[4]);
    assert!(!briefs.iter().any(|brief| brief.contains(r#"Your part, \"B\""#)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_begun_cannot_be_edited() {
    let (app, _server, id) = at_work([]).await;
    for (plan, said) in [
        (phases(&["C"]), "phase \"A\" has begun and cannot be removed or renamed"),
        (phases(&["C", "A"]), "phase \"A\" has begun and cannot wait for other phases than it did"),
    ] {
        let (status, code, detail) = app.problem(Method::PUT, &path(id, ""), Some(plan)).await;
        assert_eq!((status, code.as_str()), (409, "phase_begun"));
        assert!(detail.contains(said), "{detail}");
    }
    assert_eq!(versions(&app, id).await.len(), 1, "what is refused is no version");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_done_when_the_report_is_being_written() {
    let done = Reply::text("Done.");
    let (app, server) = App::answering([plan(), done, Reply::Hang]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    until_asked(&server, 3).await;
    let (status, code, _) = app.problem(Method::PUT, &path(id, ""), Some(phases(&["Tidy", "B"]))).await;
    assert_eq!((status, code.as_str()), (409, "nothing_remains"));
    let words = Some(json!({"words": "more"}));
    let (status, code, _) = app.problem(Method::POST, &path(id, "/revise"), words).await;
    assert_eq!((status, code.as_str()), (409, "nothing_remains"));
}

async fn until_asked(server: &ModelServer, requests: usize) {
    let asked = async {
        while server.requests().len() < requests {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), asked).await.expect("the model is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_revised_in_words_and_nothing_changes_before_it_is_approved() {
    let (app, server, id) = ready([planned(&["A", "B"]), planned(&["A", "C"])]).await;
    let version = revise(&app, id, "leave B, do C").await;
    let proposed = written(&app, id, version).await;
    assert_eq!((proposed.status, proposed.words.as_deref()), (PlanStatus::Proposed, Some("leave B, do C")));
    let asked = server.requests()[1].body.to_string();
    assert!(asked.contains("leave B, do C") && asked.contains("Do B"), "{asked}");
    assert_eq!(app.ok(Method::GET, &path(id, ""), None).await["phases"][1]["name"], "B");
    app.ok(Method::POST, &path(id, &format!("/versions/{version}/approve")), None).await;
    assert_eq!(app.ok(Method::GET, &path(id, ""), None).await["phases"][1]["name"], "C");
    assert!(std::fs::read_to_string(app.path(".plan.json")).expect(".plan.json").contains("Do C"));
    let again = format!("/versions/{version}/approve");
    let (status, code, _) = app.problem(Method::POST, &path(id, &again), None).await;
    assert_eq!((status, code.as_str()), (409, "not_proposed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_is_dropped_by_the_person_or_by_another_plan() {
    let (app, _server, id) = ready([planned(&["A"]), planned(&["B"]), planned(&["C"])]).await;
    let first = revise(&app, id, "do B").await;
    written(&app, id, first).await;
    app.ok(Method::POST, &path(id, &format!("/versions/{first}/drop")), None).await;
    let second = revise(&app, id, "do C").await;
    written(&app, id, second).await;
    app.ok(Method::PUT, &path(id, ""), Some(phases(&["D"]))).await;
    let all = versions(&app, id).await;
    assert_eq!((all[1].status, all[2].status), (PlanStatus::Dropped, PlanStatus::Dropped));
    assert_eq!(all[2].reason.as_deref(), Some("the plan that it changes is in force no longer"));
    assert!(all[3].in_force);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_that_changes_what_has_begun_is_mended() {
    let done = || Reply::text("Done.");
    let mended = planned(&["A", "C"]);
    let (app, server, id) = at_work([planned(&["C"]), mended, done(), done(), Reply::text("Report.")]).await;
    let version = revise(&app, id, "do C in place of all").await;
    assert_eq!(written(&app, id, version).await.status, PlanStatus::Proposed);
    let told = server.requests().last().expect("a request").body.to_string();
    assert!(told.contains("has begun and cannot be removed or renamed"), "{told}");
    app.ok(Method::POST, &path(id, &format!("/versions/{version}/approve")), None).await;
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    let progress = app.engine.get_task_progress(id).await.expect("progress");
    let names: Vec<&str> = progress.phases.iter().map(|phase| phase.name.as_str()).collect();
    assert_eq!(names, ["A", "C"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_that_the_model_cannot_write_leaves_the_task_as_it_is() {
    let junk = || Reply::text("I would rather talk about it.");
    let (app, _server, id) = ready([planned(&["A"]), junk(), junk(), junk(), junk()]).await;
    let version = revise(&app, id, "better").await;
    let failed = written(&app, id, version).await;
    assert_eq!(failed.status, PlanStatus::Failed);
    assert!(failed.reason.expect("a reason").contains("gave no valid plan in 4 answers"));
    assert_eq!(app.engine.task(id).await.expect("the task").state.name(), "plan_ready");
    let (status, code, _) =
        app.problem(Method::POST, &path(id, "/revise"), Some(json!({"words": " "}))).await;
    assert_eq!((status, code.as_str()), (422, "invalid_value"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_is_written_again_after_a_new_start() {
    let (app, server, id) = ready([planned(&["A"]), Reply::Hang]).await;
    let version = revise(&app, id, "do B").await;
    until_asked(&server, 2).await;
    server.push(planned(&["B"]));
    let app = app.restarted(&server).await;
    assert_eq!(written(&app, id, version).await.status, PlanStatus::Proposed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_task_waits_for_no_revision() {
    let (app, server, id) = ready([planned(&["A"]), Reply::Hang]).await;
    let version = revise(&app, id, "do B").await;
    until_asked(&server, 2).await;
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/cancel"), None).await;
    assert_eq!(written(&app, id, version).await.status, PlanStatus::Dropped);
}

const EVERYTHING_AT_ONCE: &str = r##"
[[part]]
for = "plan"
[[part.answer]]
text = '''{"summary": "s", "phases": [{"name": "P1", "subtasks": ["x"]}, {"name": "P2", "subtasks": ["x"]},
  {"name": "P3", "subtasks": ["x"]}, {"name": "P4", "subtasks": ["x"]}, {"name": "P5", "subtasks": ["x"]}]}'''
[[part]]
agent = ".*"
[[part.answer]]
text = "Done."
[[part]]
for = "synthesis"
[[part.answer]]
text = "Report."
"##;

#[tokio::test(flavor = "multi_thread")]
async fn edits_race_phases_that_begin_and_none_is_half_in_force() {
    let app = App::scripted(EVERYTHING_AT_ONCE).await.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "running").await;
    for number in 0..60 {
        let progress = app.engine.get_task_progress(id).await.expect("progress");
        let begun =
            progress.phases.iter().filter(|phase| phase.progress > 0.0).map(|phase| phase.name.as_str());
        let new = [format!("N{number}"), format!("M{number}")];
        let names: Vec<&str> = begun.chain(new.iter().map(String::as_str)).collect();
        let plan = serde_json::from_value(phases(&names)).expect("a plan");
        // What has begun in the meantime is refused; that is the race.
        let _ = app.engine.edit_plan(id, plan).await;
        if app.engine.task(id).await.expect("the task").state.is_over() {
            break;
        }
    }
    app.wait_for(id, "completed").await;
    let plan = app.engine.plan(id).await.expect("the plan");
    let progress = app.engine.get_task_progress(id).await.expect("progress");
    let rows: Vec<&str> = progress.phases.iter().map(|phase| phase.name.as_str()).collect();
    assert_eq!(rows, plan.phases.iter().map(|phase| phase.name.as_str()).collect::<Vec<_>>());
    assert!(progress.phases.iter().all(|phase| phase.progress == 1.0), "{:?}", progress.phases);
    let agents = app.store.agents(id).await.expect("agents");
    let workers: Vec<&str> =
        agents.iter().filter(|agent| agent.phase_id.is_some()).map(|agent| agent.name.as_str()).collect();
    assert_eq!(workers, rows, "each phase has been worked on, and no other");
}
