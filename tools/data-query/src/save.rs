//! All rows of an answer as a new file.

use cowork_tables::date_parts;
use cowork_tool::{Error, OnPath as _, relative};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::{Map, Value};
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// Of a sheet, with the header.
const MOST_SHEET_ROWS: u32 = 1_048_576;
/// Of a sheet, which is held whole until it is written.
const MOST_SHEET_CELLS: usize = 2_000_000;

/// A file that rows are written to.
pub(crate) struct Sink {
    path: String,
    columns: Vec<String>,
    kind: Kind,
}

enum Kind {
    Csv(Box<csv::Writer<File>>),
    Json(BufWriter<File>),
    Sheet { workbook: Box<Workbook>, date: Box<Format>, rows: u32 },
}

/// Whether a file can be written there.
pub(crate) fn check(path: &str) -> Result<(), Error> {
    if !matches!(ending(path).as_str(), "csv" | "jsonl" | "xlsx") {
        return Err(Error::invalid("`output` must end in .csv, .jsonl or .xlsx").about(relative(path)));
    }
    if fs::symlink_metadata(path).is_ok() {
        return Err(Error::failed("exists already; choose another name").about(relative(path)));
    }
    Ok(())
}

fn ending(path: &str) -> String {
    Path::new(path).extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default()
}

impl Sink {
    pub(crate) fn create(path: &str, columns: &[String]) -> Result<Self, Error> {
        if let Some(parent) = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).on_path(parent)?;
        }
        let kind = match ending(path).as_str() {
            "csv" => Kind::Csv(Box::new(csv::Writer::from_writer(File::create_new(path).on_path(path)?))),
            "jsonl" => Kind::Json(BufWriter::new(File::create_new(path).on_path(path)?)),
            _ => {
                let mut workbook = Workbook::new();
                let sheet = workbook.add_worksheet();
                let bold = Format::new().set_bold();
                for (place, name) in (0..).zip(columns) {
                    sheet.write_string_with_format(0, place, name, &bold).map_err(Error::failed)?;
                }
                sheet.set_freeze_panes(1, 0).map_err(Error::failed)?;
                let date = Format::new().set_num_format("yyyy-mm-dd");
                Kind::Sheet { workbook: Box::new(workbook), date: Box::new(date), rows: 0 }
            }
        };
        let mut sink = Sink { path: path.to_owned(), columns: columns.to_vec(), kind };
        if let Kind::Csv(writer) = &mut sink.kind {
            writer.write_record(columns).map_err(|error| Error::failed(error).about(relative(path)))?;
        }
        Ok(sink)
    }

    pub(crate) fn add(&mut self, values: &[Value]) -> Result<(), Error> {
        let about = |error: Error| error.about(relative(&self.path));
        match &mut self.kind {
            Kind::Csv(writer) => {
                let cells = values.iter().map(|value| match value {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                });
                writer.write_record(cells).map_err(|error| about(Error::failed(error)))
            }
            Kind::Json(writer) => {
                let object: Map<_, _> = self.columns.iter().cloned().zip(values.iter().cloned()).collect();
                serde_json::to_writer(&mut *writer, &object).map_err(|error| about(Error::failed(error)))?;
                writer.write_all(b"\n").map_err(|error| about(error.into()))
            }
            Kind::Sheet { workbook, date, rows } => {
                *rows += 1;
                if *rows >= MOST_SHEET_ROWS || *rows as usize * values.len() > MOST_SHEET_CELLS {
                    return Err(about(Error::failed(format!(
                        "a sheet holds {MOST_SHEET_ROWS} rows and here {MOST_SHEET_CELLS} cells at most; write .csv"
                    ))));
                }
                write_row(workbook, *rows, values, date).map_err(about)
            }
        }
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        let path = self.path;
        match self.kind {
            Kind::Csv(mut writer) => writer.flush().on_path(path),
            Kind::Json(mut writer) => writer.flush().on_path(path),
            Kind::Sheet { mut workbook, .. } => {
                workbook.worksheets_mut().iter_mut().for_each(|sheet| {
                    sheet.autofit();
                });
                let bytes = workbook.save_to_buffer().map_err(Error::failed)?;
                File::create_new(&path).and_then(|mut file| file.write_all(&bytes)).on_path(path)
            }
        }
    }
}

fn write_row(workbook: &mut Workbook, row: u32, values: &[Value], date: &Format) -> Result<(), Error> {
    let sheet = workbook.worksheet_from_index(0).map_err(Error::failed)?;
    for (place, value) in (0..).zip(values) {
        let day =
            value.as_str().and_then(date_parts).and_then(|(y, m, d)| ExcelDateTime::from_ymd(y, m, d).ok());
        match (value, day) {
            (_, Some(day)) => sheet.write_datetime_with_format(row, place, &day, date).map(drop),
            (Value::String(text), None) => sheet.write_string(row, place, text).map(drop),
            (Value::Number(number), None) => {
                sheet.write_number(row, place, number.as_f64().unwrap_or_default()).map(drop)
            }
            (Value::Bool(value), None) => sheet.write_boolean(row, place, *value).map(drop),
            _ => Ok(()),
        }
        .map_err(Error::failed)?;
    }
    Ok(())
}
