//! Changes of every kind in one call, and ways to end it.

use cowork_tool::plan::{self, Status};
use cowork_tool::{Deserialize, Error, JsonSchema};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::time::UNIX_EPOCH;

#[derive(Deserialize, JsonSchema)]
pub struct Change {
    end: End,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum End {
    Return,
    Fail,
    Trap,
    Spin,
}

#[derive(Deserialize, JsonSchema)]
pub struct Report {
    subtask: String,
}

/// Works on `files/a.txt`, `files/b.txt`, `files/c.txt` and the folder `files/old`.
pub fn change(args: Change) -> Result<(), Error> {
    fs::create_dir_all("files/new/deep")?;
    fs::write("files/new/deep/made.txt", "made")?;
    fs::rename("files/a.txt", "files/new/renamed.txt")?;
    fs::write("files/new/renamed.txt", "renamed, then rewritten")?;
    fs::write("files/a.txt", "another at the old place")?;
    fs::rename("files/new/deep/made.txt", "files/made.txt")?;
    OpenOptions::new().append(true).open("files/b.txt")?.write_all(b", and more")?;
    File::options().write(true).open("files/c.txt")?.set_len(1)?;
    File::options().write(true).open("files/c.txt")?.set_modified(UNIX_EPOCH)?;
    fs::rename("files/old", "files/newer")?;
    fs::write("files/newer/inside.txt", "changed in a folder that moved")?;
    end(args.end)
}

fn end(end: End) -> Result<(), Error> {
    match end {
        End::Return => Ok(()),
        End::Fail => Err(Error::failed("as asked for")),
        End::Trap => panic!("as asked for"),
        End::Spin => crate::spin(crate::excess::Nothing {}),
    }
}

pub fn report_then_fail(args: Report) -> Result<(), Error> {
    plan::update_subtask(&args.subtask, Status::Completed, None)?;
    Err(Error::failed("after the report"))
}
