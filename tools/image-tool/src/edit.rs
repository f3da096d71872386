//! Changed copies of pictures.

use crate::load::{Loaded, load};
use crate::save::{self, Written};
use crate::{Image, output};
use cowork_tool::{Deserialize, Error, JsonSchema, relative};
use fast_image_resize::{ResizeOptions, Resizer};
use image::{DynamicImage, ImageFormat};
use std::path::Path;

/// A part of a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct Crop {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// How wide.
    #[schemars(range(min = 1))]
    pub width: u32,
    /// How high.
    #[schemars(range(min = 1))]
    pub height: u32,
}

/// Which sides change places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Flip {
    /// Left and right.
    Horizontal,
    /// Top and bottom.
    Vertical,
}

/// How a picture fits into a size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// All of it is inside; it is never made larger.
    #[default]
    Contain,
    /// It fills the size, what is beyond is cut off at both sides.
    Cover,
    /// It has the size, whatever its shape was.
    Stretch,
}

/// Writes a changed copy of each picture.
pub(crate) fn edit(args: &Image) -> Result<Vec<Written>, Error> {
    let target = output(args)?;
    if args.paths.len() > 1 && !target.ends_with('/') {
        return Err(Error::invalid("`output` is a folder ending in `/` when there are several pictures"));
    }
    if args.fit.is_some_and(|fit| fit != Fit::Contain) && (args.width.is_none() || args.height.is_none()) {
        return Err(Error::invalid("cover and stretch need both `width` and `height`"));
    }
    args.paths.iter().map(|path| edit_one(args, path, target)).collect()
}

fn edit_one(args: &Image, path: &str, target: &str) -> Result<Written, Error> {
    let Loaded { picture, format } = load(path)?;
    let (target, format) = place(args, path, target, format)?;
    let picture = changed(args, picture).map_err(|error| error.about(relative(path)))?;
    save::save(picture, &target, format, args.quality)
}

/// Where a copy is written, and how.
fn place(
    args: &Image,
    path: &str,
    target: &str,
    format: ImageFormat,
) -> Result<(String, ImageFormat), Error> {
    if target.ends_with('/') {
        let format = args.format.map_or(format, ImageFormat::from);
        let stem = Path::new(path).file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        return Ok((format!("{target}{stem}.{}", save::ending(format)), format));
    }
    let format = save::format_of(target)?;
    match args.format.map(ImageFormat::from) {
        Some(other) if other != format => {
            Err(Error::invalid("`format` is not what `output` ends in; leave `format` out")
                .about(relative(target)))
        }
        _ => Ok((target.to_owned(), format)),
    }
}

fn changed(args: &Image, mut picture: DynamicImage) -> Result<DynamicImage, Error> {
    if let Some(crop) = args.crop {
        picture = cropped(&picture, crop)?;
    }
    picture = match args.rotate {
        None | Some(0) => picture,
        Some(90) => picture.rotate90(),
        Some(180) => picture.rotate180(),
        Some(270) => picture.rotate270(),
        Some(other) => return Err(Error::invalid(format!("`rotate` is 90, 180 or 270, not {other}"))),
    };
    picture = match args.flip {
        Some(Flip::Horizontal) => picture.fliph(),
        Some(Flip::Vertical) => picture.flipv(),
        None => picture,
    };
    if args.width.is_none() && args.height.is_none() {
        return Ok(picture);
    }
    resized(&picture, args.width, args.height, args.fit.unwrap_or_default())
}

fn cropped(picture: &DynamicImage, Crop { x, y, width, height }: Crop) -> Result<DynamicImage, Error> {
    let fits = |from: u32, length: u32, whole: u32| {
        length > 0 && from.checked_add(length).is_some_and(|end| end <= whole)
    };
    let (whole_width, whole_height) = (picture.width(), picture.height());
    if !fits(x, width, whole_width) || !fits(y, height, whole_height) {
        return Err(Error::invalid(format!(
            "`crop` goes beyond the picture, which has {whole_width}×{whole_height} pixels"
        )));
    }
    Ok(picture.crop_imm(x, y, width, height))
}

/// A picture in another size, with smooth edges.
pub(crate) fn resized(
    picture: &DynamicImage,
    width: Option<u32>,
    height: Option<u32>,
    fit: Fit,
) -> Result<DynamicImage, Error> {
    let (width, height) = match fit {
        Fit::Contain => contained(picture, width.unwrap_or(u32::MAX), height.unwrap_or(u32::MAX)),
        Fit::Cover | Fit::Stretch => (width.unwrap_or(1).max(1), height.unwrap_or(1).max(1)),
    };
    if (width, height) == (picture.width(), picture.height()) {
        return Ok(picture.clone());
    }
    let mut target = DynamicImage::new(width, height, picture.color());
    let options = ResizeOptions::new();
    let options = if fit == Fit::Cover { options.fit_into_destination(Some((0.5, 0.5))) } else { options };
    Resizer::new()
        .resize(picture, &mut target, &options)
        .map_err(|error| Error::failed(format!("cannot be resized: {error}")))?;
    Ok(target)
}

fn contained(picture: &DynamicImage, width: u32, height: u32) -> (u32, u32) {
    let (own_width, own_height) = (picture.width().max(1), picture.height().max(1));
    let scale =
        (f64::from(width) / f64::from(own_width)).min(f64::from(height) / f64::from(own_height)).min(1.0);
    let scaled = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    (scaled(own_width), scaled(own_height))
}
