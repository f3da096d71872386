//! What was found, as people read it: like `grep`.

use super::found::{Found, Match};

pub(super) fn found(found: &Found) -> String {
    let mut lines: Vec<String> = found.matches.iter().flat_map(of_match).collect();
    if lines.is_empty() {
        lines.push("(no match)".to_owned());
    }
    if let Some(next) = found.next {
        lines.push(format!("(there are more; go on with offset {next})"));
    }
    if !found.unreadable.is_empty() {
        lines.push(format!("(could not be read: {})", found.unreadable.join(", ")));
    }
    if found.left_out > 0 {
        lines.push(format!("({} left out by .gitignore or .ignore)", found.left_out));
    }
    lines.join("\n")
}

fn of_match(found: &Match) -> Vec<String> {
    let path = &found.path;
    let (Some(line), Some(text)) = (found.line, &found.text) else {
        return vec![found.count.map_or_else(|| path.clone(), |count| format!("{path}: {count}"))];
    };
    let first = line - found.before.len() as u64;
    let before = (first..).zip(&found.before).map(|(line, text)| format!("{path}-{line}- {text}"));
    let after = (line + 1..).zip(&found.after).map(|(line, text)| format!("{path}-{line}- {text}"));
    before.chain([format!("{path}:{line}: {text}")]).chain(after).collect()
}
