//! How much may be written, and how long a formula may be. The engine follows a formula by recursion, and every
//! parenthesis and every operator is a level: without limits a formula could exhaust the stack, which ends the call
//! without a word.

use cowork_tool::Error;

/// Of all sheets together.
const MOST_CELLS: usize = 2_000_000;
/// Of all sheets together where there are formulas: to compute them all cells are held once more.
const MOST_COMPUTED: usize = 500_000;
/// In characters; as in Excel.
const LONGEST: usize = 8_192;
/// Of parentheses; Excel allows 64 functions in each other, and parentheses beside.
const DEEPEST: usize = 128;
/// Half of what a stack of 512 KiB has been seen to hold.
const MOST_OPERATORS: usize = 300;

/// Whether so many cells fit.
pub(super) fn check_cells(cells: usize, has_formulas: bool) -> Result<(), Error> {
    let (most, where_) = match has_formulas {
        true => (MOST_COMPUTED, " where there are formulas or totals"),
        false => (MOST_CELLS, ""),
    };
    if cells > most {
        return Err(Error::invalid(format!("{cells} cells are too many; the limit is {most}{where_}")));
    }
    Ok(())
}

/// Why a formula is too much, if it is.
pub(super) fn check(formula: &str) -> Result<(), String> {
    if formula.chars().count() > LONGEST {
        return Err(format!("the formula is longer than {LONGEST} characters; use cells in between"));
    }
    let (depth, operators) = measure(formula);
    if depth > DEEPEST {
        return Err(format!("the formula is nested more than {DEEPEST} deep; use cells in between"));
    }
    if operators > MOST_OPERATORS {
        return Err(format!("the formula has more than {MOST_OPERATORS} operators; use SUM of a range"));
    }
    Ok(())
}

/// The depth of parentheses and the number of operators, outside of texts and quoted names.
fn measure(formula: &str) -> (usize, usize) {
    let (mut depth, mut deepest, mut operators) = (0usize, 0usize, 0usize);
    let mut quote = None;
    for character in formula.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '(' | '{') => depth += 1,
            (None, ')' | '}') => depth = depth.saturating_sub(1),
            (None, '+' | '-' | '*' | '/' | '^' | '&' | '%' | '=' | '<' | '>' | '@' | ':' | '#') => {
                operators += 1
            }
            (None, _) => {}
        }
        deepest = deepest.max(depth);
    }
    (deepest, operators)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_not_counted() {
        assert_eq!(measure("=IF(A1>(B1+1),\"(-)\"\"(\",'a-(b'!A1)"), (2, 3));
    }

    #[test]
    fn what_is_too_much() {
        assert!(check(&format!("={}", vec!["A1"; 250].join("+"))).is_ok());
        assert!(check(&format!("={}", vec!["A1"; 400].join("+"))).is_err());
        assert!(check(&format!("={}1", "-".repeat(400))).is_err());
        assert!(check(&format!("={}1{}", "(".repeat(200), ")".repeat(200))).is_err());
        assert!(check(&format!("=\"{}\"", "x".repeat(9000))).is_err());
    }
}
