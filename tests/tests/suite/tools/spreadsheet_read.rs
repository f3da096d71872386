//! `spreadsheet_read`: cells of files that other programs wrote.

use super::{call, check, sample};
use cowork_tests::{Coworkspace, Host};
use serde_json::json;
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

#[tokio::test]
async fn files_of_other_programs_are_read_alike() {
    for name in ["expenses.xls", "expenses.ods"] {
        let space = Coworkspace::new();
        let path = format!("files/{name}");
        space.plant(&path, sample(name));
        let read = call(&space, "spreadsheet_read", json!({ "path": path })).await.json();
        assert_eq!(read["sheets"][0]["name"], "Expenses", "{name}");
        let row = json!({ "row": 2, "cells": ["2026-03-14", "Bäckerei Müller", 12.4, 3] });
        assert_eq!(read["rows"][1], row, "{name}");
        assert_eq!(read["columns"][0]["kind"], "date", "{name}");
    }
}

#[tokio::test]
async fn what_is_written_is_read() {
    let space = Coworkspace::new();
    let sheet = json!({
        "name": "Sums", "columns": [{ "header": "A" }, { "header": "B" }], "rows": [[1, { "formula": "=A2*2" }]],
    });
    call(&space, "spreadsheet_write", json!({ "path": "output/a.xlsx", "sheets": [sheet] })).await;
    let arguments = json!({ "path": "output/a.xlsx", "formulas": true });
    let text = call(&space, "spreadsheet_read", arguments).await.text();
    assert!(text.ends_with("1\tA\tB\n2\t1\t2\tB2 is =A2*2"), "{text}");
}

#[tokio::test]
async fn what_is_no_spreadsheet_is_refused() {
    let space = Coworkspace::new();
    space.plant("files/a.xlsx", "words").plant("files/b.csv", b"PK\x03\x04\0");
    let missing = "failed: files/none.xlsx: no such file or folder";
    check(&space, "spreadsheet_read", json!({ "path": "files/none.xlsx" }), missing).await;
    check(&space, "spreadsheet_read", json!({ "path": "files" }), "invalid arguments: files: no table is read from such a file; its name ends in .csv, .tsv, .jsonl, .json, .xlsx, .xlsb, .xls or .ods").await;
    let binary = "failed: files/b.csv: is not a text; file_info tells what it is";
    check(&space, "spreadsheet_read", json!({ "path": "files/b.csv" }), binary).await;
    let result =
        Host::tools().await.call(&space, "spreadsheet_read", &json!({ "path": "files/a.xlsx" })).await;
    let error = result.expect_err("no spreadsheet").to_string();
    assert!(error.starts_with("failed: files/a.xlsx: is not a spreadsheet that can be read"), "{error}");
}

/// A spreadsheet of these parts.
fn workbook(sheet: &[u8], strings: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let top = br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    let rels = br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
    let book = br#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#;
    let parts: [(&str, &[u8]); 5] = [
        ("_rels/.rels", top),
        ("xl/_rels/workbook.xml.rels", rels),
        ("xl/workbook.xml", book),
        ("xl/sharedStrings.xml", strings),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    for (name, content) in parts {
        writer.start_file(name, SimpleFileOptions::default()).expect("a part");
        writer.write_all(content).expect("its content");
    }
    writer.finish().expect("an archive").into_inner()
}

#[tokio::test]
async fn a_million_rows_are_read_a_page_at_a_time() {
    let mut sheet = br#"<worksheet><dimension ref="A1:B1048576"/><sheetData>"#.to_vec();
    for row in 1..=1_048_576 {
        write!(sheet, "<row r=\"{row}\"><c r=\"A{row}\"><v>{row}</v></c></row>").expect("a row");
    }
    sheet.extend_from_slice(b"</sheetData></worksheet>");
    let space = Coworkspace::new();
    space.plant("files/a.xlsx", workbook(&sheet, b"<sst/>"));
    let arguments = json!({ "path": "files/a.xlsx", "from_row": 1_048_570, "rows": 3 });
    let read = call(&space, "spreadsheet_read", arguments).await.json();
    assert_eq!(read["rows"][2], json!({ "row": 1_048_572, "cells": [1_048_572] }));
    assert_eq!(read["next_row"], 1_048_573);
}

#[tokio::test]
async fn hostile_files_are_refused_or_bounded() {
    let space = Coworkspace::new();
    // Two cells, as far from each other as can be.
    let corners = br#"<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>"#;
    space.plant("files/corners.xlsx", workbook(corners, b"<sst/>"));
    let read = call(&space, "spreadsheet_read", json!({ "path": "files/corners.xlsx" })).await.json();
    assert_eq!(read["rows"][0], json!({ "row": 1, "cells": [1] }));
    // Entities that stand for entities.
    let laughs = br#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>"#;
    let cell =
        br#"<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>"#;
    space.plant("files/laughs.xlsx", workbook(cell, laughs));
    let result =
        Host::tools().await.call(&space, "spreadsheet_read", &json!({ "path": "files/laughs.xlsx" })).await;
    let text = cowork_tests::shown(&result);
    assert!(text.len() < 1000 && !text.contains("crashed"), "{text}");
    let bomb = vec![b' '; 200 << 20];
    space.plant("files/bomb.xlsx", workbook(cell, &bomb));
    let expected = "failed: files/bomb.xlsx: holds more than 160 MiB of texts or cells in one part, which is the limit; save the sheet as CSV";
    check(&space, "spreadsheet_read", json!({ "path": "files/bomb.xlsx" }), expected).await;
}
