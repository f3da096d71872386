//! Whole spreadsheets.

use cowork_tool::{Error, Output, Tool};
use serde_json::{Value, json};

use crate::spreadsheet_write;

/// Writes `sheets` to a fresh path by way of the JSON that a model would send.
fn write(sheets: Value) -> Result<Output, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("output/a.xlsx");
    let arguments = json!({ "path": path, "sheets": sheets }).to_string();
    let output = Tool::new("spreadsheet_write", spreadsheet_write).call(&arguments)?;
    assert_eq!(&std::fs::read(path).unwrap()[..4], b"PK\x03\x04");
    Ok(output)
}

fn sheet(rows: Value) -> Value {
    json!([{
        "name": "Expenses",
        "columns": [
            { "header": "Day", "kind": "date" },
            { "header": "What", "width": 30 },
            { "header": "Amount", "kind": "currency" },
        ],
        "rows": rows,
    }])
}

fn check_formula(formula: &str, expected: Value) {
    let rows = json!([
        [{ "date": "2026-03-14" }, "Train", 49.9],
        ["2026-03-15", "Hotel, one night", 120],
        [null, true, { "formula": formula }],
    ]);
    let structured = write(sheet(rows)).unwrap().as_json();
    let found = &structured["sheets"][0]["formulas"][0];
    assert_eq!(found, &json!({ "cell": "C4", "formula": formula, "value": expected }), "{formula}");
}

#[test]
fn formulas_have_values() {
    check_formula("=SUM(C2:C3)", json!(169.9));
    check_formula("=ROUND(AVERAGE(C2:C3),1)", json!(85.0));
    check_formula("=B2&\" \"&TEXT(C2,\"0.00\")", json!("Train 49.90"));
    check_formula("=SUMIFS(C2:C3,B2:B3,\"Hotel*\")", json!(120.0));
    check_formula("=A3-A2", json!(1.0));
    check_formula("=YEAR(A2)", json!(2026.0));
    check_formula("=C3>C2", json!(true));
    check_formula("=VLOOKUP(\"Train\",B2:C3,2,FALSE)", json!(49.9));
    check_formula("=XLOOKUP(\"Train\",B2:B3,C2:C3)", json!(49.9));
    check_formula("=IFERROR(1/0,\"none\")", json!("none"));
}

fn check_error(sheets: Value, expected: &str) {
    let error = write(sheets).unwrap_err();
    assert!(error.message().contains(expected), "{error}");
}

#[test]
fn a_wrong_formula_is_refused_with_its_cell() {
    let with = |formula: &str| sheet(json!([[null, null, { "formula": formula }]]));
    check_error(with("=SUM(Missing!A1)"), "Expenses!C2: the formula =SUM(Missing!A1) gives #REF!");
    check_error(with("=NOSUCH(1)"), "Expenses!C2: the formula =NOSUCH(1) gives #NAME?");
    check_error(with("=1/A2"), "gives #DIV/0!; it divides by zero");
    check_error(with("=C2+1"), "gives #CIRC!; it depends on itself");
    check_error(with("=SUM("), "Expenses!C2: the formula =SUM( gives #ERROR!");
    check_error(with("=A2:A3*2"), "many values");
    check_error(with(&format!("={}1{}", "(".repeat(3000), ")".repeat(3000))), "nested more than 128 deep");
}

#[test]
fn a_formula_may_refer_to_a_later_sheet() {
    let column = json!([{ "header": "Total", "kind": "number" }]);
    let structured = write(json!([
        { "name": "Summary", "columns": column, "rows": [[{ "formula": "='All of it'!A2*2" }]] },
        { "name": "All of it", "columns": column, "rows": [[21]] },
    ]));
    assert_eq!(structured.unwrap().as_json()["sheets"][0]["formulas"][0]["value"], json!(42.0));
}

#[test]
fn what_does_not_fit_is_explained() {
    check_error(sheet(json!([[1, 2, 3, 4]])), "row 2 of sheet Expenses has 4 cells and the sheet 3 columns");
    check_error(sheet(json!([[{ "date": "14.3.2026" }]])), "Expenses!A2: `14.3.2026` is not a date");
    check_error(sheet(json!([[{ "formla": "=1" }]])), "`sheets[0].rows[0][0]`: a cell is a text, a number");
    check_error(json!([]), "`sheets` is empty");
    check_error(
        json!([{ "name": "a/b", "columns": [{ "header": "A" }], "rows": [] }]),
        "sheet 0 cannot be named",
    );
}

#[test]
fn the_path_is_a_new_xlsx_file() {
    let tool = Tool::new("spreadsheet_write", spreadsheet_write);
    let error = tool.call(&json!({ "path": "a.csv", "sheets": sheet(json!([])) }).to_string()).unwrap_err();
    assert!(error.message().contains("must end in .xlsx"), "{error}");
}
