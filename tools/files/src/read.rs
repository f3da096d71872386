//! `file_read`: a text file or a part of it, a picture, or bytes as base64.

mod part;
mod window;

use std::fs::File;
use std::io::{self, Read as _, Seek, SeekFrom};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, media, relative, text};

pub use part::Read;
use window::Window;

/// Arguments of [`file_read`].
#[derive(Default, Deserialize, JsonSchema)]
pub struct FileRead {
    /// The file, such as `files/notes.txt`.
    pub path: String,
    /// The first line to read, counted from 1; -20 begins 20 lines before the end.
    pub line: Option<i64>,
    /// How many lines to read at most.
    #[schemars(range(min = 1))]
    pub lines: Option<u64>,
    /// Where to begin instead, in bytes of the text.
    pub offset: Option<u64>,
    /// How many bytes to read at most. Default 65536.
    #[schemars(range(min = 4, max = 4_194_304))]
    pub limit: Option<u64>,
    /// How to return it. By default texts as text and pictures as pictures.
    #[serde(rename = "as")]
    pub form: Option<Form>,
    /// The encoding of a text, where the one that was found is wrong: `windows-1252`.
    pub encoding: Option<String>,
}

/// How a file is returned.
#[derive(Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Whatever it is.
    Text,
    /// The bytes of any file.
    Base64,
    /// A PNG, JPEG, GIF or WebP.
    Image,
}

const DEFAULT_LIMIT: u64 = 64 * 1024;
const LARGEST_LIMIT: u64 = 4 * 1024 * 1024;
/// A limit below the longest character could not get past it.
const LONGEST_CHARACTER: u64 = 4;
/// What models take of one picture.
const LARGEST_IMAGE: u64 = 5 * 1024 * 1024;
const IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// A file that is open, and what is known of it.
struct Opened {
    path: String,
    file: File,
    size: u64,
    head: Vec<u8>,
    media_type: &'static str,
}

/// Reads a text file or a part of it without splitting a character, a picture, or bytes.
pub fn file_read(args: FileRead) -> Result<Output, Error> {
    if args.offset.is_some() && (args.line.is_some() || args.lines.is_some()) {
        return Err(Error::invalid("give `offset`, or `line` and `lines`, not both"));
    }
    let opened = open(&args.path)?;
    let path = opened.path.clone();
    match form(args.form, &opened)? {
        Form::Text => read_text(opened, &args),
        Form::Base64 => read_bytes(opened, &args),
        Form::Image => read_image(opened),
    }
    .on_path(path)
}

fn open(path: &str) -> Result<Opened, Error> {
    if std::fs::metadata(path).on_path(path)?.is_dir() {
        return Err(Error::failed("is a folder; use file_list").about(relative(path)));
    }
    let mut file = File::open(path).on_path(path)?;
    let size = file.metadata().on_path(path)?.len();
    let mut head = Vec::new();
    io::Read::by_ref(&mut file).take(media::HEAD as u64).read_to_end(&mut head).on_path(path)?;
    let media_type = media::of(path, &head);
    Ok(Opened { path: relative(path), file, size, head, media_type })
}

fn form(asked: Option<Form>, opened: &Opened) -> Result<Form, Error> {
    match asked {
        Some(form) => Ok(form),
        None if media::is_text(opened.media_type) => Ok(Form::Text),
        None if IMAGES.contains(&opened.media_type) => Ok(Form::Image),
        None => Err(Error::failed(format!(
            "is not text ({}); use file_info or document_read, or `as`: `base64` for its bytes",
            opened.media_type
        ))
        .about(&opened.path)),
    }
}

fn read_text(opened: Opened, args: &FileRead) -> Result<Output, Error> {
    let Opened { path, file, size, head, .. } = opened;
    let encoding = match &args.encoding {
        Some(label) => text::encoding_named(label)?,
        None => text::encoding_of(&head, head.len() as u64 == size),
    };
    let limit = args.limit.unwrap_or(DEFAULT_LIMIT).clamp(LONGEST_CHARACTER, LARGEST_LIMIT);
    let mut window = Window::new(file, size, encoding);
    let part = match args.offset {
        Some(offset) => part::from_offset(&mut window, offset, limit)?,
        None => part::of_lines(&mut window, args.line.unwrap_or(1), args.lines, limit)?,
    };
    part.into_output(path, size, encoding)
}

fn read_bytes(mut opened: Opened, args: &FileRead) -> Result<Output, Error> {
    let limit = args.limit.unwrap_or(DEFAULT_LIMIT).min(LARGEST_LIMIT);
    let offset = args.offset.unwrap_or(0).min(opened.size);
    let mut bytes = Vec::new();
    opened.file.seek(SeekFrom::Start(offset))?;
    opened.file.take(limit).read_to_end(&mut bytes)?;
    part::bytes(
        opened.path,
        opened.size,
        opened.media_type,
        offset,
        bytes.len() as u64,
        STANDARD.encode(bytes),
    )
}

fn read_image(mut opened: Opened) -> Result<Output, Error> {
    if !IMAGES.contains(&opened.media_type) {
        return Err(Error::failed(format!("is no picture that can be shown ({})", opened.media_type)));
    }
    if opened.size > LARGEST_IMAGE {
        return Err(Error::failed(format!(
            "has {} bytes; a picture may have {LARGEST_IMAGE}: make a smaller copy first",
            opened.size
        )));
    }
    let mut bytes = Vec::new();
    opened.file.rewind()?;
    opened.file.take(LARGEST_IMAGE).read_to_end(&mut bytes)?;
    let shown = format!("{} ({}, {} bytes)", opened.path, opened.media_type, bytes.len());
    Ok(Output::text(shown).image(opened.media_type, bytes))
}

#[cfg(test)]
#[path = "read/tests.rs"]
mod tests;
