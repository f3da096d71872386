//! What models read of the tools: names, descriptions and schemas, reviewed as texts.

use cowork_models::tokens;
use cowork_tests::Host;
use std::fmt::Write as _;

#[tokio::test]
async fn every_tool_says_what_it_does() {
    let mut text = String::new();
    for tool in Host::tools().await.registry.tools().filter(|tool| !tool.plugin().is_internal()) {
        let shown = tool.definition();
        let title = shown.title.as_deref().unwrap_or_default();
        let on_request = if tool.plugin().is_on_request() { ", on request" } else { "" };
        let _ = writeln!(text, "{} ({title}{on_request})\n  {}", shown.name, shown.description);
        let fields = shown.input_schema["properties"].as_object().into_iter().flatten();
        let required = shown.input_schema["required"].as_array();
        for (name, field) in fields {
            let is_required = required.is_some_and(|names| names.iter().any(|known| known == name));
            let optional = if is_required { "" } else { "?" };
            let description = field["description"].as_str().unwrap_or_default().replace('\n', " ");
            let _ = writeln!(text, "  - {name}{optional}: {description}");
        }
        let (description, schema) = (shown.description.as_str(), shown.input_schema.to_string());
        assert!(
            (20..=600).contains(&description.len()),
            "{}: {} bytes of description",
            shown.name,
            description.len()
        );
        let count = tokens::count("", &format!("{} {description} {schema}", shown.name));
        assert!(count <= 1_500, "{}: {count} tokens", shown.name);
    }
    insta::assert_snapshot!(text);
}
