//! A table: columns with names, and rows.

use crate::source::{Format, Source};
use crate::workbook::Workbook;
use crate::{Area, Cell, Delimited, Flow, json, name, nearest};
use cowork_tool::{Error, relative};

/// An open table. Its rows can be read again and again.
pub struct Table {
    columns: Vec<String>,
    rows: Rows,
    cut: Option<Cut>,
}

enum Rows {
    Delimited { file: Delimited, header: bool },
    Json { path: String, fields: Vec<String> },
    Workbook { workbook: Box<Workbook>, sheet: String, area: Area, header: Option<u32> },
}

/// Rows that have cells beyond the last column, which are left out.
#[derive(Clone, Copy)]
struct Cut {
    rows: u64,
    first: u64,
}

impl Table {
    /// Opens a table and reads the names of its columns. Those that are missing or doubled get one.
    ///
    /// # Errors
    /// What opening says; [`Error::InvalidArguments`] if no table is in such a file.
    pub fn open(source: &Source) -> Result<Self, Error> {
        let format = source.format()?;
        if format != Format::Workbook && (source.sheet.is_some() || source.range.is_some()) {
            return Err(
                Error::invalid("`sheet` and `range` are of spreadsheets only").about(relative(&source.path))
            );
        }
        let header = source.header.unwrap_or(true);
        let (columns, rows) = match format {
            Format::Delimited => of_delimited(source, header)?,
            Format::Json => of_json(source)?,
            Format::Workbook => of_workbook(source, header)?,
            Format::Parquet => {
                return Err(Error::invalid("only data_query reads Parquet").about(relative(&source.path)));
            }
        };
        if columns.len() > name::MOST_COLUMNS {
            let most = name::MOST_COLUMNS;
            let message =
                format!("has {} columns; the limit is {most}: choose some by `range`", columns.len());
            return Err(Error::failed(message).about(relative(&source.path)));
        }
        Ok(Self { columns, rows, cut: None })
    }

    /// The columns' names, each one once.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The place of a column by its name in any case.
    ///
    /// # Errors
    /// [`Error::InvalidArguments`] with the nearest name and what there is.
    pub fn column(&self, wanted: &str) -> Result<usize, Error> {
        let same = |name: &String| name.to_lowercase() == wanted.trim().to_lowercase();
        self.columns.iter().position(same).ok_or_else(|| {
            let near = nearest(wanted, self.columns.iter().map(String::as_str));
            let near = near.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default();
            let shown: Vec<_> = self.columns.iter().take(50).map(|name| format!("{name:?}")).collect();
            Error::invalid(format!("there is no column {wanted:?}{near}; there are: {}", shown.join(", ")))
        })
    }

