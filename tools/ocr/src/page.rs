//! One page, from its pixels to its lines: whichever way it lies.

use crate::detect::detect;
use crate::frame::{Frame, Point};
use crate::models::Reading;
use crate::recognise::recognise;
use cowork_tool::Error;
use image::RgbImage;

/// Readings that are surer than this on average are the right way up.
const SURE: f32 = 0.85;
/// What is read with less confidence is not text.
const LEAST: f32 = 0.5;
/// So many lines tell which way a page lies.
const SAMPLE: usize = 6;
/// Lines so much longer than high tell more than others which way a page lies.
const LONG: f32 = 2.0;

/// A line of text on a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) frame: Frame,
    pub(crate) reading: Reading,
}

/// What stands on a page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) lines: Vec<Line>,
    /// How far its text is turned, in quarters clockwise.
    pub(crate) quarters: usize,
}

/// Reads a page. Its lines come in no order yet.
pub(crate) fn read(picture: &RgbImage) -> Result<Page, Error> {
    let frames = detect(picture)?;
    let sideways = lies_sideways(&frames);
    let first = usize::from(sideways);
    // A page that stands is nearly always the right way up; one that lies may lie on either side.
    if !sideways {
        let page = read_turned(picture, &frames, first)?;
        if page.confidence() >= SURE || page.lines.is_empty() {
            return Ok(page);
        }
    }
    let quarters = better_way_up(picture, &frames, first)?;
    read_turned(picture, &frames, quarters)
}

/// Whether most long frames run from top to bottom.
fn lies_sideways(frames: &[Frame]) -> bool {
    let (mut level, mut upright) = (0.0, 0.0);
    for frame in frames {
        if frame.length >= LONG * frame.height {
            level += frame.length;
        } else if frame.height >= LONG * frame.length {
            upright += frame.height;
        }
    }
    upright > level
}

/// So many quarter turns, or two more: whichever gives better readings of some long lines.
fn better_way_up(picture: &RgbImage, frames: &[Frame], quarters: usize) -> Result<usize, Error> {
    let mut long: Vec<Frame> = frames.iter().map(|frame| frame.turned(quarters)).collect();
    long.retain(|frame| !frame.is_upright());
    long.sort_by(|a, b| b.length.total_cmp(&a.length));
    long.truncate(SAMPLE);
    let both: Vec<Frame> = long.iter().copied().chain(long.iter().map(|frame| frame.turned(2))).collect();
    let readings = recognise(picture, &both)?;
    let (these, others) = readings.split_at(long.len());
    let worth = |readings: &[Reading]| readings.iter().map(|reading| reading.confidence).sum::<f32>();
    Ok(if worth(others) > worth(these) { quarters + 2 } else { quarters })
}

/// Reads all frames of a page that is turned so far. Lines that run across the others are read both ways.
fn read_turned(picture: &RgbImage, frames: &[Frame], quarters: usize) -> Result<Page, Error> {
    let turned: Vec<Frame> = frames.iter().map(|frame| frame.turned(quarters)).collect();
    let (across, mut all): (Vec<Frame>, Vec<Frame>) = turned.into_iter().partition(Frame::is_upright);
    let with_the_others = all.len();
    all.extend(across.iter().flat_map(|frame| [frame.turned(1), frame.turned(3)]));
    let readings = recognise(picture, &all)?;
    let mut lines: Vec<Line> =
        all.into_iter().zip(readings).map(|(frame, reading)| Line { frame, reading }).collect();
    let across = lines.split_off(with_the_others.min(lines.len()));
    lines.extend(across.chunks(2).filter_map(surest));
    lines.retain(|line| line.reading.confidence >= LEAST && !line.reading.text.is_empty());
    Ok(Page { lines, quarters })
}

fn surest(lines: &[Line]) -> Option<Line> {
    lines.iter().max_by(|a, b| a.reading.confidence.total_cmp(&b.reading.confidence)).cloned()
}

impl Page {
    /// Of all its letters.
    pub(crate) fn confidence(&self) -> f32 {
        let letters = |line: &Line| line.reading.text.chars().count() as f32;
        let sum: f32 = self.lines.iter().map(|line| line.reading.confidence * letters(line)).sum();
        sum / self.lines.iter().map(letters).sum::<f32>().max(1.0)
    }

    /// Where its lines run to: as most of them do, since a few may run across.
    pub(crate) fn along(&self) -> Point {
        let upright = (0..self.quarters % 4).fold(Point { x: 1.0, y: 0.0 }, |along, _| along.turned());
        let along = |line: &Line| line.frame.along;
        let same_way = self.lines.iter().map(along).filter(|along| along.dot(upright) > 0.7);
        let mut slopes: Vec<f32> = same_way.map(|along| along.dot(upright.turned())).collect();
        slopes.sort_by(f32::total_cmp);
        let slope = slopes.get(slopes.len() / 2).copied().unwrap_or_default();
        let origin = Point { x: 0.0, y: 0.0 };
        origin.plus(upright, (1.0 - slope * slope).sqrt()).plus(upright.turned(), slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: f32, height: f32) -> Frame {
        Frame { center: Point { x: 0.0, y: 0.0 }, along: Point { x: 1.0, y: 0.0 }, length, height }
    }

    #[test]
    fn most_long_lines_tell_whether_a_page_lies_on_its_side() {
        assert!(!lies_sideways(&[frame(300.0, 20.0), frame(200.0, 20.0), frame(20.0, 100.0)]));
        assert!(lies_sideways(&[frame(20.0, 300.0), frame(20.0, 200.0), frame(30.0, 25.0)]));
        assert!(!lies_sideways(&[frame(20.0, 20.0)]) && !lies_sideways(&[]));
    }

    #[test]
    fn a_page_runs_where_most_of_its_lines_do() {
        let line = |angle: f32| {
            let along = Point { x: angle.cos(), y: angle.sin() };
            Line { frame: Frame { along, ..frame(100.0, 10.0) }, reading: Reading::default() }
        };
        let page = Page { lines: vec![line(0.1), line(0.09), line(0.11), line(1.6)], quarters: 0 };
        assert!((page.along().y - 0.1_f32.sin()).abs() < 1e-5);
        let upside_down = Page { lines: vec![line(3.2), line(3.2)], quarters: 2 };
        assert!((upside_down.along().x - 3.2_f32.cos()).abs() < 1e-5);
        assert_eq!(Page::default().along(), Point { x: 1.0, y: 0.0 });
    }
}
