//! A host that guests send requests to.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use cowork_domain::capability::HttpRule;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// A host on loopback that remembers what came.
pub struct Web {
    /// Where it is.
    pub url: String,
    /// Method with path, and headers, of every request.
    pub seen: Seen,
}

/// What came, shared with the host.
pub type Seen = Arc<Mutex<Vec<(String, HeaderMap)>>>;

impl Web {
    /// Starts one.
    pub async fn start() -> Self {
        let app = Router::new()
            .route("/hello", any(async || "hello"))
            .route("/redirect", get(async || redirect("http://169.254.169.254/latest/meta-data")))
            .route("/home", get(async || redirect("/hello")))
            .route("/echo", any(async |headers: HeaderMap| format!("{:?}", headers.get("authorization"))))
            .route("/large", get(async || vec![b'x'; 3 << 20]))
            .route("/bomb", get(bomb))
            .route("/tagged", get(tagged));
        Self::with(app).await
    }

    /// Starts one that answers in one's own way.
    pub async fn with(app: Router) -> Self {
        let seen = Seen::default();
        let app = app
            .fallback(async || StatusCode::NOT_FOUND)
            .layer(axum::middleware::from_fn_with_state(Arc::clone(&seen), remember));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen }
    }

    /// A name for a host that is not there.
    pub fn nowhere(url: &str) -> Self {
        Self { url: url.to_owned(), seen: Seen::default() }
    }

    /// How many requests came.
    pub fn count(&self) -> usize {
        self.seen.lock().expect("no panic").len()
    }

    /// Every request to this host, also though it is in this machine.
    pub fn rule(&self, methods: &[&str]) -> HttpRule {
        HttpRule {
            hosts: [self.url.parse().expect("a host")].into(),
            methods: methods.iter().map(|method| (*method).to_owned()).collect(),
            paths: "**".parse().expect("a pattern"),
            query: false,
            private: true,
            verdict: None,
        }
    }
}

async fn remember(
    State(seen): State<Seen>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let came = (format!("{} {}", request.method(), request.uri()), request.headers().clone());
    seen.lock().expect("no panic").push(came);
    next.run(request).await
}

fn redirect(to: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, to.to_owned())]).into_response()
}

/// The same as long as nobody asks for another, and not sent to those who have it.
async fn tagged(headers: HeaderMap) -> Response {
    let tag = [(header::ETAG, "\"one\"")];
    match headers.get(header::IF_NONE_MATCH) {
        Some(has) if has == "\"one\"" => (StatusCode::NOT_MODIFIED, tag).into_response(),
        _ => (tag, "what has a tag").into_response(),
    }
}

/// 100 MB of zeroes, in 100 KB.
async fn bomb() -> Response {
    let deflated = vec![0_u8; 100 << 10];
    ([(header::CONTENT_ENCODING, "gzip")], deflated).into_response()
}

/// A server that answers when it is let to.
pub struct Slow {
    /// Where it is.
    pub url: String,
    came: Arc<Semaphore>,
    /// One for each answer that it may give.
    pub answers: Arc<Semaphore>,
}

impl Slow {
    /// Starts one.
    pub async fn start() -> Self {
        let (came, answers) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let (coming, letting) = (Arc::clone(&came), Arc::clone(&answers));
        let answer = move || {
            let letting = Arc::clone(&letting);
            coming.add_permits(1);
            async move {
                letting.acquire().await.expect("it is never closed").forget();
                "at last"
            }
        };
        let app = Router::new().fallback(answer);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, came, answers }
    }

    /// Waits for so many requests.
    pub async fn have_come(&self, amount: u32) {
        self.came.acquire_many(amount).await.expect("it is never closed").forget();
    }
}
