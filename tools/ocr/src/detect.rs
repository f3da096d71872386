//! Where text is on a page.

use crate::frame::Frame;
use crate::models::{DETECT, GRAIN};
use crate::picture;
use crate::regions::{self, Map};
use cowork_tool::{Error, parallel};
use image::RgbImage;
use image::imageops::{self, FilterType};

/// Pixels of a page that are looked at, about: enough for print of 7 points on a sheet of A4.
const PIXELS: f32 = 736.0 * 736.0;
/// Where lines are less high than this, the page is looked at again, with so many pixels.
const SMALL: f32 = 10.0;
const PIXELS_AGAIN: f32 = 1400.0 * 1400.0;
/// No side is longer than this.
const LONGEST: f32 = 2400.0;
/// A small picture is made larger, at most so much.
const ENLARGED: f32 = 2.0;
/// What a band of a page shows of its neighbours, so that lines at its edge are seen whole.
const OVERLAP: u32 = 2 * GRAIN;
/// More bands would take more memory at once than a call has.
const MOST: u32 = 4;
/// A band less high than this is not worth a part of its own.
const LEAST: u32 = 8 * GRAIN;

/// Frames around the lines of text, in pixels of the page.
pub(crate) fn detect(page: &RgbImage) -> Result<Vec<Frame>, Error> {
    let frames = look(page, size(page, PIXELS))?;
    let (_, height) = size(page, PIXELS);
    let finer = size(page, PIXELS_AGAIN.min(page.width() as f32 * page.height() as f32));
    let is_small = middle_height(&frames) * height as f32 / (page.height() as f32) < SMALL;
    if is_small && !frames.is_empty() && finer.1 > height { look(page, finer) } else { Ok(frames) }
}

fn middle_height(frames: &[Frame]) -> f32 {
    let mut heights: Vec<f32> = frames.iter().map(|frame| frame.height.min(frame.length)).collect();
    heights.sort_by(f32::total_cmp);
    heights.get(heights.len() / 2).copied().unwrap_or_default()
}

fn look(page: &RgbImage, (width, height): (u32, u32)) -> Result<Vec<Frame>, Error> {
    let small = imageops::resize(page, width, height, FilterType::Triangle);
    let map = map(&small)?;
    let (x, y) = (page.width() as f32 / width as f32, page.height() as f32 / height as f32);
    Ok(regions::frames(&map).into_iter().map(|frame| frame.scaled(x, y)).collect())
}

/// The size at which a page is looked at, of about so many pixels.
fn size(page: &RgbImage, pixels: f32) -> (u32, u32) {
    let (width, height) = (page.width() as f32, page.height() as f32);
    let scale = (pixels / (width * height)).sqrt().min(LONGEST / width.max(height)).min(ENLARGED);
    let side = |side: f32| ((side * scale / GRAIN as f32).round().max(1.0) as u32) * GRAIN;
    (side(width), side(height))
}

/// Bands of the page are looked at side by side.
fn map(page: &RgbImage) -> Result<Map, Error> {
    let (width, height) = page.dimensions();
    let most = u32::try_from(parallel::width()).unwrap_or(1).clamp(1, MOST);
    let bands = bands(height, (height / LEAST).clamp(1, most));
    let pictures = bands.iter().map(|band| {
        let part = imageops::crop_imm(page, 0, band.seen.0, width, band.seen.1 - band.seen.0);
        picture::to_bytes(&part.to_image())
    });
    let maps = DETECT.over(pictures.collect())?;
    let width = width as usize;
    let mut likely = Vec::with_capacity(width * height as usize);
    for (band, map) in bands.iter().zip(&maps) {
        let rows = |y: u32| (y - band.seen.0) as usize * width;
        let own = map.get(rows(band.own.0)..rows(band.own.1));
        likely.extend(own.ok_or_else(|| Error::failed("a part gave too small a map"))?);
    }
    Ok(Map { width, height: height as usize, likely })
}

/// Rows of a page, from and up to: those that count, and those that are shown.
struct Band {
    own: (u32, u32),
    seen: (u32, u32),
}

fn bands(height: u32, count: u32) -> Vec<Band> {
    let edge = |number: u32| if number == count { height } else { height * number / count / GRAIN * GRAIN };
    let band = |number: u32| {
        let own = (edge(number), edge(number + 1));
        Band { own, seen: (own.0.saturating_sub(OVERLAP), (own.1 + OVERLAP).min(height)) }
    };
    (0..count).map(band).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked_at(width: u32, height: u32) -> (u32, u32) {
        size(&RgbImage::new(width, height), 960.0 * 960.0)
    }

    #[test]
    fn pages_are_looked_at_in_a_size_that_shows_their_letters() {
        assert_eq!(looked_at(2480, 3508), (800, 1152), "a scan of A4");
        assert_eq!(looked_at(600, 3000), (416, 2144), "a long receipt");
        assert_eq!(looked_at(200, 100), (416, 192), "a small picture");
        assert_eq!(looked_at(1, 20_000), (32, 2400), "a line");
    }

    #[test]
    fn bands_make_up_the_page() {
        let bands = bands(1152, 3);
        assert_eq!(
            bands.iter().map(|band| band.own).collect::<Vec<_>>(),
            [(0, 384), (384, 768), (768, 1152)]
        );
        assert_eq!(
            bands.iter().map(|band| band.seen).collect::<Vec<_>>(),
            [(0, 448), (320, 832), (704, 1152)]
        );
        assert!(bands.iter().all(|band| (band.seen.1 - band.seen.0) % GRAIN == 0));
    }
}
