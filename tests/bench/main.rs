//! Measures what people wait for, each figure beside its reference from the same run: `cargo xtask bench [NAME] [--json]`.

mod bare;
mod cold_start;
mod figure;
mod tool_call;
mod transaction;
mod turns;

use figure::Figure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (flags, names): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let json = flags.iter().any(|flag| flag == "--json");
    let wanted = |name: &str| names.iter().all(|part| name.contains(part.as_str()));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut good = true;
    let mut show = |figure: Figure| {
        good &= figure.ok();
        println!("{}", if json { figure.json().to_string() } else { figure.line() });
    };
    if wanted(tool_call::NAME) {
        show(runtime.block_on(tool_call::measure()));
    }
    if wanted(transaction::TRIVIAL) {
        show(runtime.block_on(transaction::trivial()));
    }
    if wanted(transaction::READ) {
        show(runtime.block_on(transaction::read()));
    }
    if wanted(transaction::CHANGE) {
        show(runtime.block_on(transaction::change()));
    }
    if wanted(cold_start::NAME) {
        show(runtime.block_on(cold_start::measure()));
    }
    if wanted(turns::NAME) {
        show(runtime.block_on(turns::measure()));
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
