//! `spreadsheet_write` of many rows, beside a native program that does the same with the same libraries.

use crate::figure::{Bound, Figure};
use cowork_tests::{Coworkspace, Host};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

pub(crate) const NAME: &str = "spreadsheet_write_100000";
const ROWS: usize = 100_000;
const ROUNDS: usize = 5;

/// Milliseconds to make a sheet of 100,000 rows and six columns of a CSV file: a date, two texts, three numbers.
pub(crate) async fn measure() -> Figure {
    let space = Coworkspace::new();
    space.plant("files/sales.csv", table());
    let host = Host::tools().await;
    let (mut ours, mut native) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let path = format!("output/{round}.xlsx");
        let sheet = json!({ "name": "Sales", "rows_from": { "path": "files/sales.csv" } });
        let started = Instant::now();
        let written =
            host.call(&space, "spreadsheet_write", &json!({ "path": path, "sheets": [sheet] })).await;
        let call = started.elapsed();
        assert_eq!(written.expect("a spreadsheet").json()["sheets"][0]["rows"], ROWS);
        let started = Instant::now();
        write_natively(&space.path("files/sales.csv"), &space.path(format!("native-{round}.xlsx")));
        let reference = started.elapsed();
        // The first round warms caches on both sides.
        if round > 0 {
            ours.push(call.as_secs_f64() * 1e3);
            native.push(reference.as_secs_f64() * 1e3);
        }
    }
    Figure {
        name: NAME,
        samples: ours,
        unit: "ms",
        reference: Some(("native", native)),
        bound: Bound::AtMost(2.5),
    }
}

fn table() -> String {
    let mut table = String::from("Day,Vendor,Category,Amount,Tax,Count\n");
    for row in 0..ROWS {
        let (day, vendor, amount) = (row % 28 + 1, row * 7919 % 5000, row as f64 * 0.37 % 1000.0);
        let category = ["travel", "food", "office", "other"][row % 4];
        let _ = writeln!(
            table,
            "2026-03-{day:02},Vendor {vendor},{category},{amount:.2},{:.2},{}",
            amount * 0.19,
            row % 9
        );
    }
    table
}

fn write_natively(from: &Path, to: &Path) {
    let mut reader = csv::Reader::from_path(from).expect("a table");
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Sales").expect("a sheet");
    let (plain, bold) = (Format::new(), Format::new().set_bold());
    let date = Format::new().set_num_format("yyyy-mm-dd");
    for (column, header) in (0..).zip(reader.headers().expect("headers").clone().iter()) {
        sheet.write_string_with_format(0, column, header, &bold).expect("a cell");
    }
    let mut row = 0;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).expect("a row") {
        row += 1;
        for (column, text) in (0..).zip(&record) {
            let written = match (column, text.parse::<f64>()) {
                (0, _) => {
                    let mut parts = text.split('-').map(|part| part.parse::<u16>().expect("a number"));
                    let mut next = || parts.next().expect("a part");
                    let (year, month, day) = (next(), next() as u8, next() as u8);
                    let day = ExcelDateTime::from_ymd(year, month, day).expect("a day");
                    sheet.write_datetime_with_format(row, column, &day, &date)
                }
                (_, Ok(number)) => sheet.write_number_with_format(row, column, number, &plain),
                (_, Err(_)) => sheet.write_string_with_format(row, column, text, &plain),
            };
            written.expect("a cell");
        }
    }
    sheet.autofit();
    workbook.save(to).expect("a file");
}
