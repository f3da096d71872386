//! The HTTP API under bad input and good.

use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};

const NO_MODEL: &str = "[[part]]\nfor = \"plan\"\n[[part.answer]]\ntext = \"no plan\"";

async fn app() -> App {
    App::scripted(NO_MODEL).await.with_coworkspace().await
}

async fn check(method: Method, path: &str, body: Option<Value>, expected: (u16, &str)) {
    let (status, code, detail) = app().await.problem(method, path, body).await;
    assert_eq!((status, code.as_str()), expected, "{path:.80}: {detail}");
    assert!(detail.len() < 400, "an error is short whatever was sent: {} bytes", detail.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_slug_is_refused() {
    for slug in ["../etc", "UPPER", "", "a b", &"x".repeat(10 << 20)] {
        let body = json!({"name": "n", "slug": slug});
        let expected = if slug.len() > 1000 { (413, "invalid_json") } else { (400, "invalid_slug") };
        check(Method::POST, "/api/coworkspaces", Some(body), expected).await;
    }
    check(Method::GET, "/api/coworkspaces/No%20Slug", None, (400, "invalid_slug")).await;
    check(Method::GET, "/api/coworkspaces/nobody", None, (404, "no_such_coworkspace")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coworkspace_is_made_once() {
    check(Method::POST, "/api/coworkspaces", Some(json!({"name": "mine"})), (409, "coworkspace_exists"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_that_lead_elsewhere_are_refused() {
    let long = format!("/api/coworkspaces/mine/files/{}", "x".repeat(300));
    let bad = ["files/..%2F..%2Fx", "%2Fetc%2Fpasswd", "files/a%00b", "files//a", ".cowork/calls"];
    for path in bad {
        check(Method::GET, &format!("/api/coworkspaces/mine/{path}"), None, (400, "invalid_path")).await;
    }
    check(Method::GET, &long, None, (400, "invalid_path")).await;
    check(Method::GET, "/api/coworkspaces/mine/files/nowhere", None, (404, "no_such_file")).await;
    check(Method::PUT, "/api/coworkspaces/mine/.plan.json", Some(json!({})), (403, "host_owned")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_a_person_planted_does_not_lead_out() {
    let app = app().await;
    std::os::unix::fs::symlink("/etc/passwd", app.path("files/out")).expect("a link");
    let (status, code, _) = app.problem(Method::GET, "/api/coworkspaces/mine/files/out", None).await;
    assert_eq!((status, code.as_str()), (403, "outside"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_needs_an_outcome_and_a_coworkspace() {
    let task = |outcome: &str, slug: &str| Some(json!({"outcome": outcome, "coworkspace_slug": slug}));
    check(Method::POST, "/api/cowork/tasks", task(" ", "mine"), (422, "invalid_value")).await;
    check(Method::POST, "/api/cowork/tasks", task("x", "nobody"), (404, "no_such_coworkspace")).await;
    check(Method::POST, "/api/cowork/tasks", task("x", "../x"), (400, "invalid_slug")).await;
    check(Method::POST, "/api/cowork/tasks", Some(json!({"outcome": "x"})), (422, "invalid_json")).await;
    check(Method::GET, "/api/cowork/tasks/nonsense", None, (404, "not_found")).await;
    let unknown = format!("/api/cowork/tasks/{}/plan", cowork_domain::TaskId::new());
    check(Method::GET, &unknown, None, (404, "no_such_task")).await;
    check(Method::GET, "/api/nowhere", None, (404, "not_found")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_in_and_out_and_are_listed() {
    let app = app().await;
    app.ok(Method::PUT, "/api/coworkspaces/mine/files/%C3%BC/b%20c.txt", Some(json!("text"))).await;
    let back = app.request(Method::GET, "/api/coworkspaces/mine/files/%C3%BC/b%20c.txt", None).await;
    assert_eq!(back.text().await.expect("the file"), "\"text\"");
    let listing = app.ok(Method::GET, "/api/coworkspaces/mine/files?recursive=true", None).await;
    let paths: Vec<&str> =
        listing["entries"].as_array().expect("entries").iter().filter_map(|e| e["path"].as_str()).collect();
    assert_eq!(paths, ["files/a.txt", "files/ü", "files/ü/b c.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_not_utf8_is_listed_escaped() {
    use std::os::unix::ffi::OsStrExt as _;
    let app = app().await;
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    std::fs::write(app.path("files").join(name), "x").expect("a file");
    let listing = app.ok(Method::GET, "/api/coworkspaces/mine/files", None).await;
    assert_eq!(listing["entries"][1]["path"], "files/caf\\xE9.txt");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_of_another_name_is_refused() {
    let app = app().await;
    let (status, code, _) = app.problem_from("https://evil.example", "/api/cowork/tasks").await;
    assert_eq!((status, code.as_str()), (403, "forbidden"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_ten_megabytes_is_refused_before_anything_else() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let app = app().await;
    let address = app.url().trim_start_matches("http://");
    let stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    let (mut read, mut write) = stream.into_split();
    let request = format!("GET /api/coworkspaces/mine/files/{} HTTP/1.1\r\n\r\n", "x".repeat(10 << 20));
    // The server answers and closes before it has read all of it: an error of the writing is expected.
    let send = tokio::spawn(async move { write.write_all(request.as_bytes()).await.is_ok() });
    let mut start = [0; 10];
    read.read_exact(&mut start).await.expect("an answer");
    assert_eq!(&start, b"HTTP/1.1 4");
    send.abort();
    app.ok(Method::GET, "/api/coworkspaces/mine", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_no_folder_and_a_route_has_its_methods() {
    check(Method::PUT, "/api/coworkspaces/mine/files/a.txt/b", None, (409, "not_a_folder")).await;
    check(Method::DELETE, "/api/cowork/tasks", None, (405, "method_not_allowed")).await;
}
