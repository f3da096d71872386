//! Names of columns, and which one a model may have meant.

use std::collections::HashSet;

/// Of a table.
pub(crate) const MOST_COLUMNS: usize = 2000;

/// Names for columns: trimmed, never empty, each one once whatever its case, as databases have it.
pub(crate) fn unique(headers: impl Iterator<Item = String>) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut names = Vec::new();
    for (index, header) in headers.enumerate() {
        let plain = header.split_whitespace().collect::<Vec<_>>().join(" ");
        let base = if plain.is_empty() { format!("column_{}", index + 1) } else { plain };
        let mut name = base.clone();
        let mut number = 2;
        while !taken.insert(name.to_lowercase()) {
            name = format!("{base}_{number}");
            number += 1;
        }
        names.push(name);
    }
    names
}

/// The name that is most like a wrong one, if any is like it at all.
pub fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&wrong, &name.to_lowercase());
    let best = names.map(|name| (likeness(name), name)).max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(likeness, _)| *likeness > 0.75).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let names = unique(["Name", " name ", "", "two\nlines", "Name_2", ""].map(str::to_owned).into_iter());
        assert_eq!(names, ["Name", "name_2", "column_3", "two lines", "Name_2_2", "column_6"]);
    }

    #[test]
    fn the_nearest_name() {
        let names = ["Expenses", "Notes", "Summary 2026"];
        assert_eq!(nearest("expense", names.into_iter()), Some("Expenses"));
        assert_eq!(nearest("Sumary", names.into_iter()), Some("Summary 2026"));
        assert_eq!(nearest("zzz", names.into_iter()), None);
    }
}
