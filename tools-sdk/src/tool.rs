//! One tool: its description for a model, and the function behind it.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bindings::exports::cowork::tool::tools::{Annotations, Definition};
use crate::{Error, IntoOutput, Output, arguments, schema};

type Handler = Box<dyn Fn(&str) -> Result<Output, Error>>;

/// A tool as [`export!`](crate::export!) makes it: each field of the macro is a method here.
///
/// Building one by hand is useful in a test, to try a tool without a host:
///
/// ```
/// # use cowork_tool::{Deserialize, Error, JsonSchema, Tool};
/// # #[derive(Deserialize, JsonSchema)]
/// # struct Greet { name: String }
/// # fn greet(args: Greet) -> Result<String, Error> { Ok(format!("Hello, {}!", args.name)) }
/// let tool = Tool::new("greet", greet).description("Greets somebody by name.").read_only();
/// assert_eq!(tool.call(r#"{"name": "Ada"}"#).unwrap().as_text(), "Hello, Ada!");
/// let error = tool.call(r#"{"nam": "Ada"}"#).unwrap_err();
/// assert_eq!(error.to_string(), "invalid arguments: unknown field `nam`; the fields are `name`");
/// ```
pub struct Tool {
    name: &'static str,
    title: Option<&'static str>,
    description: &'static str,
    input_schema: fn() -> Value,
    output_schema: Option<fn() -> Value>,
    annotations: Annotations,
    handler: Handler,
}

impl Tool {
    /// A tool of this name (lower case letters, digits and `_`, at most 64) that runs `function`.
    pub fn new<A, R>(name: &'static str, function: fn(A) -> Result<R, Error>) -> Self
    where
        A: DeserializeOwned + JsonSchema + 'static,
        R: IntoOutput + 'static,
    {
        let handler = move |text: &str| function(arguments::parse::<A>(text)?)?.into_output();
        Tool {
            name,
            title: None,
            description: "",
            input_schema: schema::of_arguments::<A>,
            output_schema: None,
            annotations: Annotations {
                read_only: false,
                destructive: false,
                idempotent: false,
                open_world: false,
            },
            handler: Box::new(handler),
        }
    }

    /// What people read instead of the name.
    pub fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// What the tool does and when to use it, in words for a model.
    pub fn description(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// The type whose schema `structured` follows.
    pub fn output<T: JsonSchema>(mut self) -> Self {
        self.output_schema = Some(schema::of_output::<T>);
        self
    }

    /// It changes nothing. The host holds it to that: its coworkspace cannot be written.
    pub fn read_only(mut self) -> Self {
        self.annotations.read_only = true;
        self
    }

    /// What it changes may be lost: it deletes or overwrites.
    pub fn destructive(mut self) -> Self {
        self.annotations.destructive = true;
        self
    }

    /// The same call again changes nothing more.
    pub fn idempotent(mut self) -> Self {
        self.annotations.idempotent = true;
        self
    }

    /// It reaches beyond the coworkspace, to the network say.
    pub fn open_world(mut self) -> Self {
        self.annotations.open_world = true;
        self
    }

    /// Its name, unique on a host.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The JSON Schema of its arguments.
    pub fn input_schema(&self) -> Value {
        (self.input_schema)()
    }

    /// Runs it with arguments that are a JSON object.
    pub fn call(&self, arguments: &str) -> Result<Output, Error> {
        (self.handler)(arguments)
    }

    pub(crate) fn definition(&self) -> Definition {
        Definition {
            name: self.name.to_owned(),
            title: self.title.map(str::to_owned),
            description: self.description.to_owned(),
            input_schema: self.input_schema().to_string(),
            output_schema: self.output_schema.map(|schema| schema().to_string()),
            annotations: self.annotations,
        }
    }
}
