//! Spreadsheets: .xlsx, .xlsb, .xls and .ods. Sheets of .xlsx are read cell by cell, others are held whole.

mod guard;
mod rows;
mod value;

use crate::delimited::open_file;
use crate::{Area, Cell, Flow, nearest};
use calamine::{Reader as _, SheetType, SheetVisible, Sheets, open_workbook_auto};
use cowork_tool::{Error, relative};
use rows::Gather;
use std::fs::File;
use std::io::BufReader;

/// An open spreadsheet.
pub struct Workbook {
    path: String,
    sheets: Sheets<BufReader<File>>,
}

/// What is known of a sheet without reading it all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetFacts {
    /// Its name.
    pub name: String,
    /// Whether people do not see it.
    pub hidden: bool,
    /// Rows and columns up to the last cell, where the file says so.
    pub size: Option<(u32, u32)>,
}

/// One row of a sheet, from the first column that was asked for to its last cell.
pub struct Row<'a> {
    /// From 0.
    pub number: u32,
    /// Its cells.
    pub cells: &'a [Cell<'a>],
    /// What is computed, without `=`, by the place in `cells`; only if it was asked for.
    pub formulas: &'a [(usize, String)],
}

/// Takes one row.
pub type EachRow<'a> = &'a mut dyn FnMut(Row<'_>) -> Result<Flow, Error>;

impl Workbook {
    /// Opens a spreadsheet and reads what it says about its sheets.
    ///
    /// # Errors
    /// What opening says; [`Error::Failed`] if it is none, is broken or unpacks to too much.
    pub fn open(path: &str) -> Result<Self, Error> {
        guard::check(BufReader::new(open_file(path)?)).map_err(|error| error.about(relative(path)))?;
        let sheets = open_workbook_auto(path).map_err(|error| broken(path, error))?;
        Ok(Self { path: path.to_owned(), sheets })
    }

    /// Its sheets with cells, in their order.
    pub fn sheets(&mut self) -> Vec<SheetFacts> {
        let all = self.sheets.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let known: Vec<_> =
            all.map(|sheet| (sheet.name.clone(), sheet.visible != SheetVisible::Visible)).collect();
        known.into_iter().map(|(name, hidden)| SheetFacts { size: self.size(&name), name, hidden }).collect()
    }

    fn size(&mut self, sheet: &str) -> Option<(u32, u32)> {
        match &mut self.sheets {
            Sheets::Xlsx(xlsx) => {
                let dimensions = xlsx.worksheet_cells_reader(sheet).ok()?.dimensions();
                // A file that says nothing of its size has one of a single cell.
                let size = (dimensions.end.0.saturating_add(1), dimensions.end.1.saturating_add(1));
                (size != (1, 1)).then_some(size)
            }
            other => {
                let (row, column) = other.worksheet_range(sheet).ok()?.end()?;
                Some((row.saturating_add(1), column.saturating_add(1)))
            }
        }
    }

    /// The name of a sheet: the one that is asked for, in any case, or the first one that people see.
    ///
    /// # Errors
    /// [`Error::Failed`] with what there is instead.
    pub fn find(&self, wanted: Option<&str>) -> Result<String, Error> {
        let all = self.sheets.sheets_metadata();
        let mut sheets = all.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let Some(wanted) = wanted else {
            let visible = sheets.clone().find(|sheet| sheet.visible == SheetVisible::Visible);
            let found = visible.or_else(|| sheets.next());
            let none = || Error::failed("has no sheet with cells").about(relative(&self.path));
            return found.map(|sheet| sheet.name.clone()).ok_or_else(none);
        };
        let is_it = |name: &str| name == wanted || name.to_lowercase() == wanted.trim().to_lowercase();
        match sheets.clone().find(|sheet| is_it(&sheet.name)) {
            Some(sheet) => Ok(sheet.name.clone()),
            None => Err(self.no_such_sheet(wanted, sheets.map(|sheet| sheet.name.as_str()))),
        }
    }

    fn no_such_sheet<'a>(&self, wanted: &str, names: impl Iterator<Item = &'a str> + Clone) -> Error {
        let near = nearest(wanted, names.clone()).map(|name| format!("; did you mean {name:?}?"));
        let shown: Vec<_> = names.take(20).map(|name| format!("{name:?}")).collect();
        Error::failed(format!(
            "there is no sheet {wanted:?}{}; there are: {}",
            near.unwrap_or_default(),
            shown.join(", ")
        ))
        .about(relative(&self.path))
    }

    /// Hands out the rows of a sheet that have a cell in an area.
    ///
    /// # Errors
    /// [`Error::Failed`] if the file is broken; what `each` says.
    pub fn each_row(
        &mut self,
        sheet: &str,
        area: Area,
        formulas: bool,
        each: EachRow<'_>,
    ) -> Result<(), Error> {
        let path = self.path.clone();
        let broken = |error: calamine::Error| broken(&path, error);
        match &mut self.sheets {
            Sheets::Xlsx(xlsx) => {
                let cells = xlsx.worksheet_cells_reader(sheet).map_err(|error| broken(error.into()))?;
                rows::of_cells(cells, formulas, &mut Gather::new(area, each), &|error| broken(error.into()))
            }
            other => {
                let values = other.worksheet_range(sheet).map_err(broken)?;
                let formulas = match formulas {
                    true => Some(other.worksheet_formula(sheet).map_err(broken)?),
                    false => None,
                };
                rows::of_range(&values, formulas.as_ref(), &mut Gather::new(area, each))
            }
        }
    }
}

fn broken(path: &str, error: calamine::Error) -> Error {
    let text = error.to_string();
    let advice = if text.to_lowercase().contains("password") || text.contains("ncrypt") {
        "is protected by a password".to_owned()
    } else {
        format!("is not a spreadsheet that can be read: {text}")
    };
    Error::failed(advice).about(relative(path))
}

#[cfg(test)]
mod tests;
