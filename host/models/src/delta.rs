//! What a model streams.

use cowork_domain::message::{Stop, Usage};

/// One piece of an answer as it arrives.
///
/// Pieces of one tool call share its `index`, its place among the answer's calls; pieces of several may be interleaved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    /// More of the text.
    Text(String),
    /// A call begins.
    ToolCallStart {
        /// Its place among the answer's calls.
        index: usize,
        /// The provider's name for the call. Empty where the provider gives none.
        id: String,
        /// Name of the tool.
        name: String,
    },
    /// More of a call's arguments.
    ToolCallArguments {
        /// The call's place.
        index: usize,
        /// A piece of JSON text.
        json: String,
    },
    /// Tokens so far. Not to be added up: the last one counts.
    Usage(Usage),
    /// The answer is whole. Only [`Delta::Usage`] may follow.
    Stop(Stop),
}
