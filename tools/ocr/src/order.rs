//! The order in which people read the lines of a page: columns of prose one after the other, and everything else, tables
//! and receipts above all, row by row.

use crate::frame::Point;
use crate::page::{Line, Page};

/// A column has at least so many lines, half of them with so many letters.
const LINES: usize = 3;
const LETTERS: usize = 14;
/// Places between columns that are tried, over the width of a page.
const PLACES: usize = 48;
/// A line may belong to one of so many rows, counted from the last: on photographs a row begins higher than the one before
/// it ends.
const NEAR: usize = 6;
/// What stands so far apart in a row, in heights of the line, is shown apart.
const APART: f32 = 1.5;

/// A line on a page that is turned so that most of its text runs straight to the right.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed {
    pub(crate) line: usize,
    pub(crate) text: String,
    left: f32,
    right: f32,
    /// How high its middle is, counted downwards.
    middle: f32,
    height: f32,
    /// How far it goes down on its way to the right: on photographs not all lines run alike.
    slope: f32,
}

/// Lines that stand beside each other, from left to right.
pub(crate) type Row = Vec<Placed>;

/// The rows of a page, as they are read.
pub(crate) fn rows(page: &Page) -> Vec<Row> {
    let along = page.along();
    let placed = page.lines.iter().enumerate().map(|(at, line)| place(at, line, along));
    in_columns(placed.collect())
}

/// A page as text: a line for each row, and an empty one where there is room between them.
pub(crate) fn text(rows: &[Row]) -> String {
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        if let Some(before) = at.checked_sub(1).map(|before| &rows[before]) {
            text.push_str(if is_apart(before, row) { "\n\n" } else { "\n" });
        }
        for (at, part) in row.iter().enumerate() {
            let gap = at.checked_sub(1).map(|before| part.left - row[before].right);
            text.push_str(match gap {
                None => "",
                Some(gap) if gap > APART * part.height => "   ",
                Some(_) => " ",
            });
            text.push_str(&part.text);
        }
    }
    text
}

fn is_apart(above: &Row, below: &Row) -> bool {
    let (Some(above), Some(below)) = (above.first(), below.first()) else { return false };
    let gap = below.top() - above.bottom();
    // Where it goes up, the next column begins.
    gap > above.height.max(below.height) || gap < -2.0 * below.height
}

fn place(at: usize, line: &Line, along: Point) -> Placed {
    let (frame, down) = (&line.frame, along.turned());
    let (center, ahead) = (frame.center.dot(along), frame.along.dot(along));
    let half = (frame.length * ahead).abs() / 2.0;
    let slope = if ahead > 0.5 { frame.along.dot(down) / ahead } else { 0.0 };
    Placed {
        line: at,
        text: line.reading.text.clone(),
        left: center - half,
        right: center + half,
        middle: frame.center.dot(down),
        height: frame.height,
        slope,
    }
}

impl Placed {
    fn top(&self) -> f32 {
        self.middle - self.height / 2.0
    }

    fn bottom(&self) -> f32 {
        self.middle + self.height / 2.0
    }

    fn width(&self) -> f32 {
        self.right - self.left
    }

    fn center(&self) -> f32 {
        (self.left + self.right) / 2.0
    }

    /// How high it would be there if it were longer.
    fn middle_at(&self, x: f32, slope: f32) -> f32 {
        self.middle + slope * (x - self.center())
    }
}

/// Looks for columns, and in each of them again; what is in none is read in rows.
fn in_columns(mut lines: Vec<Placed>) -> Vec<Row> {
    lines.sort_by(|a, b| a.middle.total_cmp(&b.middle));
    let left = lines.iter().map(|line| line.left).fold(f32::MAX, f32::min);
    let right = lines.iter().map(|line| line.right).fold(f32::MIN, f32::max);
    let places = (1..PLACES).map(|number| left + (right - left) * number as f32 / PLACES as f32);
    let cuts = places.map(|place| (lines_in_columns(&lines, place), place));
    let best = cuts.filter(|(count, _)| *count > 0).max_by_key(|(count, _)| *count);
    match best {
        Some((_, place)) => cut(lines, place),
        None => in_rows(lines),
    }
}

/// How many lines would be in columns if the page were cut there.
fn lines_in_columns(lines: &[Placed], place: f32) -> usize {
    let between = lines.split(|line| line.left < place && line.right > place);
    between.filter(|lines| are_columns(lines, place)).map(<[Placed]>::len).sum()
}

/// Columns where lines stand on both sides and read like prose, the rest as it comes.
fn cut(lines: Vec<Placed>, place: f32) -> Vec<Row> {
    let (mut rows, mut others, mut between) = (Vec::new(), Vec::new(), Vec::new());
    let mut end = |between: &mut Vec<Placed>, others: &mut Vec<Placed>| {
        if are_columns(between, place) {
            rows.extend(in_rows(std::mem::take(others)));
            let (left, right) = std::mem::take(between).into_iter().partition(|line| is_left(line, place));
            rows.extend(in_columns(left));
            rows.extend(in_columns(right));
        } else {
            others.append(between);
        }
    };
    for line in lines {
        if line.left < place && line.right > place {
            end(&mut between, &mut others);
            others.push(line);
        } else {
            between.push(line);
        }
    }
    end(&mut between, &mut others);
    rows.extend(in_rows(others));
    rows
}

fn is_left(line: &Placed, place: f32) -> bool {
    line.right <= place
}

fn are_columns(lines: &[Placed], place: f32) -> bool {
    let (left, right): (Vec<&Placed>, Vec<&Placed>) = lines.iter().partition(|line| is_left(line, place));
    is_prose(&left) && is_prose(&right) && stand_beside(&left, &right)
}

