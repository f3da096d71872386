//! Which format an archive has: by its content if it exists, by its name if it is to be made.

use std::io::{self, Read};

use cowork_tool::Error;

use crate::codec::{self, Codec};

/// What an archive is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Format {
    Zip,
    Tar(Option<Codec>),
    /// One file, and nothing but its bytes.
    Single(Codec),
}

/// By name, the longest first where one ends another.
const NAMES: [(&str, Format); 16] = [
    (".zip", Format::Zip),
    (".tar", Format::Tar(None)),
    (".tar.gz", Format::Tar(Some(Codec::Gz))),
    (".tgz", Format::Tar(Some(Codec::Gz))),
    (".tar.bz2", Format::Tar(Some(Codec::Bz2))),
    (".tbz2", Format::Tar(Some(Codec::Bz2))),
    (".tbz", Format::Tar(Some(Codec::Bz2))),
    (".tar.xz", Format::Tar(Some(Codec::Xz))),
    (".txz", Format::Tar(Some(Codec::Xz))),
    (".tar.zst", Format::Tar(Some(Codec::Zst))),
    (".tzst", Format::Tar(Some(Codec::Zst))),
    (".gz", Format::Single(Codec::Gz)),
    (".bz2", Format::Single(Codec::Bz2)),
    (".xz", Format::Single(Codec::Xz)),
    (".zst", Format::Single(Codec::Zst)),
    (".jar", Format::Zip),
];

/// Enough to see what a file is.
pub(crate) const HEAD: usize = 512;
const TAR_MAGIC: std::ops::Range<usize> = 257..262;

impl Format {
    pub(crate) fn name(self) -> &'static str {
        let named = |&&(_, format): &&(&str, Format)| format == self;
        NAMES.iter().find(named).map_or("", |(name, _)| &name[1..])
    }

    /// By the name of an archive that is to be made.
    pub(crate) fn of_name(path: &str) -> Result<Self, Error> {
        ending(path).map(|(_, format)| format).ok_or_else(|| {
            let known: Vec<&str> = NAMES.iter().take(11).map(|(name, _)| *name).collect();
            Error::invalid(format!("the name of a new archive says its format: one of {}", known.join(" ")))
        })
    }

    /// By the beginning of a file that is there.
    pub(crate) fn of_content(head: &[u8], whole: impl Read) -> Result<Self, Error> {
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return Ok(Format::Zip);
        }
        if is_tar(head) {
            return Ok(Format::Tar(None));
        }
        let Some(codec) = Codec::of_content(head) else { return Err(unknown(head)) };
        let mut inside = Vec::new();
        let first = codec::decoder(codec, whole).take(HEAD as u64).read_to_end(&mut inside);
        first.map_err(|error| broken(codec.name(), error))?;
        Ok(if is_tar(&inside) { Format::Tar(Some(codec)) } else { Format::Single(codec) })
    }
}

/// Old tars have no magic word, but always the sum of their header.
fn is_tar(head: &[u8]) -> bool {
    if head.get(TAR_MAGIC).is_some_and(|magic| magic == b"ustar") {
        return true;
    }
    let Some(header) = head.get(..HEAD) else { return false };
    let header = tar::Header::from_byte_slice(header);
    let sum: u32 = header
        .as_bytes()
        .iter()
        .enumerate()
        .map(|(at, byte)| match at {
            148..156 => 32,
            _ => u32::from(*byte),
        })
        .sum();
    header.as_bytes()[0] != 0 && header.cksum().is_ok_and(|told| told == sum)
}

fn unknown(head: &[u8]) -> Error {
    let other = match head {
        [b'7', b'z', 0xbc, 0xaf, ..] => "a 7z archive",
        [b'R', b'a', b'r', b'!', ..] => "a RAR archive",
        _ => return Error::failed("is no archive that can be read: zip, tar, gz, bz2, xz and zst can"),
    };
    Error::failed(format!("is {other}, which cannot be read here; ask for a zip or tar"))
}

/// What an error while reading an archive means: that it is broken, unless it says something else.
pub(crate) fn broken(format: &str, error: io::Error) -> Error {
    use io::ErrorKind as Kind;
    match error.kind() {
        // What the guard found.
        Kind::QuotaExceeded => Error::failed(error),
        Kind::Other | Kind::InvalidData | Kind::InvalidInput | Kind::UnexpectedEof => {
            Error::failed(format!("is not a {format} archive that can be read: {error}"))
        }
        _ => error.into(),
    }
}

/// The folder or file that is made when nobody says where: the archive's name without its ending.
pub(crate) fn beside(path: &str) -> String {
    match ending(path) {
        Some((ending, _)) => path[..path.len() - ending.len()].to_owned(),
        // A folder cannot have the name of the archive itself.
        None => format!("{path}-extracted"),
    }
}

fn ending(path: &str) -> Option<(&'static str, Format)> {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let fits = |(ending, _): &&(&str, Format)| name.len() > ending.len() && name.ends_with(ending);
    NAMES.iter().filter(fits).max_by_key(|(ending, _)| ending.len()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_format_and_destination() {
        for (path, destination, format) in [
            ("files/photos.zip", "files/photos", "zip"),
            ("a.tar.gz", "a", "tar.gz"),
            ("a.TGZ", "a", "tar.gz"),
            ("a.b.tar.zst", "a.b", "tar.zst"),
            ("notes.txt.xz", "notes.txt", "xz"),
        ] {
            assert_eq!((beside(path).as_str(), Format::of_name(path).unwrap().name()), (destination, format));
        }
        assert_eq!(beside("files/photos"), "files/photos-extracted");
        assert!(Format::of_name("a.rar").is_err() && Format::of_name(".zip").is_err());
    }
}
