//! Answers that are kept, so that a host which has nothing new need not send them again.
//!
//! What is kept is never given without asking: the request goes out with `If-None-Match`, through the gate like any
//! other, and only where the host answers that nothing has changed a guest gets what was kept. So two plugins or
//! coworkspaces learn nothing from each other, and a grant that is taken takes this too.

use ::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, COOKIE, ETAG, IF_MATCH, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE, VARY,
};
use ::http::{HeaderMap, HeaderName, HeaderValue, Method};
use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use wasmtime_wasi_http::{Result, WasiBody};

/// Of one answer, in bytes.
const LARGEST: usize = 4 << 20;
/// Of all that are kept, in bytes.
const ROOM: usize = 64 << 20;
/// Headers by which a request asks for something that others do not get, or judges itself what it has.
static OWN: [HeaderName; 8] =
    [AUTHORIZATION, COOKIE, RANGE, IF_RANGE, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE];
/// Headers on which answers commonly depend, and which are part of what is asked.
static ASKED: [HeaderName; 2] = [ACCEPT, ACCEPT_LANGUAGE];

/// What is kept of all answers. Cheap to clone; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Cache {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<Key, Answer>,
    size: usize,
    /// Counts uses.
    now: u64,
}

/// What was asked, and by which plugin.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    plugin: String,
    url: String,
    asked: Vec<Option<HeaderValue>>,
}

/// An answer that is kept.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    tag: HeaderValue,
    used: u64,
}

impl Key {
    /// None: what is asked for is not kept.
    pub(super) fn of(plugin: &str, request: &reqwest::Request) -> Option<Self> {
        let headers = request.headers();
        let is_plain = *request.method() == Method::GET && !OWN.iter().any(|name| headers.contains_key(name));
        let asked = ASKED.iter().map(|name| headers.get(name).cloned()).collect();
        is_plain.then(|| Self { plugin: plugin.to_owned(), url: request.url().to_string(), asked })
    }
}

impl Answer {
    /// Asks for the answer only if it is another one by now.
    pub(super) fn ask(&self, request: &mut reqwest::Request) {
        request.headers_mut().insert(IF_NONE_MATCH, self.tag.clone());
    }
}

impl Cache {
    pub(super) fn get(&self, key: &Key) -> Option<Answer> {
        let mut kept = self.kept();
        kept.now += 1;
        let now = kept.now;
        let answer = kept.answers.get_mut(key)?;
        answer.used = now;
        Some(answer.clone())
    }

    /// The body of an answer, kept when all of it has come, if it may be.
    pub(super) fn keep(&self, key: Key, headers: &HeaderMap, body: WasiBody) -> WasiBody {
        use http_body_util::BodyExt as _;
        let Some(tag) = headers.get(ETAG).filter(|_| may_be_kept(headers)) else { return body };
        let answer = Answer { headers: headers.clone(), body: Bytes::new(), tag: tag.clone(), used: 0 };
        let keeping = Some((self.clone(), key, answer));
        Keeping { inner: body, so_far: BytesMut::new(), keeping }.boxed_unsync()
    }

