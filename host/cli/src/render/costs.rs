//! What a task used, and what it may.

use cowork_domain::budget::{Budget, ModelRequest, RequestStatus, Spent};
use cowork_domain::progress::TaskProgress;
use std::fmt::Write as _;

/// One line.
pub(super) fn spent(spent: &Spent) -> String {
    let mut text = format!("{} turns, {} tokens, {}", spent.turns, spent.tokens, spent.usd);
    let uncounted = [
        (spent.unpriced_requests, "of no known price"),
        (spent.unknown_requests, "that may have cost something, unknown how much"),
    ];
    let uncounted = uncounted.iter().filter(|(count, _)| *count > 0);
    let uncounted: Vec<_> = uncounted
        .map(|(count, what)| format!("{count} {} {what}", if *count == 1 { "request" } else { "requests" }))
        .collect();
    if !uncounted.is_empty() {
        let _ = write!(text, " and {}", uncounted.join(" and "));
    }
    let _ = write!(text, ", {} min {} s at work", spent.work_seconds / 60, spent.work_seconds % 60);
    text
}

/// Budget, sums and requests.
pub(crate) fn costs(progress: &TaskProgress, requests: &[ModelRequest]) -> String {
    let mut text = format!("used: {}\n", spent(&progress.spent));
    for (whose, budget) in
        [("budget", &progress.budget.task), ("budget of each agent", &progress.budget.agent)]
    {
        if let Some(limits) = limits(budget) {
            let _ = writeln!(text, "{whose}: {limits}");
        }
    }
    for request in requests {
        let _ = writeln!(text, "{}", line(request));
    }
    text
}

fn limits(budget: &Budget) -> Option<String> {
    let limits = [
        budget.turns.map(|turns| format!("{turns} turns")),
        budget.tokens.map(|tokens| format!("{tokens} tokens")),
        budget.usd.map(|usd| usd.to_string()),
        budget.minutes.map(|minutes| format!("{minutes} minutes")),
    ];
    let limits: Vec<_> = limits.into_iter().flatten().collect();
    (!limits.is_empty()).then(|| limits.join(", "))
}

fn line(request: &ModelRequest) -> String {
    let turn = request.turn.map(|turn| format!("turn {turn}")).unwrap_or_default();
    let what = match request.status {
        RequestStatus::Answered => answered(request),
        RequestStatus::Sent => "under way".to_owned(),
        RequestStatus::Failed => "no answer, at no cost".to_owned(),
        RequestStatus::Unknown => "no answer that is known; it may have cost something".to_owned(),
        RequestStatus::Unsent => "not sent".to_owned(),
    };
    let purpose: String = request.purpose.chars().take(40).collect();
    format!("{}  {turn:<8}  {purpose:<40}  {what}", request.sent_at.format("%Y-%m-%d %H:%M:%S"))
}

fn answered(request: &ModelRequest) -> String {
    let usage = request.usage;
    let cost = request.usd.map_or_else(|| "price not known".to_owned(), |usd| usd.to_string());
    let cached = match usage.cached_input_tokens {
        0 => String::new(),
        cached => format!(" ({cached} from the cache)"),
    };
    let model = request.model.as_deref().unwrap_or_default();
    let again = match request.unaccounted {
        0 => String::new(),
        attempts => format!(", and {attempts} attempts before it that may have cost something"),
    };
    format!("{model}: {}{cached} read, {} written, {cost}{again}", usage.input_tokens, usage.output_tokens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cowork_domain::message::Usage;
    use cowork_domain::{Money, RequestId};

    fn request(status: RequestStatus) -> ModelRequest {
        ModelRequest {
            id: RequestId::new(),
            agent_id: None,
            purpose: "agent Sort the files".to_owned(),
            status,
            turn: Some(3),
            model: Some("small".to_owned()),
            usage: Usage {
                input_tokens: 900,
                cached_input_tokens: 800,
                output_tokens: 20,
                ..Usage::default()
            },
            usd: Some(Money::from_nano(1_234_000)),
            unaccounted: 0,
            sent_at: "2026-01-02T03:04:05Z".parse().expect("a time"),
            ended_at: None,
        }
    }

    #[test]
    fn what_nobody_knows_is_said_beside_what_is_known() {
        let mut used = Spent { turns: 3, tokens: 920, usd: Money::from_nano(1_234_000), ..Spent::default() };
        used.work_seconds = 61;
        assert_eq!(spent(&used), "3 turns, 920 tokens, $0.001234, 1 min 1 s at work");
        (used.unknown_requests, used.unpriced_requests) = (1, 2);
        assert_eq!(
            spent(&used),
            "3 turns, 920 tokens, $0.001234 and 2 requests of no known price and 1 request that may have cost \
             something, unknown how much, 1 min 1 s at work"
        );
    }

    #[test]
    fn a_request_is_a_line() {
        let answered = line(&request(RequestStatus::Answered));
        assert!(answered.starts_with("2026-01-02 03:04:05  turn 3    agent Sort the files "), "{answered}");
        assert!(
            answered.ends_with("small: 900 (800 from the cache) read, 20 written, $0.001234"),
            "{answered}"
        );
        assert!(line(&request(RequestStatus::Unknown)).ends_with("it may have cost something"));
    }
}
