//! A part of a sheet, by the names that spreadsheets give to cells.

use cowork_tool::Error;

/// Of a sheet of .xlsx.
pub(crate) const MOST_ROWS: u32 = 1_048_576;
/// Of a sheet of .xlsx.
pub(crate) const MOST_COLUMNS: u32 = 16_384;

/// Rows and columns from the first to the last, both included and counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Row and column of the first cell.
    pub first: (u32, u32),
    /// Row and column of the last cell.
    pub last: (u32, u32),
}

impl Area {
    /// All of a sheet.
    pub const ALL: Area = Area { first: (0, 0), last: (MOST_ROWS - 1, MOST_COLUMNS - 1) };

    /// Reads `A3:F100`, `B:D`, `3:100` or `B2`.
    ///
    /// # Errors
    /// [`Error::InvalidArguments`] with what is wrong.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let plain = text.trim().replace('$', "").to_uppercase();
        let (from, to) = plain.split_once(':').unwrap_or((&plain, &plain));
        let ends = corner(from).zip(corner(to)).filter(|(from, to)| {
            // `A1:B` is half of each.
            from.0.is_some() == to.0.is_some() && from.1.is_some() == to.1.is_some()
        });
        let Some(((row, column), (last_row, last_column))) = ends else {
            return Err(Error::invalid(format!(
                "{text:?} is not a range; one looks like A3:F100, B:D (columns), 3:100 (rows) or B2"
            )));
        };
        let area = Area {
            first: (row.unwrap_or(0), column.unwrap_or(0)),
            last: (last_row.unwrap_or(MOST_ROWS - 1), last_column.unwrap_or(MOST_COLUMNS - 1)),
        };
        if area.first.0 > area.last.0 || area.first.1 > area.last.1 {
            return Err(Error::invalid(format!("the range {text} ends before it begins")));
        }
        Ok(area)
    }

    /// How many columns it has.
    pub fn width(&self) -> usize {
        (self.last.1 - self.first.1) as usize + 1
    }

    /// Whether it names its last column.
    pub fn has_width(&self) -> bool {
        self.last.1 < MOST_COLUMNS - 1
    }
}

/// Row and column, from 0, of a corner such as `B2`, `B` or `2`.
fn corner(text: &str) -> Option<(Option<u32>, Option<u32>)> {
    let split = text.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(text.len());
    let (letters, digits) = text.split_at(split);
    if letters.len() > 3 || digits.len() > 7 || text.is_empty() {
        return None;
    }
    let column = letters.bytes().fold(0, |column, letter| column * 26 + u32::from(letter - b'A') + 1);
    let row = if digits.is_empty() { None } else { Some(digits.parse::<u32>().ok()?.checked_sub(1)?) };
    let column = column.checked_sub(1);
    (row.unwrap_or(0) < MOST_ROWS && column.unwrap_or(0) < MOST_COLUMNS).then_some((row, column))
}

/// The letters of a column: 0 is A.
pub fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default()));
        rest = (rest - 1) / 26;
    }
    letters.into_iter().rev().collect()
}

/// The name of a cell: row and column 0 are A1.
pub fn cell_name(row: u32, column: u32) -> String {
    format!("{}{}", column_letters(column), row + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let area = |first, last| Area { first, last };
        assert_eq!(Area::parse("A3:F100").unwrap(), area((2, 0), (99, 5)));
        assert_eq!(Area::parse("$b$2").unwrap(), area((1, 1), (1, 1)));
        assert_eq!(Area::parse("B:D").unwrap(), area((0, 1), (MOST_ROWS - 1, 3)));
        assert_eq!(Area::parse("3:100").unwrap(), area((2, 0), (99, MOST_COLUMNS - 1)));
        assert_eq!(Area::parse("XFD1048576").unwrap().first, (MOST_ROWS - 1, MOST_COLUMNS - 1));
        for wrong in
            ["", ":", "A0", "1A", "A1:B", "XFE1", "A1048577", "B2:A1", "Sheet1!A1", "A1:B2:C3", "ÄA1"]
        {
            assert!(Area::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_of_cells() {
        for (column, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
        {
            assert_eq!(column_letters(column), letters);
        }
        assert_eq!(cell_name(1, 27), "AB2");
    }
}
