//! From a map of where text is likely to rectangles around its lines.

use crate::frame::{Frame, Point};
use crate::rectangle;

/// A pixel that is as likely as this belongs to text; of 255.
const TEXT: u8 = 77;
/// A region that is less likely than this on average is none; of 255.
const LIKELY: f32 = 127.0;
/// The map shows text smaller than it is: its middle. A rectangle grows by so much of its area over its circumference.
const GROWTH: f32 = 1.6;
/// Regions thinner than this, before and after they have grown, are noise.
const THIN: f32 = 3.0;
const THIN_GROWN: f32 = 5.0;
/// More than a page of a newspaper has.
pub(crate) const MOST: usize = 3000;

/// How likely each pixel belongs to text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Map {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) likely: Vec<u8>,
}

/// Pixels of one row that belong together: from, and up to.
#[derive(Debug, Clone, Copy)]
struct Run {
    y: usize,
    from: usize,
    to: usize,
}

/// The rectangles of a map, in its pixels, from its top to its bottom.
pub(crate) fn frames(map: &Map) -> Vec<Frame> {
    let mut frames: Vec<Frame> = regions(map).iter().filter_map(|region| frame(map, region)).collect();
    frames.sort_by(|a, b| a.center.y.total_cmp(&b.center.y));
    frames.truncate(MOST);
    frames
}

fn frame(map: &Map, region: &[Run]) -> Option<Frame> {
    let corners = region.iter().flat_map(|run| {
        let [left, right] = [run.from, run.to].map(|x| x as f32);
        let [top, bottom] = [run.y, run.y + 1].map(|y| y as f32);
        [(left, top), (right, top), (left, bottom), (right, bottom)].map(|(x, y)| Point { x, y })
    });
    let frame = rectangle::around(corners.collect())?;
    if frame.length.min(frame.height) < THIN || likelihood(map, region) < LIKELY {
        return None;
    }
    let grown = frame.grown(GROWTH * frame.length * frame.height / (2.0 * (frame.length + frame.height)));
    (grown.length.min(grown.height) >= THIN_GROWN).then_some(grown)
}

fn likelihood(map: &Map, region: &[Run]) -> f32 {
    let pixels = || {
        region.iter().flat_map(|run| &map.likely[run.y * map.width + run.from..run.y * map.width + run.to])
    };
    pixels().map(|likely| f32::from(*likely)).sum::<f32>() / pixels().count().max(1) as f32
}

/// Runs that touch, also by a corner, are one region.
fn regions(map: &Map) -> Vec<Vec<Run>> {
    let rows: Vec<Vec<Run>> = (0..map.height).map(|y| runs(map, y)).collect();
    let mut groups = Groups::default();
    let (mut all, mut above): (Vec<Run>, usize) = (Vec::new(), 0);
    for row in rows {
        let here = all.len();
        let mut other = above;
        for run in row {
            let this = groups.add();
            while other < here && all[other].to < run.from {
                other += 1;
            }
            let touching = (other..here).take_while(|at| all[*at].from <= run.to);
            touching.for_each(|at| groups.join(at, this));
            all.push(run);
        }
        above = here;
    }
    let mut regions: Vec<Vec<Run>> = Vec::new();
    let mut region_of = vec![usize::MAX; all.len()];
    for (at, run) in all.into_iter().enumerate() {
        let group = groups.of(at);
        if region_of[group] == usize::MAX {
            region_of[group] = regions.len();
            regions.push(Vec::new());
        }
        regions[region_of[group]].push(run);
    }
    regions
}

fn runs(map: &Map, y: usize) -> Vec<Run> {
    let row = &map.likely[y * map.width..(y + 1) * map.width];
    let mut runs = Vec::new();
    let mut x = 0;
    while let Some(from) = row[x..].iter().position(|likely| *likely >= TEXT).map(|ahead| x + ahead) {
        x = row[from..].iter().position(|likely| *likely < TEXT).map_or(row.len(), |ahead| from + ahead);
        runs.push(Run { y, from, to: x });
    }
    runs
}

/// Disjoint sets of runs.
#[derive(Default)]
struct Groups {
    parents: Vec<usize>,
}

impl Groups {
    fn add(&mut self) -> usize {
        self.parents.push(self.parents.len());
        self.parents.len() - 1
    }

    fn of(&mut self, mut run: usize) -> usize {
        while self.parents[run] != run {
            self.parents[run] = self.parents[self.parents[run]];
            run = self.parents[run];
        }
        run
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        self.parents[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map from rows of `#` and `.`, each of which is four pixels wide and high.
    fn map(rows: &[&str]) -> Map {
        let (width, height) = (rows[0].len() * 4, rows.len() * 4);
        let pixel = |x: usize, y: usize| if rows[y / 4].as_bytes()[x / 4] == b'#' { 250 } else { 5 };
        let likely = (0..width * height).map(|at| pixel(at % width, at / width)).collect();
        Map { width, height, likely }
    }

    #[test]
    fn each_line_has_its_rectangle() {
        let frames = frames(&map(&["..........", ".####.###.", "..........", ".########."]));
        assert_eq!(frames.len(), 3);
        let last = frames[2];
        assert_eq!((last.center.x, last.center.y), (20.0, 14.0));
        // 32 by 4, grown by 1.6 × 128 / 72.
        assert!((last.height - 9.69).abs() < 0.01 && (last.length - 37.69).abs() < 0.01, "{last:?}");
    }

    #[test]
    fn what_touches_is_one() {
        assert_eq!(frames(&map(&["#....#", ".#..#.", "..##.."])).len(), 1);
        assert_eq!(frames(&map(&["#.#.#", "#.#.#", "#####"])).len(), 1);
    }

    #[test]
    fn noise_is_nothing() {
        let mut noise = map(&["....", "...."]);
        noise.likely[35] = 255;
        assert_eq!(frames(&noise), []);
        assert_eq!(frames(&Map { width: 0, height: 0, likely: Vec::new() }), []);
    }
}
