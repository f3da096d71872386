//! Many pictures small on one, so that somebody sees at a glance what there is.

use crate::edit::{Fit, resized};
use crate::load::load;
use crate::save::{self, Written};
use crate::{Image, output};
use ab_glyph::{Font as _, FontRef, PxScale, ScaleFont as _, point};
use cowork_tool::{Error, relative};
use image::{Rgba, RgbaImage, imageops};

/// Between pictures, in pixels.
const GAP: u32 = 12;
/// Of the letters, in pixels.
const LETTERS: f32 = 15.0;
/// For one line of letters, in pixels.
const LINE: u32 = 22;
const PAPER: Rgba<u8> = Rgba([255, 255, 255, 255]);
const INK: [u8; 3] = [60, 60, 60];
/// Of the whole sheet.
const MOST_PIXELS: u64 = 40_000_000;

/// Writes the sheet.
pub(crate) fn write(args: &Image) -> Result<Written, Error> {
    let target = output(args)?;
    let format = save::format_of(target)?;
    let (columns, side) = (args.columns.unwrap_or(4).max(1), args.width.unwrap_or(240));
    let mut sheet = Sheet::new(args.paths.len(), columns, side)?;
    for (number, path) in (1..).zip(&args.paths) {
        let small = resized(&load(path)?.picture, Some(side), Some(side), Fit::Contain)?;
        let name = relative(path);
        let name = name.rsplit('/').next().unwrap_or_default();
        sheet.add(number, &small.into_rgba8(), &format!("{number}  {name}"));
    }
    save::save(sheet.picture.into(), target, format, args.quality)
}

struct Sheet {
    picture: RgbaImage,
    columns: u32,
    side: u32,
    font: FontRef<'static>,
}

impl Sheet {
    fn new(count: usize, columns: u32, side: u32) -> Result<Self, Error> {
        let columns = columns.min(u32::try_from(count).unwrap_or(columns));
        let rows = u32::try_from(count).unwrap_or(u32::MAX).div_ceil(columns);
        let width = columns * (side + GAP) + GAP;
        let height = rows * (side + LINE + GAP) + GAP;
        if u64::from(width) * u64::from(height) > MOST_PIXELS {
            return Err(Error::invalid(format!(
                "the sheet would have {width}×{height} pixels; the limit is {MOST_PIXELS} in all: make `width` smaller or take fewer pictures"
            )));
        }
        let font = FontRef::try_from_slice(notosans::REGULAR_TTF).map_err(Error::failed)?;
        Ok(Self { picture: RgbaImage::from_pixel(width, height, PAPER), columns, side, font })
    }

    /// Adds a picture in the middle of its place, with a line below.
    fn add(&mut self, number: u32, picture: &RgbaImage, line: &str) {
        let (column, row) = ((number - 1) % self.columns, (number - 1) / self.columns);
        let left = GAP + column * (self.side + GAP);
        let top = GAP + row * (self.side + LINE + GAP);
        let (x, y) = (left + (self.side - picture.width()) / 2, top + (self.side - picture.height()) / 2);
        imageops::overlay(&mut self.picture, picture, i64::from(x), i64::from(y));
        self.letter(line, left, top + self.side + 3);
    }

    fn letter(&mut self, line: &str, left: u32, top: u32) {
        let font = self.font.as_scaled(PxScale::from(LETTERS));
        let (mut x, baseline) = (left as f32, top as f32 + font.ascent());
        for letter in line.chars() {
            let id = font.glyph_id(letter);
            // What is too long ends where the picture ends.
            if x + font.h_advance(id) > (left + self.side) as f32 {
                break;
            }
            if let Some(outline) =
                self.font.outline_glyph(id.with_scale_and_position(LETTERS, point(x, baseline)))
            {
                let bounds = outline.px_bounds();
                outline.draw(|dx, dy, cover| {
                    let (x, y) = (bounds.min.x as u32 + dx, bounds.min.y as u32 + dy);
                    if let Some(pixel) = self.picture.get_pixel_mut_checked(x, y) {
                        for (colour, ink) in pixel.0.iter_mut().zip(INK) {
                            *colour = (f32::from(*colour) * (1.0 - cover) + f32::from(ink) * cover) as u8;
                        }
                    }
                });
            }
            x += font.h_advance(id);
        }
    }
}
