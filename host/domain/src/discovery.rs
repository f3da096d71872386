//! Which tools fit what an agent looks for.

use crate::message::ToolDefinition;
use std::collections::BTreeSet;

/// What a word is worth where it is found.
const IN_NAME: f64 = 4.0;
const IN_TITLE: f64 = 2.0;
const IN_DESCRIPTION: f64 = 1.0;
const IN_ARGUMENTS: f64 = 0.5;
/// Letters that two words must begin with alike to be taken for forms of one.
const STEM: usize = 4;

/// The tools that fit a query, best first; those that fit alike in the order of their names. A tool's own name finds it
/// alone.
pub fn fitting<'a>(query: &str, tools: &'a [ToolDefinition]) -> Vec<&'a ToolDefinition> {
    let named = query.trim().to_lowercase();
    if let Some(tool) = tools.iter().find(|tool| tool.name == named) {
        return vec![tool];
    }
    let asked = words(query);
    let texts: Vec<[BTreeSet<String>; 4]> = tools.iter().map(texts).collect();
    // What many tools speak of tells little.
    let worth: Vec<f64> = asked
        .iter()
        .map(|word| {
            let with = texts.iter().filter(|text| text.iter().any(|words| has(words, word))).count();
            (1.0 + tools.len() as f64 / (1.0 + with as f64)).ln()
        })
        .collect();
    let score = |text: &[BTreeSet<String>; 4]| {
        let of_word = |(word, worth): (&String, &f64)| {
            let places = text.iter().zip([IN_NAME, IN_TITLE, IN_DESCRIPTION, IN_ARGUMENTS]);
            worth * places.filter(|(words, _)| has(words, word)).map(|(_, weight)| weight).sum::<f64>()
        };
        asked.iter().zip(&worth).map(of_word).sum::<f64>()
    };
    let mut found: Vec<(f64, &ToolDefinition)> = texts.iter().map(score).zip(tools).collect();
    found.retain(|(score, _)| *score > 0.0);
    found.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.name.cmp(&other.1.name)));
    found.into_iter().map(|(_, tool)| tool).collect()
}

fn texts(tool: &ToolDefinition) -> [BTreeSet<String>; 4] {
    let arguments = tool.input_schema.get("properties").and_then(|fields| fields.as_object());
    let arguments = arguments.into_iter().flatten().map(|(name, field)| {
        let description = field.get("description").and_then(|text| text.as_str()).unwrap_or_default();
        format!("{name} {description}")
    });
    [
        words(&tool.name),
        words(tool.title.as_deref().unwrap_or_default()),
        words(&tool.description),
        words(&arguments.collect::<Vec<_>>().join(" ")),
    ]
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    words.filter(|word| word.chars().count() > 1 && !COMMON.contains(&word.as_str())).collect()
}

const COMMON: [&str; 14] =
    ["the", "and", "for", "of", "to", "in", "from", "with", "or", "an", "it", "is", "tool", "tools"];

/// Whether a word or another form of it is there.
fn has(words: &BTreeSet<String>, wanted: &str) -> bool {
    let alike = |word: &str| {
        let common = word.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).count();
        let shorter = word.chars().count().min(wanted.chars().count());
        common >= STEM
            && common + 3 >= wanted.chars().count().max(word.chars().count())
            && common + 2 >= shorter
    };
    words.contains(wanted) || words.iter().any(|word| alike(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tools() -> Vec<ToolDefinition> {
        let tool = |name: &str, title: &str, description: &str, argument: &str| ToolDefinition {
            name: name.to_owned(),
            title: Some(title.to_owned()),
            description: description.to_owned(),
            input_schema: json!({ "type": "object", "properties": { argument: { "type": "string" } } }),
            read_only: true,
        };
        vec![
            tool("pack_files", "Pack and unpack", "Lists, extracts and makes zip and tar archives.", "path"),
            tool("draw", "Draw a chart", "Draws bars and lines from a table as PNG or SVG.", "columns"),
            tool("look_into", "Read a file", "Reads a text file.", "path"),
            tool("calculate", "Write a spreadsheet", "Writes tables with formulas as xlsx.", "sheets"),
        ]
    }

    #[track_caller]
    fn check(query: &str, expected: &[&str]) {
        let tools = tools();
        let found: Vec<&str> = fitting(query, &tools).into_iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(found, expected, "{query}");
    }

    #[test]
    fn tools_are_found_by_what_they_do() {
        check("unpack a zip archive", &["pack_files"]);
        check("Excel xlsx", &["calculate"]);
        check("drawing", &["draw"]);
        check("table", &["calculate", "draw"]);
        check("read", &["look_into"]);
        check("something else entirely", &[]);
        check("", &[]);
    }

    #[test]
    fn a_name_finds_its_tool_alone() {
        check("look_into", &["look_into"]);
        check(" Draw ", &["draw"]);
    }
}
