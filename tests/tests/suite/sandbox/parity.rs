//! A plugin is a plugin, whatever language it is written in: one table of calls, the same results.

use super::inhabited;
use cowork_tests::{Called, Host, shown};
use serde_json::{Value, json};

const CALLS: &[(&str, &str, &str)] = &[
    ("greet", r#"{"name": "Ada"}"#, "Hello, ADA!"),
    ("greet", r#"{"name": "łukasz 🦀"}"#, "Hello, ŁUKASZ 🦀!"),
    ("greet", r#"{"name": ""}"#, "invalid arguments: the name is empty"),
    (
        "greet",
        r#"{"nam": "Ada"}"#,
        "invalid arguments: Additional properties are not allowed ('nam' was unexpected); \"name\" is a required property",
    ),
    ("greet", "{", "invalid arguments: they are not JSON: EOF while parsing an object at line 1 column 1"),
    ("line_count", r#"{"path": "files/poem.txt"}"#, "3 lines"),
    ("line_count", r#"{"path": "/files/poem.txt"}"#, "3 lines"),
    ("line_count", r#"{"path": "files/empty.txt"}"#, "0 lines"),
    ("line_count", r#"{"path": "files/missing.txt"}"#, "failed: files/missing.txt: no such file or folder"),
    (
        "line_count",
        r#"{"path": "../neighbour/files/secret.txt"}"#,
        "denied: ../neighbour/files/secret.txt: the host does not permit it",
    ),
    ("line_count", r#"{"path": "files/out.txt"}"#, "denied: files/out.txt: the host does not permit it"),
];

#[tokio::test]
async fn the_same_calls_give_the_same_results() {
    let (rust, python) = (Host::probe().await, Host::python().await);
    let space = inhabited();
    space.plant("files/poem.txt", "one\ntwo\nthree").plant("files/empty.txt", "");
    space.link("files/out.txt", "/etc/passwd");
    for (tool, arguments, expected) in CALLS {
        let mut results = Vec::new();
        for host in [rust, python] {
            let result = host.begin(None, &space, tool, arguments).await;
            let result = result.map(|(id, finished)| Called::commit(&space, id, finished));
            results.push((shown(&result), result.ok().map(|called| called.json())));
        }
        assert_eq!(results[0], results[1], "{tool} {arguments}");
        assert_eq!(results[0].0, *expected, "{tool} {arguments}");
    }
}

#[tokio::test]
async fn structured_results_are_the_same_facts() {
    for host in [Host::probe().await, Host::python().await] {
        let called = host.call(&inhabited(), "greet", &json!({ "name": "Ada" })).await.expect("a greeting");
        assert_eq!(called.json(), json!({ "greeting": "Hello, ADA!" }));
        let called =
            host.call(&inhabited(), "line_count", &json!({ "path": "files/a.txt" })).await.expect("a count");
        assert_eq!(called.json(), json!({ "lines": 1 }));
    }
}

#[tokio::test]
async fn a_model_is_offered_the_same() {
    let offered = |host: &Host, tool: &str| {
        let shown = host.registry.find(tool).expect("a tool").definition().clone();
        let fields: Value =
            shown.input_schema["properties"].as_object().expect("fields").keys().cloned().collect();
        (shown.name, shown.description, shown.read_only, fields)
    };
    for tool in ["greet", "line_count"] {
        assert_eq!(offered(Host::probe().await, tool), offered(Host::python().await, tool));
    }
}
