//! Greets somebody by name.

use cowork_tool::{Deserialize, Error, JsonSchema};

#[derive(Deserialize, JsonSchema)]
struct Greet {
    /// Who to greet.
    name: String,
}

fn greet(args: Greet) -> Result<String, Error> {
    Ok(format!("Hello, {}!", args.name))
}

cowork_tool::export!(greet { description: "Greets somebody by name.", annotations: [read_only, idempotent] });
