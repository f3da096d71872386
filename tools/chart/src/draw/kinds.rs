//! What is particular to each kind of chart.

use super::{Options, axis, set, writes_values};
use crate::data::{Drawing, Series};
use crate::points::Across;
use crate::scale::Scale;
use crate::{Chart, Kind, Stack};
use cowork_tool::Error;
use serde_json::{Value, json};

/// Bars side by side.
const MOST_BARS: usize = 400;
/// Slices of a pie; the others become one.
const MOST_SLICES: usize = 10;

/// The series, with their values in the order in which they are drawn.
fn series_list(table: &Drawing, order: &[usize], each: impl Fn(&mut Value)) -> Value {
    let list = table.series.iter().map(|series| {
        let data: Vec<_> = order.iter().map(|&row| series.values[row]).collect();
        let mut entry = json!({ "name": series.name, "data": data });
        each(&mut entry);
        entry
    });
    list.collect()
}

pub(super) fn bars(args: &Chart, table: &Drawing, options: &mut Options) -> Result<(), Error> {
    let stack = args.stack.unwrap_or_default();
    let bars = if stack == Stack::None { table.rows * table.series.len() } else { table.rows };
    if bars > MOST_BARS {
        return Err(Error::invalid(format!(
            "{bars} bars are too many to be seen; the limit is {MOST_BARS}: draw a line, or group the rows with data_query"
        )));
    }
    let values = writes_values(args, table);
    let mut rows: Vec<_> = (0..table.rows).collect();
    let mut names = table.across.names();
    if args.kind == Kind::HorizontalBar {
        // They are drawn from the bottom; the first row is to be at the top.
        rows.reverse();
        names = names.into_iter().rev().map(|name| short(&name, 40)).collect();
    }
    let list = series_list(table, &rows, |entry| {
        entry["label_show"] = values.into();
        if stack != Stack::None {
            entry["stack"] = "all".into();
        }
    });
    set(options, json!({ "x_axis_data": names, "series_list": list }));
    set(options, json!({ "stack_percent": stack == Stack::Percent }));
    if stack != Stack::None && values {
        set(options, json!({ "series_label_position": "inside" }));
    }
    Ok(())
}

fn short(name: &str, most: usize) -> String {
    match name.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

pub(super) fn lines(args: &Chart, table: &Drawing, options: &mut Options) {
    let order = table.across.order(table.rows);
    let values = writes_values(args, table) && args.kind == Kind::Line;
    let stack = args.stack.unwrap_or_default();
    let list = series_list(table, &order, |entry| {
        entry["label_show"] = values.into();
        if stack != Stack::None {
            entry["stack"] = "all".into();
        }
    });
    set(
        options,
        json!({
            "series_list": list,
            "series_fill": args.kind == Kind::Area,
            "series_fill_opacity": if stack == Stack::None { 0.3 } else { 0.75 },
            "stack_percent": stack == Stack::Percent,
            "x_boundary_gap": false,
            "x_axis_data": table.across.names(),
        }),
    );
    if table.rows > 60 {
        set(options, json!({ "series_symbol": { "type": "none" } }));
    }
    match &table.across {
        Across::Names(_) => {}
        Across::Numbers(numbers) => {
            let numbers: Vec<_> = order.iter().map(|&row| numbers[row]).collect();
            set(options, json!({ "x_axis_type": "value", "x_axis_values": numbers }));
        }
        Across::Dates(dates) => {
            let dates: Vec<_> = order.iter().map(|&row| &dates[row]).collect();
            set(options, json!({ "x_axis_type": "time", "x_axis_values": dates }));
        }
    }
}

pub(super) fn slices(args: &Chart, table: &mut Drawing, options: &mut Options) -> Result<(), Error> {
    let [Series { values, .. }] = table.series.as_slice() else {
        return Err(Error::invalid("a pie shows one column; name it in `y`, or draw bars"));
    };
    if values.iter().flatten().any(|value| *value < 0.0) {
        return Err(Error::invalid("a pie cannot show negative values; draw bars"));
    }
    let names = table.across.names();
    let mut slices: Vec<_> =
        names.into_iter().zip(values.iter().map(|value| value.unwrap_or_default())).collect();
    slices.retain(|(_, value)| *value > 0.0);
    slices.sort_by(|a, b| b.1.total_cmp(&a.1));
    if slices.len() > MOST_SLICES {
        let rest = slices.split_off(MOST_SLICES - 1);
        table.notes.push(format!("the {} smallest slices are drawn as one", rest.len()));
        slices.push((format!("{} others", rest.len()), rest.iter().map(|(_, value)| value).sum()));
    }
    if slices.is_empty() {
        return Err(Error::invalid("all values are 0 or missing, so there are no slices"));
    }
    let list: Vec<_> = slices
        .into_iter()
        .map(|(name, value)| json!({ "name": short(&name, 30), "data": [value], "label_show": true }))
        .collect();
    let radius = (crate::file::height(args) - 130.0).clamp(60.0, 420.0) / 2.0;
    set(
        options,
        json!({
            "series_list": list,
            "rose_type": false,
            "radius": radius,
            "inner_radius": if args.kind == Kind::Donut { radius * 0.58 } else { 0.0 },
            "series_label_formatter": "{a}: {d}",
            "series_label_font_size": 13,
            "legend_show": false,
        }),
    );
    Ok(())
}

pub(super) fn scatter(table: &Drawing, options: &mut Options) -> Result<(), Error> {
    let Across::Numbers(numbers) = &table.across else {
        return Err(Error::invalid("a scatter chart needs numbers along x; name such a column in `x`"));
    };
    let list: Vec<_> = table
        .series
        .iter()
        .map(|series| {
            let points = numbers.iter().zip(&series.values).filter_map(|(x, y)| Some([*x, (*y)?]));
            json!({ "name": series.name, "data": points.flatten().collect::<Vec<_>>() })
        })
        .collect();
    let size = if table.rows > 500 { 2.5 } else { 5.0 };
    let across = Scale::around(numbers.iter().copied(), false);
    set(
        options,
        json!({
            "series_list": list,
            "series_symbol_sizes": vec![size; table.series.len()],
            "series_symbols": vec!["circle"; table.series.len()],
            "x_axis_config": axis(None, "{t}", across, Kind::Scatter),
        }),
    );
    Ok(())
}

pub(super) fn histogram(args: &Chart, table: &Drawing, options: &mut Options) {
    let list: Vec<_> = table
        .series
        .iter()
        .map(|series| {
            let values: Vec<_> = series.values.iter().flatten().collect();
            json!({ "name": series.name, "data": values })
        })
        .collect();
    set(options, json!({ "series_list": list, "bin_count": args.bins.unwrap_or(0) }));
    if args.x_label.is_none()
        && let [series] = table.series.as_slice()
    {
        set(options, json!({ "x_axis_title": series.name }));
    }
}
