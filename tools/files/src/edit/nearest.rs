//! What in a file comes nearest to a text that is not there, so that a model sees what it got wrong.

use std::collections::HashMap;

use similar::TextDiff;

use super::find::words;

/// Lines that are shown.
const MOST_LINES: usize = 30;
/// Of a line that is shown, in characters.
const LONGEST_LINE: usize = 300;
/// Below this nothing in the file is like it.
const LEAST: f32 = 0.4;

/// Says that a text is not in the file, and shows what is nearest to it.
pub(super) fn nearest(text: &str, old: &str) -> String {
    let missing = "`old` is not in the file".to_owned();
    let lines: Vec<&str> = text.lines().collect();
    let wanted: Vec<&str> = old.lines().collect();
    let Some(start) = start(&lines, &wanted) else {
        return format!("{missing}, and nothing there is like it; read the file first");
    };
    let end = (start + wanted.len()).min(lines.len());
    let near = lines[start..end].join("\n");
    let likeness = TextDiff::from_chars(head(&near), head(old)).ratio();
    if likeness < LEAST {
        return format!("{missing}, and nothing there is like it; read the file first");
    }
    let shown: Vec<String> = lines[start..end]
        .iter()
        .take(MOST_LINES)
        .map(|line| line.chars().take(LONGEST_LINE).collect())
        .collect();
    let place =
        if end - start == 1 { format!("line {end}") } else { format!("lines {} to {end}", start + 1) };
    format!("{missing}; the nearest is at {place} ({:.0} % alike):\n{}", likeness * 100.0, shown.join("\n"))
}

/// Enough to compare: the time grows with the square.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(2000)]
}

/// Where the lines begin that are most like those wanted: where most of them are the same, else where the one is that
/// is most like the longest of them.
fn start(lines: &[&str], wanted: &[&str]) -> Option<usize> {
    let mut at: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, line) in wanted.iter().enumerate() {
        let words = words(line);
        if !words.is_empty() {
            at.entry(words).or_default().push(number);
        }
    }
    let mut votes: HashMap<usize, usize> = HashMap::new();
    for (number, line) in lines.iter().enumerate() {
        for offset in at.get(&words(line)).into_iter().flatten() {
            if let Some(start) = number.checked_sub(*offset) {
                *votes.entry(start).or_default() += 1;
            }
        }
    }
    let most = votes.into_iter().max_by_key(|&(start, votes)| (votes, usize::MAX - start));
    if let Some((start, _)) = most {
        return Some(start);
    }
    let (offset, longest) = wanted.iter().enumerate().max_by_key(|(_, line)| line.trim().len())?;
    let pairs = pairs(longest);
    let like = |line: &str| likeness(&pairs, line);
    let best = lines.iter().enumerate().map(|(number, line)| (number, like(line)));
    let (number, best) = best.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
    (best > 0.0).then(|| number.saturating_sub(offset))
}

type Pairs = HashMap<(char, char), usize>;

fn pairs(line: &str) -> Pairs {
    let mut pairs = Pairs::new();
    let chars = line.trim().chars().take(LONGEST_LINE);
    chars.clone().zip(chars.skip(1)).for_each(|pair| *pairs.entry(pair).or_default() += 1);
    pairs
}

/// Dice's coefficient: how many pairs of characters both have.
fn likeness(wanted: &Pairs, line: &str) -> f32 {
    let have = pairs(line);
    let common: usize =
        have.iter().map(|(pair, count)| wanted.get(pair).map_or(0, |other| *other.min(count))).sum();
    let all = have.values().sum::<usize>() + wanted.values().sum::<usize>();
    if all == 0 { 0.0 } else { 2.0 * common as f32 / all as f32 }
}
