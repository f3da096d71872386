//! Pictures whose text is known, and how much of it somebody has read.

use std::path::{Path, PathBuf};

/// A picture, and what stands on it.
#[derive(Debug)]
pub struct Known {
    /// The picture's file.
    pub picture: PathBuf,
    /// Its text.
    pub text: String,
}

/// All of them, by name, in the project or in another folder with `img` and `truth`.
pub fn known(folder: Option<&Path>) -> Vec<Known> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("ocr");
    let folder = folder.unwrap_or(&own);
    let pictures = std::fs::read_dir(folder.join("img")).expect("pictures");
    let mut pictures: Vec<PathBuf> = pictures.flatten().map(|entry| entry.path()).collect();
    pictures.sort();
    let truth = |picture: &PathBuf| {
        let name = picture.with_extension("txt");
        folder.join("truth").join(name.file_name().expect("a name"))
    };
    let known = |picture: PathBuf| Known {
        text: std::fs::read_to_string(truth(&picture)).expect("what stands on it"),
        picture,
    };
    pictures.into_iter().map(known).collect()
}

/// Letters that would have to be changed, put in or taken out, and how many there are. White space counts as one space,
/// quotes and dashes of one kind as another.
pub fn errors(truth: &str, read: &str) -> (usize, usize) {
    let (truth, read) = (plain(truth), plain(read));
    let mut row: Vec<usize> = (0..=read.len()).collect();
    for (at, letter) in truth.iter().enumerate() {
        let mut before = std::mem::replace(&mut row[0], at + 1);
        for (column, other) in read.iter().enumerate() {
            let changed = before + usize::from(letter != other);
            before = row[column + 1];
            row[column + 1] = changed.min(before + 1).min(row[column] + 1);
        }
    }
    (row[read.len()], truth.len())
}

/// How many of a text's amounts and dates stand in another one too, and how many there are.
pub fn fields(truth: &str, read: &str) -> (usize, usize) {
    let of = |text: &str| -> Vec<String> {
        let words =
            text.split_whitespace().map(|word| word.trim_matches(|c: char| "$€,;:()".contains(c)).to_owned());
        words.filter(|word| is_field(word)).collect()
    };
    let (wanted, mut found) = (of(truth), of(read));
    let hits = wanted.iter().filter(|field| {
        let at = found.iter().position(|other| other == *field);
        at.map(|at| found.swap_remove(at)).is_some()
    });
    (hits.count(), wanted.len())
}

/// Two decimals, or a date.
fn is_field(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let amount = word.rsplit_once('.').is_some_and(|(_, decimals)| decimals.len() == 2);
    let plain = word.chars().all(|c| c.is_ascii_digit() || ".,-/$".contains(c));
    plain && digits >= 3 && (amount || digits == 8)
}

fn plain(text: &str) -> Vec<char> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let letter = |c| match c {
        '‘' | '’' | '`' | '´' => '\'',
        '“' | '”' | '„' => '"',
        '—' | '–' | '−' => '-',
        c => c,
    };
    words.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_in_letters() {
        assert_eq!(errors("Total  12.50\n", "Total 12.50"), (0, 11));
        assert_eq!(errors("Total 12.50", "Totl 12,50!"), (3, 11));
        assert_eq!(errors("abc", ""), (3, 3));
    }

    #[test]
    fn fields_are_amounts_and_dates() {
        assert_eq!(fields("Tea 3.50 on 2026-01-18, No. 123, $4.00", "Tea 3.50 4.00 2026-01-19"), (2, 3));
    }
}
