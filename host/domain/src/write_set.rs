//! Where subtasks that go side by side say that they write, and whether they would meet.

use crate::plan::{Phase, Plan};
use std::fmt;

/// Most patterns of a subtask.
const MAX_PATTERNS: usize = 20;
/// Longest pattern, in characters.
const MAX_PATTERN: usize = 500;

/// Two subtasks of a parallel phase that say they write in the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap<'a> {
    /// The phase.
    pub phase: &'a str,
    /// One of them, and where it writes.
    pub first: (&'a str, &'a str),
    /// The other, and where it does.
    pub second: (&'a str, &'a str),
}

impl fmt::Display for Overlap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (phase, (first, here), (second, there)) = (self.phase, self.first, self.second);
        write!(
            f,
            "in phase {phase:?}, {first:?} ({here}) and {second:?} ({there}) may write the same files at once"
        )
    }
}

impl Plan {
    /// The subtasks of parallel phases that may write the same files at once.
    pub fn overlaps(&self) -> Vec<Overlap<'_>> {
        self.phases.iter().filter(|phase| phase.parallel).flat_map(Phase::overlaps).collect()
    }
}

impl Phase {
    /// The patterns of paths that a subtask says it writes.
    pub fn writes_of(&self, subtask: &str) -> &[String] {
        self.writes.get(subtask).map(Vec::as_slice).unwrap_or_default()
    }

    fn overlaps(&self) -> Vec<Overlap<'_>> {
        let sets: Vec<(&str, &[String])> =
            self.subtasks.iter().map(|subtask| (subtask.as_str(), self.writes_of(subtask))).collect();
        let mut found = Vec::new();
        for (number, (first, here)) in sets.iter().enumerate() {
            for (second, there) in &sets[number + 1..] {
                let pairs = here.iter().flat_map(|here| there.iter().map(move |there| (here, there)));
                if let Some((here, there)) = pairs.into_iter().find(|(here, there)| may_meet(here, there)) {
                    found.push(Overlap { phase: &self.name, first: (first, here), second: (second, there) });
                }
            }
        }
        found
    }

    pub(crate) fn problems_of_writes(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (subtask, patterns) in &self.writes {
            if !self.subtasks.contains(subtask) {
                problems.push(format!("\"writes\" names {subtask:?}, which is none of its subtasks"));
            }
            if patterns.len() > MAX_PATTERNS {
                problems.push(format!(
                    "{subtask:?} writes in {} places, allowed are {MAX_PATTERNS}",
                    patterns.len()
                ));
            }
            let is_sound = |pattern: &&String| {
                let parts_are_names = pattern.split('/').all(|part| !matches!(part, "" | "." | ".."));
                pattern.chars().count() <= MAX_PATTERN && parts_are_names
            };
            if let Some(pattern) = patterns.iter().find(|pattern| !is_sound(pattern)) {
                problems.push(format!(
                    "{pattern:?} is no pattern of a path in the coworkspace, such as output/a/**"
                ));
            }
        }
        problems
    }
}

/// Whether there may be a path that both patterns fit. Where a pattern has brackets or braces it is taken for more than
/// it is.
pub fn may_meet(first: &str, second: &str) -> bool {
    meet(&parts(first), &parts(second), &|a: &Vec<Token<char>>, b| meet(a, b, &|a, b| a == b))
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq)]
enum Token<T> {
    /// Any number of anything.
    Many,
    /// One of anything.
    Any,
    /// This one.
    One(T),
}

fn parts(pattern: &str) -> Vec<Token<Vec<Token<char>>>> {
    let part = |part: &str| if part == "**" { Token::Many } else { Token::One(letters(part)) };
    pattern.trim_matches('/').split('/').map(part).collect()
}

fn letters(part: &str) -> Vec<Token<char>> {
    if part.contains(['[', '{', '\\']) {
        return vec![Token::Many];
    }
    let letter = |letter| match letter {
        '*' => Token::Many,
        '?' => Token::Any,
        other => Token::One(other),
    };
    part.chars().map(letter).collect()
}

/// Whether both fit something, from their ends on: the table's rows are what is left of the first.
fn meet<T>(first: &[Token<T>], second: &[Token<T>], same: &dyn Fn(&T, &T) -> bool) -> bool {
    let mut below = vec![false; second.len() + 1];
    for i in (0..=first.len()).rev() {
        let mut row = vec![false; second.len() + 1];
        for j in (0..=second.len()).rev() {
            row[j] = match (first.get(i), second.get(j)) {
                (None, None) => true,
                (Some(Token::Many), _) => below[j] || second.get(j).is_some() && row[j + 1],
                (_, Some(Token::Many)) => row[j + 1] || first.get(i).is_some() && below[j],
                (Some(Token::One(a)), Some(Token::One(b))) => below[j + 1] && same(a, b),
                (Some(_), Some(_)) => below[j + 1],
                (Some(_), None) | (None, Some(_)) => false,
            };
        }
        below = row;
    }
    below[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use globset::GlobBuilder;
    use proptest::prelude::*;

    fn plan(parallel: bool, writes: &[(&str, &[&str])]) -> Plan {
        let phase = Phase {
            name: "Sort".to_owned(),
            subtasks: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
            parallel,
            depends_on: None,
            writes: writes
                .iter()
                .map(|(of, patterns)| {
                    ((*of).to_owned(), patterns.iter().map(|pattern| (*pattern).to_owned()).collect())
                })
                .collect(),
        };
        Plan { summary: "Sort".to_owned(), phases: vec![phase] }
    }

    #[test]
    fn who_writes_in_the_same_place_is_named() {
        let sets: &[(&str, &[&str])] =
            &[("a", &["output/**"]), ("b", &["files/x", "output/b/*.md"]), ("c", &["files/y"])];
        let found: Vec<String> = plan(true, sets).overlaps().iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [r#"in phase "Sort", "a" (output/**) and "b" (output/b/*.md) may write the same files at once"#]
        );
        assert!(plan(false, sets).overlaps().is_empty(), "one after the other they may");
    }

    #[test]
    fn a_write_set_is_of_a_subtask_and_within_the_coworkspace() {
        let problems = |sets| plan(true, sets).validate().expect_err("not valid").to_string();
        assert_eq!(
            problems(&[("d", &["output/**"])]),
            r#"phase "Sort": "writes" names "d", which is none of its subtasks"#
        );
        assert!(problems(&[("a", &["../x"])]).contains(r#""../x" is no pattern of a path"#));
        assert!(plan(true, &[("a", &["output/**"])]).validate().is_ok());
    }

    proptest! {
        #[test]
        fn patterns_that_fit_the_same_path_meet(
            first in "(\\*?[ab?]{1,2}\\*?|\\*\\*)(/(\\*?[ab?]{1,2}\\*?|\\*\\*)){0,3}",
            second in "(\\*?[ab?]{1,2}\\*?|\\*\\*)(/(\\*?[ab?]{1,2}\\*?|\\*\\*)){0,3}",
            path in "[ab]{1,3}(/[ab]{1,3}){0,3}",
        ) {
            let fits = |pattern: &str| {
                let glob = GlobBuilder::new(pattern).literal_separator(true).build();
                glob.is_ok_and(|glob| glob.compile_matcher().is_match(&path))
            };
            if fits(&first) && fits(&second) {
                prop_assert!(may_meet(&first, &second), "{first} and {second} meet at {path}");
            }
        }
    }
}
