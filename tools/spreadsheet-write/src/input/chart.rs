//! A chart on a sheet.

use super::Sheet;
use cowork_tables::Area;
use cowork_tool::{Deserialize, Error, JsonSchema};

/// A chart of columns of the same sheet, which follows when somebody changes them.
#[derive(Deserialize, JsonSchema)]
pub struct SheetChart {
    /// How it is drawn.
    pub kind: ChartKind,
    /// Above it.
    pub title: Option<String>,
    /// Header of the column along the x axis, or with the names of the slices.
    pub categories: String,
    /// Headers of the columns with numbers, each one a series.
    #[schemars(length(min = 1, max = 20))]
    pub values: Vec<String>,
    /// Below the x axis.
    pub x_label: Option<String>,
    /// Beside the y axis.
    pub y_label: Option<String>,
    /// The cell of its upper left corner. Default: to the right of the columns.
    pub at: Option<String>,
    /// In pixels. Default: 640.
    #[schemars(range(min = 100, max = 4000))]
    pub width: Option<u32>,
    /// In pixels. Default: 380.
    #[schemars(range(min = 100, max = 4000))]
    pub height: Option<u32>,
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// Upright bars.
    Column,
    /// Upright bars on top of each other.
    StackedColumn,
    /// Bars from the left.
    Bar,
    /// Lines.
    Line,
    /// Filled lines on top of each other.
    StackedArea,
    /// Slices.
    Pie,
    /// Points.
    Scatter,
}

impl SheetChart {
    pub(super) fn check(&self, sheet: &Sheet) -> Result<(), Error> {
        sheet.column(&self.categories)?;
        self.values.iter().try_for_each(|header| sheet.column(header).map(drop))?;
        if self.values.is_empty() {
            return Err(Error::invalid("`values` of a chart is empty; name a column"));
        }
        if sheet.row_count() == 0 {
            return Err(Error::invalid(format!(
                "sheet {} has no rows, so a chart would show nothing",
                sheet.name
            )));
        }
        self.corner(sheet).map(drop)
    }

    /// Row and column of its upper left corner.
    pub(crate) fn corner(&self, sheet: &Sheet) -> Result<(u32, u16), Error> {
        let right = u16::try_from(sheet.columns.len() + 1).unwrap_or(u16::MAX);
        let Some(at) = &self.at else { return Ok((1, right)) };
        let Area { first: (row, column), .. } = Area::parse(at)?;
        Ok((row, u16::try_from(column).unwrap_or(u16::MAX)))
    }
}
