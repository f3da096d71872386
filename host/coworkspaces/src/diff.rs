//! A change set as people read it: text by unified diffs, the rest by sizes.

use crate::commit::{Slot, Step};
use crate::staged::staging::CALLS;
use crate::staged::{Changes, lower};
use crate::{Folder, name};
use cowork_domain::CallId;
use cowork_domain::change_set::{Change, ChangeKind, Content};
use cowork_domain::coworkspace::EntryKind;
use similar::TextDiff;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The largest file that is compared line by line, in bytes.
const COMPARED: u64 = 256 << 10;

/// The longest that one file is compared; then what was found so far is shown.
const LONGEST: Duration = Duration::from_millis(200);

/// What a call that is not committed yet would change in files, at most about `limit` bytes of it.
pub fn diff(folder: &Folder, call: CallId, changes: &Changes, limit: usize) -> String {
    let mut text = String::new();
    for change in changes.set.changes().iter().filter(|change| change.entry == EntryKind::File) {
        if text.len() >= limit {
            text.push_str("[more is not shown here]\n");
            break;
        }
        of_file(folder, call, changes, change, &mut text);
    }
    text
}

fn of_file(folder: &Folder, call: CallId, changes: &Changes, change: &Change, text: &mut String) {
    let (old_path, new_path) = match &change.kind {
        ChangeKind::Created => ("/dev/null", change.path.as_str()),
        ChangeKind::Moved { from } if change.after.is_some_and(|after| Some(after) != change.before) => {
            (from.as_str(), change.path.as_str())
        }
        ChangeKind::Modified => (change.path.as_str(), change.path.as_str()),
        ChangeKind::Deleted | ChangeKind::Moved { .. } | ChangeKind::Touched => return,
    };
    let old = change.before.map(|_| read(folder, Path::new(old_path))).unwrap_or(Some(String::new()));
    let new = staged(changes, new_path, call).and_then(|path| read(folder, &path));
    let (Some(old), Some(new)) = (old, new) else {
        let _ = writeln!(text, "{new_path}: {}", sizes(change.before, change.after));
        return;
    };
    let diff = TextDiff::configure().timeout(LONGEST).diff_lines(&old, &new);
    let _ = write!(text, "{}", diff.unified_diff().context_radius(2).header(old_path, new_path));
}

/// Where the new content of a path is.
fn staged(changes: &Changes, path: &str, call: CallId) -> Option<PathBuf> {
    changes.steps.iter().find_map(|step| match step {
        Step::Put { slot: slot @ Slot::Staged(_), path: to } | Step::Exchange { slot, path: to, .. }
            if name::escape(to.as_os_str()) == path =>
        {
            Some(Path::new(CALLS).join(call.to_string()).join(slot.name()))
        }
        _ => None,
    })
}

/// The text of a file that is short enough and is text.
fn read(folder: &Folder, path: &Path) -> Option<String> {
    let parent = lower::open_folder(folder.dir(), path.parent()?).ok()?;
    let (file, _) = lower::open_file(parent, path.file_name()?).ok()?;
    let mut bytes = Vec::new();
    file.take(COMPARED + 1).read_to_end(&mut bytes).ok()?;
    let is_text = bytes.len() as u64 <= COMPARED && !bytes.contains(&0);
    if is_text { String::from_utf8(bytes).ok() } else { None }
}

fn sizes(before: Option<Content>, after: Option<Content>) -> String {
    let size = |content: Content| human(content.size);
    match (before, after) {
        (Some(before), Some(after)) => format!("binary, {} → {}", size(before), size(after)),
        (None, Some(after)) => format!("binary, {}", size(after)),
        (Some(before), None) => format!("binary, was {}", size(before)),
        (None, None) => "binary".to_owned(),
    }
}

/// `1.2 MB`.
fn human(bytes: u64) -> String {
    let units = ["B", "KB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_for_people() {
        assert_eq!(human(0), "0 B");
        assert_eq!(human(999), "999 B");
        assert_eq!(human(1_234_000), "1.2 MB");
        assert_eq!(human(999_960), "1.0 MB");
    }
}
