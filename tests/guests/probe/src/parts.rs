//! What parts of a call can do, and what they cannot.

use crate::excess::Nothing;
use cowork_tool::parallel::{self, Part};
use cowork_tool::{Deserialize, Error, JsonSchema, assets, progress};
use std::hash::{BuildHasher as _, RandomState};
use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[derive(Deserialize, JsonSchema)]
pub struct InParts {
    part: String,
    inputs: Vec<String>,
    /// What the call holds itself meanwhile.
    keep_mib: Option<usize>,
}

#[derive(Deserialize, JsonSchema)]
pub struct Asset {
    name: String,
}

#[derive(Deserialize, JsonSchema)]
pub struct Steps {
    steps: usize,
}

pub const ECHO: Part = Part::new("echo", |input| Ok(input.to_vec()));
pub const REFUSE: Part = Part::new("refuse", |input| match input {
    b"" => Ok(Vec::new()),
    why => Err(Error::failed(text(why))),
});
pub const READ_FILE: Part = Part::new("read_file", |path| Ok(std::fs::read(text(path))?));
pub const WRITE_FILE: Part =
    Part::new("write_file", |path| Ok(std::fs::write(text(path), "x").map(|()| Vec::new())?));
pub const CRASH: Part = Part::new("crash", |input| match input {
    b"" => Ok(Vec::new()),
    why => panic!("{}", text(why)),
});
pub const CRASH_OR_SPIN: Part = Part::new("crash_or_spin", |input| match input {
    b"crash" => panic!("on purpose"),
    _ => SPIN.run(b"1000"),
});
pub const SPIN: Part = Part::new("spin", |seconds| {
    let end: u64 = number(seconds)? * 100_000_000;
    Ok((0..end).fold(0_u64, |sum, turn| black_box(sum.wrapping_add(turn))).to_le_bytes().to_vec())
});
pub const SLEEP: Part = Part::new("sleep", |seconds| {
    std::thread::sleep(Duration::from_secs(number(seconds)?));
    Ok(Vec::new())
});
pub const HOLD: Part =
    Part::new("hold", |mib| Ok(vec![black_box(vec![1_u8; (number(mib)? as usize) << 20])[7]]));
pub const LARGE: Part = Part::new("large", |mib| Ok(vec![b'x'; (number(mib)? as usize) << 20]));
pub const NESTED: Part = Part::new("nested", |input| Ok(ECHO.over(vec![input.to_vec()])?.concat()));
pub const ASSET: Part = Part::new("asset", |name| assets::read(&text(name)));
/// What it draws and what time it has: for parts of calls that are run again.
pub const CHANCE: Part = Part::new("chance", |_| {
    #[expect(clippy::disallowed_methods, reason = "the clock of a part is what is asked for")]
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{}", RandomState::new().hash_one(time.as_nanos())).into_bytes())
});

/// Runs a part over inputs and puts together what they give.
pub fn in_parts(args: InParts) -> Result<String, Error> {
    let all = [
        ECHO,
        REFUSE,
        READ_FILE,
        WRITE_FILE,
        CRASH,
        CRASH_OR_SPIN,
        SPIN,
        SLEEP,
        HOLD,
        LARGE,
        NESTED,
        ASSET,
        CHANCE,
        Part::new("missing", |_| Ok(Vec::new())),
    ];
    let part = all.iter().find(|part| part.name() == args.part);
    let part = part.ok_or_else(|| Error::invalid("there is no such part"))?;
    let kept = black_box(vec![1_u8; args.keep_mib.unwrap_or(0) << 20]);
    let outputs = part.over(args.inputs.into_iter().map(String::into_bytes).collect())?;
    drop(black_box(kept));
    Ok(outputs.iter().map(|output| text(output)).collect::<Vec<_>>().join(" "))
}

pub fn read_asset(args: Asset) -> Result<String, Error> {
    Ok(text(&assets::read(&args.name)?))
}

pub fn report_progress(args: Steps) -> Result<(), Error> {
    for done in 0..=args.steps {
        progress::report(done, args.steps, "steps");
    }
    Ok(())
}

pub fn part_width(_: Nothing) -> Result<String, Error> {
    Ok(parallel::width().to_string())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn number(input: &[u8]) -> Result<u64, Error> {
    text(input).parse().map_err(Error::invalid)
}
