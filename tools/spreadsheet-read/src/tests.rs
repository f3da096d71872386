use super::*;
use cowork_tool::Tool;
use rust_xlsxwriter::{ExcelDateTime, Format as Shown, Formula, Workbook as Writer};
use serde_json::{Value, json};
use std::path::Path;

fn read(path: &Path, arguments: Value) -> Result<Output, Error> {
    let mut arguments = arguments;
    arguments["path"] = json!(path);
    Tool::new("spreadsheet_read", spreadsheet_read).call(&arguments.to_string())
}

/// What a model reads, without the folder's name.
fn text(path: &Path, arguments: Value) -> String {
    let folder = relative(path.parent().unwrap());
    let output = read(path, arguments);
    let text = output.map_or_else(|error| error.to_string(), |output| output.as_text());
    text.replace(&format!("{folder}/"), "")
}

fn workbook(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("expenses.xlsx");
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet().set_name("Expenses").unwrap();
    for (column, header) in (0..).zip(["Day", "Vendor", "Amount"]) {
        sheet.write(0, column, header).unwrap();
    }
    let date = Shown::new().set_num_format("yyyy-mm-dd");
    for (row, (day, vendor, amount)) in
        (1..).zip([(14, "Bäckerei\tMüller", 12.4), (15, "Hotel\nBerlin", 1612.0)])
    {
        let day = ExcelDateTime::from_ymd(2026, 3, day).unwrap();
        sheet.write_with_format(row, 0, &day, &date).unwrap();
        sheet.write(row, 1, vendor).unwrap().write(row, 2, amount).unwrap();
    }
    sheet.write_formula(4, 2, Formula::new("=SUM(C2:C3)").set_result("1624.4")).unwrap();
    writer.add_worksheet().set_name("Notes").unwrap().set_hidden(true);
    writer.save(&path).unwrap();
    path
}

#[test]
fn a_sheet_as_a_model_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = workbook(folder.path());
    insta::assert_snapshot!(text(&path, json!({ "formulas": true })), @r#"
    expenses.xlsx
    sheets: Expenses (5 rows, 3 columns), Notes, hidden
    Expenses, rows 1 to 5:
    row	A (date)	B (text)	C (number)
    1	Day	Vendor	Amount
    2	2026-03-14	Bäckerei\tMüller	12.4
    3	2026-03-15	Hotel\nBerlin	1612
    5			1624.4	C5 is =SUM(C2:C3)
    "#);
    insta::assert_snapshot!(text(&path, json!({ "range": "B:C", "rows": 2 })), @r#"
    expenses.xlsx
    sheets: Expenses (5 rows, 3 columns), Notes, hidden
    Expenses, rows 1 to 2:
    row	B (text)	C (number)
    1	Vendor	Amount
    2	Bäckerei\tMüller	12.4
    there is more: go on with `from_row` 3
    "#);
    insta::assert_snapshot!(text(&path, json!({ "sheet": "notes" })), @r#"
    expenses.xlsx
    sheets: Expenses (5 rows, 3 columns), Notes, hidden
    Notes, no cells here
    "#);
    insta::assert_snapshot!(text(&path, json!({ "sheet": "Expense" })), @r#"failed: expenses.xlsx: there is no sheet "Expense"; did you mean "Expenses"?; there are: "Expenses", "Notes""#);
}

#[test]
fn the_facts_are_in_the_structured_result() {
    let folder = tempfile::tempdir().unwrap();
    let json = read(&workbook(folder.path()), json!({ "from_row": 3 })).unwrap().as_json();
    assert_eq!(json["rows"][0], json!({ "row": 3, "cells": ["2026-03-15", "Hotel\nBerlin", 1612] }));
    assert_eq!(json["rows"][1], json!({ "row": 5, "cells": [null, null, 1624.4] }));
    assert_eq!(json.get("next_row"), None);
}

#[test]
fn a_csv_file_is_paged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let rows: String = (1..=250).map(|row| format!("{row};text {row}\n")).collect();
    std::fs::write(&path, format!("Number;Text\n{rows}")).unwrap();
    let json = read(&path, json!({ "from_row": 101 })).unwrap().as_json();
    assert_eq!(json["rows"].as_array().unwrap().len(), 100);
    assert_eq!(json["rows"][0], json!({ "row": 101, "cells": [100, "text 100"] }));
    assert_eq!(json["next_row"], 201);
    assert_eq!(
        text(&path, json!({ "range": "B3:B4" })),
        "a.csv\nrows 3 to 4:\nrow\tB (text)\n3\ttext 2\n4\ttext 3"
    );
}

#[test]
fn a_page_is_bounded_and_a_long_cell_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, format!("{}\n", "é".repeat(5000)).repeat(100)).unwrap();
    let page = text(&path, json!({}));
    assert!(page.chars().count() < 60_000, "{}", page.len());
    assert!(page.contains("… (4000 more characters; read the cell alone by `range`)"));
    assert!(page.ends_with("there is more: go on with `from_row` 39"), "{}", &page[page.len() - 100..]);
    assert!(text(&path, json!({ "range": "A7" })).contains(&"é".repeat(5000)));
}

#[test]
fn what_cannot_be_read_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, arguments: Value, expected: &str| {
        assert_eq!(text(&folder.path().join(name), arguments), expected);
    };
    std::fs::create_dir(folder.path().join("folder.xlsx")).unwrap();
    std::fs::write(folder.path().join("a.csv"), "a").unwrap();
    check("none.xlsx", json!({}), "failed: none.xlsx: no such file or folder");
    check("folder.xlsx", json!({}), "failed: folder.xlsx: is a folder");
    check("a.json", json!({}), "invalid arguments: a.json: is no spreadsheet; use data_query");
    check("a.csv", json!({ "sheet": "x" }), "invalid arguments: a.csv: has no sheets; leave `sheet` out");
    let error = "invalid arguments: \"A1:B\" is not a range; one looks like A3:F100, B:D (columns), 3:100 (rows) or B2";
    check("a.csv", json!({ "range": "A1:B" }), error);
    let error = "invalid arguments: `from_row` 9 lies behind the range, which ends at row 2";
    check("a.csv", json!({ "range": "A1:A2", "from_row": 9 }), error);
}
