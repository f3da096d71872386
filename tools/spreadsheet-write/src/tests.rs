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
        "sheet 0 cannot be named \"a/b\"",
    );
    let twice = |name: &str| json!({ "name": name, "columns": [{ "header": "A" }] });
    check_error(
        json!([twice("Sum"), twice("sum")]),
        "sheet 1 cannot be named \"sum\": there is one of this name",
    );
}

#[test]
fn the_path_is_a_new_xlsx_file() {
    let tool = Tool::new("spreadsheet_write", spreadsheet_write);
    let error = tool.call(&json!({ "path": "a.csv", "sheets": sheet(json!([])) }).to_string()).unwrap_err();
    assert!(error.message().contains("must end in .xlsx"), "{error}");
}

/// What another program reads from a sheet of a file that was written, row by row.
fn read_back(sheets: Value, files: &[(&str, &str)]) -> Vec<String> {
    use calamine::Reader as _;
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let path = folder.path().join("a.xlsx");
    let text = json!({ "path": path, "sheets": sheets }).to_string();
    let text = text.replace("FOLDER", &folder.path().to_string_lossy());
    Tool::new("spreadsheet_write", spreadsheet_write).call(&text).unwrap();
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
    let range = workbook.worksheet_range_at(0).unwrap().unwrap();
    range.rows().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")).collect()
}

#[test]
fn rows_come_from_a_file() {
    let csv = "Day;Vendor;Amount;Code\n2026-03-14;Hotel;12.5;007\n2026-03-15;Taxi;3;008\n";
    let source = json!({ "path": "FOLDER/a.csv" });
    let all = json!([{ "name": "All", "rows_from": source }]);
    let rows = read_back(all, &[("a.csv", csv)]);
    assert_eq!(rows, ["Day|Vendor|Amount|Code", "46095|Hotel|12.5|007", "46096|Taxi|3|008"]);
    let columns = json!([{ "header": "amount", "kind": "currency", "total": "sum" }, { "header": "Vendor" }]);
    let some = json!([{ "name": "Some", "rows_from": source, "columns": columns }]);
    assert_eq!(read_back(some, &[("a.csv", csv)]), ["amount|Vendor", "12.5|Hotel", "3|Taxi", "15.5|"]);
}

#[test]
fn groups_stand_above_headers_and_move_the_rows_down() {
    let sheet = json!([{
        "name": "Sales", "groups": [{ "text": "Regions", "from": "North", "to": "South" }],
        "columns": [{ "header": "Month" }, { "header": "North" }, { "header": "South", "total": "max" }],
        "rows": [["January", 1, { "formula": "=B3*2" }]],
    }]);
    let expected = ["|Regions|", "Month|North|South", "January|1|2", "Total||2"];
    assert_eq!(read_back(sheet, &[]), expected);
}

#[test]
fn tables_and_charts_are_in_the_file() {
    let sheet = json!([{
        "name": "Sales", "table": true, "freeze_columns": 1,
        "columns": [{ "header": "Month" }, { "header": "North", "format": "0.0" }], "rows": [["January", 1], ["March", 2]],
        "charts": [{ "kind": "line", "categories": "Month", "values": ["North"], "title": "Sales", "y_label": "k€" }],
    }]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xlsx");
    let arguments = json!({ "path": path, "sheets": sheet }).to_string();
    Tool::new("spreadsheet_write", spreadsheet_write).call(&arguments).unwrap();
    let bytes = std::fs::read(path).unwrap();
    for part in ["xl/charts/chart1.xml", "xl/tables/table1.xml"] {
        assert!(bytes.windows(part.len()).any(|window| window == part.as_bytes()), "{part}");
    }
}

#[test]
fn what_does_not_fit_to_a_file_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, "Day,Amount\n2026-03-14,1\n").unwrap();
    let with = |more: Value| {
        let mut sheet = json!({ "name": "A", "rows_from": { "path": path } });
        more.as_object().unwrap().iter().for_each(|(key, value)| sheet[key] = value.clone());
        json!([sheet])
    };
    check_error(
        with(json!({ "columns": [{ "header": "Amont" }] })),
        "no column \"Amont\"; did you mean \"Amount\"?",
    );
    check_error(with(json!({ "rows": [[1]] })), "has `rows` and `rows_from`; leave one out");
    let chart = json!([{ "kind": "pie", "categories": "Dai", "values": ["Amount"] }]);
    check_error(with(json!({ "charts": chart })), "sheet A has no column \"Dai\"; did you mean \"Day\"?");
    let group = json!([{ "text": "x", "from": "Amount", "to": "Day" }]);
    check_error(with(json!({ "groups": group })), "the group \"x\" ends before it begins");
    check_error(json!([{ "name": "A" }]), "sheet A has no columns");
}
