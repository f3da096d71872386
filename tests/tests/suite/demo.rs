//! The main job, on the demo's own files: `cowork demo`, and the same conversation after one receipt has changed.

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use cowork_tests::{App, cowork, files_under, target_dir};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const CONVERSATION: &str = include_str!("../../../host/cli/demo/conversation.toml");

fn sample_files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/cli/demo/downloads")
}

/// The receipts that are in the sample files, copies left out: vendor and total.
fn receipts() -> Vec<(String, f64)> {
    let text = include_str!("../../data/demo-receipts.json");
    let truth: Vec<Value> = serde_json::from_str(text).expect("the truth");
    let total = |receipt: &Value| receipt["total"].as_str().expect("a total").parse().expect("a number");
    truth
        .iter()
        .map(|receipt| (receipt["vendor"].as_str().expect("a vendor").to_owned(), total(receipt)))
        .collect()
}

/// The rows of the report by vendor, and the sum under them as the workbook holds it.
fn report(path: &Path) -> (Vec<(String, f64)>, f64) {
    let mut workbook: Xlsx<_> = open_workbook(path).expect("a workbook");
    let sheet = workbook.worksheet_range_at(0).expect("a sheet").expect("its cells");
    let header: Vec<String> =
        sheet.rows().next().expect("a header").iter().map(ToString::to_string).collect();
    let column = |name: &str| header.iter().position(|h| h.to_lowercase().starts_with(name)).expect(name);
    let (vendor, total) = (column("vendor"), column("total"));
    let number = |cell: &Data| if let Data::Float(number) = cell { Some(*number) } else { None };
    let mut rows = Vec::new();
    let mut sum = 0.0;
    for row in sheet.rows().skip(1) {
        let Some(amount) = number(&row[total]) else { continue };
        // The row of the sum has no date.
        if row.iter().any(|cell| matches!(cell, Data::DateTime(_))) {
            rows.push((row[vendor].to_string(), amount));
        } else {
            sum = amount;
        }
    }
    (rows, sum)
}

fn assert_sum(found: f64, expected: f64) {
    assert!((found - expected).abs() < 0.005, "the report says {found}, the receipts are {expected}");
}

/// How often each content is in a folder.
fn contents(dir: &Path) -> BTreeMap<String, usize> {
    let mut contents = BTreeMap::new();
    for file in files_under(dir) {
        *contents.entry(blake3::hash(&std::fs::read(file).expect("a file")).to_string()).or_default() += 1;
    }
    contents
}

#[test]
fn the_demo_organises_the_files_and_reports_every_receipt_once() {
    let temporary = tempfile::tempdir().expect("a folder");
    let dir = temporary.path().join("demo");
    let mut demo = Command::new(cowork());
    demo.args(["demo", "--yes", "--dir"])
        .arg(&dir)
        .env("COWORK_CACHE_DIR", target_dir().join("compiled-for-tests"));
    for variable in ["COWORK_PROVIDER", "COWORK_MODEL", "COWORK_BASE_URL", "COWORK_API_KEY"] {
        demo.env_remove(variable);
    }
    let output = demo.output().expect("the demo runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));

    let coworkspace = dir.join("coworkspaces/downloads-organizer");
    let (mut rows, sum) = report(&coworkspace.join("output/expenses.xlsx"));
    let mut expected = receipts();
    let key = |row: &(String, f64)| (row.1 * 100.0).round() as i64;
    rows.sort_by_key(key);
    expected.sort_by_key(key);
    assert_eq!(rows.iter().map(key).collect::<Vec<_>>(), expected.iter().map(key).collect::<Vec<_>>());
    assert_sum(sum, expected.iter().map(|(_, total)| total).sum());
    assert!(
        printed.contains("5,476.75") || printed.contains("5476.75"),
        "the person reads the total: {printed}"
    );

    let (before, after) = (contents(&sample_files()), contents(&coworkspace.join("files")));
    let lost: Vec<_> =
        before.iter().filter(|(hash, count)| after.get(*hash).unwrap_or(&0) < *count).collect();
    assert!(lost.is_empty(), "no file is lost: {lost:?}");
    let flat = std::fs::read_dir(coworkspace.join("files")).expect("files/").flatten();
    let unsorted: Vec<_> = flat.filter(|entry| entry.path().is_file()).map(|entry| entry.path()).collect();
    assert!(unsorted.is_empty(), "every file is in a folder: {unsorted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_receipt_changes_the_total() {
    let app = App::scripted(CONVERSATION).await;
    app.ok(Method::POST, "/api/coworkspaces", Some(json!({"name": "mine"}))).await;
    let root = sample_files();
    for file in files_under(&root) {
        let place = app.path("files").join(file.strip_prefix(&root).expect("below"));
        std::fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        std::fs::copy(&file, place).expect("a copy");
    }
    let difference = raise_one_total(&app.path("files"));
    let id = app.create_task(json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"})).await;
    app.wait_for(id, "completed").await;
    let (_, sum) = report(&app.path("output/expenses.xlsx"));
    let before: f64 = receipts().iter().map(|(_, total)| total).sum();
    assert_sum(sum, before + difference);
}

/// Adds 1000 to the last amount of a plain text receipt that has no copy.
fn raise_one_total(files: &Path) -> f64 {
    let truth: Vec<Value> =
        serde_json::from_str(include_str!("../../data/demo-receipts.json")).expect("the truth");
    let plain = |receipt: &&Value| {
        let (path, total) = (receipt["path"].as_str().unwrap_or(""), receipt["total"].as_str().unwrap_or(""));
        let text = std::fs::read_to_string(files.join(path)).unwrap_or_default();
        path.ends_with(".txt")
            && !path.contains('!')
            && !path.contains("order")
            && total.len() < 7
            && text.contains(total)
    };
    let receipt = truth.iter().find(plain).expect("a plain receipt");
    let (path, total) =
        (receipt["path"].as_str().expect("a path"), receipt["total"].as_str().expect("a total"));
    let raised = format!("1{:0>6}", total);
    let text = std::fs::read_to_string(files.join(path)).expect("the receipt");
    std::fs::write(files.join(path), text.replace(total, &raised)).expect("the changed receipt");
    raised.parse::<f64>().expect("a number") - total.parse::<f64>().expect("a number")
}
