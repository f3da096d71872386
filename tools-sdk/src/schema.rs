//! JSON Schema (2020-12) as models like it: one plain object, nothing referred to, no noise.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// The schema of a tool's arguments, which admits no field that is not in it.
pub(crate) fn of_arguments<T: JsonSchema>() -> Value {
    let mut schema = plain::<T>(settings());
    // A model reads what the tool does in the tool's own description.
    schema.remove("description");
    // A tool without arguments is often a unit struct, whose schema is `null`.
    if schema.get("type").is_some_and(|kind| kind == "null") {
        schema = schemars::json_schema!({ "type": "object", "properties": {} });
    }
    Closed.transform(&mut schema);
    schema.to_value()
}

/// The schema of `structured`, in which a field that serde may skip is not required.
pub(crate) fn of_output<T: JsonSchema>() -> Value {
    plain::<T>(settings().for_serialize()).to_value()
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    })
}

fn plain<T: JsonSchema>(settings: SchemaSettings) -> Schema {
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    // It is the name of a Rust type.
    schema.remove("title");
    RustFormats.transform(&mut schema);
    Choices.transform(&mut schema);
    schema
}

/// Takes away `"format": "uint64"` and the like, which are Rust's and not JSON Schema's.
struct RustFormats;

impl Transform for RustFormats {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
        if ["int", "uint", "float", "double"].iter().any(|kind| format.starts_with(kind)) {
            schema.remove("format");
        }
    }
}

/// Writes an enum with documented variants as one list of values: the error of a wrong one then names the right ones.
struct Choices;

impl Transform for Choices {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some((values, texts)) = schema.get("oneOf").and_then(Value::as_array).and_then(choices) else {
            return;
        };
        let before = schema.get("description").and_then(Value::as_str).map(str::to_owned);
        let description: Vec<String> = before.into_iter().chain(texts).collect();
        schema.remove("oneOf");
        schema.insert("type".to_owned(), "string".into());
        schema.insert("enum".to_owned(), values.into());
        if !description.is_empty() {
            schema.insert("description".to_owned(), description.join("\n").into());
        }
    }
}

/// The values of variants that are all plain strings, and a line about each documented one.
fn choices(variants: &Vec<Value>) -> Option<(Vec<Value>, Vec<String>)> {
    let (mut values, mut texts) = (Vec::new(), Vec::new());
    for variant in variants {
        match (variant.get("const"), variant.get("enum").and_then(Value::as_array)) {
            (Some(Value::String(value)), _) => {
                let text = variant.get("description").and_then(Value::as_str);
                texts.extend(text.map(|text| format!("{value}: {text}")));
                values.push(value.as_str().into());
            }
            (None, Some(plain)) if plain.iter().all(Value::is_string) => values.extend(plain.iter().cloned()),
            _ => return None,
        }
    }
    Some((values, texts))
}

/// Closes every object whose fields are all listed in one place.
struct Closed;

impl Transform for Closed {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let combined = ["allOf", "anyOf", "oneOf"].into_iter().any(|key| schema.get(key).is_some());
        if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() && !combined {
            schema.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(serde::Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Move {
        /// Where it is.
        from: String,
        title: Option<String>,
    }

    /// Not for models.
    #[derive(serde::Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Moves {
        moves: Vec<Move>,
    }

    #[derive(serde::Serialize, JsonSchema)]
    struct Found {
        count: u64,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        unreadable: Vec<String>,
    }

    #[test]
    fn what_may_be_skipped_is_not_required() {
        let schema = of_output::<Found>();
        assert_eq!(schema["required"], json!(["count"]));
        assert_eq!(schema["properties"]["count"], json!({ "type": "integer", "minimum": 0 }));
    }

    #[derive(serde::Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    enum Mode {
        /// At the end.
        Append,
        Replace,
    }

    #[derive(serde::Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Write {
        /// Where it goes.
        mode: Mode,
    }

    #[test]
    fn documented_choices_are_one_list() {
        let mode = of_arguments::<Write>()["properties"]["mode"].clone();
        let mut values = mode["enum"].as_array().expect("a list").clone();
        values.sort_by_key(Value::to_string);
        assert_eq!(values, ["append", "replace"]);
        assert_eq!(mode["description"], "Where it goes.\nappend: At the end.");
    }

    #[test]
    fn subschemas_are_inline_and_closed() {
        let expected = json!({
            "type": "object",
            "properties": { "moves": { "type": "array", "items": {
                "type": "object",
                "properties": {
                    "from": { "type": "string", "description": "Where it is." },
                    "title": { "type": ["string", "null"] },
                },
                "required": ["from"],
                "additionalProperties": false,
            } } },
            "required": ["moves"],
            "additionalProperties": false,
        });
        assert_eq!(of_arguments::<Moves>(), expected);
    }

    #[test]
    fn no_arguments_are_an_empty_object() {
        let expected = json!({ "type": "object", "properties": {}, "additionalProperties": false });
        assert_eq!(of_arguments::<()>(), expected);
    }
}
