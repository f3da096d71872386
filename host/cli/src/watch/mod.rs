//! Follows a task: its plan as a live tree, its calls as they happen, its questions as they come.

mod answers;
mod tree;

pub(crate) use answers::{Answers, confirm};

use crate::client::Client;
use crate::render;
use cowork_domain::TaskState;
use cowork_domain::event::EventKind;
use cowork_domain::progress::TaskProgress;
use futures::StreamExt as _;
use tree::Tree;

/// Follows a task until it is over. A connection that is lost is taken up again where it was, for as long as the
/// host comes back.
pub(crate) async fn follow(client: &Client, id: &str, answers: &mut Answers) -> anyhow::Result<TaskProgress> {
    let mut tree = Tree::new();
    let mut after = 0;
    loop {
        let mut events = client.events(id, after).await?;
        while let Some(event) = events.next().await {
            // A cut stream is asked for again from the last event that arrived.
            let Ok(event) = event else { break };
            after = event.seq;
            tree.tell(&event.kind);
            if !moves_the_tree(&event.kind) {
                continue;
            }
            let progress = client.progress(id).await?;
            tree.update(&progress);
            answers.give(client, &progress, &tree).await?;
        }
        let progress = client.progress(id).await?;
        if progress.task.state.is_over() {
            tree.finish(&progress);
            return Ok(progress);
        }
    }
}

/// Shows how a task ended; whether it ended well is the answer.
pub(crate) fn show_end(progress: &TaskProgress) -> bool {
    println!("\n{}", render::progress(progress));
    matches!(progress.task.state, TaskState::Completed { .. })
}

fn moves_the_tree(event: &EventKind) -> bool {
    match event {
        EventKind::StateChanged { .. }
        | EventKind::PlanChanged { .. }
        | EventKind::AgentStarted { .. }
        | EventKind::SubtaskChanged { .. }
        | EventKind::CheckpointSaved { .. }
        | EventKind::Delivered { .. } => true,
        EventKind::ModelAnswered { .. }
        | EventKind::ApprovalAsked { .. }
        | EventKind::ApprovalAnswered { .. }
        | EventKind::CallFinished { .. } => false,
    }
}
