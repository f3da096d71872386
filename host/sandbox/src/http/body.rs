//! Bodies on their way: counted, bounded in time, and free of secrets.

use super::gate::{Gate, Passed};
use ::http::Method;
use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use wasmtime_wasi_http::{Error, Result, WasiBody};

/// All of a body, if it is not larger.
pub(super) async fn collect(body: WasiBody, limit: u64) -> Result<Bytes> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let collected = Limited::new(body, most).collect().await;
    let too_large = |error: Box<dyn std::error::Error + Send + Sync>| match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(error) if error.is::<LengthLimitError>() => Error::HttpRequestBodySize(Some(limit)),
        Err(_) => Error::HttpProtocolError,
    };
    Ok(collected.map_err(too_large)?.to_bytes())
}

/// What a guest sends, counted.
pub(super) struct RequestBody {
    inner: WasiBody,
    gate: Arc<Gate>,
}

impl RequestBody {
    pub(super) fn new(inner: WasiBody, gate: Arc<Gate>) -> Self {
        Self { inner, gate }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.inner).poll_frame(cx));
        let size = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
        Poll::Ready(match this.gate.count(&this.gate.traffic.sent, size as u64) {
            Ok(()) => frame,
            Err(error) => Some(Err(error)),
        })
    }
}

/// What a guest receives: it waits only so long for the next bytes, from when they are wanted, and takes only so many.
pub(super) struct ResponseBody {
    inner: reqwest::Body,
    wait: Duration,
    sleep: Pin<Box<Sleep>>,
    waiting: bool,
    gate: Arc<Gate>,
    /// What was asked, to be judged again when the grant changes.
    request: (Method, Passed),
    redactor: Redactor,
    ended: bool,
}

impl ResponseBody {
    pub(super) fn new(
        inner: reqwest::Body,
        wait: Duration,
        gate: Arc<Gate>,
        request: (Method, Passed),
        secrets: &[String],
    ) -> Self {
        let sleep = Box::pin(tokio::time::sleep(wait));
        let redactor = Redactor::new(secrets);
        Self { inner, wait, sleep, waiting: false, gate, request, redactor, ended: false }
    }

    fn next(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>> {
        let size = frame.data_ref().map_or(0, Bytes::len) as u64;
        self.gate.count(&self.gate.traffic.received, size)?;
        // Trailers are left out: nobody looks for secrets in them.
        let data = frame.into_data().unwrap_or_default();
        Ok(Frame::data(self.redactor.take(&data)))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        if let Err(error) = this.gate.still_granted(&this.request.0, &this.request.1) {
            return Poll::Ready(Some(Err(error)));
        }
        if this.ended {
            return Poll::Ready(None);
        }
        let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) else {
            if !this.waiting {
                this.waiting = true;
                this.sleep.as_mut().reset(Instant::now() + this.wait);
            }
            ready!(this.sleep.as_mut().poll(cx));
            return Poll::Ready(Some(Err(Error::ConnectionReadTimeout)));
        };
        this.waiting = false;
        Poll::Ready(match frame {
            Some(Ok(frame)) => Some(this.next(frame)),
            Some(Err(error)) => Some(Err(super::failure::explain(error))),
            None => {
                this.ended = true;
                let rest = this.redactor.end();
                if rest.is_empty() { None } else { Some(Ok(Frame::data(rest))) }
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream() && self.redactor.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.redactor.has_secrets() { SizeHint::default() } else { self.inner.size_hint() }
    }
}

/// Takes secrets out of a stream, also where one lies over the edge of two pieces.
pub(super) struct Redactor {
    secrets: Vec<Vec<u8>>,
    /// What may be the beginning of a secret.
    held: BytesMut,
}

const REDACTED: &[u8] = b"[secret]";

impl Redactor {
    fn new(secrets: &[String]) -> Self {
        let secrets = secrets.iter().filter(|secret| !secret.is_empty());
        Self { secrets: secrets.map(|secret| secret.clone().into_bytes()).collect(), held: BytesMut::new() }
    }

    fn has_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }

    fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// What may be shown of what has come so far.
    fn take(&mut self, data: &Bytes) -> Bytes {
        if !self.has_secrets() {
            return data.clone();
        }
        self.held.extend_from_slice(data);
        let mut shown = BytesMut::new();
        loop {
            match self.first() {
                Some((at, length)) => {
                    shown.extend_from_slice(&self.held.split_to(at));
                    shown.extend_from_slice(REDACTED);
                    drop(self.held.split_to(length));
                }
                None => {
                    // Always so many, whatever they are: where the cut is must tell nothing.
                    let longest = self.secrets.iter().map(Vec::len).max().unwrap_or(1);
                    let safe = self.held.len().saturating_sub(longest - 1);
                    shown.extend_from_slice(&self.held.split_to(safe));
                    return shown.freeze();
                }
            }
        }
    }

    fn end(&mut self) -> Bytes {
        std::mem::take(&mut self.held).freeze()
    }

    /// Where the first secret begins, and the longest that begins there.
    fn first(&self) -> Option<(usize, usize)> {
        let find = |secret: &Vec<u8>| {
            let at = self.held.windows(secret.len()).position(|window| window == secret.as_slice())?;
            Some((at, std::cmp::Reverse(secret.len())))
        };
        let (at, length) = self.secrets.iter().filter_map(find).min()?;
        Some((at, length.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_secret_is_taken_out_however_it_is_cut(
            before in "[a-c]{0,8}", after in "[a-c]{0,8}", cuts in proptest::collection::vec(1_usize..5, 0..12)
        ) {
            let secret = "abcabd".to_owned();
            let mut redactor = Redactor::new(std::slice::from_ref(&secret));
            let text = format!("{before}{secret}{after}");
            let (mut rest, mut shown) = (text.as_bytes(), Vec::new());
            for cut in cuts {
                let (now, later) = rest.split_at(cut.min(rest.len()));
                shown.extend_from_slice(&redactor.take(&Bytes::copy_from_slice(now)));
                rest = later;
            }
            shown.extend_from_slice(&redactor.take(&Bytes::copy_from_slice(rest)));
            shown.extend_from_slice(&redactor.end());
            prop_assert_eq!(String::from_utf8(shown).expect("text"), text.replace(&secret, "[secret]"));
        }
    }
}
