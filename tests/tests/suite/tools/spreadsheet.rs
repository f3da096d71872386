//! `spreadsheet_write`: a file that other programs read, with the values of its formulas.

use super::{call, check};
use calamine::{Data, Reader as _, Xlsx, open_workbook};
use cowork_tests::Coworkspace;
use serde_json::{Value, json};

fn expenses(total: &str) -> Value {
    json!({ "path": "output/expenses.xlsx", "sheets": [{
        "name": "Expenses",
        "columns": [
            { "header": "Date", "kind": "date" },
            { "header": "Vendor" },
            { "header": "Amount", "kind": "currency" },
        ],
        "rows": [
            ["2026-03-14", "Bäckerei Müller", 12.4],
            ["2026-03-15", "Hotel", 1612.5],
            [null, "Total", { "formula": total }],
        ],
    }] })
}

#[tokio::test]
async fn another_program_reads_the_values() {
    let space = Coworkspace::new();
    call(&space, "spreadsheet_write", expenses("=SUM(C2:C3)")).await;
    let mut workbook: Xlsx<_> = open_workbook(space.path("output/expenses.xlsx")).expect("a workbook");
    let values = workbook.worksheet_range("Expenses").expect("the sheet");
    assert_eq!(values.get_value((1, 1)), Some(&Data::String("Bäckerei Müller".to_owned())));
    assert_eq!(values.get_value((3, 2)), Some(&Data::Float(1624.9)), "the formula's value is in the file");
    assert!(matches!(values.get_value((1, 0)), Some(Data::DateTime(_))));
    let formulas = workbook.worksheet_formula("Expenses").expect("the formulas");
    assert_eq!(formulas.get_value((3, 2)).map(String::as_str), Some("SUM(C2:C3)"));
}

#[tokio::test]
async fn a_wrong_formula_writes_nothing() {
    let space = Coworkspace::new();
    let before = space.tree();
    let arguments = expenses("=SUM(Missing!C2)");
    let result = cowork_tests::Host::tools().await.call(&space, "spreadsheet_write", &arguments).await;
    let error = result.expect_err("a wrong formula").to_string();
    assert!(error.contains("Expenses!C4: the formula =SUM(Missing!C2) gives #REF!"), "{error}");
    assert_eq!(space.tree(), before);
}

#[tokio::test]
async fn an_existing_file_stays() {
    let space = Coworkspace::new();
    space.plant("output/expenses.xlsx", "mine");
    let expected = "failed: output/expenses.xlsx: exists already; choose another name";
    check(&space, "spreadsheet_write", expenses("=1"), expected).await;
}
