//! Reading pictures, never more of them than fits into memory.

use cowork_tool::{Error, JsonSchema, OnPath as _, Serialize, relative};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, metadata::Orientation};
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader};

/// Of one picture, unpacked, in bytes: some 70 million pixels in colour.
const LARGEST: u64 = 200 * 1024 * 1024;
/// What a decoder may take beside, in bytes.
const MOST_BESIDE: u64 = 64 * 1024 * 1024;

/// What one picture is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// Relative to the coworkspace.
    pub path: String,
    /// Such as `jpeg`.
    pub format: String,
    /// As it is seen, in pixels.
    pub width: u32,
    /// As it is seen, in pixels.
    pub height: u32,
    /// Such as `Rgb8`: channels and bits of each.
    pub colour: String,
    /// How EXIF says it is to be turned to be upright, from 1 (not at all) to 8.
    pub orientation: u8,
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { path, format, width, height, colour, orientation } = self;
        write!(f, "{path}: {format}, {width}×{height}, {colour}")?;
        if *orientation != 1 { write!(f, ", turned by EXIF ({orientation})") } else { Ok(()) }
    }
}

/// A picture that is upright.
pub(crate) struct Loaded {
    pub(crate) picture: DynamicImage,
    pub(crate) format: ImageFormat,
}

/// What a picture is, by its beginning.
pub(crate) fn facts(path: &str) -> Result<Facts, Error> {
    let (format, mut decoder) = open(path)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (width, height) = decoder.dimensions();
    let (width, height) = if lies(orientation) { (height, width) } else { (width, height) };
    Ok(Facts {
        path: relative(path),
        format: name(format),
        width,
        height,
        colour: format!("{:?}", decoder.color_type()),
        orientation: orientation.to_exif(),
    })
}

/// Decodes a picture and sets it upright.
pub(crate) fn load(path: &str) -> Result<Loaded, Error> {
    let (format, mut decoder) = open(path)?;
    let bytes = decoder.total_bytes();
    if bytes > LARGEST {
        let (width, height) = decoder.dimensions();
        return Err(Error::failed(format!(
            "has {width}×{height} pixels, which take {} MiB; the limit is {} MiB",
            bytes >> 20,
            LARGEST >> 20
        ))
        .about(relative(path)));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| broken(path, &error))?;
    picture.apply_orientation(orientation);
    Ok(Loaded { picture, format })
}

fn open(path: &str) -> Result<(ImageFormat, impl ImageDecoder + use<>), Error> {
    let file = File::open(path).on_path(path)?;
    if file.metadata().on_path(path)?.is_dir() {
        return Err(Error::from(io::Error::from(io::ErrorKind::IsADirectory)).about(relative(path)));
    }
    // Bytes decide what it is, not the name.
    let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format().on_path(path)?;
    let Some(format) = reader.format() else {
        return Err(Error::failed(
            "is no PNG, JPEG, WebP, TIFF, GIF or BMP picture; file_info tells what it is",
        )
        .about(relative(path)));
    };
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(LARGEST + MOST_BESIDE);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| broken(path, &error))?;
    Ok((format, decoder))
}

fn broken(path: &str, error: &image::ImageError) -> Error {
    let message = match error {
        image::ImageError::Limits(_) => {
            format!("takes more than {} MiB unpacked, which is the limit", LARGEST >> 20)
        }
        _ => format!("cannot be read: {error}"),
    };
    Error::failed(message).about(relative(path))
}

fn lies(orientation: Orientation) -> bool {
    // 5 to 8 exchange width and height.
    orientation.to_exif() >= 5
}

/// Of a format, as its files often end.
pub(crate) fn name(format: ImageFormat) -> String {
    format!("{format:?}").to_lowercase()
}
