use super::plan;
use cowork_domain::TaskState;
use cowork_domain::message::{Answer, Usage};
use cowork_model_server::Reply;
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};

async fn planned() -> (App, String) {
    let (app, _server) = App::answering([plan()]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({})).await;
    app.wait_for(id, "plan_ready").await;
    (app, format!("/api/cowork/tasks/{id}/plan"))
}

async fn refused(plan: Value, said: &str) {
    let (app, path) = planned().await;
    let (status, code, detail) = app.problem(Method::PUT, &path, Some(plan)).await;
    assert_eq!((status, code.as_str()), (422, "invalid_plan"), "{detail}");
    assert!(detail.contains(said), "{detail}");
    let kept = app.ok(Method::GET, &path, None).await;
    assert_eq!(kept["phases"][0]["name"], "Tidy", "the plan that was there stays");
}

fn phases(phases: Value) -> Value {
    json!({"summary": "s", "phases": phases})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_waits_with_its_plan_for_a_person() {
    let (app, path) = planned().await;
    assert_eq!(app.ok(Method::GET, &path, None).await["summary"], "Tidy up");
    let shown = std::fs::read_to_string(app.path(".plan.json")).expect(".plan.json");
    assert!(shown.contains("Look around"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_edits_the_plan() {
    let (app, path) = planned().await;
    app.ok(Method::PUT, &path, Some(phases(json!([{"name": "Mine", "subtasks": ["My way"]}])))).await;
    assert_eq!(app.ok(Method::GET, &path, None).await["phases"][0]["name"], "Mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_with_a_cycle_is_refused() {
    let cycle = json!([
        {"name": "a", "subtasks": ["x"], "depends_on": ["b"]}, {"name": "b", "subtasks": ["x"], "depends_on": ["a"]}
    ]);
    refused(phases(cycle), "wait for each other: a → b → a").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_with_a_phase_twice_is_refused() {
    let twice = json!([{"name": "a", "subtasks": ["x"]}, {"name": "a", "subtasks": ["x"]}]);
    refused(phases(twice), "phase \"a\" appears more than once").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_depends_on_nothing_known_is_refused() {
    let unknown = json!([{"name": "a", "subtasks": ["x"], "depends_on": ["z"]}]);
    refused(phases(unknown), "depends on \"z\", which is no phase of the plan").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_mends_a_plan_that_is_not_valid() {
    let broken =
        Reply::text(r#"{"summary": "s", "phases": [{"name": "p", "subtasks": ["t"], "depends_on": ["q"]}]}"#);
    let (app, server) = App::answering([Reply::text("Sure, here is a plan!"), broken, plan()]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({})).await;
    app.wait_for(id, "plan_ready").await;
    let last = server.requests().last().expect("a request").body.to_string();
    assert!(last.contains("which is no phase of the plan"), "the model is told what is wrong: {last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_asked_for_under_its_schema_and_mended_three_times_at_most() {
    let usage = Usage { input_tokens: 100, output_tokens: 10, ..Usage::default() };
    let says = |text: &str| Reply::Answer(Answer { text: text.to_owned(), usage, ..Answer::default() });
    let not_all = r#"{"summary": "s"}"#;
    let unknown_field = r#"{"summary": "s", "phases": [{"name": "p", "subtasks": ["t"], "sub_tasks": []}]}"#;
    let without_a_line = r#"{"summary": "s", "phases": [{"name": "p", "subtasks": []}]}"#;
    let good = r#"{"summary": "s", "phases": [{"name": "p", "subtasks": ["t"]}]}"#;
    let (app, server) =
        App::answering([says(not_all), says(unknown_field), says(without_a_line), says(good)]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({})).await;
    app.wait_for(id, "plan_ready").await;
    let asked = server.requests();
    let schema = &asked[0].body["response_format"]["json_schema"]["schema"];
    assert_eq!(schema["properties"]["phases"]["type"], "array", "{schema}");
    let told = |request: usize| asked[request].body["messages"].as_array().expect("messages").clone();
    let last = |request: usize| told(request).last().expect("a message")["content"].to_string();
    assert!(last(1).contains("missing field `phases`"), "{}", last(1));
    assert!(last(2).contains("unknown field `sub_tasks`"), "{}", last(2));
    assert!(last(3).contains("the number of subtasks of phase"), "{}", last(3));
    let counted = app.engine.get_task_progress(id).await.expect("progress").usage;
    assert_eq!((counted.input_tokens, counted.output_tokens), (400, 40), "every answer counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_never_plans_stops_the_task_with_a_reason() {
    let words = || Reply::text("I would rather talk about it.");
    let (app, _server) = App::answering([words(), words(), words(), words(), plan()]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({})).await;
    let TaskState::Failed { reason, .. } = app.wait_for(id, "failed").await else { panic!("not failed") };
    assert!(reason.contains("gave no valid plan in 4 answers"), "{reason}");
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/start"), None).await;
    app.wait_for(id, "plan_ready").await;
}
