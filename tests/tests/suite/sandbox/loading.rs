//! What is no plugin is refused when it is loaded, with the reason.

use cowork_sandbox::{LoadError, Registry};
use cowork_tests::Host;
use cowork_tests::components::{component, guests_dir, tools_dir};
use insta::assert_snapshot;
use std::error::Error;
use wasmparser::{Parser, Payload};

/// An error with its causes, the first line.
fn told(error: &LoadError) -> String {
    let causes = std::iter::successors(Some(error as &dyn Error), |&error| error.source());
    let text = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    text.lines().next().unwrap_or_default().to_owned()
}

async fn refused(bytes: &[u8]) -> String {
    let Err(error) = Host::probe().await.sandbox.load("upload", bytes).await else { panic!("no plugin") };
    told(&error)
}

async fn refused_text(text: &str) -> String {
    refused(&wat::parse_str(text).expect("WebAssembly text")).await
}

#[tokio::test]
async fn what_is_no_webassembly_is_refused() {
    assert_snapshot!(refused(b"#!/bin/sh\necho hello\n").await, @"upload is not installed: it is not a WebAssembly component: magic header not detected: bad magic number - expected=[");
    assert_snapshot!(refused(b"").await, @"upload is not installed: it is not a WebAssembly component: unexpected end-of-file (at offset 0x0)");
}

#[tokio::test]
async fn a_core_module_is_refused() {
    assert_snapshot!(refused_text("(module)").await, @"upload is not installed: it is not a WebAssembly component");
}

#[tokio::test]
async fn a_component_cut_short_is_refused() {
    let bytes = std::fs::read(component(&guests_dir(), "probe")).expect("a component");
    let error = refused(&bytes[..bytes.len() / 2]).await;
    assert!(error.starts_with("upload is not installed: it is not a WebAssembly component: "), "{error}");
}

#[tokio::test]
async fn a_component_without_tools_is_refused() {
    assert_snapshot!(refused_text("(component)").await, @"upload does not fit the plugin interface: no exported instance named `cowork:tool/tools@0.1.0`");
}

/// A component that imports one function is refused for it.
async fn check_import(interface: &str) {
    let error =
        refused_text(&format!(r#"(component (import "{interface}" (instance (export "f" (func)))))"#)).await;
    let told =
        format!("upload does not fit the plugin interface: component imports instance `{interface}`, but");
    assert!(error.starts_with(&told), "{error}");
}

#[tokio::test]
async fn a_component_that_wants_what_no_plugin_gets_is_refused() {
    check_import("wasi:http/outgoing-handler@0.2.12").await;
    check_import("cowork:host/everything@0.1.0").await;
    // Another version of the file system leads round nothing.
    check_import("wasi:filesystem/preopens@0.3.0").await;
}

#[tokio::test]
async fn two_plugins_with_one_tool_are_refused() {
    let sandbox = &Host::python().await.sandbox;
    let mut registry = Registry::default();
    let load = async |name| sandbox.load_file(&component(&guests_dir(), name)).await.expect("a plugin");
    registry.add(&load("probe").await).expect("the first");
    let error = registry.add(&load("python").await).expect_err("the second");
    assert_snapshot!(told(&error), @r#"the tool "greet" is exported by probe and by python"#);
}

#[test]
fn a_missing_folder_of_tools_is_named() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let error = runtime.block_on(async {
        Registry::load_dir(&Host::probe().await.sandbox, "/nowhere/tools".as_ref())
            .await
            .err()
            .expect("no folder")
    });
    assert_snapshot!(told(&error), @"cannot list the tools in /nowhere/tools: No such file or directory (os error 2)");
}

/// The interfaces that a component and what is nested in it import, by their names.
fn imports(bytes: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::ComponentImportSection(section) = payload.expect("a component") {
            names.extend(section.into_iter().map(|import| import.expect("an import").name.name.to_owned()));
        }
    }
    names
}

fn check_host_imports(tool: &str, expected: &[&str]) {
    let bytes = std::fs::read(component(&tools_dir(), tool)).expect("a component");
    let mut found = imports(&bytes);
    assert!(found.iter().any(|name| name.starts_with("wasi:")), "{tool}: {found:?}");
    found.retain(|name| name.starts_with("cowork:host/"));
    assert_eq!(found, expected, "{tool}");
}

#[test]
fn a_tool_imports_no_more_of_the_host_than_it_needs() {
    for tool in ["archive", "document_read", "file_info", "files", "web_fetch", "web_search"] {
        check_host_imports(tool, &[]);
    }
    for tool in ["chart", "data_query", "image_tool", "spreadsheet_read", "spreadsheet_write"] {
        check_host_imports(tool, &[]);
    }
    check_host_imports("task_update", &["cowork:host/plan@0.1.0"]);
    check_host_imports("tool_search", &["cowork:host/tools@0.1.0"]);
    check_host_imports("ask_person", &["cowork:host/person@0.1.0"]);
    for tool in ["sub_agent_message", "sub_agent_spawn"] {
        check_host_imports(tool, &["cowork:host/agents@0.1.0"]);
    }
    check_host_imports("deliverable_create", &["cowork:host/deliverables@0.1.0"]);
    check_host_imports("memory_store", &["cowork:host/memory@0.1.0"]);
    check_host_imports("memory_retrieve", &["cowork:host/memory@0.1.0"]);
}
