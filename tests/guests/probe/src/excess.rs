//! Tools that do not end, end badly, or want too much.

use cowork_tool::{Deserialize, Error, JsonSchema, Output};
use std::fs::File;
use std::hint::black_box;
use std::io::Write as _;
use std::time::Duration;

#[derive(Deserialize, JsonSchema)]
pub struct Message {
    message: String,
}

#[derive(Deserialize, JsonSchema)]
pub struct Amount {
    amount: u64,
}

#[derive(Deserialize, JsonSchema)]
pub struct Print {
    to: Stream,
    amount: u64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Stream {
    Stdout,
    Stderr,
}

#[derive(Deserialize, JsonSchema)]
pub struct OpenMany {
    path: String,
    amount: u64,
}

/// Makes many files and crashes.
pub fn litter(args: Amount) -> Result<(), Error> {
    for number in 0..args.amount {
        std::fs::write(format!("files/litter-{number}"), "x")?;
    }
    panic!("all of it was for nothing")
}

/// Lets all memory that it may have be touched, again and again.
pub fn fork_memory(_: Nothing) -> Result<(), Error> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        let copy = all.last().cloned().unwrap_or_else(|| vec![1; 1 << 16]);
        all.push([copy.clone(), copy].concat());
        black_box(&all);
    }
}

/// The file shows that a crash takes back what came before it.
pub fn trap(args: Message) -> Result<(), Error> {
    std::fs::write("files/written-before-the-crash", "x")?;
    panic!("{}", args.message);
}

pub fn spin(_: Nothing) -> Result<(), Error> {
    let mut turns = 0u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

pub fn sleep(_: Nothing) -> Result<(), Error> {
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

pub fn eat_memory(_: Nothing) -> Result<(), Error> {
    let mut eaten = Vec::new();
    loop {
        eaten.push(black_box(vec![1u8; 1 << 20]));
    }
}

pub fn print(args: Print) -> Result<(), Error> {
    let mut stream: Box<dyn std::io::Write> = match args.to {
        Stream::Stdout => Box::new(std::io::stdout()),
        Stream::Stderr => Box::new(std::io::stderr()),
    };
    let line = [b'x'; 1024];
    let mut rest = args.amount;
    while rest > 0 {
        let part = rest.min(1024);
        stream.write_all(&line[..part as usize])?;
        rest -= part;
    }
    Ok(stream.flush()?)
}

pub fn recurse(args: Amount) -> Result<String, Error> {
    Ok(depth(args.amount).to_string())
}

fn depth(rest: u64) -> u64 {
    if rest == 0 { 0 } else { black_box(depth(black_box(rest - 1))) + 1 }
}

pub fn huge_result(args: Amount) -> Result<Output, Error> {
    Ok(Output::text("x".repeat(args.amount as usize)))
}

pub fn open_many(args: OpenMany) -> Result<String, Error> {
    let mut open = Vec::new();
    for _ in 0..args.amount {
        let file = File::open(&args.path)
            .map_err(|error| Error::from(error).about(format!("after {}", open.len())))?;
        open.push(file);
    }
    Ok(format!("{} open", open.len()))
}

pub fn exit(args: Amount) -> Result<(), Error> {
    std::process::exit(args.amount as i32)
}

/// No arguments.
#[derive(Deserialize, JsonSchema)]
pub struct Nothing {}
