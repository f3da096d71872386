//! What the clock does.

use super::{CONVERSATION, HOUR, an_hour_later, app, completed, counts, fires, hourly, now, path, told};
use cowork_domain::schedule::{FireId, FiredBy, Timing};
use cowork_model_server::Reply;
use cowork_tests::App;
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn each_firing_becomes_one_task_with_a_name_that_follows_from_its_time() {
    let app = app().await;
    let id = hourly(&app, json!({})).await;
    assert!(app.engine.fire_due().await.expect("firings").is_empty(), "its time has not come");
    let expected =
        Timing::new("0 * * * *", "UTC").expect("a timing").next_after(now(&app)).expect("a firing");
    let tasks = an_hour_later(&app).await;
    assert_eq!(tasks.len(), 1);
    completed(&app, &tasks).await;
    let fire = fires(&app, id).await.remove(0);
    assert_eq!((fire.scheduled_at, fire.task_id), (expected, Some(tasks[0])));
    assert_eq!(fire.id, FireId::new(id, expected, FiredBy::Clock));
    assert_eq!(told(&app, tasks[0], "scheduled").await[0]["fire_id"], json!(fire.id));
    assert!(app.engine.fire_due().await.expect("firings").is_empty(), "it is dealt with");
    completed(&app, &an_hour_later(&app).await).await;
    assert_eq!(counts(&app, id).await, [2, 0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_on_one_database_fire_once() {
    let one = app().await;
    // Their plans wait for a review: what is counted is what begins.
    let id = hourly(&one, json!({"overlap": "allow", "auto_approve_plan": false})).await;
    let two = one.beside(CONVERSATION).await;
    let mut all = BTreeSet::new();
    for round in 1..=8 {
        one.clock.advance(HOUR);
        two.clock.advance(HOUR);
        let (a, b) = tokio::join!(one.engine.fire_due(), two.engine.fire_due());
        all.extend(a.expect("firings").into_iter().chain(b.expect("firings")));
        assert_eq!(all.len(), round, "one task for each firing");
    }
    assert_eq!(counts(&one, id).await, [8, 0, 0, 0]);
    assert_eq!(one.engine.tasks(None, 100).await.expect("tasks").len(), 8);
}

/// A host that comes back after a month: what becomes of an hourly schedule's 744 firings.
async fn after_a_month(policies: serde_json::Value, expected: [usize; 4]) {
    // None of the tasks is over by itself.
    let (app, server) = App::answering((0..30).map(|_| Reply::Hang)).await;
    let app = app.with_coworkspace().await;
    let id = hourly(&app, policies.clone()).await;
    let app = app.restarted(&server).await;
    app.clock.advance(31 * 24 * HOUR);
    let begun = app.engine.fire_due().await.expect("firings");
    assert_eq!(counts(&app, id).await, expected, "{policies}");
    assert_eq!(begun.len(), expected[0]);
    assert!(app.engine.fire_due().await.expect("firings").is_empty(), "nothing is dealt with twice");
    let schedule = app.engine.schedule(id).await.expect("the schedule").schedule;
    assert!(schedule.next_at.expect("a time") > now(&app));
    if let Some(missed) = fires(&app, id).await.iter().find(|fire| fire.since.is_some()) {
        let days = (missed.scheduled_at - missed.since.expect("a time")).num_days();
        assert!((29..=31).contains(&days), "one line tells of all that was missed, not one for each");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_of_missed_firings_is_dealt_with_as_the_person_said() {
    after_a_month(json!({"missed": "run_once"}), [1, 0, 0, 1]).await;
    after_a_month(json!({"missed": "run_all", "overlap": "allow"}), [24, 0, 0, 1]).await;
    after_a_month(json!({"missed": "run_all", "overlap": "queue"}), [1, 23, 0, 1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_firings_are_left_out_where_the_person_said_so() {
    let app = app().await;
    let id = hourly(&app, json!({"missed": "skip"})).await;
    let next = app.engine.schedule(id).await.expect("the schedule").schedule.next_at.expect("a time");
    let late = (next - now(&app)).to_std().expect("later") + 600 * std::time::Duration::from_secs(1);
    app.clock.advance(late);
    assert!(app.engine.fire_due().await.expect("firings").is_empty());
    assert_eq!(counts(&app, id).await, [0, 0, 0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firing_while_a_task_is_at_work_is_left_out_queued_or_begun_as_the_person_said() {
    let app = app().await;
    // Their plans wait for a review: none of their tasks is over by itself.
    let with = |overlap: &str| json!({"overlap": overlap, "auto_approve_plan": false});
    let skip = hourly(&app, with("skip")).await;
    let queue = hourly(&app, with("queue")).await;
    let allow = hourly(&app, with("allow")).await;
    for _ in 0..3 {
        an_hour_later(&app).await;
    }
    assert_eq!(counts(&app, skip).await, [1, 0, 2, 0]);
    assert_eq!(counts(&app, queue).await, [1, 2, 0, 0]);
    assert_eq!(counts(&app, allow).await, [3, 0, 0, 0]);
    // One after the other, in the order of their times.
    for left in [1, 0] {
        let at_work = app.engine.schedule(queue).await.expect("the schedule").open_tasks;
        app.engine.cancel_task(at_work[0]).await.expect("cancelled");
        assert_eq!(app.engine.fire_due().await.expect("firings").len(), 1);
        assert_eq!(counts(&app, queue).await[1], left);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_schedule_does_not_fire_and_has_missed_nothing_when_it_goes_on() {
    let app = app().await;
    let id = hourly(&app, json!({"missed": "run_all", "overlap": "allow"})).await;
    let paused = app.ok(Method::POST, &path(id, "/pause"), None).await;
    assert_eq!(paused["next_firings"], json!([]));
    for _ in 0..3 {
        assert!(an_hour_later(&app).await.is_empty());
    }
    let resumed = app.ok(Method::POST, &path(id, "/resume"), None).await;
    assert_eq!(resumed["next_firings"].as_array().expect("firings").len(), 5);
    assert!(app.engine.fire_due().await.expect("firings").is_empty());
    assert_eq!(an_hour_later(&app).await.len(), 1);
    assert_eq!(counts(&app, id).await, [1, 0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_deals_with_firings_by_itself() {
    let app = app().await;
    app.engine.spawn_schedules();
    let id = hourly(&app, json!({})).await;
    app.clock.advance(HOUR);
    // Whatever a person does about schedules wakes it.
    hourly(&app, json!({})).await;
    let fired = async {
        loop {
            if let Some(task) = fires(&app, id).await.first().and_then(|fire| fire.task_id) {
                return task;
            }
            tokio::task::yield_now().await;
        }
    };
    let task = tokio::time::timeout(std::time::Duration::from_secs(30), fired).await.expect("it fires");
    completed(&app, &[task]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_firings_is_not_remembered_for_ever() {
    let app = app().await;
    let id = hourly(&app, json!({})).await;
    completed(&app, &an_hour_later(&app).await).await;
    app.engine.keep_up().await.expect("upkeep");
    assert_eq!(fires(&app, id).await.len(), 1);
    app.clock.advance(401 * 24 * HOUR);
    app.engine.keep_up().await.expect("upkeep");
    assert!(fires(&app, id).await.is_empty());
}
