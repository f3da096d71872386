//! A tool that finds other tools, so that an agent need not read about all of them.

use cowork_tool::{Deserialize, Error, JsonSchema, Output, Serialize, tools};

cowork_tool::export!(tool_search {
    title: "Find tools",
    description: "Finds tools for what you want to do; those found can be called from your next turn on. You see only some tools: look here before you say that something cannot be done. There are tools for documents, spreadsheets, pictures, charts, archives, the web, memory and other agents.",
    annotations: [read_only],
    output: FoundTools,
});

/// Arguments of [`tool_search`].
#[derive(Deserialize, JsonSchema)]
pub struct ToolSearch {
    /// What you want to do, in a few words, or a tool's name.
    #[schemars(length(min = 1, max = 500))]
    pub query: String,
    /// How many tools to find at most. Default 5.
    #[schemars(range(min = 1, max = 20))]
    pub limit: Option<u32>,
}

/// What was found, best first.
#[derive(Serialize, JsonSchema)]
pub struct FoundTools {
    /// Call them from your next turn on.
    tools: Vec<FoundTool>,
}

#[derive(Serialize, JsonSchema)]
struct FoundTool {
    name: String,
    description: String,
}

const DEFAULT_LIMIT: u32 = 5;

/// Finds tools.
pub fn tool_search(args: ToolSearch) -> Result<Output, Error> {
    let found = tools::find(&args.query, args.limit.unwrap_or(DEFAULT_LIMIT))?;
    if found.is_empty() {
        return Err(Error::failed("no tool fits these words; try others, such as what goes in or comes out"));
    }
    let tools: Vec<FoundTool> =
        found.into_iter().map(|tool| FoundTool { name: tool.name, description: tool.description }).collect();
    let lines: Vec<String> =
        tools.iter().map(|tool| format!("{}: {}", tool.name, tool.description)).collect();
    Output::text(lines.join("\n")).structured(FoundTools { tools })
}
