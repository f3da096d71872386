//! Carries out a list of file operations through `wasi:filesystem` itself, without a C library between, and tells what
//! each gave. The same list on two file systems tells whether they behave alike.

mod operation;

use cowork_tool::{Deserialize, Error, JsonSchema};
use operation::{Operation, World};

#[derive(Deserialize, JsonSchema)]
struct Run {
    /// The folder that the operations' paths are relative to.
    base: String,
    operations: Vec<Operation>,
}

/// One line for each operation.
fn run(args: Run) -> Result<String, Error> {
    let mut world = World::open(&args.base).ok_or_else(|| Error::failed("there is no such folder"))?;
    let lines: Vec<String> =
        args.operations.into_iter().map(|operation| world.carry_out(operation)).collect();
    Ok(lines.join("\n"))
}

cowork_tool::export!(run { description: "Carries out file operations." });
