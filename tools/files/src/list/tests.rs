use super::*;
use std::path::Path;

/// The paths below a folder, those that were left out, and whether there are more.
fn paths(folder: &Path, args: FileList) -> (Vec<String>, u64, bool) {
    let path = Some(folder.to_string_lossy().into_owned());
    let listing = file_list(FileList { path, ..args }).unwrap().as_json();
    let base = format!("{}/", relative(folder));
    let path = |entry: &serde_json::Value| entry["path"].as_str().unwrap().replacen(&base, "", 1);
    let paths = listing["entries"].as_array().unwrap().iter().map(path).collect();
    (paths, listing["left_out"].as_u64().unwrap_or(0), listing["truncated"] == true)
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn all() -> FileList {
    FileList { recursive: true, ..FileList::default() }
}

#[test]
fn entries_come_in_order_and_links_are_not_followed() {
    let folder = folder(&[("a/b/c.txt", ""), ("a.txt", ""), ("a-1.txt", ""), ("z", "")]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
    let (found, _, truncated) = paths(folder.path(), all());
    assert_eq!(found, ["a", "a-1.txt", "a.txt", "a/b", "a/b/c.txt", "loop", "z"]);
    assert!(!truncated);
    let (found, _, _) = paths(folder.path(), FileList { depth: Some(2), ..all() });
    assert_eq!(found, ["a", "a-1.txt", "a.txt", "a/b", "loop", "z"]);
    let (found, _, _) = paths(folder.path(), FileList { glob: Some("*.TXT".to_owned()), ..all() });
    assert_eq!(found, ["a-1.txt", "a.txt", "a/b/c.txt"]);
}

#[test]
fn pages_follow_each_other() {
    let folder = folder(&[("a", ""), ("b/c", ""), ("d", "")]);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (found, _, more) =
            paths(folder.path(), FileList { limit: Some(2), after: after.clone(), ..all() });
        after = found.last().map(|path| format!("{}/{path}", folder.path().display()));
        seen.extend(found);
        if !more {
            break;
        }
    }
    assert_eq!(seen, ["a", "b", "b/c", "d"]);
}

#[test]
fn ignore_rules_hold_as_in_git() {
    let folder = folder(&[
        (".gitignore", "*.log\nbuild/\n!keep.log\n"),
        ("a.log", ""),
        ("keep.log", ""),
        ("build/x", ""),
        ("src/build.rs", ""),
        ("src/.ignore", "!b.log\n"),
        ("src/b.log", ""),
        (".git/config", ""),
    ]);
    let (found, left_out, _) = paths(folder.path(), all());
    assert_eq!(found, [".gitignore", "keep.log", "src", "src/.ignore", "src/b.log", "src/build.rs"]);
    assert_eq!(left_out, 3);
    let (found, left_out, _) = paths(folder.path(), FileList { ignored: true, ..all() });
    assert_eq!((found.len(), left_out), (11, 0));
    // The rules of folders above count too.
    let (found, left_out, _) = paths(&folder.path().join("build"), FileList::default());
    assert_eq!((found.len(), left_out), (1, 0));
}

#[test]
fn times_are_utc_seconds() {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(1_773_480_413_500);
    assert_eq!(rfc3339(time), "2026-03-14T09:26:53Z");
}
