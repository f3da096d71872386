//! Writing pictures.

use crate::load;
use cowork_tool::{Deserialize, Error, JsonSchema, OnPath as _, Serialize, relative};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::fmt;
use std::fs::{self, File};
use std::io::{BufWriter, Seek as _, Write as _};
use std::path::Path;

/// How a picture is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Without loss.
    Png,
    /// Small, for photographs; transparent parts become white.
    Jpeg,
    /// Without loss, smaller than PNG.
    Webp,
    /// For print and archives.
    Tiff,
    /// At most 256 colours.
    Gif,
    /// Not packed.
    Bmp,
}

/// A file that was written.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Written {
    /// Relative to the coworkspace.
    pub path: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// In bytes.
    pub size: u64,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrote {}: {}×{}, {} bytes", self.path, self.width, self.height, self.size)
    }
}

impl From<Format> for ImageFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Png => ImageFormat::Png,
            Format::Jpeg => ImageFormat::Jpeg,
            Format::Webp => ImageFormat::WebP,
            Format::Tiff => ImageFormat::Tiff,
            Format::Gif => ImageFormat::Gif,
            Format::Bmp => ImageFormat::Bmp,
        }
    }
}

/// The format that a file's name says.
pub(crate) fn format_of(path: &str) -> Result<ImageFormat, Error> {
    let known = ImageFormat::from_path(path).ok().filter(|format| format.writing_enabled());
    known.ok_or_else(|| {
        Error::invalid("ends in none of .png, .jpg, .webp, .tiff, .gif and .bmp").about(relative(path))
    })
}

/// How files of a format end.
pub(crate) fn ending(format: ImageFormat) -> &'static str {
    format.extensions_str().first().copied().unwrap_or("png")
}

/// Writes a picture to a path that does not exist.
pub(crate) fn save(
    picture: DynamicImage,
    path: &str,
    format: ImageFormat,
    quality: Option<u8>,
) -> Result<Written, Error> {
    if let Some(parent) = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).on_path(parent)?;
    }
    let file = File::create_new(path)
        .map_err(Error::from)
        .map_err(|error| other_name(error).about(relative(path)))?;
    let mut writer = BufWriter::new(file);
    let picture = fitting(picture, format);
    let (width, height) = (picture.width(), picture.height());
    match format {
        ImageFormat::Jpeg => {
            picture.write_with_encoder(JpegEncoder::new_with_quality(&mut writer, quality.unwrap_or(85)))
        }
        format => picture.write_to(&mut writer, format),
    }
    .map_err(|error| {
        Error::failed(format!("cannot be written as {}: {error}", load::name(format))).about(relative(path))
    })?;
    writer.flush().on_path(path)?;
    let size = writer.stream_position().on_path(path)?;
    Ok(Written { path: relative(path), width, height, size })
}

fn other_name(error: Error) -> Error {
    match error.message() {
        "exists already" => Error::failed("exists already; choose another name"),
        _ => error,
    }
}

/// In colours that the format can hold.
fn fitting(picture: DynamicImage, format: ImageFormat) -> DynamicImage {
    let has_alpha = picture.color().has_alpha();
    match format {
        ImageFormat::Jpeg if has_alpha => on_white(&picture).into(),
        ImageFormat::Jpeg if picture.color().has_color() => picture.into_rgb8().into(),
        ImageFormat::Jpeg => picture.into_luma8().into(),
        ImageFormat::WebP | ImageFormat::Gif if has_alpha => picture.into_rgba8().into(),
        ImageFormat::WebP => picture.into_rgb8().into(),
        ImageFormat::Gif => picture.into_rgba8().into(),
        ImageFormat::Bmp if has_alpha => picture.into_rgba8().into(),
        ImageFormat::Bmp => picture.into_rgb8().into(),
        _ => picture,
    }
}

fn on_white(picture: &DynamicImage) -> RgbImage {
    let pixels = picture.to_rgba8();
    RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [red, green, blue, alpha] = pixels.get_pixel(x, y).0;
        let over = |colour: u8| {
            let mixed = u16::from(colour) * u16::from(alpha) + 255 * (255 - u16::from(alpha));
            u8::try_from((mixed + 127) / 255).unwrap_or(u8::MAX)
        };
        Rgb([over(red), over(green), over(blue)])
    })
}
