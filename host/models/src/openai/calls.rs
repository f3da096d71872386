//! Which call a piece of a call belongs to.

use crate::Delta;

/// The calls of one answer, by their place in it.
///
/// The format says that every piece carries the call's `index`, and the first also its id and name. Servers differ:
/// some leave the index out, some give every call the index 0, some repeat the id.
#[derive(Debug, Default)]
pub(super) struct Calls {
    seen: Vec<Seen>,
}

#[derive(Debug)]
struct Seen {
    index: Option<usize>,
    id: String,
}

/// A piece of a call. Empty texts stand for what is missing.
#[derive(Debug, Default)]
pub(super) struct Piece {
    pub index: Option<usize>,
    pub id: String,
    pub name: String,
    pub arguments: String,
}

impl Calls {
    /// The deltas that a piece means; `None` if it belongs to no call and begins none.
    pub(super) fn take(&mut self, piece: Piece) -> Option<Vec<Delta>> {
        let mut deltas = Vec::new();
        let index = match self.find(&piece) {
            Some(place) => place,
            None if piece.name.is_empty() => return None,
            None => {
                let index = self.seen.len();
                self.seen.push(Seen { index: piece.index, id: piece.id.clone() });
                deltas.push(Delta::ToolCallStart { index, id: piece.id, name: piece.name });
                index
            }
        };
        if !piece.arguments.is_empty() {
            deltas.push(Delta::ToolCallArguments { index, json: piece.arguments });
        }
        Some(deltas)
    }

    /// The place of the call that the piece continues.
    fn find(&self, piece: &Piece) -> Option<usize> {
        if piece.index.is_none() && piece.id.is_empty() {
            // Nothing names a call: a name begins one, anything else goes on with the last.
            return if piece.name.is_empty() { self.seen.len().checked_sub(1) } else { None };
        }
        self.seen.iter().rposition(|seen| {
            let same_index = piece.index.is_none() || piece.index == seen.index;
            let same_id = piece.id.is_empty() || piece.id == seen.id;
            same_index && same_id
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The calls as (id, name, arguments) that pieces (index, id, name, arguments) make.
    fn join(pieces: &[(Option<usize>, &str, &str, &str)]) -> Vec<(String, String, String)> {
        let mut calls = Calls::default();
        let mut joined: Vec<(String, String, String)> = Vec::new();
        for &(index, id, name, arguments) in pieces {
            let piece = Piece { index, id: id.into(), name: name.into(), arguments: arguments.into() };
            for delta in calls.take(piece).expect("belongs to a call") {
                match delta {
                    Delta::ToolCallStart { id, name, .. } => joined.push((id, name, String::new())),
                    Delta::ToolCallArguments { index, json } => joined[index].2.push_str(&json),
                    other => panic!("{other:?}"),
                }
            }
        }
        joined
    }

    fn two(ids: [&str; 2]) -> Vec<(String, String, String)> {
        let call = |id: &str, name: &str| (id.to_owned(), name.to_owned(), "{}".to_owned());
        vec![call(ids[0], "x"), call(ids[1], "y")]
    }

    #[test]
    fn by_index_as_the_format_says() {
        let pieces = [
            (Some(0), "a", "x", ""),
            (Some(1), "b", "y", "{"),
            (Some(0), "", "", "{"),
            (Some(1), "", "", "}"),
            (Some(0), "", "", "}"),
        ];
        assert_eq!(join(&pieces), two(["a", "b"]));
    }

    #[test]
    fn by_id_where_every_index_is_0_or_missing() {
        for index in [Some(0), None] {
            let pieces = [(index, "a", "x", "{}"), (index, "b", "y", "{"), (index, "b", "y", "}")];
            assert_eq!(join(&pieces), two(["a", "b"]));
        }
    }

    #[test]
    fn by_order_where_nothing_names_the_call() {
        assert_eq!(join(&[(None, "", "x", "{"), (None, "", "", "}"), (None, "", "y", "{}")]), two(["", ""]));
    }

    #[test]
    fn arguments_of_no_call_belong_nowhere() {
        assert!(Calls::default().take(Piece { arguments: "{}".into(), ..Piece::default() }).is_none());
    }
}
