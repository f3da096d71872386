//! The table that is drawn: what stands along the x axis, and the series of numbers.

use crate::points::Across;
use crate::{Chart, Kind};
use cowork_tables::{Cell, Flow, Table};
use cowork_tool::{Deserialize, Error, JsonSchema, OnPath as _};

/// Of a table.
const MOST_ROWS: usize = 20_000;
/// Without being asked for.
const MOST_SERIES: usize = 8;

/// One cell of a table that is given in the arguments.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a cell is a text, a number, true, false or null")]
pub enum Value {
    /// Nothing.
    Empty(()),
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text or a date.
    Text(String),
}

/// A table, column by column.
pub(crate) struct Drawing {
    pub(crate) across: Across,
    pub(crate) series: Vec<Series>,
    pub(crate) rows: usize,
    pub(crate) notes: Vec<String>,
}

/// A column of numbers.
#[derive(Clone)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) values: Vec<Option<f64>>,
}

/// Reads what is to be drawn.
pub(crate) fn table(args: &Chart) -> Result<Drawing, Error> {
    let (names, columns, mut notes) = match (&args.source, &args.rows) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid("`source` and `rows` are both given; leave one out"));
        }
        (None, None) => {
            return Err(Error::invalid("the table is missing; give `columns` and `rows`, or `source`"));
        }
        (Some(source), None) => {
            let mut table = Table::open(source)?;
            let columns = read(&mut table).on_path(&source.path)?;
            (table.columns().to_vec(), columns, table.notes().into_iter().collect())
        }
        (None, Some(rows)) => given(args.columns.as_deref(), rows)?,
    };
    let rows = columns.first().map_or(0, Vec::len);
    if rows == 0 {
        return Err(Error::invalid("the table has no rows, so there is nothing to draw"));
    }
    let x = match (&args.x, args.kind) {
        (Some(name), _) => Some(find(&names, name)?),
        (None, Kind::Histogram) => None,
        (None, _) => Some(0),
    };
    let chosen = chosen(args, &names, &columns, x)?;
    let series = chosen.into_iter().map(|place| series(&names[place], &columns[place], &mut notes)).collect();
    let across = Across::of(x.map(|place| columns[place].as_slice()).unwrap_or_default());
    Ok(Drawing { across, series, rows, notes })
}

type Columns = Vec<Vec<Cell<'static>>>;

fn read(table: &mut Table) -> Result<Columns, Error> {
    let mut columns: Columns = vec![Vec::new(); table.columns().len()];
    table.each_row(&mut |cells| {
        if columns.first().is_some_and(|column| column.len() >= MOST_ROWS) {
            return Err(too_many());
        }
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.push(cell.typed().into_owned());
        }
        Ok(Flow::Continue(()))
    })?;
    Ok(columns)
}

fn too_many() -> Error {
    Error::failed(format!(
        "the table has more than {MOST_ROWS} rows, which is the limit; group or sample it with data_query first"
    ))
}

fn given(
    columns: Option<&[String]>,
    rows: &[Vec<Value>],
) -> Result<(Vec<String>, Columns, Vec<String>), Error> {
    let Some(names) = columns.filter(|columns| !columns.is_empty()) else {
        return Err(Error::invalid("`columns` is missing; it names the columns of `rows`"));
    };
    if rows.len() > MOST_ROWS {
        return Err(too_many());
    }
    let mut cells: Columns = vec![Vec::new(); names.len()];
    for (number, row) in (1..).zip(rows) {
        if row.len() > names.len() {
            let (has, most) = (row.len(), names.len());
            return Err(Error::invalid(format!("row {number} has {has} cells and there are {most} columns")));
        }
        let row = row.iter().map(cell).chain(std::iter::repeat(Cell::Empty));
        cells.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell));
    }
    Ok((names.to_vec(), cells, Vec::new()))
}

fn cell(value: &Value) -> Cell<'static> {
    match value {
        Value::Empty(()) => Cell::Empty,
        Value::Bool(value) => Cell::Bool(*value),
        Value::Number(number) => Cell::Number(*number),
        Value::Text(text) => Cell::text(text.clone()).typed().into_owned(),
    }
}

fn find(names: &[String], wanted: &str) -> Result<usize, Error> {
    let same = |name: &String| name.to_lowercase() == wanted.trim().to_lowercase();
    names.iter().position(same).ok_or_else(|| {
        let near = cowork_tables::nearest(wanted, names.iter().map(String::as_str));
        let near = near.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default();
        let shown: Vec<_> = names.iter().take(50).map(|name| format!("{name:?}")).collect();
        Error::invalid(format!("there is no column {wanted:?}{near}; there are: {}", shown.join(", ")))
    })
}

/// The places of the columns that are drawn.
fn chosen(args: &Chart, names: &[String], columns: &Columns, x: Option<usize>) -> Result<Vec<usize>, Error> {
    if let Some(wanted) = &args.y {
        return wanted.iter().map(|name| find(names, name)).collect();
    }
    let is_numeric = |place: &usize| {
        let filled = columns[*place].iter().filter(|cell| !cell.is_empty()).count();
        let numbers = columns[*place].iter().filter(|cell| cell.as_number().is_some()).count();
        numbers > 0 && numbers * 2 >= filled
    };
    let most = match args.kind {
        Kind::Pie | Kind::Donut | Kind::Histogram => 1,
        _ => MOST_SERIES,
    };
    let places: Vec<_> =
        (0..names.len()).filter(|&place| Some(place) != x).filter(is_numeric).take(most).collect();
    if places.is_empty() {
        let shown: Vec<_> = names.iter().take(50).map(|name| format!("{name:?}")).collect();
        return Err(Error::invalid(format!(
            "no column but x holds numbers; the columns are: {}",
            shown.join(", ")
        )));
    }
    Ok(places)
}

fn series(name: &str, cells: &[Cell<'static>], notes: &mut Vec<String>) -> Series {
    let values: Vec<_> =
        cells.iter().map(|cell| cell.as_number().filter(|number| number.is_finite())).collect();
    let lost = cells.iter().zip(&values).filter(|(cell, value)| !cell.is_empty() && value.is_none());
    if let Some((first, _)) = lost.clone().next() {
        notes.push(format!(
            "{} cells of {name:?} are no numbers and left out, such as {:?}",
            lost.count(),
            first.to_string()
        ));
    }
    Series { name: name.to_owned(), values }
}
