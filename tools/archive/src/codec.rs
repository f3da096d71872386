//! Compressed streams.

use std::io::{self, BufReader, Read, Write};

use bzip2::read::MultiBzDecoder;
use bzip2::write::BzEncoder;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use lzma_rust2::{XzOptions, XzReader, XzWriter};

use crate::zstd;

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Codec {
    Gz,
    Bz2,
    Xz,
    Zst,
}

/// What unpacking may take of memory, in KiB: some archives name a window of gigabytes.
const XZ_MEMORY: u32 = 160 * 1024;
const XZ_LEVEL: u32 = 6;

impl Codec {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Codec::Gz => "gz",
            Codec::Bz2 => "bz2",
            Codec::Xz => "xz",
            Codec::Zst => "zst",
        }
    }

    pub(crate) fn of_content(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Codec::Gz),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(Codec::Bz2),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Codec::Xz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Codec::Zst),
            _ => None,
        }
    }
}

/// Unpacks; streams that follow each other are one.
pub(crate) fn decoder<'a>(codec: Codec, packed: impl Read + 'a) -> Box<dyn Read + 'a> {
    match codec {
        Codec::Gz => Box::new(MultiGzDecoder::new(packed)),
        Codec::Bz2 => Box::new(MultiBzDecoder::new(packed)),
        Codec::Xz => Box::new(XzReader::new_mem_limit(packed, true, XZ_MEMORY)),
        Codec::Zst => Box::new(zstd::Reader::new(BufReader::new(packed))),
    }
}

/// Packs what is written to it, and must be finished.
pub(crate) enum Encoder<W: Write> {
    Plain(W),
    Gz(GzEncoder<W>),
    Bz2(BzEncoder<W>),
    Xz(Box<XzWriter<W>>),
    Zst(zstd::Writer<W>),
}

impl<W: Write> Encoder<W> {
    pub(crate) fn new(codec: Option<Codec>, out: W) -> io::Result<Self> {
        Ok(match codec {
            None => Self::Plain(out),
            Some(Codec::Gz) => Self::Gz(GzEncoder::new(out, flate2::Compression::default())),
            Some(Codec::Bz2) => Self::Bz2(BzEncoder::new(out, bzip2::Compression::best())),
            Some(Codec::Xz) => Self::Xz(Box::new(XzWriter::new(out, XzOptions::with_preset(XZ_LEVEL))?)),
            Some(Codec::Zst) => Self::Zst(zstd::Writer::new(out)),
        })
    }

    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(out) => Ok(out),
            Self::Gz(encoder) => encoder.finish(),
            Self::Bz2(encoder) => encoder.finish(),
            Self::Xz(encoder) => encoder.finish(),
            Self::Zst(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Gz(encoder) => encoder.write(bytes),
            Self::Bz2(encoder) => encoder.write(bytes),
            Self::Xz(encoder) => encoder.write(bytes),
            Self::Zst(encoder) => encoder.write(bytes),
        }
    }

    /// Nothing: what is packed is complete when it is finished.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
