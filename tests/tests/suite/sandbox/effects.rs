//! `cowork:host`: what a call reports and hands over, for the host to do when the result is final.

use super::inhabited;
use cowork_domain::SubtaskId;
use cowork_domain::call::{HostEffect, SubtaskStatus};
use cowork_sandbox::{CallError, TaskContext};
use cowork_tests::{Called, Coworkspace, Host, shown};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::sync::Arc;

fn task() -> (SubtaskId, Arc<TaskContext>) {
    let id = SubtaskId::new();
    let subtasks =
        vec![(id, "Sort the receipts".to_owned()), (SubtaskId::new(), "Write the report".to_owned())];
    (id, Arc::new(TaskContext { subtasks, ..TaskContext::default() }))
}

async fn call(task: Option<Arc<TaskContext>>, tool: &str, arguments: Value) -> Result<Called, CallError> {
    let space = inhabited();
    space.plant("output/report.md", "# Report").plant("output/empty.md", "");
    space.link("output/out.md", "../../neighbour/files/secret.txt");
    Host::tools().await.call_for(task, &space, tool, &arguments).await
}

#[tokio::test]
async fn a_subtask_is_found_by_title_or_id() {
    let (id, task) = task();
    for subtask in ["Sort the receipts", " sort THE receipts ", &id.to_string()] {
        let arguments = json!({ "subtask": subtask, "status": "completed", "note": "all 12" });
        let called = call(Some(Arc::clone(&task)), "task_update", arguments).await.expect("an update");
        let note = Some("all 12".to_owned());
        let expected = HostEffect::UpdateSubtask { subtask_id: id, status: SubtaskStatus::Completed, note };
        assert_eq!(called.effects, [expected], "{subtask}");
    }
}

#[tokio::test]
async fn an_unknown_subtask_is_answered_with_those_that_there_are() {
    let result = call(Some(task().1), "task_update", json!({ "subtask": "Sort", "status": "running" })).await;
    assert_snapshot!(shown(&result), @r#"failed: no subtask `Sort` in the plan: "Sort the receipts", "Write the report""#);
}

#[tokio::test]
async fn without_a_task_there_is_nothing_to_report_to() {
    let result = call(None, "task_update", json!({ "subtask": "Sort", "status": "running" })).await;
    assert_snapshot!(shown(&result), @"failed: this call belongs to no task, so there is no plan to update");
    let result =
        call(None, "deliverable_create", json!({ "path": "output/report.md", "title": "Report" })).await;
    assert_snapshot!(shown(&result), @"failed: this call belongs to no task, so there is nobody to hand a file to");
}

#[tokio::test]
async fn a_file_under_output_is_handed_over() {
    for path in ["output/report.md", "/output/report.md", "./output/report.md"] {
        let arguments = json!({ "path": path, "title": "Report", "description": "In short" });
        let called = call(Some(task().1), "deliverable_create", arguments).await.expect("a deliverable");
        let expected = HostEffect::Deliver {
            path: "output/report.md".parse().expect("a path"),
            title: "Report".to_owned(),
            description: Some("In short".to_owned()),
        };
        assert_eq!(called.effects, [expected], "{path}");
    }
}

#[tokio::test]
async fn other_files_are_not_handed_over() {
    let deliver = async |path: &str| {
        shown(&call(Some(task().1), "deliverable_create", json!({ "path": path, "title": "Report" })).await)
    };
    assert_snapshot!(deliver("files/a.txt").await, @"failed: files/a.txt is not a file under output/: what is handed over lies there");
    assert_snapshot!(deliver("output/../files/a.txt").await, @r#"failed: output/../files/a.txt is not a file under output/: "output/../files/a.txt" has a part that is empty, "." or "..""#);
    assert_snapshot!(deliver("output/missing.md").await, @"failed: output/missing.md: no such file or folder");
    assert_snapshot!(deliver("output/empty.md").await, @"failed: output/empty.md: is empty; write the file first");
    assert_snapshot!(deliver("output").await, @"failed: output: is a folder; hand over its files one by one");
    assert_snapshot!(deliver("output/out.md").await, @"denied: output/out.md: the host does not permit it");
    assert_snapshot!(deliver("../neighbour/files/secret.txt").await, @"denied: ../neighbour/files/secret.txt: the host does not permit it");
}

#[tokio::test]
async fn a_call_that_fails_has_no_effect() {
    let space = Coworkspace::new();
    let arguments = json!({ "subtask": "Sort the receipts" });
    // The error is all there is: a result with effects comes of a call that succeeded, and of no other.
    let result = Host::probe().await.call_for(Some(task().1), &space, "report_then_fail", &arguments).await;
    assert_snapshot!(shown(&result), @"failed: after the report");
}
