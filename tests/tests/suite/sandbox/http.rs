//! The one way out: where requests may go, what becomes of them, and what leaves with them.

use async_trait::async_trait;
use cowork_domain::capability::{Effective, HttpRule, LimitRules, LiveGrant, Powers, SecretRule};
use cowork_domain::outbound::{OutboundRequest, RecordedAnswer};
use cowork_domain::policy::Verdict;
use cowork_sandbox::{Admission, CallError, Limits, Outbound, rule_http};
use cowork_tests::{Coworkspace, Host, Web, shown};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

async fn network(powers: Powers) -> (Host, Arc<LiveGrant>) {
    let grant = Arc::new(LiveGrant::new(powers));
    let host = Host::guest("network", Limits::default()).await;
    (Host { powers: Effective::unlimited().granted_by(Arc::clone(&grant)), ..host }, grant)
}

fn http(rules: impl IntoIterator<Item = HttpRule>) -> Powers {
    Powers { http: rules.into_iter().collect(), ..Powers::all_files() }
}

async fn fetch(host: &Host, method: &str, url: &str) -> String {
    let space = Coworkspace::new();
    shown(&host.call(&space, "fetch", &json!({"method": method, "url": url})).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_granted_host_answers_and_another_is_never_reached() {
    let (web, other) = (Web::start().await, Web::start().await);
    let (host, grant) = network(http([web.rule(&["GET"])])).await;
    assert_eq!(fetch(&host, "GET", &format!("{}/hello", web.url)).await, "200 hello");
    // A guest that makes a success of it is told only in its own words; nothing has left.
    let said = fetch(&host, "GET", &format!("{}/hello", other.url)).await;
    assert!(said.contains("HttpRequestDenied"), "{said}");
    assert!(fetch(&host, "POST", &format!("{}/hello", web.url)).await.contains("HttpRequestDenied"));
    assert_eq!((web.count(), other.count()), (1, 0));
    grant.set(Powers::all_files());
    assert!(fetch(&host, "GET", &format!("{}/hello", web.url)).await.contains("HttpRequestDenied"));
    assert_eq!(web.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_used_again_from_call_to_call() {
    let web = Web::start().await;
    let (host, _) = network(http([web.rule(&["GET"])])).await;
    for _ in 0..20 {
        assert_eq!(fetch(&host, "GET", &format!("{}/hello", web.url)).await, "200 hello");
    }
    assert_eq!(web.count(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_changed_is_not_sent_again() {
    let web = Web::start().await;
    let (host, grant) = network(http([web.rule(&["GET"])])).await;
    let (space, url) = (Coworkspace::new(), format!("{}/tagged", web.url));
    for _ in 0..3 {
        let arguments = json!({"method": "GET", "url": url}).to_string();
        let ended = host.run(&space, "fetch", &arguments, None).await.expect("a call");
        let output = ended.result.expect("an answer").output;
        assert_eq!(cowork_tests::texts(&output), "200 what has a tag");
        assert_eq!(ended.usage.received, 14, "it is a stranger's word however it came");
    }
    let asked = |(_, headers): &(String, axum::http::HeaderMap)| headers.contains_key("if-none-match");
    assert_eq!(web.seen.lock().expect("no panic").iter().map(asked).collect::<Vec<_>>(), [false, true, true]);
    grant.set(Powers::all_files());
    assert!(
        fetch(&host, "GET", &url).await.contains("HttpRequestDenied"),
        "what is kept is gone with the grant"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_a_request_like_any_other() {
    let web = Web::start().await;
    let (host, _) = network(http([web.rule(&["GET"])])).await;
    let space = Coworkspace::new();
    let follow = |path: &str| json!({"url": format!("{}/{path}", web.url)});
    let said = shown(&host.call(&space, "follow", &follow("redirect")).await);
    assert!(said.contains("HttpRequestDenied"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_of_an_address_inside_gets_out() {
    let anywhere = |host: &str| {
        let hosts = ["http://", ""].map(|scheme| format!("{scheme}{host}").parse());
        HttpRule {
            hosts: hosts.into_iter().flatten().collect(),
            methods: ["GET".to_owned()].into(),
            paths: "**".parse().expect("a pattern"),
            query: false,
            private: false,
            verdict: None,
        }
    };
    let mut refused = 0;
    for line in include_str!("ssrf.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let url = format!("http://{line}/");
        // Each host is granted by its name, and so is its port: only its address is in the way.
        let parsed = url::Url::parse(&url).ok();
        let named = parsed
            .as_ref()
            .and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?)));
        let powers = http(
            named
                .iter()
                .filter(|name| name.parse::<cowork_domain::capability::HostPattern>().is_ok())
                .map(|name| anywhere(name)),
        );
        let (host, _) = NETWORK.get_or_init(|| network(Powers::default())).await;
        let host = Host {
            powers: Effective::unlimited().granted_by(Arc::new(LiveGrant::new(powers))),
            sandbox: Arc::clone(&host.sandbox),
            registry: host.registry.clone(),
            bundled: true,
        };
        let said = fetch(&host, "GET", &url).await;
        let starts_with_status = said.as_bytes().first().is_some_and(u8::is_ascii_digit);
        assert!(!starts_with_status && !said.contains("ConnectionRefused"), "{url}: {said}");
        refused += 1;
    }
    println!("{refused} spellings are refused");
    assert!(refused >= 60);
}

static NETWORK: tokio::sync::OnceCell<(Host, Arc<LiveGrant>)> = tokio::sync::OnceCell::const_new();

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_inside_is_refused_when_it_is_looked_up() {
    // `localhost` by a name that the host does not know as its own: the resolver sees the address.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    for name in ["127.0.0.1..", "localhost..", "ip6-localhost"] {
        let rule = HttpRule {
            hosts: [format!("http://{name}:{port}").parse()].into_iter().flatten().collect(),
            ..Web::nowhere("http://a.b").rule(&["GET"])
        };
        let (host, _) = network(http([HttpRule { private: false, ..rule }])).await;
        let said = fetch(&host, "GET", &format!("http://{name}:{port}/")).await;
        assert!(!said.starts_with("2"), "{name}: {said}");
    }
    let came = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
    assert!(came.is_err(), "nobody came");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_is_bounded_and_never_unpacked_by_the_host() {
    let web = Web::start().await;
    let limits = LimitRules { http_mib: Some(1), ..LimitRules::default() };
    let (host, _) = network(Powers { limits, ..http([web.rule(&["GET"])]) }).await;
    let space = Coworkspace::new();
    let large = json!({"method": "GET", "url": format!("{}/large", web.url)});
    let said = shown(&host.call(&space, "fetch", &large).await);
    assert!(said.contains("HttpResponseBodySize"), "{said}");
    let (host, _) = network(http([web.rule(&["GET"])])).await;
    let (_, finished) = host
        .begin(
            None,
            &space,
            "fetch",
            &json!({"method": "GET", "url": format!("{}/bomb", web.url)}).to_string(),
        )
        .await
        .expect("it comes as it is");
    drop(finished);
}

/// Decides by a list, and remembers.
#[derive(Default)]
struct Book {
    answers: Mutex<Vec<(u32, RecordedAnswer)>>,
    ask: bool,
    secret: Option<String>,
}

#[async_trait]
impl Outbound for Book {
    async fn admit(
        &self,
        request: &OutboundRequest,
        _: Option<Verdict>,
        _: &[std::time::Duration],
    ) -> Result<Admission, String> {
        let answers = self.answers.lock().expect("no panic");
        let known = answers.iter().find(|(number, _)| *number == request.number);
        Ok(match known {
            Some((_, answer)) => Admission::Replay(answer.clone()),
            None if self.ask => Admission::Ask(None),
            None => Admission::Send,
        })
    }

    async fn confirm(&self, request: &OutboundRequest, answer: &RecordedAnswer) -> Result<(), String> {
        self.answers.lock().expect("no panic").push((request.number, answer.clone()));
        Ok(())
    }

    fn secret(&self, _: &str) -> Option<String> {
        self.secret.clone()
    }
}

async fn with_book(
    host: &Host,
    book: &Arc<Book>,
    tool: &str,
    arguments: &Value,
) -> Result<String, CallError> {
    let space = Coworkspace::new();
    let outbound = Some(Arc::clone(book) as Arc<dyn Outbound>);
    let ended = host.run(&space, tool, &arguments.to_string(), outbound).await?;
    Ok(cowork_tests::texts(&ended.result?.output))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_changes_something_is_sent_once_and_its_answer_given_again() {
    let web = Web::start().await;
    let (host, _) = network(http([web.rule(&["POST"])])).await;
    let post = json!({"method": "POST", "url": format!("{}/hello", web.url), "body": "x"});
    let book = Arc::new(Book { ask: true, ..Book::default() });
    let asked = with_book(&host, &book, "fetch", &post).await.expect_err("a person is asked");
    let CallError::Asks(request) = asked else { panic!("{asked}") };
    assert_eq!((request.method.as_str(), request.shown.as_str(), request.number), ("POST", "x", 0));
    assert_eq!(web.count(), 0, "nothing has left");
    let book = Arc::new(Book::default());
    for _ in 0..3 {
        assert_eq!(with_book(&host, &book, "fetch", &post).await.expect("an answer"), "200 hello");
    }
    assert_eq!(web.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_goes_to_its_audience_and_never_to_the_guest() {
    let web = Web::start().await;
    let secret = SecretRule {
        name: "token".to_owned(),
        host: web.url.parse().expect("a host"),
        paths: "echo".parse().expect("a pattern"),
        header: "authorization".to_owned(),
        prefix: "Bearer ".to_owned(),
    };
    let powers = Powers { secrets: vec![secret], ..http([web.rule(&["GET"])]) };
    let (host, _) = network(powers).await;
    let book = Arc::new(Book { secret: Some("s3cr3t-v4lue".to_owned()), ..Book::default() });
    let get = |path: &str| json!({"method": "GET", "url": format!("{}/{path}", web.url)});
    let said = with_book(&host, &book, "fetch", &get("echo")).await.expect("an answer");
    assert_eq!(said, "200 Some(\"Bearer [secret]\")");
    with_book(&host, &book, "fetch", &get("hello")).await.expect("an answer");
    let seen = web.seen.lock().expect("no panic");
    let authorization = |at: usize| seen[at].1.get("authorization").map(|value| value.as_bytes().to_vec());
    assert_eq!(authorization(0), Some(b"Bearer s3cr3t-v4lue".to_vec()));
    assert_eq!(authorization(1), None, "another path is another audience");
}

#[test]
fn rules_are_told_without_a_request() {
    let rule = HttpRule { private: false, ..Web::nowhere("https://api.example.com").rule(&["GET"]) };
    let powers = Effective::unlimited().granted_by(Arc::new(LiveGrant::new(http([rule]))));
    let ruling = |method, url| rule_http(&powers, method, url).expect("a URL");
    assert_eq!(ruling("GET", "https://api.example.com/v1").verdict, None);
    for (method, url) in [
        ("POST", "https://api.example.com/"),
        ("GET", "http://api.example.com/"),
        ("GET", "https://api.example.com.evil.org/"),
    ] {
        assert!(ruling(method, url).is_denied(), "{method} {url}");
    }
    assert!(rule_http(&powers, "GET", "no url").is_err());
}
