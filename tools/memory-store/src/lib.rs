//! Tools that store facts which outlive a task, and forget them.

use cowork_tool::{Deserialize, Error, JsonSchema, Output, Serialize, memory};

cowork_tool::export!(
    memory_store {
        title: "Remember",
        description: "Stores a fact for later tasks in this coworkspace: what the person prefers, who is who, where things are. Not for progress or results. The same title again replaces what was stored under it.",
        annotations: [idempotent],
        output: Stored,
    },
    memory_forget {
        title: "Forget",
        description: "Forgets a fact that is wrong or of no use any more, by its title. The person is asked first.",
        annotations: [destructive, idempotent],
        output: Forgotten,
    },
);

/// Arguments of [`memory_store`].
#[derive(Deserialize, JsonSchema)]
pub struct MemoryStore {
    /// What it is about, in a line: "Invoices go to Ana".
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// The fact, in Markdown. Say how it is known.
    #[schemars(length(min = 1))]
    pub text: String,
    /// Words under which it is to be found.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub tags: Vec<String>,
}

/// Arguments of [`memory_forget`].
#[derive(Deserialize, JsonSchema)]
pub struct MemoryForget {
    /// Its title.
    #[schemars(length(min = 1))]
    pub title: String,
}

/// What was stored.
#[derive(Serialize, JsonSchema)]
pub struct Stored {
    title: String,
    /// The file in which people can read and edit it.
    path: String,
}

/// What was forgotten.
#[derive(Serialize, JsonSchema)]
pub struct Forgotten {
    title: String,
}

/// Stores one fact.
pub fn memory_store(args: MemoryStore) -> Result<Output, Error> {
    let MemoryStore { title, text, tags } = args;
    let path = memory::store(&title, tags, &text)?;
    Output::text(format!("stored as {path}")).structured(Stored { title, path })
}

/// Forgets one fact.
pub fn memory_forget(args: MemoryForget) -> Result<Output, Error> {
    memory::forget(&args.title)?;
    Output::text(format!("forgot \"{}\"", args.title)).structured(Forgotten { title: args.title })
}