    /// Hands out every row, with a cell for each column.
    ///
    /// # Errors
    /// What reading says, or `each`.
    pub fn each_row(
        &mut self,
        each: &mut dyn FnMut(&[Cell<'_>]) -> Result<Flow, Error>,
    ) -> Result<(), Error> {
        let width = self.columns.len();
        let mut number = 0;
        let mut cut = None;
        let mut fitting = |cells: &[Cell<'_>]| {
            number += 1;
            if cells.len() == width {
                return each(cells);
            }
            let mut fitted = cells[..cells.len().min(width)].to_vec();
            fitted.resize(width, Cell::Empty);
            if cells.iter().skip(width).any(|cell| !cell.is_empty()) {
                cut.get_or_insert(Cut { rows: 0, first: number }).rows += 1;
            }
            each(&fitted)
        };
        let read = match &mut self.rows {
            Rows::Delimited { file, header } => {
                let first = if *header { 2 } else { 1 };
                file.each_row(&mut |number, cells| match number < first {
                    true => Ok(Flow::Continue(())),
                    false => fitting(cells),
                })
            }
            Rows::Json { path, fields } => json::each_row(path, fields, &mut fitting),
            Rows::Workbook { workbook, sheet, area, header } => {
                let header = *header;
                workbook.each_row(sheet, *area, false, &mut |row| match header
                    .is_some_and(|at| row.number <= at)
                {
                    true => Ok(Flow::Continue(())),
                    false => fitting(row.cells),
                })
            }
        };
        self.cut = cut;
        read
    }

    /// What a reader of the table should know, after its rows were read.
    pub fn notes(&self) -> Option<String> {
        let Cut { rows, first } = self.cut?;
        Some(format!(
            "{rows} rows have more cells than there are columns, the first one is row {first} of the data; these cells are left out"
        ))
    }
}

type Opened = (Vec<String>, Rows);

fn of_delimited(source: &Source, header: bool) -> Result<Opened, Error> {
    let file = Delimited::open(&source.path)?;
    let mut first = Vec::new();
    file.each_row(&mut |_, cells| {
        first = names(cells, header);
        Ok(Flow::Break(()))
    })?;
    Ok((name::unique(first.into_iter()), Rows::Delimited { file, header }))
}

/// Of the first row: what is in it, or nothing for each cell.
fn names(cells: &[Cell<'_>], header: bool) -> Vec<String> {
    cells.iter().map(|cell| if header { cell.to_string() } else { String::new() }).collect()
}

fn of_json(source: &Source) -> Result<Opened, Error> {
    let fields = json::columns(&source.path)?;
    let columns = name::unique(fields.iter().cloned());
    Ok((columns, Rows::Json { path: source.path.clone(), fields }))
}

fn of_workbook(source: &Source, header: bool) -> Result<Opened, Error> {
    let mut workbook = Workbook::open(&source.path)?;
    let sheet = workbook.find(source.sheet.as_deref())?;
    let area = source.range.as_deref().map_or(Ok(Area::ALL), Area::parse)?;
    let (mut first, mut at) = (Vec::new(), None);
    workbook.each_row(&sheet, area, false, &mut |row| {
        first = names(row.cells, header);
        at = Some(row.number).filter(|_| header);
        Ok(Flow::Break(()))
    })?;
    if area.has_width() {
        first.resize(area.width(), String::new());
    }
    let columns = name::unique(first.into_iter());
    Ok((columns, Rows::Workbook { workbook: Box::new(workbook), sheet, area, header: at }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, content: &str, change: impl FnOnce(&mut Source)) -> (Vec<String>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name).to_string_lossy().into_owned();
        std::fs::write(&path, content).unwrap();
        let mut source = Source::of(path);
        change(&mut source);
        let mut table = Table::open(&source).unwrap();
        let mut rows = vec![table.columns().join("|")];
        table
            .each_row(&mut |cells| {
                rows.push(cells.iter().map(Cell::to_string).collect::<Vec<_>>().join("|"));
                Ok(Flow::Continue(()))
            })
            .unwrap();
        (rows, table.notes())
    }

    #[test]
    fn rows_have_as_many_cells_as_columns() {
        let (rows, notes) = read("a.csv", "a,b\n1\n1,2,\n1,2,3\n", |_| ());
        assert_eq!(rows, ["a|b", "1|", "1|2", "1|2"]);
        assert!(
            notes
                .unwrap()
                .starts_with("1 rows have more cells than there are columns, the first one is row 3")
        );
    }

    #[test]
    fn without_a_header_columns_have_numbers() {
        let (rows, _) = read("a.csv", "1,2\n", |source| source.header = Some(false));
        assert_eq!(rows, ["column_1|column_2", "1|2"]);
    }

    #[test]
    fn objects() {
        let (rows, _) = read("a.jsonl", "{\"A\": 1, \"a\": 2}\n{\"b\": true}\n", |_| ());
        assert_eq!(rows, ["A|a_2|b", "1|2|", "||true"]);
    }

    #[test]
    fn a_column_that_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv").to_string_lossy().into_owned();
        std::fs::write(&path, "Amount,Day\n").unwrap();
        let table = Table::open(&Source::of(path)).unwrap();
        assert_eq!(table.column(" amount ").unwrap(), 0);
        let expected =
            "there is no column \"amont\"; did you mean \"Amount\"?; there are: \"Amount\", \"Day\"";
        assert_eq!(table.column("amont").unwrap_err().message(), expected);
    }
}
