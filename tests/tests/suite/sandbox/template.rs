//! The crate that plugin authors copy is a plugin.

use super::{check_on, inhabited};
use cowork_sandbox::Limits;
use cowork_tests::Host;
use serde_json::json;

#[tokio::test]
async fn the_template_greets() {
    let host = Host::guest("greeter", Limits::default()).await;
    check_on(&host, &inhabited(), "greet", json!({ "name": "Ada" }), "Hello, Ada!").await;
}
