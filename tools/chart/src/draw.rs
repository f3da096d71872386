//! From a table to a picture, by the options of `charts-rs`.

mod kinds;

use crate::data::Drawing;
use crate::scale::Scale;
use crate::{Chart, Kind, Stack};
use charts_rs::{BarChart, HistogramChart, HorizontalBarChart, LineChart, PieChart, ScatterChart};
use cowork_tool::Error;
use kinds::{bars, histogram, lines, scatter, slices};
use serde_json::{Map, Value, json};

/// Of the picture, in its own units; what is written is as large as one asks for.
pub(crate) const WIDTH: f64 = 800.0;
/// Values that are written out unless one says otherwise.
const MOST_WRITTEN: usize = 12;
/// Told apart also by those who see few colours, the first eight best.
const COLOURS: [&str; 10] = [
    "#3b6fb6", "#e98a2d", "#4e9f50", "#d1495b", "#7a5fa8", "#3aa6a6", "#c9a227", "#b0689b", "#8c6d4f",
    "#8a8f98",
];

/// The chart as SVG.
pub(crate) fn svg(args: &Chart, table: &mut Drawing) -> Result<String, Error> {
    crate::file::load_fonts()?;
    let mut options = common(args, table);
    let svg = match args.kind {
        Kind::Bar => {
            bars(args, table, &mut options)?;
            BarChart::from_json(&text(options)).and_then(|chart| chart.svg())
        }
        Kind::HorizontalBar => {
            bars(args, table, &mut options)?;
            HorizontalBarChart::from_json(&text(options)).and_then(|chart| chart.svg())
        }
        Kind::Line | Kind::Area => {
            lines(args, table, &mut options);
            LineChart::from_json(&text(options)).and_then(|chart| chart.svg())
        }
        Kind::Pie | Kind::Donut => {
            slices(args, table, &mut options)?;
            PieChart::from_json(&text(options)).and_then(|chart| chart.svg())
        }
        Kind::Scatter => {
            scatter(table, &mut options)?;
            ScatterChart::from_json(&text(options)).and_then(|chart| chart.svg())
        }
        Kind::Histogram => {
            histogram(args, table, &mut options);
            HistogramChart::from_json(&text(options)).and_then(|chart| chart.svg())
        }
    };
    svg.map_err(|error| Error::failed(format!("the chart cannot be drawn: {error}")))
}

type Options = Map<String, Value>;

fn text(options: Options) -> String {
    Value::Object(options).to_string()
}

fn set(options: &mut Options, values: Value) {
    if let Value::Object(values) = values {
        options.extend(values);
    }
}

fn common(args: &Chart, table: &Drawing) -> Options {
    let mut options = Options::new();
    set(
        &mut options,
        json!({
            "width": WIDTH,
            "height": crate::file::height(args),
            "margin": { "left": 18, "top": 14, "right": 26, "bottom": 14 },
            "font_family": crate::file::FAMILY,
            "title_text": args.title.as_deref().unwrap_or_default(),
            "title_align": "left",
            "title_font_size": 20,
            "title_font_color": "#222222",
            "title_height": if args.title.is_some() { 34 } else { 0 },
            "sub_title_text": args.subtitle.as_deref().unwrap_or_default(),
            "sub_title_align": "left",
            "sub_title_font_color": "#666666",
            "sub_title_height": if args.subtitle.is_some() { 24 } else { 0 },
            "legend_show": table.series.len() > 1,
            "legend_align": "right",
            "legend_category": "round_rect",
            "legend_font_size": 13,
            "grid_stroke_color": "#e6e6e6",
            "x_axis_font_size": 13,
            "x_axis_stroke_color": "#9a9a9a",
            "series_colors": COLOURS,
            "series_label_font_size": 12,
            "series_label_formatter": "{t}",
            "series_label_hide_overlap": true,
        }),
    );
    let stack = args.stack.unwrap_or_default();
    let scale = Scale::of(table, args.kind, stack);
    let scale = scale.filter(|_| stack != Stack::Percent && args.kind != Kind::Histogram);
    let formatter = if stack == Stack::Percent { "{c}%" } else { "{t}" };
    let (x_label, y_label) = match args.kind {
        // The values go along the bottom.
        Kind::HorizontalBar => (&args.y_label, &args.x_label),
        _ => (&args.x_label, &args.y_label),
    };
    let axis = axis(y_label.as_deref(), formatter, scale, args.kind);
    set(&mut options, json!({ "y_axis_configs": [axis] }));
    if let Some(label) = x_label {
        set(&mut options, json!({ "x_axis_title": label }));
    }
    options
}

fn axis(title: Option<&str>, formatter: &str, scale: Option<Scale>, kind: Kind) -> Value {
    let mut axis = json!({ "axis_font_size": 13, "axis_formatter": formatter });
    if let Some(title) = title {
        axis["axis_title"] = title.into();
    }
    if let Some(scale) = scale {
        axis["axis_min"] = scale.from.into();
        axis["axis_max"] = scale.to.into();
        axis["axis_split_number"] = scale.steps.into();
        if title.is_some() && kind != Kind::HorizontalBar {
            // Room between the title and the numbers.
            axis["axis_width"] = (scale.letters() * 8 + 26).into();
        }
    }
    axis
}

fn writes_values(args: &Chart, table: &Drawing) -> bool {
    args.values.unwrap_or(table.rows * table.series.len() <= MOST_WRITTEN)
}
