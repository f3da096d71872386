//! A file as pages of pixels.

use crate::tiff;
use cowork_tool::{Error, OnPath as _, media, relative};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits, RgbImage};
use std::fs::{self, File};
use std::io::{Cursor, Read as _};

/// In bytes: a file is read into memory as a whole.
const LARGEST_FILE: u64 = 128 << 20;
/// Pixels of a picture; a sheet of A3 at 400 dots an inch has 31 million.
const MOST_PIXELS: u64 = 50_000_000;
const LONGEST_SIDE: u32 = 30_000;
/// What decoding a picture may take, in bytes.
const MEMORY: u64 = 256 << 20;
/// Pages of PDFs are drawn so fine, in dots an inch, and with so many pixels at most.
const DOTS: f32 = 200.0;
const PAGE_PIXELS: f32 = 12e6;

/// A picture, or a PDF.
pub(crate) enum Source {
    Picture {
        media_type: &'static str,
        bytes: Vec<u8>,
    },
    /// With where its pages begin.
    Tiff(Vec<u8>, Vec<u32>),
    Pdf(Box<Pdf>),
}

impl Source {
    /// Opens a file, whose content tells what it is.
    pub(crate) fn open(path: &str) -> Result<Self, Error> {
        let bytes = read(path)?;
        let (media_type, is_empty) = (media::of(path, &bytes), bytes.is_empty());
        let source = match media_type {
            "application/pdf" => open_pdf(bytes),
            "image/tiff" => {
                let pages = tiff::pages(&bytes);
                Ok(Self::Tiff(bytes, pages))
            }
            "image/png" | "image/jpeg" | "image/webp" => Ok(Self::Picture { media_type, bytes }),
            _ if is_empty => Err(Error::failed("is empty")),
            other => {
                Err(Error::failed(format!("is {other}; ocr reads pictures (PNG, JPEG, TIFF, WebP) and PDF")))
            }
        };
        source.map_err(|error| error.about(relative(path)))
    }

    pub(crate) fn media_type(&self) -> &'static str {
        match self {
            Self::Picture { media_type, .. } => media_type,
            Self::Tiff(..) => "image/tiff",
            Self::Pdf(_) => "application/pdf",
        }
    }

    pub(crate) fn pages(&self) -> usize {
        match self {
            Self::Picture { .. } => 1,
            Self::Tiff(_, pages) => pages.len(),
            Self::Pdf(pdf) => pdf.pages().len(),
        }
    }

    /// The pixels of a page, counted from 0.
    pub(crate) fn page(&self, number: usize) -> Result<RgbImage, Error> {
        match self {
            Self::Picture { bytes, .. } => decode(bytes),
            Self::Tiff(bytes, pages) => {
                decode(&tiff::from_page(bytes, pages.get(number).copied().unwrap_or(0)))
            }
            Self::Pdf(pdf) => draw(pdf, number),
        }
    }
}

fn read(path: &str) -> Result<Vec<u8>, Error> {
    let metadata = fs::metadata(path).on_path(path)?;
    if metadata.is_dir() {
        return Err(Error::failed("is a folder; use file_list").about(relative(path)));
    }
    if metadata.len() > LARGEST_FILE {
        return Err(Error::failed("is larger than 128 MiB, which is the limit of ocr").about(relative(path)));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST_FILE).read_to_end(&mut bytes)).on_path(path)?;
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Result<RgbImage, Error> {
    let broken = |error: image::ImageError| Error::failed(format!("cannot be decoded: {error}"));
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Error::failed("has no pixels"));
    }
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Error::failed(format!(
            "has {width} by {height} pixels, more than the 50 million that ocr takes; make it smaller first"
        )));
    }
    let orientation = decoder.orientation().map_err(broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    Ok(on_white(picture))
}

/// What is transparent is seen on white, as on paper.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0.map(u16::from);
        image::Rgb([red, green, blue].map(|value| ((value * alpha + 255 * (255 - alpha)) / 255) as u8))
    })
}

fn open_pdf(bytes: Vec<u8>) -> Result<Source, Error> {
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Error::failed("is encrypted; ocr cannot open it without its password"),
        LoadPdfError::Invalid => Error::failed("is damaged: no PDF reader can find its pages"),
    })?;
    Ok(Source::Pdf(Box::new(pdf)))
}

fn draw(pdf: &Pdf, number: usize) -> Result<RgbImage, Error> {
    let page = pdf.pages().get(number).ok_or_else(|| Error::failed("has no such page"))?;
    let (width, height) = page.render_dimensions();
    let scale = (DOTS / 72.0).min((PAGE_PIXELS / (width * height).max(1.0)).sqrt());
    if !(width * scale >= 1.0 && height * scale >= 1.0 && (width.max(height) * scale) < f32::from(u16::MAX)) {
        return Err(Error::failed(format!(
            "page {} is {width} by {height} points, which cannot be drawn",
            number + 1
        )));
    }
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let drawn = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    );
    let (width, height) = (u32::from(drawn.width()), u32::from(drawn.height()));
    let pixels = drawn.data().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
    RgbImage::from_raw(width, height, pixels).ok_or_else(|| Error::failed("the page was not drawn whole"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_transparent_is_white() {
        let picture = image::RgbaImage::from_pixel(1, 1, image::Rgba([0, 0, 0, 51]));
        assert_eq!(on_white(picture.into()).get_pixel(0, 0), &image::Rgb([204, 204, 204]));
    }
}
