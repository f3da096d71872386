//! What is given back.

use crate::order;
use crate::page::{Line, Page};
use cowork_tool::{JsonSchema, Serialize};
use image::RgbImage;

/// Lines that are less sure than this are named, at most so many of a page.
const UNSURE: f32 = 0.8;
const NAMED: usize = 10;

/// What was read of a file.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Report {
    pub(crate) path: String,
    /// By the content, such as `image/jpeg`.
    media_type: &'static str,
    /// How many pages the file has.
    pages_total: usize,
    /// The pages that were read.
    #[serde(rename = "pages")]
    pub(crate) sheets: Vec<Sheet>,
    /// The first page that was wanted and not read yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_page: Option<usize>,
}

/// A page.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Sheet {
    /// Its number, from 1.
    page: usize,
    /// In pixels, as its lines are counted.
    width: u32,
    height: u32,
    /// How far its text is turned clockwise: 0, 90, 180 or 270.
    turned_degrees: usize,
    text: String,
    lines: Vec<Piece>,
}

/// A line of text.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Piece {
    text: String,
    /// From 0 to 1.
    confidence: f32,
    /// Its corners, x and y in pixels: from above where it begins, clockwise.
    corners: [[i32; 2]; 4],
}

impl Report {
    pub(crate) fn new(path: String, media_type: &'static str, pages_total: usize) -> Self {
        Self { path, media_type, pages_total, sheets: Vec::new(), next_page: None }
    }

    /// What a model reads.
    pub(crate) fn text(&self) -> String {
        let mut parts = Vec::new();
        for sheet in &self.sheets {
            if self.pages_total > 1 {
                parts.push(format!("(page {} of {})", sheet.page, self.pages_total));
            }
            parts.push(if sheet.text.is_empty() {
                "(no text was found)".to_owned()
            } else {
                sheet.text.clone()
            });
            parts.extend(sheet.doubts());
        }
        parts.extend(self.next_page.map(|next| format!("(go on with pages {next}-{})", self.pages_total)));
        parts.join("\n\n")
    }
}

impl Sheet {
    pub(crate) fn new(number: usize, picture: &RgbImage, page: &Page) -> Self {
        let rows = order::rows(page);
        let (width, height) = picture.dimensions();
        let lines = rows.iter().flatten().map(|part| Piece::new(&page.lines[part.line])).collect();
        let turned_degrees = page.quarters % 4 * 90;
        Self { page: number, width, height, turned_degrees, text: order::text(&rows), lines }
    }

    fn doubts(&self) -> Option<String> {
        let unsure: Vec<&Piece> = self.lines.iter().filter(|line| line.confidence < UNSURE).collect();
        let named =
            unsure.iter().take(NAMED).map(|line| format!("{:?} {:.0} %", line.text, line.confidence * 100.0));
        let more = if unsure.len() > NAMED { ", and more" } else { "" };
        let named = named.collect::<Vec<_>>().join(", ");
        (!unsure.is_empty()).then(|| format!("(not sure of: {named}{more})"))
    }
}

impl Piece {
    fn new(line: &Line) -> Self {
        let corners = line.frame.corners().map(|corner| [corner.x.round() as i32, corner.y.round() as i32]);
        let confidence = (line.reading.confidence * 1000.0).round() / 1000.0;
        Self { text: line.reading.text.clone(), confidence, corners }
    }
}
