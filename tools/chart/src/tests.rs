use super::*;
use cowork_tool::Tool;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::Path;

fn call(arguments: &Value) -> Result<Output, Error> {
    Tool::new("chart", chart).call(&arguments.to_string())
}

/// Draws into a fresh file; gives its bytes.
fn draw(name: &str, mut arguments: Value) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("output").join(name);
    arguments["output"] = json!(path);
    call(&arguments).unwrap_or_else(|error| panic!("{name}: {error}"));
    if let Some(keep) = std::env::var_os("COWORK_KEEP_PICTURES") {
        std::fs::copy(&path, Path::new(&keep).join(name)).unwrap();
    }
    std::fs::read(path).unwrap()
}

fn months(kind: &str) -> Value {
    let rows = json!([
        ["January", 1200, 900.5, 300],
        ["February", 1510, 870, 280],
        ["March", 1320, 1010, 350],
        ["April", 1780, 1100, 410],
        ["May", 2010, 1250, 390],
        ["June", 1890, 1310, 450],
    ]);
    json!({
        "kind": kind, "title": "Sales by month and region", "subtitle": "in thousand euros, 2026",
        "columns": ["Month", "North", "South", "Overseas"], "rows": rows, "y_label": "Sales (k€)",
    })
}

#[test]
fn every_kind_is_drawn_with_all_its_texts() {
    for kind in ["bar", "horizontal_bar", "line", "area"] {
        let svg = String::from_utf8(draw(&format!("{kind}.svg"), months(kind))).unwrap();
        for text in
            ["Sales by month and region", "in thousand euros", "January", "North", "Overseas", "Sales (k€)"]
        {
            assert!(svg.contains(text), "{kind} shows {text}");
        }
        assert!(svg.contains("Noto Sans, Helvetica"), "{kind}");
        assert_eq!(&draw(&format!("{kind}.png"), months(kind))[1..4], b"PNG");
    }
}

#[test]
fn series_are_piled_up() {
    for (kind, stack) in [("bar", "sum"), ("bar", "percent"), ("area", "sum")] {
        let mut arguments = months(kind);
        arguments["stack"] = json!(stack);
        draw(&format!("{kind}-{stack}.png"), arguments);
    }
}

#[test]
fn a_pie_shows_shares_and_few_slices() {
    let rows: Vec<_> = (1..=15).map(|n| json!([format!("Vendor {n}"), 1000 / n])).collect();
    let arguments = json!({ "title": "Spending", "columns": ["Vendor", "Amount"], "rows": rows });
    for kind in ["pie", "donut"] {
        let mut arguments = arguments.clone();
        arguments["kind"] = json!(kind);
        let svg = String::from_utf8(draw(&format!("{kind}.svg"), arguments.clone())).unwrap();
        assert!(
            svg.contains("Vendor 1:") && svg.contains("6 others") && !svg.contains("Vendor 14"),
            "{kind}"
        );
        draw(&format!("{kind}.png"), arguments);
    }
}

#[test]
fn points_and_how_often_values_occur() {
    let value = |n: i32| f64::from(n * 7919 % 1000) / 10.0;
    let rows: Vec<_> = (0..300).map(|n| json!([value(n), value(n) * 0.6 + value(n * n) * 0.3])).collect();
    let points = json!({
        "kind": "scatter", "title": "Weight by height", "columns": ["Height", "Weight"], "rows": rows,
        "x_label": "Height (cm)", "y_label": "Weight (kg)",
    });
    draw("scatter.png", points.clone());
    let mut bars = points;
    bars["kind"] = json!("histogram");
    bars["y"] = json!(["Weight"]);
    draw("histogram.png", bars);
}

#[test]
fn dates_along_the_axis_stand_where_they_belong() {
    let rows = json!([["2026-03-01", 30], ["2026-01-01", 10], ["2026-01-15", 25.5], ["2026-06-30", 12]]);
    let arguments =
        json!({ "kind": "line", "columns": ["Day", "Balance"], "rows": rows, "title": "Balance" });
    draw("dates.png", arguments.clone());
    let svg = String::from_utf8(draw("dates.svg", arguments)).unwrap();
    assert!(!svg.contains("NaN"));
}

#[test]
fn a_table_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("a.csv");
    std::fs::write(&table, "Vendor;Amount;Note\nBäckerei;12.5;x\nHotel;n/a;y\nБанк;99;z\n").unwrap();
    let path = folder.path().join("a.svg");
    let arguments = json!({ "kind": "bar", "output": path, "source": { "path": table } });
    let drawn = call(&arguments).unwrap().as_json();
    assert_eq!((&drawn["series"], &drawn["rows"]), (&json!(["Amount"]), &json!(3)));
    assert_eq!(drawn["notes"], json!(["1 cells of \"Amount\" are no numbers and left out, such as \"n/a\""]));
    assert!(std::fs::read_to_string(path).unwrap().contains("Банк"));
}

fn check_error(change: impl FnOnce(&mut Value), expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = months("bar");
    arguments["output"] = json!(folder.path().join("a.png"));
    change(&mut arguments);
    let error = call(&arguments).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    assert!(!folder.path().join("a.png").exists());
}

#[test]
fn what_cannot_be_drawn_is_explained() {
    check_error(|a| a["output"] = json!("a.jpg"), "a.jpg: must end in .png or .svg");
    check_error(|a| a["y"] = json!(["Nord"]), "there is no column \"Nord\"; did you mean \"North\"?");
    check_error(|a| a["rows"] = json!([]), "the table has no rows");
    check_error(|a| a["source"] = json!({ "path": "a.csv" }), "`source` and `rows` are both given");
    check_error(|a| a["columns"] = json!(["Month"]), "row 1 has 4 cells and there are 1 columns");
    check_error(|a| a["kind"] = json!("scatter"), "a scatter chart needs numbers along x");
    check_error(|a| a["rows"] = json!([["a", "b"]]), "no column but x holds numbers");
    check_error(|a| a["rows"] = json!(vec![json!(["a", 1]); 1000]), "1000 bars are too many");
    let pie = |a: &mut Value, rows: Value| {
        a["kind"] = json!("pie");
        a["rows"] = rows;
    };
    check_error(|a| pie(a, json!([["a", -1]])), "a pie cannot show negative values");
    check_error(|a| pie(a, json!([["a", 0]])), "all values are 0 or missing");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_numbers_are_drawn_or_refused(
        kind in prop::sample::select(vec!["bar", "horizontal_bar", "line", "area", "pie", "scatter", "histogram"]),
        rows in prop::collection::vec((any::<f64>(), prop::option::of(any::<f64>())), 0..8),
        title in "\\PC{0,20}",
    ) {
        let folder = tempfile::tempdir().unwrap();
        let arguments = json!({
            "kind": kind, "columns": ["x", "y"], "rows": rows, "title": title,
            "output": folder.path().join("a.png"), "width": 240, "height": 160,
        });
        let _ = call(&arguments);
    }
}
