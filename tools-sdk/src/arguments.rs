//! From the JSON of a call to a tool's own type, with messages that name the field.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, schema};

/// Reads the arguments of one call. A field that the type does not have is an error: a model that misspells an
/// optional argument must hear of it, not wonder why nothing happened.
pub(crate) fn parse<A: DeserializeOwned + JsonSchema>(text: &str) -> Result<A, Error> {
    let mut unknown = Vec::new();
    // A call always carries an object; serde reads `()`, a tool without arguments, from null.
    let text = if A::schema_name() == <()>::schema_name() && text.trim() == "{}" { "null" } else { text };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut note_unknown = |path: serde_ignored::Path<'_>| unknown.push(path.to_string());
    let ignoring = serde_ignored::Deserializer::new(&mut deserializer, &mut note_unknown);
    let parsed = serde_path_to_error::deserialize(ignoring);
    if let Some(field) = unknown.first() {
        return Err(Error::invalid(format!("unknown field `{field}`; {}", known_fields::<A>())));
    }
    let arguments = parsed.map_err(|error| at_field(&error))?;
    deserializer.end().map_err(|error| Error::invalid(without_position(&error)))?;
    Ok(arguments)
}

fn at_field(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let path = error.path().to_string();
    let reason = without_position(error.inner());
    // The path is `.` when the fault is in the object itself, such as a field that is missing.
    Error::invalid(if path == "." { reason } else { format!("`{path}`: {reason}") })
}

/// serde_json ends its messages with a line and column, which say nothing to a model that wrote an object.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) if !error.is_syntax() && !error.is_eof() => text[..end].to_owned(),
        _ => text,
    }
}

fn known_fields<A: JsonSchema>() -> String {
    let schema = schema::of_arguments::<A>();
    let names =
        schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|fields| fields.keys());
    match names.map(|name| format!("`{name}`")).collect::<Vec<_>>() {
        none if none.is_empty() => "there are no arguments".to_owned(),
        names => format!("the fields are {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_arguments_are_an_empty_object() {
        parse::<()>("{}").unwrap();
        assert!(parse::<()>("{\"a\": 1}").is_err());
    }

    #[derive(Debug, serde::Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only how it is read is looked at")]
    struct Row {
        cells: Vec<u32>,
    }

    #[derive(Debug, serde::Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only how it is read is looked at")]
    struct Table {
        title: Option<String>,
        rows: Vec<Row>,
    }

    fn check(arguments: &str, expected: &str) {
        assert_eq!(parse::<Table>(arguments).unwrap_err().message(), expected);
    }

    #[test]
    fn a_fault_names_its_field() {
        check(r#"{"title": "a"}"#, "missing field `rows`");
        check(
            r#"{"rows": [{"cells": [1, "x"]}]}"#,
            "`rows[0].cells[1]`: invalid type: string \"x\", expected u32",
        );
        check(r#"{"rows": {}}"#, "`rows`: invalid type: map, expected a sequence");
    }

    #[test]
    fn a_field_that_is_not_known_is_refused() {
        check(r#"{"rows": [], "tilte": "a"}"#, "unknown field `tilte`; the fields are `rows`, `title`");
        check(
            r#"{"rows": [{"cells": [], "cell": 1}]}"#,
            "unknown field `rows.0.cell`; the fields are `rows`, `title`",
        );
    }

    #[test]
    fn optional_fields_may_be_absent_or_null() {
        assert!(parse::<Table>(r#"{"rows": []}"#).is_ok());
        assert!(parse::<Table>(r#"{"rows": [], "title": null}"#).is_ok());
    }
}
