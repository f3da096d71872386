//! The smallest rectangle, at whatever angle, around points.

use crate::frame::{Frame, Point};

/// The smallest rectangle around points, its text running to the right as far as it can tell. None: there are no points.
pub(crate) fn around(points: Vec<Point>) -> Option<Frame> {
    let hull = hull(points);
    // One side of the smallest rectangle lies on a side of the hull.
    let sides = (0..hull.len()).filter_map(|at| direction(hull[at], hull[(at + 1) % hull.len()]));
    let upright = Point { x: 1.0, y: 0.0 };
    let frames = std::iter::once(upright).chain(sides).filter_map(|along| along_side(&hull, along));
    let smallest = frames.min_by(|a, b| (a.length * a.height).total_cmp(&(b.length * b.height)))?;
    Some(smallest.facing(upright))
}

fn direction(from: Point, to: Point) -> Option<Point> {
    let side = to.plus(from, -1.0);
    let length = side.dot(side).sqrt();
    (length > 0.0).then(|| Point { x: side.x / length, y: side.y / length })
}

fn along_side(hull: &[Point], along: Point) -> Option<Frame> {
    let (left, right) = extent(hull, along)?;
    let down = along.turned();
    let (top, bottom) = extent(hull, down)?;
    let origin = Point { x: 0.0, y: 0.0 };
    let center = origin.plus(along, (left + right) / 2.0).plus(down, (top + bottom) / 2.0);
    Some(Frame { center, along, length: right - left, height: bottom - top })
}

fn extent(hull: &[Point], direction: Point) -> Option<(f32, f32)> {
    let along = || hull.iter().map(|point| point.dot(direction));
    Some((along().min_by(f32::total_cmp)?, along().max_by(f32::total_cmp)?))
}

/// The corners of the convex hull, in order (Andrew's monotone chain).
fn hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let mut below = chain(points.iter());
    let mut above = chain(points.iter().rev());
    below.pop();
    above.pop();
    below.append(&mut above);
    below
}

fn chain<'a>(points: impl Iterator<Item = &'a Point>) -> Vec<Point> {
    let mut chain: Vec<Point> = Vec::new();
    for point in points {
        while let [.., before, last] = chain[..]
            && !turns(before, last, *point)
        {
            chain.pop();
        }
        chain.push(*point);
    }
    chain
}

fn turns(a: Point, b: Point, c: Point) -> bool {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points(list: &[(f32, f32)]) -> Vec<Point> {
        list.iter().map(|(x, y)| Point { x: *x, y: *y }).collect()
    }

    #[test]
    fn a_rectangle_is_its_own() {
        let frame = around(points(&[(1.0, 2.0), (9.0, 2.0), (9.0, 4.0), (1.0, 4.0), (5.0, 3.0)]));
        let frame = frame.expect("a frame");
        assert_eq!((frame.length, frame.height), (8.0, 2.0));
        assert_eq!(frame.center, Point { x: 5.0, y: 3.0 });
    }

    #[test]
    fn nothing_and_little_are_no_trouble() {
        assert_eq!(around(Vec::new()), None);
        assert_eq!(around(points(&[(3.0, 3.0)])).map(|frame| frame.length), Some(0.0));
        assert!(around(points(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)])).is_some());
    }

    proptest! {
        /// Also a long and thin one, which lies at any angle.
        #[test]
        fn a_turned_rectangle_is_found(angle in -0.7_f32..0.7, length in 100.0_f32..2000.0, height in 4.0_f32..40.0) {
            let along = Point { x: angle.cos(), y: angle.sin() };
            let given = Frame { center: Point { x: 1000.0, y: 1000.0 }, along, length, height };
            let found = around(given.corners().to_vec()).expect("a frame");
            prop_assert!((found.length - length).abs() < 0.1 && (found.height - height).abs() < 0.1, "{found:?}");
            prop_assert!(found.along.dot(along) > 0.9999);
        }

        #[test]
        fn every_point_is_inside(list in prop::collection::vec((0.0_f32..500.0, 0.0_f32..500.0), 1..60)) {
            let list = points(&list);
            let frame = around(list.clone()).expect("a frame");
            for point in list {
                let from = point.plus(frame.center, -1.0);
                prop_assert!(from.dot(frame.along).abs() <= frame.length / 2.0 + 0.1);
                prop_assert!(from.dot(frame.down()).abs() <= frame.height / 2.0 + 0.1);
            }
        }
    }
}
