//! The drawing operators that place text (PDF 32000-1, chapter 9).

use std::collections::BTreeMap;

use lopdf::content::{Content, Operation};
use lopdf::{Document, Object, ObjectId, Result};

use super::LARGEST_STREAM;
use super::font::{self, Font, number};
use super::lines::Piece;
use super::matrix::Matrix;

/// The pieces of text on a page, in the order in which they are drawn.
pub(super) fn read_page(document: &Document, page: ObjectId) -> Result<Vec<Piece>> {
    let dictionaries = font::dictionaries(document, page);
    let fonts =
        dictionaries.iter().map(|(name, font)| (name.as_slice(), Font::new(font, document))).collect();
    let bytes = document.get_page_content_with_limit(page, LARGEST_STREAM)?;
    let mut reader = Reader { fonts, state: State::default(), saved: Vec::new(), pieces: Vec::new() };
    for operation in Content::decode(&bytes)?.operations {
        reader.run(&operation);
    }
    Ok(reader.pieces)
}

/// What decides where the next piece goes and how it is read.
#[derive(Clone)]
struct State {
    page: Matrix,
    text: Matrix,
    line: Matrix,
    font: Vec<u8>,
    size: f32,
    leading: f32,
    character_spacing: f32,
    word_spacing: f32,
    horizontal_scale: f32,
    rise: f32,
}

impl Default for State {
    fn default() -> Self {
        State {
            page: Matrix::IDENTITY,
            text: Matrix::IDENTITY,
            line: Matrix::IDENTITY,
            font: Vec::new(),
            size: 0.0,
            leading: 0.0,
            character_spacing: 0.0,
            word_spacing: 0.0,
            horizontal_scale: 1.0,
            rise: 0.0,
        }
    }
}

struct Reader<'a> {
    fonts: BTreeMap<&'a [u8], Font<'a>>,
    state: State,
    saved: Vec<State>,
    pieces: Vec<Piece>,
}

/// Of `q` inside `q`; broken files never close them.
const DEEPEST_NESTING: usize = 256;

impl Reader<'_> {
    fn run(&mut self, Operation { operator, operands }: &Operation) {
        let number_at = |index: usize| number(operands.get(index)).unwrap_or(0.0);
        match operator.as_str() {
            "q" if self.saved.len() < DEEPEST_NESTING => self.saved.push(self.state.clone()),
            "Q" => self.state = self.saved.pop().unwrap_or_else(|| self.state.clone()),
            "cm" => self.state.page = matrix(operands).then(self.state.page),
            "BT" => self.set_line(Matrix::IDENTITY),
            "Tm" => self.set_line(matrix(operands)),
            "Td" => self.next_line(number_at(0), number_at(1)),
            "TD" => {
                self.state.leading = -number_at(1);
                self.next_line(number_at(0), number_at(1));
            }
            "T*" => self.next_line(0.0, -self.state.leading),
            "TL" => self.state.leading = number_at(0),
            "Tc" => self.state.character_spacing = number_at(0),
            "Tw" => self.state.word_spacing = number_at(0),
            "Tz" => self.state.horizontal_scale = number_at(0) / 100.0,
            "Ts" => self.state.rise = number_at(0),
            "Tf" => {
                self.state.font =
                    operands.first().and_then(|name| name.as_name().ok()).unwrap_or(b"").to_vec();
                self.state.size = number_at(1);
            }
            "Tj" => self.show(operands.first()),
            "TJ" => self.show_all(operands),
            "'" => {
                self.next_line(0.0, -self.state.leading);
                self.show(operands.first());
            }
            "\"" => {
                self.state.word_spacing = number_at(0);
                self.state.character_spacing = number_at(1);
                self.next_line(0.0, -self.state.leading);
                self.show(operands.get(2));
            }
            _ => {}
        }
    }

    fn set_line(&mut self, line: Matrix) {
        self.state.line = line;
        self.state.text = line;
    }

    fn next_line(&mut self, x: f32, y: f32) {
        self.set_line(Matrix::translation(x, y).then(self.state.line));
    }

    fn show_all(&mut self, operands: &[Object]) {
        for part in operands.first().and_then(|list| list.as_array().ok()).into_iter().flatten() {
            match number(Some(part)) {
                Some(back) => self.advance(-back / 1000.0 * self.state.size),
                None => self.show(Some(part)),
            }
        }
    }

    fn show(&mut self, string: Option<&Object>) {
        let Some(bytes) = string.and_then(|string| string.as_str().ok()) else { return };
        let Some(font) = self.fonts.get(self.state.font.as_slice()) else { return };
        let text = font.text(bytes);
        let (width, characters, spaces) = font.measure(bytes);
        let state = &self.state;
        let spacing = state.character_spacing * characters as f32 + state.word_spacing * spaces as f32;
        let (start, size) = self.place();
        self.advance(width * self.state.size + spacing);
        let (end, _) = self.place();
        self.pieces.push(Piece { text, x: start.0, y: start.1, end: end.0, size });
    }

    fn advance(&mut self, width: f32) {
        let step = Matrix::translation(width * self.state.horizontal_scale, 0.0);
        self.state.text = step.then(self.state.text);
    }

    /// Where the next piece begins on the page, and how large its font is there.
    fn place(&self) -> ((f32, f32), f32) {
        let on_page = Matrix::translation(0.0, self.state.rise).then(self.state.text).then(self.state.page);
        (on_page.origin(), (self.state.size * on_page.vertical_scale()).abs())
    }
}

fn matrix(operands: &[Object]) -> Matrix {
    let mut numbers = Matrix::IDENTITY.0;
    for (place, operand) in numbers.iter_mut().zip(operands) {
        *place = number(Some(operand)).unwrap_or(*place);
    }
    Matrix(numbers)
}
