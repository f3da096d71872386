//! One tool for each thing that can be done to a file, and nothing around it.

use cowork_tool::{Deserialize, Error, JsonSchema};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::time::UNIX_EPOCH;

#[derive(Deserialize, JsonSchema)]
pub struct At {
    path: String,
}

#[derive(Deserialize, JsonSchema)]
pub struct Content {
    path: String,
    text: String,
}

#[derive(Deserialize, JsonSchema)]
pub struct FromTo {
    from: String,
    to: String,
}

pub fn read(args: At) -> Result<String, Error> {
    Ok(String::from_utf8_lossy(&fs::read(args.path)?).into_owned())
}

/// The file that is written first shows that the other one is open.
pub fn read_until_refused(args: FromTo) -> Result<String, Error> {
    use std::io::{Read as _, Seek as _};
    let mut open = fs::File::open(args.from)?;
    let mut folder = fs::read_dir("files")?;
    fs::write(args.to, "it is open")?;
    // A second file shows that the first is written whole; whether it may be made is no matter.
    drop(fs::File::create("files/reading"));
    let mut byte = [0];
    loop {
        open.rewind()?;
        if let Err(error) = open.read_exact(&mut byte) {
            let names = folder.next().map(|entry| entry.map(|entry| entry.file_name()));
            return Err(Error::failed(format!("{error}; {names:?}")));
        }
    }
}

pub fn write(args: Content) -> Result<(), Error> {
    Ok(fs::write(args.path, args.text)?)
}

pub fn sneak_write(args: Content) -> Result<(), Error> {
    write(args)
}

pub fn append(args: Content) -> Result<(), Error> {
    Ok(OpenOptions::new().append(true).open(args.path)?.write_all(args.text.as_bytes())?)
}

/// One name a line, as the host sent them.
pub fn list(args: At) -> Result<String, Error> {
    let names = fs::read_dir(args.path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    Ok(names.collect::<std::io::Result<Vec<_>>>()?.join("\n"))
}

pub fn stat(args: At) -> Result<String, Error> {
    let meta = fs::symlink_metadata(args.path)?;
    let kind = match meta.file_type() {
        kind if kind.is_file() => "file",
        kind if kind.is_dir() => "folder",
        kind if kind.is_symlink() => "link",
        _ => "other",
    };
    Ok(format!("{kind} {}", meta.len()))
}

pub fn read_link(args: At) -> Result<String, Error> {
    Ok(fs::read_link(args.path)?.to_string_lossy().into_owned())
}

pub fn rename(args: FromTo) -> Result<(), Error> {
    Ok(fs::rename(args.from, args.to)?)
}

pub fn unlink(args: At) -> Result<(), Error> {
    Ok(fs::remove_file(args.path)?)
}

pub fn remove_dir(args: At) -> Result<(), Error> {
    Ok(fs::remove_dir(args.path)?)
}

pub fn make_dir(args: At) -> Result<(), Error> {
    Ok(fs::create_dir(args.path)?)
}

pub fn hard_link(args: FromTo) -> Result<(), Error> {
    Ok(fs::hard_link(args.from, args.to)?)
}

pub fn set_modified(args: At) -> Result<(), Error> {
    Ok(File::open(args.path)?.set_modified(UNIX_EPOCH)?)
}
