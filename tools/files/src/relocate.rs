//! `file_move`: files and folders to new paths.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;

use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, Serialize, relative};

/// Arguments of [`file_move`].
#[derive(Deserialize, JsonSchema)]
pub struct FileMove {
    /// Done in this order.
    #[schemars(length(min = 1))]
    pub moves: Vec<Move>,
}

/// One move.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
pub struct Move {
    /// A file or folder.
    pub from: String,
    /// Its new path, with its name; must not exist.
    pub to: String,
}

/// What was moved.
#[derive(Serialize, JsonSchema)]
pub struct Moved {
    moved: Vec<Move>,
}

/// Moves all, or none if any cannot be.
pub fn file_move(args: FileMove) -> Result<Output, Error> {
    let clean = |step: Move| Move { from: relative(&step.from), to: relative(&step.to) };
    let moved: Vec<_> = args.moves.into_iter().map(clean).collect();
    check_together(&moved)?;
    moved.iter().try_for_each(check_one)?;
    moved.iter().try_for_each(move_one)?;
    let lines: Vec<_> = moved.iter().map(|step| format!("{} -> {}", step.from, step.to)).collect();
    Output::text(lines.join("\n")).structured(Moved { moved })
}

/// What the moves ask for among themselves.
fn check_together(moves: &[Move]) -> Result<(), Error> {
    let (mut sources, mut targets) = (HashSet::new(), HashSet::new());
    for Move { from, to } in moves {
        if !sources.insert(from) {
            return Err(Error::invalid(format!("{from} is moved twice; name it once")));
        }
        if !targets.insert(to) {
            return Err(Error::invalid(format!("two moves have the target {to}; give each its own")));
        }
        if Path::new(to).starts_with(from) && to != from {
            return Err(Error::invalid(format!("{from} cannot be moved into itself, to {to}")));
        }
    }
    Ok(())
}

/// What the files say to one move.
fn check_one(step: &Move) -> Result<(), Error> {
    fs::symlink_metadata(absolute(&step.from)).on_path(&step.from)?;
    match fs::symlink_metadata(absolute(&step.to)) {
        Ok(found) if found.is_dir() => {
            Err(Error::failed("is a folder that exists; give the new path with its name")
                .about(relative(&step.to)))
        }
        Ok(_) => Err(Error::failed("exists already; choose another name").about(relative(&step.to))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::from(error).about(relative(&step.to))),
    }
}

fn move_one(step: &Move) -> Result<(), Error> {
    let target = absolute(&step.to);
    if let Some(parent) = Path::new(&target).parent() {
        fs::create_dir_all(parent).on_path(parent)?;
    }
    fs::rename(absolute(&step.from), &target).on_path(format!("{} -> {}", step.from, step.to))
}

fn absolute(path: &str) -> String {
    format!("/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn folder() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "a").unwrap();
        fs::write(folder.path().join("b"), "b").unwrap();
        folder
    }

    fn run(folder: &TempDir, moves: &[(&str, &str)]) -> Result<Output, Error> {
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        file_move(FileMove {
            moves: moves.iter().map(|(from, to)| Move { from: path(from), to: path(to) }).collect(),
        })
    }

    #[test]
    fn folders_are_created() {
        let folder = folder();
        run(&folder, &[("a", "2026/03/a"), ("b", "2026/b")]).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("2026/03/a")).unwrap(), "a");
        assert!(!folder.path().join("b").exists());
    }

    #[test]
    fn nothing_moves_if_anything_cannot() {
        for wrong in [("b", "a"), ("missing", "d"), ("b", "b")] {
            let folder = folder();
            run(&folder, &[("a", "c"), wrong]).unwrap_err();
            assert!(folder.path().join("a").exists(), "{wrong:?}");
        }
    }

    #[test]
    fn contradictions_are_invalid() {
        for wrong in [[("a", "c"), ("b", "c")], [("a", "c"), ("a", "d")], [("b", "c"), ("a", "a/x")]] {
            let error = run(&folder(), &wrong).unwrap_err();
            assert!(matches!(error, Error::InvalidArguments(_)), "{wrong:?}: {error}");
        }
    }
}
