//! `web_fetch` and `web_search`, against hosts on this machine.

use axum::Router;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use cowork_domain::capability::{Effective, HttpRule, Layer, LiveGrant, Powers};
use cowork_tests::{Coworkspace, Host, Web, shown};
use serde_json::{Value, json};
use std::sync::Arc;

const ARTICLE: &str = r#"<!doctype html><html><head><meta charset="utf-8"><title>Heat pumps</title></head><body>
<nav><a href="/">Home</a></nav><article><h1>Heat pumps</h1><p>A heat pump moves heat from a cold place to a warm one,
<a href="how">as a refrigerator does</a>, and needs less electricity than a heater that makes the heat itself. That is
why so many houses have one by now, and why prices fall.</p><p>What it costs to run depends on the house, on the weather
and on the price of electricity, which changes from year to year. People begin with the windows.</p></article></body>"#;

async fn site() -> Web {
    let robots = "User-agent: *\nDisallow: /private\n";
    Web::with(
        Router::new()
            .route("/robots.txt", get(async move || robots))
            .route("/article", get(async || ([(header::CONTENT_TYPE, "text/html")], ARTICLE)))
            .route("/private", get(async || "secret"))
            .route("/moved", get(async || (StatusCode::FOUND, [(header::LOCATION, "/article")])))
            .route("/round", get(async || (StatusCode::FOUND, [(header::LOCATION, "/round")])))
            .route(
                "/latin",
                get(async || ([(header::CONTENT_TYPE, "text/plain; charset=latin1")], &b"caf\xe9"[..])),
            )
            .route(
                "/data",
                get(async || ([(header::CONTENT_TYPE, "application/json")], r#"{"price": [1, 2]}"#)),
            )
            .route(
                "/report",
                get(async || ([(header::CONTENT_TYPE, "application/pdf")], &b"%PDF-1.7\n1 0 obj"[..])),
            )
            .route("/long", get(async || "0123456789".repeat(30_000)))
            .route("/huge", get(async || vec![b'x'; 60 << 20]))
            .route("/slow", get(async || std::future::pending::<()>().await))
            .route("/etag", get(tagged)),
    )
    .await
}

async fn tagged(headers: HeaderMap) -> axum::response::Response {
    let tag = [(header::ETAG, "\"1\"")];
    match headers.contains_key(header::IF_NONE_MATCH) {
        true => (StatusCode::NOT_MODIFIED, tag).into_response(),
        false => (tag, "as it was").into_response(),
    }
}

/// What the plugin asks for.
fn anywhere() -> HttpRule {
    HttpRule {
        hosts: ["*", "http://*"].map(|host| host.parse().expect("a pattern")).into(),
        ..Web::nowhere("https://a.example").rule(&["GET", "POST"])
    }
}

async fn tools(rules: impl IntoIterator<Item = HttpRule>, settings: &[(&str, &str)]) -> Host {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let asked = Powers { http: vec![anywhere()], settings, ..Powers::all_files() };
    let powers = Powers { http: rules.into_iter().collect(), ..asked.clone() };
    let grant = Arc::new(LiveGrant::new(powers));
    let powers = Effective::unlimited().limited_by(Layer::Manifest, Arc::new(asked)).granted_by(grant);
    let shared = Host::tools().await;
    Host { sandbox: Arc::clone(&shared.sandbox), registry: shared.registry.clone(), powers, bundled: true }
}

async fn fetch(host: &Host, space: &Coworkspace, arguments: Value) -> Result<Value, String> {
    let called = host.call(space, "web_fetch", &arguments).await;
    called.map(|called| called.json()).map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_read_as_markdown() {
    let (web, space) = (site().await, Coworkspace::new());
    let host = tools([web.rule(&["GET"])], &[("robots", "respect")]).await;
    let page =
        fetch(&host, &space, json!({ "url": format!("{}/moved#part", web.url) })).await.expect("a page");
    let (url, text) = (page["url"].as_str().expect("an address"), page["text"].as_str().expect("a text"));
    assert_eq!((url, &page["title"]), (format!("{}/article", web.url).as_str(), &json!("Heat pumps")));
    assert!(text.contains(&format!("[as a refrigerator does]({}/how)", web.url)), "{text}");
    assert!(!text.contains("Home") && !text.contains('<'), "{text}");
    let whole = fetch(&host, &space, json!({ "url": url, "as": "page" })).await.expect("a page");
    assert!(whole["text"].as_str().expect("a text").contains("Home"));
    let source = fetch(&host, &space, json!({ "url": url, "as": "source" })).await.expect("a page");
    assert_eq!(source["text"], json!(ARTICLE));
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_come_as_they_are_and_in_parts() {
    let (web, space) = (site().await, Coworkspace::new());
    let host = tools([web.rule(&["GET"])], &[]).await;
    let url = |path: &str| format!("{}/{path}", web.url);
    assert_eq!(
        fetch(&host, &space, json!({ "url": url("data") })).await.expect("data")["text"],
        json!(r#"{"price": [1, 2]}"#)
    );
    assert_eq!(
        fetch(&host, &space, json!({ "url": url("latin") })).await.expect("a text")["text"],
        json!("café")
    );
    let first = fetch(&host, &space, json!({ "url": url("long"), "limit": 1005 })).await.expect("a part");
    assert_eq!((&first["size"], &first["next"]), (&json!(300_000), &json!(1005)));
    let rest = fetch(&host, &space, json!({ "url": url("long"), "offset": 299_995 })).await.expect("a part");
    assert_eq!((&rest["text"], rest.get("next")), (&json!("56789"), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_text_is_saved() {
    let (web, space) = (site().await, Coworkspace::new());
    let host = tools([web.rule(&["GET"])], &[]).await;
    let url = format!("{}/report", web.url);
    let saved = |page: Value| page["saved"].as_str().expect("a path").to_owned();
    assert_eq!(
        saved(fetch(&host, &space, json!({ "url": url })).await.expect("a file")),
        "files/downloads/report.pdf"
    );
    assert_eq!(
        saved(fetch(&host, &space, json!({ "url": url })).await.expect("a file")),
        "files/downloads/report-2.pdf"
    );
    let to = json!({ "url": url, "save_to": "output/x.pdf" });
    assert_eq!(saved(fetch(&host, &space, to.clone()).await.expect("a file")), "output/x.pdf");
    assert_eq!(space.text("output/x.pdf"), "%PDF-1.7\n1 0 obj");
    assert_eq!(fetch(&host, &space, to).await, Err("failed: output/x.pdf: exists already".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_site_asks_to_leave_alone_is_left_unless_an_administrator_says_otherwise() {
    let (web, space) = (site().await, Coworkspace::new());
    let arguments = json!({ "url": format!("{}/private", web.url) });
    let host = tools([web.rule(&["GET"])], &[("robots", "respect")]).await;
    let refused = fetch(&host, &space, arguments.clone()).await.expect_err("it is forbidden");
    assert!(refused.contains("the site's robots.txt asks programs to leave it alone"), "{refused}");
    let host = tools([web.rule(&["GET"])], &[("robots", "ignore")]).await;
    assert_eq!(fetch(&host, &space, arguments).await.expect("a page")["text"], json!("secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_fetched_is_said() {
    let (web, other, space) = (site().await, site().await, Coworkspace::new());
    let host = tools([web.rule(&["GET"])], &[]).await;
    let said = async |url: String| fetch(&host, &space, json!({ "url": url })).await.expect_err("an error");
    let denied = said(format!("{}/article", other.url)).await;
    assert!(
        denied.starts_with("denied: GET ") && denied.contains("cowork grant web_fetch --http"),
        "{denied}"
    );
    assert_eq!(other.count(), 0);
    assert!(said(format!("{}/nowhere", web.url)).await.contains("answered with 404 (there is no such page)"));
    assert!(said(format!("{}/round", web.url)).await.contains("more than 8 redirects"));
    assert!(said("ftp://a.example".to_owned()).await.contains("only https and http are fetched"));
    let huge =
        fetch(&host, &space, json!({ "url": format!("{}/huge", web.url), "save_to": "files/huge" })).await;
    assert!(huge.expect_err("too much").contains("is larger than 50331648 bytes"));
    let cut = fetch(&host, &space, json!({ "url": format!("{}/huge", web.url) })).await.expect("a part");
    assert_eq!((&cut["cut"], &cut["size"]), (&json!(true), &json!(16 << 20)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_changed_comes_from_the_host_and_is_a_strangers_word_all_the_same() {
    let (web, space) = (site().await, Coworkspace::new());
    let host = tools([web.rule(&["GET"])], &[("robots", "ignore")]).await;
    let arguments = json!({ "url": format!("{}/etag", web.url) }).to_string();
    for _ in 0..2 {
        let ended = host.run(&space, "web_fetch", &arguments, None).await.expect("a call");
        assert_eq!(
            ended.result.expect("a page").output.structured.expect("facts")["text"],
            json!("as it was")
        );
        assert!(ended.usage.received > 0);
    }
    let asked: Vec<bool> = web
        .seen
        .lock()
        .expect("no panic")
        .iter()
        .map(|(_, headers)| headers.contains_key("if-none-match"))
        .collect();
    assert_eq!(asked, [false, true]);
}

async fn searxng() -> Web {
    let search = async |RawQuery(query): RawQuery| {
        let found = json!({ "results": [{ "title": query, "url": "https://a.example/", "content": "An <b>extract</b>" }] });
        ([(header::CONTENT_TYPE, "application/json")], found.to_string())
    };
    Web::with(Router::new().route("/search", get(search)).route("/refuses/search", post(async || "never")))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_is_searched_where_an_administrator_says() {
    let (web, space) = (searxng().await, Coworkspace::new());
    let search = json!({ "query": "heat pumps" });
    let none = tools([web.rule(&["GET"])], &[("provider", "none")]).await;
    let said = shown(&none.call(&space, "web_search", &search).await);
    assert!(said.starts_with("failed: no search provider is set up on this host"), "{said}");
    let host = tools([web.rule(&["GET"])], &[("provider", "searxng"), ("url", &web.url)]).await;
    let found = host.call(&space, "web_search", &search).await.expect("results").json();
    let expected = json!([{ "title": "q=heat%20pumps&format=json", "url": "https://a.example/", "extract": "An extract" }]);
    assert_eq!((&found["results"], &found["provider"]), (&expected, &json!("searxng")));
    let denied = tools([], &[("provider", "searxng"), ("url", &web.url)]).await;
    let said = shown(&denied.call(&space, "web_search", &search).await);
    assert!(said.starts_with("denied: GET "), "{said}");
}
