//! A listing as people read it.

use std::fmt::Write;

use super::{Entry, Kind, Listing};

/// A line for each entry: its path, or, in a tree, its name below that of its folder.
pub(super) fn listing(listing: &Listing, folder: &str, tree: bool) -> String {
    let mut text = if tree { format!("{folder}/\n") } else { String::new() };
    for entry in &listing.entries {
        let name = match tree {
            true => {
                let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
                format!("{}{name}", "  ".repeat(entry.depth))
            }
            false => entry.path.clone(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}{}", note(entry));
    }
    if listing.entries.is_empty() {
        text.push_str("(empty)");
    }
    if let Some(next) = &listing.next {
        let _ = writeln!(text, "(there are more; go on after {next})");
    }
    if listing.left_out > 0 {
        let _ = writeln!(text, "({} left out by .gitignore or .ignore)", listing.left_out);
    }
    text
}

fn note(entry: &Entry) -> String {
    let time = entry.modified.as_deref().and_then(|time| time.get(..16)).map(|time| time.replace('T', " "));
    let time = time.map(|time| format!("  {time}")).unwrap_or_default();
    match (entry.kind, entry.size) {
        (Kind::File, Some(size)) => format!("  {size} bytes{time}"),
        (Kind::File, None) => time,
        (Kind::Directory, _) => "/".to_owned(),
        (Kind::Link, _) => "  (link)".to_owned(),
        (Kind::Other, _) => "  (neither file nor folder)".to_owned(),
        (Kind::Unreadable, _) => "  (unreadable)".to_owned(),
    }
}
