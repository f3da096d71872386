//! Who worked on what and when, and what all their questions come to.

use cowork_domain::Timestamp;
use cowork_domain::agent::{Agent, AgentStatus};
use cowork_domain::agent_message::AgentMessage;
use cowork_domain::approval::Approval;
use cowork_domain::change_set::Counts;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Columns of the line of time.
const WIDTH: i64 = 40;
/// Characters of a name.
const NAME: usize = 32;

/// One line for each agent: when it was at work, against all others.
pub(crate) fn timeline(agents: &[Agent]) -> String {
    let times = || agents.iter().flat_map(|agent| [agent.started_at, agent.ended_at]).flatten();
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return "nobody has begun\n".to_owned();
    };
    let span = (last - first).num_milliseconds().max(1);
    let at = |time: Timestamp| (time - first).num_milliseconds() * (WIDTH - 1) / span;
    let mut text = String::new();
    for agent in agents {
        let Some(started) = agent.started_at else {
            let _ = writeln!(text, "{:<NAME$}  not begun", name(agent));
            continue;
        };
        let (from, to) = (at(started), at(agent.ended_at.unwrap_or(last)));
        let bar: String = (0..WIDTH).map(|i| if (from..=to).contains(&i) { '█' } else { '·' }).collect();
        let seconds = (agent.ended_at.unwrap_or(last) - started).num_milliseconds() as f64 / 1000.0;
        let (name, status, turns) = (name(agent), agent.status.name(), agent.turns);
        let _ = writeln!(text, "{name:<NAME$}  {bar}  {status}, {seconds:.1} s, {turns} turns");
        if let (AgentStatus::Failed, Some(why)) = (agent.status, &agent.failure) {
            let _ = writeln!(text, "{:<NAME$}  {why}", "");
        }
    }
    text
}

fn name(agent: &Agent) -> String {
    let again = if agent.attempt > 1 { format!(" (attempt {})", agent.attempt) } else { String::new() };
    let name = format!("{}{}{again}", "  ".repeat(agent.depth as usize), agent.name);
    if name.chars().count() <= NAME {
        return name;
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}

/// One line for each message.
pub(crate) fn messages(messages: &[AgentMessage]) -> String {
    let mut text = String::new();
    for message in messages {
        let said = message.content.lines().next().unwrap_or_default();
        let read = if message.delivered_turn.is_some() { "" } else { " (not read yet)" };
        let _ = writeln!(text, "{} ({}): {said}{read}", message.from_name, message.kind);
    }
    text
}

/// What many questions come to, in a line for each tool.
pub(crate) fn summary(open: &[Approval]) -> String {
    let mut by_tool: BTreeMap<&str, Vec<&Approval>> = BTreeMap::new();
    for approval in open.iter().filter(|approval| approval.question.is_none()) {
        by_tool.entry(&approval.tool).or_default().push(approval);
    }
    let mut text = String::new();
    for (tool, asked) in by_tool {
        let mut all = Counts::default();
        asked.iter().for_each(|approval| all += approval.changes.counts());
        let requests = asked.iter().filter(|approval| approval.request.is_some()).count();
        let sends = if requests > 0 { format!(", {requests} requests") } else { String::new() };
        let _ = writeln!(text, "{tool}: {} calls, {all}{sends}", asked.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use cowork_domain::agent::AgentRole;
    use insta::assert_snapshot;

    fn agent(name: &str, from: i64, to: Option<i64>) -> Agent {
        let at = |seconds| Timestamp::UNIX_EPOCH + chrono::Duration::seconds(seconds);
        Agent {
            status: if to.is_some() { AgentStatus::Completed } else { AgentStatus::Running },
            started_at: Some(at(from)),
            ended_at: to.map(at),
            turns: 2,
            ..Agent::new(name, AgentRole::Worker, None)
        }
    }

    #[test]
    fn agents_that_overlap_stand_above_each_other() {
        let agents = [
            agent("Look", 0, Some(10)),
            agent("Sort the invoices", 10, Some(30)),
            Agent { depth: 1, attempt: 2, ..agent("Sort the receipts of the last year", 12, Some(40)) },
            agent("Report", 40, None),
            Agent::new("Synthesis", AgentRole::Synthesis, None),
        ];
        assert_snapshot!(timeline(&agents), @r"
        Look                              ██████████······························  completed, 10.0 s, 2 turns
        Sort the invoices                 ·········█████████████████████··········  completed, 20.0 s, 2 turns
          Sort the receipts of the last…  ···········█████████████████████████████  completed, 28.0 s, 2 turns
        Report                            ·······································█  running, 0.0 s, 2 turns
        Synthesis                         not begun
        ");
    }
}
