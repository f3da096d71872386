//! The file that a chart is written to.

use crate::Chart;
use crate::draw::WIDTH;
use cowork_tool::{Error, OnPath as _, relative};
use resvg::{tiny_skia, usvg};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// Of all letters. It is part of the tool: a sandbox has no fonts.
pub(crate) const FAMILY: &str = "Noto Sans";
const FONTS: [&[u8]; 2] = [notosans::REGULAR_TTF, notosans::BOLD_TTF];

/// How a chart is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Svg,
}

/// Checks that a file can be written there.
pub(crate) fn format(path: &str) -> Result<Format, Error> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(Error::failed("exists already; choose another name").about(relative(path)));
    }
    match Path::new(path).extension().map(|end| end.to_string_lossy().to_lowercase()).as_deref() {
        Some("png") => Ok(Format::Png),
        Some("svg") => Ok(Format::Svg),
        _ => Err(Error::invalid("must end in .png or .svg").about(relative(path))),
    }
}

/// Of the picture in its own units, by the shape that one asks for.
pub(crate) fn height(args: &Chart) -> f64 {
    let (width, height) = size(args);
    (WIDTH * f64::from(height) / f64::from(width)).clamp(150.0, 4000.0).round()
}

fn size(args: &Chart) -> (u32, u32) {
    (args.width.unwrap_or(1200).clamp(200, 4000), args.height.unwrap_or(720).clamp(150, 4000))
}

/// Makes the letters known to what lays the chart out.
pub(crate) fn load_fonts() -> Result<(), Error> {
    charts_rs::add_fonts(&FONTS).map_err(Error::failed)
}

/// Writes the file.
pub(crate) fn write(args: &Chart, format: Format, svg: &str) -> Result<(), Error> {
    let bytes = match format {
        Format::Png => png(args, svg)?,
        // Who has not this font shall see one of its kind.
        Format::Svg => svg.replace(FAMILY, "Noto Sans, Helvetica, Arial, sans-serif").into_bytes(),
    };
    let path = &args.output;
    if let Some(parent) = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).on_path(parent)?;
    }
    File::create_new(path).and_then(|mut file| file.write_all(&bytes)).on_path(path)
}

fn png(args: &Chart, svg: &str) -> Result<Vec<u8>, Error> {
    let mut fonts = usvg::fontdb::Database::new();
    FONTS.iter().for_each(|font| fonts.load_font_data(font.to_vec()));
    let options =
        usvg::Options { fontdb: Arc::new(fonts), font_family: FAMILY.to_owned(), ..Default::default() };
    let broken = |error: &dyn std::fmt::Display| Error::failed(format!("the chart cannot be drawn: {error}"));
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| broken(&error))?;
    let (width, height) = size(args);
    let mut pixels = tiny_skia::Pixmap::new(width, height).ok_or_else(|| broken(&"it is too large"))?;
    pixels.fill(tiny_skia::Color::WHITE);
    let scale = tiny_skia::Transform::from_scale(
        width as f32 / tree.size().width(),
        height as f32 / tree.size().height(),
    );
    resvg::render(&tree, scale, &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| broken(&error))
}
