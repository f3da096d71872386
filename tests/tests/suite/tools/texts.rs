//! What models read of the tools: names, descriptions and schemas.

use cowork_models::tokens;
use cowork_tests::Host;

#[tokio::test]
async fn every_tool_says_what_it_does_in_few_words() {
    for tool in Host::tools().await.registry.tools().filter(|tool| !tool.plugin().is_internal()) {
        let shown = tool.definition();
        let (name, description) = (shown.name.as_str(), shown.description.as_str());
        assert!(
            (20..=1_500).contains(&description.len()),
            "{name}: {} bytes of description",
            description.len()
        );
        let count = tokens::count("", &format!("{name} {description} {}", shown.input_schema));
        assert!(count <= 3_000, "{name}: {count} tokens");
    }
}
