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
