//! `/api/cowork/tasks/{id}/events`: what happens to a task, as server-sent events.

use super::tasks::task_id;
use crate::error::ApiError;
use crate::json::{Params, Segments};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event as Frame, KeepAlive};
use cowork_domain::TaskId;
use cowork_domain::event::{Event, EventKind};
use cowork_engine::{Error, Orchestrator};
use futures::Stream;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct From {
    /// The last event that the client has. `Last-Event-ID`, which browsers send, wins.
    #[serde(default)]
    after: i64,
}

/// All events from the first, or from the one after `Last-Event-ID`, then new ones as they happen. Each frame's id is
/// the event's number, its data the event as JSON. The stream ends when the task is over.
pub(super) async fn stream(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Params(from): Params<From>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Frame, Error>>>, ApiError> {
    let id = task_id(&id)?;
    engine.task(id).await?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    Ok(Sse::new(frames(engine, id, last.unwrap_or(from.after))).keep_alive(KeepAlive::default()))
}

fn frames(engine: Orchestrator, id: TaskId, mut after: i64) -> impl Stream<Item = Result<Frame, Error>> {
    async_stream::try_stream! {
        // Listening first: what happens between the reading and the waiting is heard.
        let mut bell = engine.listen(id);
        loop {
            // Before the reading: what is written with the end is then read too.
            let over = engine.task(id).await?.state.is_over();
            let events = engine.events(id, after).await?;
            let empty = events.is_empty();
            for event in events {
                after = event.seq;
                yield frame(&event);
            }
            if !empty {
                continue;
            }
            if over {
                break;
            }
            // An error means that the engine is gone; the client comes again.
            if bell.changed().await.is_err() {
                break;
            }
        }
    }
}

fn frame(event: &Event) -> Frame {
    let name = match event.kind {
        EventKind::StateChanged { .. } => "state_changed",
        EventKind::PlanChanged { .. } => "plan_changed",
        EventKind::PlanProposed { .. } => "plan_proposed",
        EventKind::AgentStarted { .. } => "agent_started",
        EventKind::AgentEnded { .. } => "agent_ended",
        EventKind::ContextCompacted { .. } => "context_compacted",
        EventKind::ModelAnswered { .. } => "model_answered",
        EventKind::ApprovalAsked { .. } => "approval_asked",
        EventKind::ApprovalAnswered { .. } => "approval_answered",
        EventKind::CallProgressed { .. } => "call_progressed",
        EventKind::CallFinished { .. } => "call_finished",
        EventKind::MessageSent { .. } => "message_sent",
        EventKind::SubtaskChanged { .. } => "subtask_changed",
        EventKind::Delivered { .. } => "delivered",
        EventKind::AgentTold { .. } => "agent_told",
        EventKind::Forked { .. } => "forked",
        EventKind::Rewound { .. } => "rewound",
        EventKind::CheckpointSaved { .. } => "checkpoint_saved",
        EventKind::Warned { .. } => "warned",
        EventKind::Scheduled { .. } => "scheduled",
        EventKind::StandingApprovalUsed { .. } => "standing_approval_used",
    };
    let frame = Frame::default().id(event.seq.to_string()).event(name);
    match frame.clone().json_data(event) {
        Ok(frame) => frame,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "an event cannot be written as JSON");
            frame
        }
    }
}
