//! Measures what people wait for, each figure beside its reference from the same run: `cargo xtask bench [NAME] [--json]`.

mod after_many;
mod at_once;
mod bare;
mod busy;
mod cold_start;
mod figure;
mod finished;
mod folder_size;
mod large;
mod late_turn;
mod place;
mod resume;
mod rows;
mod slow;
mod suspended;
mod tool_call;
mod transaction;
mod turns;

use figure::Figure;
use std::pin::Pin;
use std::process::ExitCode;
use tokio::runtime::{Builder, Runtime};

type Measure = fn() -> Pin<Box<dyn Future<Output = Figure>>>;

/// Every figure by its name, in the order in which they are measured. Memory comes first: what earlier figures had freed
/// would be used again, and hide what is taken.
const FIGURES: [(&str, Measure); 21] = [
    (suspended::NAME, || Box::pin(suspended::measure())),
    (tool_call::LIST, || Box::pin(tool_call::list())),
    (tool_call::TINY, || Box::pin(tool_call::tiny())),
    (tool_call::BWRAP, || Box::pin(tool_call::tiny_beside_bwrap())),
    (transaction::TRIVIAL, || Box::pin(transaction::trivial())),
    (transaction::READ, || Box::pin(transaction::read())),
    (transaction::CHANGE, || Box::pin(transaction::change())),
    (at_once::NAME, || Box::pin(at_once::measure())),
    (large::READ, || Box::pin(large::read())),
    (large::LIST, || Box::pin(large::list())),
    (folder_size::TRIVIAL, || Box::pin(folder_size::trivial())),
    (folder_size::CHANGE, || Box::pin(folder_size::change())),
    (after_many::NAME, || Box::pin(after_many::measure())),
    (cold_start::FIRST, || Box::pin(cold_start::first_result())),
    (cold_start::NAME, || Box::pin(cold_start::measure())),
    (turns::RATE, || Box::pin(turns::rate())),
    (turns::OVERHEAD, || Box::pin(turns::overhead())),
    (finished::NAME, || Box::pin(finished::measure())),
    (resume::NAME, || Box::pin(resume::measure())),
    (late_turn::TIME, || Box::pin(late_turn::time())),
    (late_turn::BYTES, || Box::pin(late_turn::bytes())),
];

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == slow::ROLE) {
        runtime().block_on(slow::serve());
        return ExitCode::SUCCESS;
    }
    let (flags, names): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let json = flags.iter().any(|flag| flag == "--json");
    let wanted = |name: &str| names.iter().all(|part| name.contains(part.as_str()));
    let runtime = runtime();
    let mut good = true;
    for (_, measure) in FIGURES.iter().filter(|(name, _)| wanted(name)) {
        let figure = runtime.block_on(measure());
        good &= figure.ok();
        println!("{}", if json { figure.json().to_string() } else { figure.line() });
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().expect("a runtime")
}
