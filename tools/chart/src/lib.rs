//! A tool that draws charts of tables, as PNG or SVG.

mod data;
mod draw;
mod file;
mod points;
mod scale;

use cowork_tables::Source;
use cowork_tool::{Deserialize, Error, JsonSchema, Output, Serialize, relative};

pub use data::Value;

cowork_tool::export!(chart {
    title: "Draw a chart",
    description: "Draws a table as a bar, horizontal bar, line, area, pie, donut or scatter chart or a histogram, into a new .png or .svg file. The table is given as `columns` and `rows`, or is read from a CSV, TSV, JSON lines or spreadsheet file by `source`. To sum or filter many rows first use data_query and draw the file that it writes. Texts are drawn in Latin, Greek and Cyrillic letters.",
    annotations: [],
    output: Drawn,
});

/// Arguments of [`chart`].
#[derive(Deserialize, JsonSchema)]
pub struct Chart {
    /// A new file ending in .png or .svg, such as `output/sales.png`.
    pub output: String,
    /// How it is drawn.
    pub kind: Kind,
    /// Names of the columns of `rows`.
    pub columns: Option<Vec<String>>,
    /// The table, when it is in no file.
    #[schemars(length(max = 20000))]
    pub rows: Option<Vec<Vec<Value>>>,
    /// The table, when it is in a file.
    pub source: Option<Source>,
    /// The column along the x axis, or with the names of the slices. Default: the first one.
    pub x: Option<String>,
    /// The columns with numbers, each one a series. Default: all others that hold numbers.
    #[schemars(length(min = 1, max = 20))]
    pub y: Option<Vec<String>>,
    /// For bars and areas: pile the series up.
    pub stack: Option<Stack>,
    /// Above the chart; say what it shows.
    pub title: Option<String>,
    /// Below the title, smaller.
    pub subtitle: Option<String>,
    /// Below the x axis.
    pub x_label: Option<String>,
    /// Beside the y axis, with its unit.
    pub y_label: Option<String>,
    /// Write each value beside its bar or point. Default: when there are at most 12.
    pub values: Option<bool>,
    /// For a histogram: how many bars. Default: by the number of values.
    #[schemars(range(min = 1, max = 200))]
    pub bins: Option<u32>,
    /// In pixels. Default: 1200.
    #[schemars(range(min = 200, max = 4000))]
    pub width: Option<u32>,
    /// In pixels. Default: 720.
    #[schemars(range(min = 150, max = 4000))]
    pub height: Option<u32>,
}

/// How a table is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Upright bars, to compare a few things.
    Bar,
    /// Bars from the left, for long names.
    HorizontalBar,
    /// For what changes over time; x may be dates or numbers.
    Line,
    /// A line with what is below it filled.
    Area,
    /// Shares of a whole, for a few slices.
    Pie,
    /// A pie with a hole.
    Donut,
    /// A point for each row; x and y are numbers.
    Scatter,
    /// How often values of `y` occur; without `x`.
    Histogram,
}

/// How series are piled up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stack {
    /// Side by side.
    #[default]
    None,
    /// On top of each other.
    Sum,
    /// As shares of 100 %.
    Percent,
}

/// What was drawn.
#[derive(Serialize, JsonSchema)]
pub struct Drawn {
    path: String,
    /// The columns that were drawn.
    series: Vec<String>,
    /// Rows of the table.
    rows: usize,
    /// What is not as the table has it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// Draws a chart to a path that does not exist.
pub fn chart(args: Chart) -> Result<Output, Error> {
    let path = relative(&args.output);
    let format = file::format(&args.output)?;
    let mut table = data::table(&args)?;
    let svg = draw::svg(&args, &mut table)?;
    file::write(&args, format, &svg)?;
    let series: Vec<_> = table.series.iter().map(|series| series.name.clone()).collect();
    let drawn = Drawn { path, series, rows: table.rows, notes: table.notes };
    let mut lines = vec![format!("wrote {}: {} of {} rows", drawn.path, drawn.series.join(", "), drawn.rows)];
    lines.extend(drawn.notes.iter().map(|note| format!("note: {note}")));
    Output::text(lines.join("\n")).file(&drawn.path).structured(drawn)
}

#[cfg(test)]
mod tests;
