//! Lines of text cut out of a page, straightened and of one height.

use crate::frame::{Frame, Point};
use image::{Rgb, RgbImage};

/// What the model for reading was taught on.
pub(crate) const HEIGHT: u32 = 48;
/// A line that is longer than so many pixels at that height is squeezed.
const LONGEST: f32 = 4096.0;
const SHORTEST: f32 = 16.0;
/// Points of the page that make one pixel of a strip, in each direction.
const SAMPLES: f32 = 4.0;

/// The text in a frame, running to the right.
pub(crate) fn cut(page: &RgbImage, frame: &Frame) -> RgbImage {
    let scale = frame.height.max(1.0) / HEIGHT as f32;
    let width = (frame.length / scale).round().clamp(SHORTEST, LONGEST);
    let (along, down) = (frame.length / width, scale);
    let [corner, ..] = frame.corners();
    // Where many pixels become one, each of them counts.
    let (across, deep) = (along.ceil().clamp(1.0, SAMPLES) as u32, down.ceil().clamp(1.0, SAMPLES) as u32);
    RgbImage::from_fn(width as u32, HEIGHT, |x, y| {
        let mut sum = [0.0; 3];
        for at in 0..across * deep {
            let x = x as f32 + ((at % across) as f32 + 0.5) / across as f32;
            let y = y as f32 + ((at / across) as f32 + 0.5) / deep as f32;
            let point = corner.plus(frame.along, x * along).plus(frame.down(), y * down);
            add(&mut sum, page, point);
        }
        Rgb(sum.map(|value| (value / (across * deep) as f32).round() as u8))
    })
}

/// The colour between four pixels. Beyond the edge it goes on as it is at the edge.
fn add(sum: &mut [f32; 3], page: &RgbImage, point: Point) {
    let (left, right, far_x) = between(point.x, page.width());
    let (top, bottom, far_y) = between(point.y, page.height());
    let [a, b, c, d] =
        [(left, top), (right, top), (left, bottom), (right, bottom)].map(|(x, y)| page.get_pixel(x, y).0);
    for color in 0..3 {
        let mix = |from: u8, to: u8, far: f32| f32::from(from) + (f32::from(to) - f32::from(from)) * far;
        let (above, below) = (mix(a[color], b[color], far_x), mix(c[color], d[color], far_x));
        sum[color] += above + (below - above) * far_y;
    }
}

/// The two pixels beside a place, and how far it is from the first.
fn between(at: f32, size: u32) -> (u32, u32, f32) {
    let last = size.saturating_sub(1);
    let at = (at - 0.5).clamp(0.0, last as f32);
    let first = at as u32;
    (first, (first + 1).min(last), at - first as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red above, green below, and blue to the right of both.
    fn page() -> RgbImage {
        RgbImage::from_fn(100, 60, |x, y| match (x, y) {
            (60.., _) => Rgb([0, 0, 250]),
            (_, ..30) => Rgb([250, 0, 0]),
            _ => Rgb([0, 250, 0]),
        })
    }

    fn frame(along: Point) -> Frame {
        Frame { center: Point { x: 50.0, y: 30.0 }, along, length: 60.0, height: 20.0 }
    }

    #[test]
    fn a_strip_runs_with_its_text() {
        let strip = cut(&page(), &frame(Point { x: 1.0, y: 0.0 }));
        assert_eq!(strip.dimensions(), (144, HEIGHT));
        assert_eq!(strip.get_pixel(10, 5), &Rgb([250, 0, 0]));
        assert_eq!(strip.get_pixel(10, 43), &Rgb([0, 250, 0]));
        assert_eq!(strip.get_pixel(140, 5), &Rgb([0, 0, 250]));
        let upside_down = cut(&page(), &frame(Point { x: -1.0, y: 0.0 }));
        assert_eq!(upside_down, image::imageops::rotate180(&strip));
    }

    #[test]
    fn what_reaches_beyond_the_page_is_cut_too() {
        let frame = Frame { center: Point { x: 0.0, y: 0.0 }, ..frame(Point { x: 0.6, y: 0.8 }) };
        assert_eq!(cut(&page(), &frame).height(), HEIGHT);
        let long = Frame { length: 1e6, height: 0.0, ..frame };
        assert_eq!(cut(&page(), &long).width(), 4096);
    }
}
