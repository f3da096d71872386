//! Files with some bytes changed, cut or doubled: every tool gives a result or an error in words, never a crash, and no
//! call takes more memory than it may. A few in every run, 10,000 with `COWORK_SOAK`.

use super::{call, sample};
use cowork_sandbox::CallError;
use cowork_tests::{Coworkspace, Host};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

/// A file, and the calls that look at it.
struct Seed {
    path: &'static str,
    content: Vec<u8>,
    calls: Vec<(&'static str, Value)>,
}

fn tables(path: &'static str, content: Vec<u8>) -> Seed {
    let query = json!({ "tables": [{ "name": "t", "path": path }], "sql": "SELECT * FROM t ORDER BY 1" });
    let mut calls = vec![("data_query", query)];
    if !path.ends_with("parquet") && !path.ends_with("jsonl") {
        calls.push(("spreadsheet_read", json!({ "path": path, "formulas": true })));
    }
    Seed { path, content, calls }
}

fn picture(path: &'static str, content: Vec<u8>) -> Seed {
    let edit = json!({ "action": "edit", "paths": [path], "output": "output/edited.png", "width": 16 });
    Seed { path, content, calls: vec![("image", edit)] }
}

/// One file of each kind, the pictures and the workbook made by the tools themselves.
async fn seeds() -> Vec<Seed> {
    let space = Coworkspace::new();
    let rows = json!([["2026-03-14", "Hotel", 12.5], ["2026-03-15", "Café", { "formula": "=C2*2" }]]);
    let columns =
        json!([{ "header": "Day", "kind": "date" }, { "header": "Vendor" }, { "header": "Amount" }]);
    let sheet = json!({ "name": "Expenses", "columns": columns, "rows": rows });
    call(&space, "spreadsheet_write", json!({ "path": "output/a.xlsx", "sheets": [sheet] })).await;
    let chart = json!({ "kind": "bar", "output": "output/a.png", "columns": ["x", "y"], "rows": [["a", 1]], "width": 200, "height": 150 });
    call(&space, "chart", chart).await;
    let read = |path: &str| std::fs::read(space.path(path)).expect("a file");
    let mut seeds = vec![
        tables("files/a.xlsx", read("output/a.xlsx")),
        tables("files/a.xls", sample("expenses.xls")),
        tables("files/a.ods", sample("expenses.ods")),
        tables("files/a.parquet", sample("expenses.parquet")),
        tables("files/a.csv", "Day;Vendor;Amount\n2026-03-14;\"Ho\"\"tel\";12,5\n;;\n".into()),
        tables("files/a.jsonl", "{\"a\": 1, \"b\": [true, \"x\"]}\n{\"a\": null}\n".into()),
        picture("files/a.png", read("output/a.png")),
    ];
    for path in ["files/a.jpg", "files/a.webp", "files/a.tiff", "files/a.gif", "files/a.bmp"] {
        let edit = json!({ "action": "edit", "paths": ["output/a.png"], "output": path, "width": 48 });
        call(&space, "image", edit).await;
        seeds.push(picture(path, read(path)));
    }
    seeds
}

fn mutated(content: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = content.to_vec();
    for _ in 0..random.random_range(1..8) {
        if bytes.is_empty() {
            break;
        }
        let at = random.random_range(0..bytes.len());
        match random.random_range(0..8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, random.random()),
            3 => {
                let end = (at + random.random_range(1..64)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            // Numbers of one, two or four bytes at the ends of what they can be.
            4 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.random_range(0..5)],
            5 => (at..(at + 4).min(bytes.len())).for_each(|place| bytes[place] = 0xff),
            _ => bytes[at] ^= 1 << random.random_range(0..8),
        }
    }
    bytes
}

#[tokio::test]
async fn changed_files_give_a_result_or_an_error_in_words() {
    let rounds = if std::env::var_os("COWORK_SOAK").is_some() { 10_000 } else { 120 };
    let seeds = seeds().await;
    let host = Host::tools().await;
    let mut random = StdRng::seed_from_u64(2026);
    let (mut results, mut errors, mut crashes) = (0, 0, Vec::new());
    for round in 0..rounds {
        let seed = &seeds[round % seeds.len()];
        let content = mutated(&seed.content, &mut random);
        let space = Coworkspace::new();
        space.plant(seed.path, content);
        for (tool, arguments) in &seed.calls {
            match host.call(&space, tool, arguments).await {
                Ok(_) => results += 1,
                Err(error @ (CallError::Trapped { .. } | CallError::Exited { .. })) => {
                    crashes.push(format!("round {round}: {tool} {}: {error}", seed.path));
                }
                Err(_) => errors += 1,
            }
        }
    }
    eprintln!("{rounds} changed files: {results} results, {errors} errors, {} crashes", crashes.len());
    assert!(crashes.is_empty(), "{} crashes:\n{}", crashes.len(), crashes.join("\n"));
}
