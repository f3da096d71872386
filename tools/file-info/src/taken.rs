//! When a picture was taken, from its EXIF data.

use std::fs::File;
use std::io::{BufReader, Seek};

use exif::{DateTime, Exif, In, Reader, Tag, Value};

/// A TIFF is read into memory as a whole.
const LARGEST_PICTURE: u64 = 128 * 1024 * 1024;

/// In the camera's own time, which EXIF keeps without a zone: `2026-03-14T09:26:53`. `None` for what is no picture,
/// has no EXIF data, or has broken ones: a missing date is no reason to fail.
pub(crate) fn taken(file: &mut File, media_type: &str) -> Option<String> {
    let has_exif =
        matches!(media_type, "image/jpeg" | "image/png" | "image/tiff" | "image/heif" | "image/webp");
    if !has_exif || file.metadata().ok()?.len() > LARGEST_PICTURE {
        return None;
    }
    file.rewind().ok()?;
    let mut reader = BufReader::new(file);
    let exif = Reader::new().continue_on_error(true).read_from_container(&mut reader);
    let exif = exif.or_else(|error| error.distill_partial_result(|_| {})).ok()?;
    [Tag::DateTimeOriginal, Tag::DateTime].into_iter().find_map(|tag| date(&exif, tag))
}

fn date(exif: &Exif, tag: Tag) -> Option<String> {
    let Value::Ascii(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let date = DateTime::from_ascii(parts.first()?).ok()?;
    // Cameras whose clock was never set write zeros.
    let real = date.year > 0 && (1..=12).contains(&date.month) && (1..=31).contains(&date.day);
    let text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        date.year, date.month, date.day, date.hour, date.minute, date.second
    );
    real.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A JPEG with nothing but EXIF data: one text field of 20 bytes.
    fn picture(tag: u16, date: &str) -> Vec<u8> {
        let mut tiff = b"Exif\0\0II*\0\x08\0\0\0\x01\0".to_vec();
        tiff.extend(tag.to_le_bytes());
        tiff.extend(b"\x02\0\x14\0\0\0\x1a\0\0\0\0\0\0\0");
        tiff.extend(date.as_bytes());
        tiff.push(0);
        let mut jpeg = b"\xff\xd8\xff\xe1".to_vec();
        jpeg.extend((tiff.len() as u16 + 2).to_be_bytes());
        jpeg.extend(tiff);
        jpeg.extend(b"\xff\xd9");
        jpeg
    }

    fn check(content: &[u8], expected: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        std::fs::write(&path, content).unwrap();
        assert_eq!(taken(&mut File::open(path).unwrap(), "image/jpeg").as_deref(), expected);
    }

    #[test]
    fn the_date_of_a_picture() {
        check(&picture(0x132, "2026:03:14 09:26:53"), Some("2026-03-14T09:26:53"));
        check(&picture(0x132, "0000:00:00 00:00:00"), None);
        check(&picture(0x131, "2026:03:14 09:26:53"), None);
        check(&picture(0x132, "2026:03:14 09:26:53")[..40], None);
        check(b"\xff\xd8\xff\xd9", None);
    }
}
