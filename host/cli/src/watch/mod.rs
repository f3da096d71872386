//! Follows a task: its plan as a live tree, its calls as they happen, its questions as they come.

mod answers;
mod tree;

pub(crate) use answers::{Answers, confirm};

use crate::client::{Client, NoServer};
use crate::render;
use cowork_domain::TaskState;
use cowork_domain::event::EventKind;
use cowork_domain::progress::TaskProgress;
use futures::StreamExt as _;
use std::time::{Duration, Instant};
use tree::Tree;

/// How long a host that was there may be away, and how often it is looked for.
const AWAY: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_millis(500);

/// Follows a task until it is over. A connection that is lost is taken up again where it was, when the host comes back
/// within a minute.
pub(crate) async fn follow(client: &Client, id: &str, answers: &mut Answers) -> anyhow::Result<TaskProgress> {
    let mut tree = Tree::new();
    let mut after = 0;
    let mut seen = Instant::now();
    let mut connected = false;
    loop {
        match follow_once(client, id, answers, &mut tree, &mut after).await {
            Ok(Some(progress)) => return Ok(progress),
            Ok(None) => (connected, seen) = (true, Instant::now()),
            Err(error) if connected && error.is::<NoServer>() && seen.elapsed() < AWAY => {
                tokio::time::sleep(AGAIN).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Follows a task until it is over or the connection ends.
async fn follow_once(
    client: &Client,
    id: &str,
    answers: &mut Answers,
    tree: &mut Tree,
    after: &mut i64,
) -> anyhow::Result<Option<TaskProgress>> {
    let mut events = client.events(id, *after).await?;
    while let Some(event) = events.next().await {
        // A cut stream is asked for again from the last event that arrived.
        let Ok(event) = event else { break };
        *after = event.seq;
        tree.tell(&event.kind);
        if moves_the_tree(&event.kind) {
            let progress = client.progress(id).await?;
            tree.update(&progress);
            answers.give(client, &progress, tree).await?;
        }
    }
    let progress = client.progress(id).await?;
    if !progress.task.state.is_over() {
        return Ok(None);
    }
    tree.finish(&progress);
    Ok(Some(progress))
}

/// Shows how a task ended; whether it ended well is the answer.
pub(crate) fn show_end(progress: &TaskProgress) -> bool {
    println!("\n{}", render::progress(progress));
    matches!(progress.task.state, TaskState::Completed { .. })
}

fn moves_the_tree(event: &EventKind) -> bool {
    match event {
        EventKind::StateChanged { .. }
        | EventKind::ApprovalAsked { .. }
        | EventKind::PlanChanged { .. }
        | EventKind::AgentStarted { .. }
        | EventKind::SubtaskChanged { .. }
        | EventKind::CheckpointSaved { .. }
        | EventKind::Forked { .. }
        | EventKind::Rewound { .. }
        | EventKind::Delivered { .. } => true,
        EventKind::PlanProposed { .. }
        | EventKind::ModelAnswered { .. }
        | EventKind::AgentEnded { .. }
        | EventKind::AgentTold { .. }
        | EventKind::ContextCompacted { .. }
        | EventKind::Scheduled { .. }
        | EventKind::Warned { .. }
        | EventKind::StandingApprovalUsed { .. }
        | EventKind::ApprovalAnswered { .. }
        | EventKind::MessageSent { .. }
        | EventKind::CallProgressed { .. }
        | EventKind::CallFinished { .. } => false,
    }
}
