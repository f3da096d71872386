//! Places on a page: rectangles that lie at an angle, and which way their text runs.

/// A point or a direction, in pixels: x to the right, y down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f32,
    pub(crate) y: f32,
}

/// A rectangle around a line of text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    pub(crate) center: Point,
    /// Where its text runs to, of length 1.
    pub(crate) along: Point,
    /// Its extent in the direction of the text, and across.
    pub(crate) length: f32,
    pub(crate) height: f32,
}

impl Point {
    pub(crate) fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y
    }

    /// A quarter turn clockwise, as one sees it on the page.
    pub(crate) fn turned(self) -> Self {
        Self { x: -self.y, y: self.x }
    }

    pub(crate) fn plus(self, other: Self, times: f32) -> Self {
        Self { x: self.x + other.x * times, y: self.y + other.y * times }
    }
}

impl Frame {
    /// The direction from a line to the one below it.
    pub(crate) fn down(&self) -> Point {
        self.along.turned()
    }

    /// The same rectangle with its text running so many quarter turns further, clockwise.
    pub(crate) fn turned(self, quarters: usize) -> Self {
        (0..quarters % 4).fold(self, |frame, _| Self {
            along: frame.along.turned(),
            length: frame.height,
            height: frame.length,
            ..frame
        })
    }

    /// The one of its four directions that is nearest to another one.
    pub(crate) fn facing(self, direction: Point) -> Self {
        let turns = (0..4).map(|quarters| self.turned(quarters));
        let nearest = turns.max_by(|a, b| a.along.dot(direction).total_cmp(&b.along.dot(direction)));
        nearest.unwrap_or(self)
    }

    /// Larger by so much on each side.
    pub(crate) fn grown(self, by: f32) -> Self {
        Self { length: self.length + 2.0 * by, height: self.height + 2.0 * by, ..self }
    }

    /// The same place where a pixel is so much larger.
    pub(crate) fn scaled(self, x: f32, y: f32) -> Self {
        let scale = |direction: Point| Point { x: direction.x * x, y: direction.y * y };
        let (along, down) = (scale(self.along), scale(self.down()));
        let (length, height) = (along.dot(along).sqrt(), down.dot(down).sqrt());
        Self {
            center: scale(self.center),
            along: Point { x: along.x / length, y: along.y / length },
            length: self.length * length,
            height: self.height * height,
        }
    }

    /// Its corners, from where its text begins above, clockwise.
    pub(crate) fn corners(&self) -> [Point; 4] {
        let (along, down) = (self.along, self.down());
        let (half, side) = (self.length / 2.0, self.height / 2.0);
        [(-half, -side), (half, -side), (half, side), (-half, side)]
            .map(|(x, y)| self.center.plus(along, x).plus(down, y))
    }

    /// Whether text in it would run from top to bottom of it: it is higher than long.
    pub(crate) fn is_upright(&self) -> bool {
        self.height >= 1.5 * self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: Point = Point { x: 1.0, y: 0.0 };

    fn wide() -> Frame {
        Frame { center: Point { x: 50.0, y: 20.0 }, along: RIGHT, length: 80.0, height: 10.0 }
    }

    #[test]
    fn corners_follow_the_text() {
        let corners = wide().corners().map(|corner| (corner.x, corner.y));
        assert_eq!(corners, [(10.0, 15.0), (90.0, 15.0), (90.0, 25.0), (10.0, 25.0)]);
        let downwards = wide().turned(1).corners().map(|corner| (corner.x, corner.y));
        assert_eq!(downwards, [(90.0, 15.0), (90.0, 25.0), (10.0, 25.0), (10.0, 15.0)]);
    }

    #[test]
    fn a_frame_faces_where_it_is_told() {
        let left = Point { x: -1.0, y: 0.1 };
        assert_eq!(wide().facing(left).along, Point { x: -1.0, y: 0.0 });
        assert_eq!(wide().facing(left).length, 80.0);
        let down = wide().facing(Point { x: 0.1, y: 1.0 });
        assert!(down.is_upright() && down.length == 10.0);
    }

    #[test]
    fn scaling_keeps_what_is_inside() {
        let scaled = wide().scaled(2.0, 3.0);
        assert_eq!((scaled.length, scaled.height), (160.0, 30.0));
        assert_eq!(scaled.center, Point { x: 100.0, y: 60.0 });
    }
}
