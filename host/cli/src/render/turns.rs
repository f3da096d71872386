//! Turns, and going back to them.

use super::changes;
use console::style;
use cowork_domain::rewind::{RewindReport, TurnEntry};
use std::fmt::Write as _;

/// One line for a turn.
pub(crate) fn turn(turn: &TurnEntry) -> String {
    let state = match (turn.taken_back, turn.saved) {
        (true, _) => "  (taken back)",
        (false, true) => "",
        (false, false) => "  (not over)",
    };
    let tools = if turn.tools.is_empty() { "words".to_owned() } else { turn.tools.join(" ") };
    let at = turn.at.format("%Y-%m-%d %H:%M:%S");
    format!("{:>5}  {at}  {:<24}  {tools}{}", turn.turn, turn.agent, style(state).dim())
}

/// What going back would do, or what is in the way.
pub(crate) fn rewind(report: &RewindReport) -> String {
    let turns = report.turns.len();
    let mut text = match turns {
        1 => format!("1 turn after turn {} is taken back\n", report.to_turn),
        _ => format!("{turns} turns after turn {} are taken back\n", report.to_turn),
    };
    if !report.conflicts.is_empty() {
        text = format!("turn {} cannot be gone back to; changed since:\n", report.to_turn);
        text.extend(report.conflicts.iter().map(|path| format!("  {path}\n")));
        return text;
    }
    text.push_str(&changes(&report.changes));
    if report.sent > 0 {
        let _ = writeln!(text, "  {} requests stay sent", report.sent);
    }
    text
}
