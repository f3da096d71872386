//! `chart`: pictures that programs for pictures open, with letters though a sandbox has no fonts.

use super::{call, check};
use cowork_tests::{Coworkspace, Host};
use serde_json::{Value, json};

fn sales(kind: &str, output: &str) -> Value {
    json!({
        "kind": kind, "output": output, "title": "Sales", "columns": ["Month", "North", "South"],
        "rows": [["January", 12, 9], ["February", 15, 8.5], ["March", 13, 10]],
    })
}

#[tokio::test]
async fn every_kind_is_a_picture() {
    let space = Coworkspace::new();
    let mut sizes = Vec::new();
    for kind in ["bar", "horizontal_bar", "line", "area"] {
        let path = format!("output/{kind}.png");
        call(&space, "chart", sales(kind, &path)).await;
        let info = call(&space, "image", json!({ "action": "info", "paths": [path] })).await.json();
        assert_eq!(
            (&info["pictures"][0]["width"], &info["pictures"][0]["height"]),
            (&json!(1200), &json!(720))
        );
        sizes.push(std::fs::metadata(space.path(&path)).expect("the picture").len());
    }
    assert!(sizes.iter().all(|size| *size > 10_000), "letters and shapes are drawn: {sizes:?}");
    call(&space, "chart", sales("line", "output/a.svg")).await;
    assert!(space.text("output/a.svg").contains("\nFebruary\n"));
}

#[tokio::test]
async fn a_sheet_is_drawn() {
    let space = Coworkspace::new();
    space.plant("files/a.ods", super::sample("expenses.ods"));
    let source = json!({ "path": "files/a.ods", "sheet": "expenses" });
    let arguments =
        json!({ "kind": "pie", "output": "output/a.png", "source": source, "x": "Vendor", "y": ["Amount"] });
    let drawn = call(&space, "chart", arguments).await.json();
    assert_eq!((&drawn["series"], &drawn["rows"]), (&json!(["Amount"]), &json!(3)));
}

#[tokio::test]
async fn nothing_is_replaced() {
    let space = Coworkspace::new();
    space.plant("output/a.png", "mine");
    let expected = "failed: output/a.png: exists already; choose another name";
    check(&space, "chart", sales("bar", "output/a.png"), expected).await;
    let result = Host::tools().await.call(&space, "chart", &sales("bubble", "output/b.png")).await;
    assert!(result.expect_err("no such kind").to_string().contains("horizontal_bar"));
}