/// Whether lines are long, and more of letters than of numbers.
fn is_prose(lines: &[&Placed]) -> bool {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
    let mut counts: Vec<usize> = lines.iter().map(|line| letters(&line.text)).collect();
    counts.sort_unstable();
    lines.len() >= LINES && counts[counts.len() / 2] >= LETTERS
}

/// Whether two columns share at least half of the lower one's height.
fn stand_beside(left: &[&Placed], right: &[&Placed]) -> bool {
    let extent = |lines: &[&Placed]| {
        let top = lines.iter().map(|line| line.top()).fold(f32::MAX, f32::min);
        (top, lines.iter().map(|line| line.bottom()).fold(f32::MIN, f32::max))
    };
    let ((top, bottom), (other_top, other_bottom)) = (extent(left), extent(right));
    bottom.min(other_bottom) - top.max(other_top) >= 0.5 * (bottom - top).min(other_bottom - other_top)
}

/// Lines of which one goes on where the other ends are a row.
fn in_rows(mut lines: Vec<Placed>) -> Vec<Row> {
    lines.sort_by(|a, b| a.middle.total_cmp(&b.middle));
    let left = lines.iter().map(|line| line.left).fold(f32::MAX, f32::min);
    let mut rows: Vec<Row> = Vec::new();
    for line in lines {
        let near = rows.iter_mut().rev().take(NEAR);
        let fitting = near.filter_map(|row| Some((distance(row, &line)?, row)));
        match fitting.min_by(|(a, _), (b, _)| a.total_cmp(b)) {
            Some((_, row)) => row.push(line),
            None => rows.push(vec![line]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| a.left.total_cmp(&b.left));
    }
    rows.sort_by(|a, b| begins(a, left).total_cmp(&begins(b, left)));
    rows
}

/// How far a line is from where a row goes on, if it belongs to it.
fn distance(row: &Row, line: &Placed) -> Option<f32> {
    let overlaps = |other: &Placed| {
        let shared = other.right.min(line.right) - other.left.max(line.left);
        shared > 0.3 * other.width().min(line.width())
    };
    let gap = |other: &Placed| (other.center() - line.center()).abs() - other.width() / 2.0;
    let nearest = row.iter().min_by(|a, b| gap(a).total_cmp(&gap(b)))?;
    // A long line tells better than a short one where it leads.
    let slope = if nearest.width() > line.width() { nearest.slope } else { line.slope };
    let distance = (line.middle - nearest.middle_at(line.center(), slope)).abs();
    (distance < 0.5 * line.height.min(nearest.height) && !row.iter().any(overlaps)).then_some(distance)
}

/// How high a row is at the left of the page.
fn begins(row: &Row, left: f32) -> f32 {
    let longest = row.iter().max_by(|a, b| a.width().total_cmp(&b.width()));
    longest.map_or(0.0, |line| line.middle_at(left, line.slope))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(lines: &[(f32, f32, &str)]) -> String {
        sloping(lines, 0.0)
    }

    /// Lines of a page: left, middle and text, each letter 10 wide and 20 high.
    fn sloping(lines: &[(f32, f32, &str)], slope: f32) -> String {
        let placed = lines.iter().enumerate().map(|(line, (left, middle, text))| {
            let right = left + 10.0 * text.chars().count() as f32;
            let (left, middle, text) = (*left, *middle, (*text).to_owned());
            Placed { line, text, left, right, middle, height: 20.0, slope }
        });
        text(&in_columns(placed.collect()))
    }

    #[test]
    fn a_receipt_is_read_row_by_row() {
        let receipt = [
            (100.0, 0.0, "Corner Café"),
            (300.0, 52.0, "3.50"),
            (0.0, 50.0, "Cappuccino large"),
            (0.0, 80.0, "Sandwich with cheese"),
            (300.0, 78.0, "6.20"),
            (0.0, 110.0, "Mineral water"),
            (300.0, 111.0, "2.10"),
        ];
        insta::assert_snapshot!(page(&receipt), @r"
        Corner Café

        Cappuccino large   3.50
        Sandwich with cheese   6.20
        Mineral water   2.10
        ");
    }

    #[test]
    fn a_row_that_slopes_is_a_row() {
        // Each row goes down so far that its amount is as high as the next row's words.
        let photo = [
            (0.0, 0.0, "Inner tube"),
            (400.0, 26.0, "7.95"),
            (0.0, 25.0, "Brake pads"),
            (400.0, 51.0, "18.40"),
            (0.0, 50.0, "Labour 0.5 h"),
            (400.0, 76.0, "40.00"),
        ];
        insta::assert_snapshot!(sloping(&photo, 0.07), @r"
        Inner tube   7.95
        Brake pads   18.40
        Labour 0.5 h   40.00
        ");
    }

    #[test]
    fn columns_of_prose_are_read_one_after_the_other() {
        let paper = [
            (50.0, 0.0, "A title that stands over both of the columns"),
            (0.0, 50.0, "The left column begins"),
            (280.0, 55.0, "and the right one goes"),
            (0.0, 75.0, "here, and its lines are"),
            (280.0, 80.0, "on, at heights of its"),
            (0.0, 100.0, "followed one by one to"),
            (280.0, 105.0, "own, until it is over."),
            (0.0, 125.0, "the end of it, where"),
            (20.0, 180.0, "A line at the foot goes through all of the page"),
        ];
        insta::assert_snapshot!(page(&paper), @r"
        A title that stands over both of the columns

        The left column begins
        here, and its lines are
        followed one by one to
        the end of it, where

        and the right one goes
        on, at heights of its
        own, until it is over.

        A line at the foot goes through all of the page
        ");
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(page(&[]), "");
    }
}
