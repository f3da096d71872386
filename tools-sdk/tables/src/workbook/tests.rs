use super::*;
use crate::{Source, Table};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook as Writer};
use tempfile::TempDir;

/// A file of two sheets, the second one hidden.
fn example() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xlsx").to_string_lossy().into_owned();
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet().set_name("Expenses").unwrap();
    sheet.write(0, 0, "A title").unwrap();
    for (column, header) in (1..).zip(["Day", "Vendor", "Amount"]) {
        sheet.write(2, column, header).unwrap();
    }
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let day = ExcelDateTime::from_ymd(2026, 3, 14).unwrap();
    sheet.write_with_format(3, 1, &day, &date).unwrap();
    sheet.write(3, 2, "Hotel").unwrap().write(3, 3, 12.5).unwrap();
    sheet.write(5, 2, true).unwrap();
    sheet.write_formula(5, 3, rust_xlsxwriter::Formula::new("=D4*2").set_result("25")).unwrap();
    writer.add_worksheet().set_name("Notes").unwrap().set_hidden(true);
    writer.save(&path).unwrap();
    (folder, path)
}

fn rows(workbook: &mut Workbook, range: &str, formulas: bool) -> Vec<String> {
    let mut rows = Vec::new();
    let area = if range.is_empty() { Area::ALL } else { Area::parse(range).unwrap() };
    workbook
        .each_row("Expenses", area, formulas, &mut |row| {
            let cells: Vec<_> = row.cells.iter().map(Cell::to_string).collect();
            rows.push(
                format!("{} {} {:?}", row.number + 1, cells.join("|"), row.formulas).replace(" []", ""),
            );
            Ok(Flow::Continue(()))
        })
        .unwrap();
    rows
}

#[test]
fn rows_of_a_sheet_and_of_a_part() {
    let (_folder, path) = example();
    let mut workbook = Workbook::open(&path).unwrap();
    let all = ["1 A title", "3 |Day|Vendor|Amount", "4 |2026-03-14|Hotel|12.5", "6 ||true|25"];
    assert_eq!(rows(&mut workbook, "", false), all);
    assert_eq!(rows(&mut workbook, "C4:D5", false), ["4 Hotel|12.5"]);
    assert_eq!(rows(&mut workbook, "D:D", true), ["3 Amount", "4 12.5", "6 25 [(0, \"D4*2\")]"]);
}

#[test]
fn sheets_and_their_names() {
    let (_folder, path) = example();
    let mut workbook = Workbook::open(&path).unwrap();
    let facts = |name: &str, hidden, size| SheetFacts { name: name.to_owned(), hidden, size };
    assert_eq!(workbook.sheets(), [facts("Expenses", false, Some((6, 4))), facts("Notes", true, None)]);
    assert_eq!(workbook.find(None).unwrap(), "Expenses");
    assert_eq!(workbook.find(Some("notes")).unwrap(), "Notes");
    let error = workbook.find(Some("Expense")).unwrap_err();
    let expected =
        "there is no sheet \"Expense\"; did you mean \"Expenses\"?; there are: \"Expenses\", \"Notes\"";
    assert!(error.message().ends_with(expected), "{error}");
}

#[test]
fn a_table_in_a_part_of_a_sheet() {
    let (_folder, path) = example();
    let mut table = Table::open(&Source { range: Some("B3:E9".to_owned()), ..Source::of(path) }).unwrap();
    assert_eq!(table.columns(), ["Day", "Vendor", "Amount", "column_4"]);
    let mut amounts = Vec::new();
    table
        .each_row(&mut |cells| {
            amounts.extend(cells[2].as_number());
            Ok(Flow::Continue(()))
        })
        .unwrap();
    assert_eq!(amounts, [12.5, 25.0]);
}

fn check_error(name: &str, content: &[u8], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(&path, content).unwrap();
    let error = Workbook::open(&path).err().expect("an error");
    assert!(matches!(&error, Error::Failed(message) if message.contains(expected)), "{error}");
}

#[test]
fn what_is_no_spreadsheet_is_refused() {
    for name in ["a.xlsx", "a.xls", "a.xlsb", "a.ods"] {
        check_error(name, b"words", "is not a spreadsheet that can be read");
        check_error(name, b"", "is not a spreadsheet that can be read");
    }
    let (_folder, path) = example();
    let whole = std::fs::read(path).unwrap();
    check_error("a.xlsx", &whole[..whole.len() / 2], "is not a spreadsheet that can be read");
}