    fn put(&self, key: Key, mut answer: Answer) {
        let mut kept = self.kept();
        kept.now += 1;
        answer.used = kept.now;
        kept.size += answer.body.len();
        if let Some(old) = kept.answers.insert(key, answer) {
            kept.size -= old.body.len();
        }
        while kept.size > ROOM {
            let oldest =
                kept.answers.iter().min_by_key(|(_, answer)| answer.used).map(|(key, _)| key.clone());
            let Some(gone) = oldest.and_then(|key| kept.answers.remove(&key)) else { return };
            kept.size -= gone.body.len();
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn may_be_kept(headers: &HeaderMap) -> bool {
    let says = |name: HeaderName, word: &str| {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    let varies_by_more = headers.get_all(VARY).into_iter().any(|value| {
        let parts = value.to_str().unwrap_or("*").split(',').map(str::trim);
        let known = |part: &str| ["accept", "accept-language", "accept-encoding", "origin"].contains(&part);
        parts.filter(|part| !part.is_empty()).any(|part| !known(&part.to_ascii_lowercase()))
    });
    !says(CACHE_CONTROL, "no-store") && !varies_by_more
}

/// A body on its way, of which what has come is kept as long as it is not too much.
struct Keeping {
    inner: WasiBody,
    so_far: BytesMut,
    keeping: Option<(Cache, Key, Answer)>,
}

impl Body for Keeping {
    type Data = Bytes;
    type Error = wasmtime_wasi_http::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.inner).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                let data = frame.data_ref().map_or(&[][..], |data| data);
                if this.so_far.len() + data.len() > LARGEST {
                    this.keeping = None;
                } else if this.keeping.is_some() {
                    this.so_far.extend_from_slice(data);
                }
            }
            Some(Err(_)) => this.keeping = None,
            None => {
                if let Some((cache, key, answer)) = this.keeping.take() {
                    cache.put(key, Answer { body: std::mem::take(&mut this.so_far).freeze(), ..answer });
                }
            }
        }
        Poll::Ready(frame)
    }

    /// Never before the end was seen: that is when the answer is kept.
    fn is_end_stream(&self) -> bool {
        self.keeping.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt as _, Full};

    fn key(url: &str) -> Key {
        let request = reqwest::Request::new(Method::GET, url.parse().expect("a URL"));
        Key::of("plugin", &request).expect("a key")
    }

    async fn pass(cache: &Cache, url: &str, headers: &[(&'static str, &str)], size: usize) {
        let value = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse::<HeaderValue>().expect("a value"))
        };
        let headers: HeaderMap = headers.iter().map(value).collect();
        let body = Full::new(Bytes::from(vec![b'x'; size])).map_err(|never| match never {}).boxed_unsync();
        cache.keep(key(url), &headers, body).collect().await.expect("a body");
    }

    #[tokio::test]
    async fn what_has_a_tag_and_may_be_kept_is() {
        let cache = Cache::default();
        pass(&cache, "https://a/tagged", &[("etag", "\"1\"")], 10).await;
        pass(&cache, "https://a/plain", &[], 10).await;
        pass(&cache, "https://a/secret", &[("etag", "\"1\""), ("cache-control", "private, No-Store")], 10)
            .await;
        pass(&cache, "https://a/user", &[("etag", "\"1\""), ("vary", "accept, cookie")], 10).await;
        pass(&cache, "https://a/large", &[("etag", "\"1\"")], LARGEST + 1).await;
        assert_eq!(cache.get(&key("https://a/tagged")).expect("it is kept").body.len(), 10);
        for other in ["plain", "secret", "user", "large"] {
            assert!(cache.get(&key(&format!("https://a/{other}"))).is_none(), "{other}");
        }
    }

    #[tokio::test]
    async fn what_was_used_longest_ago_makes_room() {
        let cache = Cache::default();
        let all = ROOM / LARGEST;
        for number in 0..all {
            pass(&cache, &format!("https://a/{number}"), &[("etag", "\"1\"")], LARGEST).await;
        }
        assert!(cache.get(&key("https://a/0")).is_some());
        pass(&cache, "https://a/new", &[("etag", "\"1\"")], LARGEST).await;
        assert!(cache.get(&key("https://a/0")).is_some() && cache.get(&key("https://a/1")).is_none());
        assert!(cache.kept().size <= ROOM);
    }

    #[test]
    fn a_request_with_something_of_its_own_is_not_kept() {
        let mut request = reqwest::Request::new(Method::GET, "https://a/".parse().expect("a URL"));
        request.headers_mut().insert(COOKIE, HeaderValue::from_static("a=b"));
        assert!(Key::of("plugin", &request).is_none());
        *request.method_mut() = Method::POST;
        request.headers_mut().clear();
        assert!(Key::of("plugin", &request).is_none());
    }
}
