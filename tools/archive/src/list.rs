//! What is in an archive, without writing anything.

use std::io;

use cowork_tool::Error;

use crate::extract::open;
use crate::format::{self, Format, broken};
use crate::guard::{LONGEST_STREAM, Packed, Unpacked};
use crate::{Contents, Entry, codec, tarball, zipped};

/// The files of an archive. A packed stream is read to its end.
pub(crate) fn list(archive: &str) -> Result<(Format, Contents), Error> {
    let (format, file) = open(archive)?;
    let packed = Packed::new(file);
    let counter = packed.counter();
    let contents = match format {
        Format::Zip => zipped::list(packed.into_inner())?,
        Format::Tar(None) => tarball::list(packed)?,
        Format::Tar(Some(codec)) => {
            tarball::list(Unpacked::new(codec::decoder(codec, packed), counter, LONGEST_STREAM))?
        }
        Format::Single(codec) => {
            let mut unpacked = Unpacked::new(codec::decoder(codec, packed), counter, LONGEST_STREAM);
            let size = io::copy(&mut unpacked, &mut io::sink());
            let size = size.map_err(|error| broken(codec.name(), error))?;
            let path = format::beside(archive);
            let path = path.rsplit('/').next().unwrap_or(&path).to_owned();
            Contents { entries: vec![Entry { path, size }], skipped: Vec::new() }
        }
    };
    Ok((format, contents))
}
