//! What all calls of a host share: room for so many of them, and so much memory.

use cowork_domain::capability::{Effective, LiveGrant, Powers};
use cowork_sandbox::{Limits, SandboxConfig};
use cowork_tests::{Coworkspace, Host, Slow, Web, shown};
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn one_call_more_than_there_is_room_for_is_refused_and_the_others_go_on() {
    let slow = Slow::start().await;
    let powers = Powers { http: vec![Web::nowhere(&slow.url).rule(&["GET"])], ..Powers::all_files() };
    let powers = Effective::unlimited().granted_by(Arc::new(LiveGrant::new(powers)));
    let host = Host::sized("network", |config| SandboxConfig { calls: 2, ..config }).await;
    let (host, space) = (Host { powers, ..host }, Coworkspace::new());
    let arguments = json!({"method": "GET", "url": format!("{}/", slow.url)});
    let call = || host.call(&space, "fetch", &arguments);
    let third = async {
        slow.have_come(2).await;
        let third = shown(&call().await);
        slow.answers.add_permits(2);
        third
    };
    let (first, second, third) = tokio::join!(call(), call(), third);
    assert_eq!((shown(&first), shown(&second)), ("200 at last".to_owned(), "200 at last".to_owned()));
    let full = "this host has 2 calls at work already, and room for no more; try again when some have ended";
    assert_eq!(third, full);
    slow.answers.add_permits(1);
    assert_eq!(shown(&call().await), "200 at last", "there is room again");
}

#[tokio::test]
async fn all_calls_together_end_at_the_memory_of_the_host() {
    let limits = Limits { memory: 512 << 20, ..Limits::default() };
    let size = |config| SandboxConfig { memory: 32 << 20, limits, ..config };
    let (host, space) = (Host::sized("probe", size).await, Coworkspace::new());
    for _ in 0..2 {
        let ended = shown(&host.call(&space, "eat_memory", &json!({})).await);
        let limit = "all tools at work together need more than the 32 MiB that this host gives them; \
                     try again when some have ended";
        assert_eq!(ended, limit);
        let small = host.call(&space, "greet", &json!({"name": "Ada"})).await;
        assert_eq!(shown(&small), "Hello, ADA!", "what it had taken is there again");
    }
}
