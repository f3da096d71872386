//! Zstandard as files have it: frames one after the other.

use std::io::{self, BufRead, Read, Write};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// Of one frame, unpacked. Each is packed on its own.
const FRAME: usize = 4 * 1024 * 1024;

/// Reads all frames of a stream.
pub(crate) struct Reader<R: BufRead> {
    packed: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> Reader<R> {
    pub(crate) fn new(packed: R) -> Self {
        Self { packed, decoder: FrameDecoder::new(), in_frame: false }
    }

    fn begin(&mut self) -> io::Result<()> {
        match self.decoder.init(&mut self.packed) {
            Ok(()) => self.in_frame = true,
            // Not data, but something that a program keeps beside them.
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length, ..
            })) => {
                io::copy(&mut Read::by_ref(&mut self.packed).take(length.into()), &mut io::sink())?;
            }
            Err(error) => return Err(io::Error::other(error)),
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Reader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.in_frame {
                if self.packed.fill_buf()?.is_empty() {
                    return Ok(0);
                }
                self.begin()?;
                continue;
            }
            let decoder = &mut self.decoder;
            if decoder.can_collect() == 0 && !decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                decoder.decode_blocks(&mut self.packed, one).map_err(io::Error::other)?;
            }
            let count = decoder.read(bytes)?;
            if count > 0 || bytes.is_empty() {
                return Ok(count);
            }
            self.in_frame = !(decoder.is_finished() && decoder.can_collect() == 0);
        }
    }
}

/// Packs into frames.
pub(crate) struct Writer<W: Write> {
    out: W,
    frame: Vec<u8>,
    any: bool,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, frame: Vec::new(), any: false }
    }

    pub(crate) fn finish(mut self) -> io::Result<W> {
        // Nothing is a frame too.
        if !self.frame.is_empty() || !self.any {
            self.pack()?;
        }
        Ok(self.out)
    }

    fn pack(&mut self) -> io::Result<()> {
        self.any = true;
        self.out.write_all(&compress_to_vec(self.frame.as_slice(), CompressionLevel::Fastest))?;
        self.frame.clear();
        Ok(())
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(FRAME - self.frame.len());
        self.frame.extend_from_slice(&bytes[..count]);
        if self.frame.len() == FRAME {
            self.pack()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
