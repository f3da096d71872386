//! The tools that `tests/guests/python` has too.

use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, Serialize};
use std::fs::File;
use std::io::{BufRead as _, BufReader};

#[derive(Deserialize, JsonSchema)]
pub struct Greet {
    name: String,
}

#[derive(Serialize, JsonSchema)]
pub struct Greeting {
    greeting: String,
}

#[derive(Deserialize, JsonSchema)]
pub struct LineCount {
    path: String,
}

#[derive(Serialize, JsonSchema)]
pub struct Lines {
    lines: usize,
}

pub fn greet(args: Greet) -> Result<Output, Error> {
    if args.name.is_empty() {
        return Err(Error::invalid("the name is empty"));
    }
    let greeting = format!("Hello, {}!", args.name.to_uppercase());
    Output::text(&greeting).structured(Greeting { greeting })
}

pub fn line_count(args: LineCount) -> Result<Output, Error> {
    let lines = BufReader::new(File::open(&args.path).on_path(&args.path)?).split(b'\n').count();
    Output::text(format!("{lines} lines")).structured(Lines { lines })
}
