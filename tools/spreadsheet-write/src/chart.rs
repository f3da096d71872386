//! Charts on a sheet.

use crate::input::{ChartKind, Sheet, SheetChart};
use cowork_tool::Error;
use rust_xlsxwriter::{Chart, ChartType, Worksheet};

/// Puts a chart of the sheet's rows on it.
pub(crate) fn add(worksheet: &mut Worksheet, sheet: &Sheet, about: &SheetChart) -> Result<(), Error> {
    let mut chart = Chart::new(kind(about.kind));
    let header = sheet.header_row();
    let last = header + u32::try_from(sheet.row_count()).unwrap_or(u32::MAX - header);
    let range = |column: u16| (sheet.name.as_str(), header + 1, column, last, column);
    let categories = sheet.column(&about.categories)?;
    for value in &about.values {
        let column = sheet.column(value)?;
        chart
            .add_series()
            .set_name((sheet.name.as_str(), header, column))
            .set_categories(range(categories))
            .set_values(range(column));
    }
    match &about.title {
        Some(title) => chart.title().set_name(title.as_str()),
        None => chart.title().set_hidden(),
    };
    if let Some(label) = &about.x_label {
        chart.x_axis().set_name(label.as_str());
    }
    if let Some(label) = &about.y_label {
        chart.y_axis().set_name(label.as_str());
    }
    if about.values.len() == 1 && about.kind != ChartKind::Pie {
        chart.legend().set_hidden();
    }
    chart.set_width(about.width.unwrap_or(640)).set_height(about.height.unwrap_or(380));
    let (row, column) = about.corner(sheet)?;
    worksheet.insert_chart(row, column, &chart).map(drop).map_err(Error::failed)
}

fn kind(kind: ChartKind) -> ChartType {
    match kind {
        ChartKind::Column => ChartType::Column,
        ChartKind::StackedColumn => ChartType::ColumnStacked,
        ChartKind::Bar => ChartType::Bar,
        ChartKind::Line => ChartType::Line,
        ChartKind::StackedArea => ChartType::AreaStacked,
        ChartKind::Pie => ChartType::Pie,
        ChartKind::Scatter => ChartType::Scatter,
    }
}
