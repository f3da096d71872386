//! How much there is in a file, beside its bytes: pages, slides, pixels.

use std::fs::File;
use std::io::{BufReader, Read, Seek};

use cowork_tool::{JsonSchema, Serialize};
use zip::ZipArchive;

/// A document is read into memory as a whole to count its pages.
const LARGEST_DOCUMENT: u64 = 64 * 1024 * 1024;
/// Of what an office file says about itself, in bytes.
const LARGEST_PROPERTIES: u64 = 256 * 1024;
const PDF: &str = "application/pdf";
const OFFICE: [&str; 3] = [
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/zip",
];

/// Pages or pixels; nothing of what has neither, or is broken.
#[derive(Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Extent {
    /// Of a PDF, or as a word processor last counted them; of a presentation its slides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// Of a picture, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// Of a picture, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<usize>,
}

/// Looks at a file of this type. What is broken is no reason to fail.
pub(crate) fn extent(file: &mut File, media_type: &str) -> Extent {
    if media_type.starts_with("image/") {
        let size = file.rewind().ok().and_then(|()| imagesize::reader_size(BufReader::new(&mut *file)).ok());
        let (width, height) = size.map(|size| (size.width, size.height)).unzip();
        return Extent { width, height, ..Extent::default() };
    }
    Extent { pages: pages(file, media_type), ..Extent::default() }
}

fn pages(file: &mut File, media_type: &str) -> Option<u32> {
    if file.metadata().ok()?.len() > LARGEST_DOCUMENT {
        return None;
    }
    file.rewind().ok()?;
    match media_type {
        PDF => lopdf::Document::load_metadata_from(&mut *file)
            .ok()
            .map(|found| found.page_count)
            .filter(|n| *n > 0),
        office if OFFICE.contains(&office) => properties(file),
        _ => None,
    }
}

/// What the program that wrote an office file counted.
fn properties(file: &mut File) -> Option<u32> {
    let mut zip = ZipArchive::new(BufReader::new(file)).ok()?;
    let mut text = String::new();
    zip.by_name("docProps/app.xml").ok()?.take(LARGEST_PROPERTIES).read_to_string(&mut text).ok()?;
    ["Slides", "Pages"].into_iter().find_map(|name| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once('<')?.0.trim().parse().ok().filter(|count| *count > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn of(media_type: &str, content: &[u8]) -> Extent {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        extent(&mut file, media_type)
    }

    #[test]
    fn pixels_of_a_picture() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0".to_vec();
        png.extend([0; 16]);
        assert_eq!(of("image/png", &png), Extent { width: Some(640), height: Some(480), pages: None });
        assert_eq!(of("image/png", &png[..12]), Extent::default());
    }

    #[test]
    fn pages_of_an_office_file() {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("docProps/app.xml", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"<Properties><Pages>0</Pages><Slides>12</Slides></Properties>").unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        assert_eq!(of(OFFICE[1], &bytes).pages, Some(12));
        assert_eq!(of(OFFICE[1], b"PK\x03\x04").pages, None);
        assert_eq!(of(PDF, b"%PDF-1.7\nnothing else").pages, None);
    }
}
