//! The calls of a turn: gated, run, made final one by one.

use super::AgentLoop;
use super::context::{shown, told};
use super::decide::{Gate, GatedCall, Question, Step, decide, gate};
use crate::{Error, Result};
use cowork_domain::TaskState;
use cowork_domain::call::{Call, CallStatus, HostEffect};
use cowork_domain::event::EventKind;
use cowork_domain::message::ToolResult;
use cowork_sandbox::{CallError, Finished, Invocation, Tool};
use cowork_store::Turn;
use std::sync::Arc;

/// What a call gave, before it is final.
struct Settled {
    status: CallStatus,
    text: String,
    effects: Vec<HostEffect>,
}

impl Settled {
    fn not_done(status: CallStatus, text: String) -> Self {
        Self { status, text, effects: Vec::new() }
    }
}

impl AgentLoop {
    /// Brings every call of the turn to a final result.
    pub(super) async fn settle_calls(&self, turn: &mut Turn) -> Result<()> {
        let mut gated = self.gate_all(turn).await?;
        loop {
            match decide(&gated) {
                Step::Close => return Ok(()),
                Step::Ask(which) => {
                    self.ask_person(which.iter().map(|i| &turn.calls[*i])).await?;
                    gated = self.gate_all(turn).await?;
                }
                Step::Wait => {
                    self.wait_for_answers().await?;
                    gated = self.gate_all(turn).await?;
                }
                Step::Run(i) => {
                    self.run(&mut turn.calls[i]).await?;
                    gated[i].status = turn.calls[i].status;
                }
                Step::Refuse(i, why) => {
                    self.settle(&mut turn.calls[i], Settled::not_done(CallStatus::Failed, why)).await?;
                    gated[i].status = CallStatus::Failed;
                }
                Step::Deny(i, word) => {
                    let text = denial(word.as_deref());
                    self.settle(&mut turn.calls[i], Settled::not_done(CallStatus::Denied, text)).await?;
                    gated[i].status = CallStatus::Denied;
                }
            }
        }
    }

    async fn gate_all(&self, turn: &Turn) -> Result<Vec<GatedCall>> {
        let mut gated = Vec::with_capacity(turn.calls.len());
        for call in &turn.calls {
            let gate = if call.status.is_final() { Gate::Open } else { self.gate(call).await? };
            gated.push(GatedCall { status: call.status, gate });
        }
        Ok(gated)
    }

    async fn gate(&self, call: &Call) -> Result<Gate> {
        let tool = match self.fit(call) {
            Ok((tool, _)) => tool,
            Err(error) => return Ok(Gate::Unfit(told(&error, self.limit()))),
        };
        let question = match self.core.store.decision(call.id).await? {
            None => Question::Unasked,
            Some(None) => Question::Waiting,
            Some(Some(decision)) => Question::Answered(decision),
        };
        Ok(gate(tool.definition().read_only, self.task.permission_mode, question))
    }

    /// The tool and the arguments, if the tool exists and they fit it.
    fn fit(&self, call: &Call) -> Result<(Tool, serde_json::Value), CallError> {
        let tool = self.core.tools.find(&call.tool)?;
        Ok((tool.clone(), tool.parse_arguments(&call.arguments)?))
    }

    async fn ask_person(&self, calls: impl Iterator<Item = &Call>) -> Result<()> {
        let now = self.core.clock.now();
        let mut unit = self.core.store.begin().await?;
        for call in calls {
            unit.insert_approval(self.task.id, call.id, now).await?;
            let event = EventKind::ApprovalAsked { call_id: call.id, tool: call.tool.clone() };
            unit.insert_event(self.task.id, &event, now).await?;
        }
        self.core.change_state_in(&mut unit, self.task.id, TaskState::wait).await?;
        self.core.commit(unit, self.task.id).await
    }

    /// Returns when nothing of the task waits for a person any more. The unit of the last answer sets the task to
    /// work again, so that no answer can come between.
    async fn wait_for_answers(&self) -> Result<()> {
        let mut bell = self.core.bell.listen(self.task.id);
        self.say_waiting().await?;
        while !self.core.store.open_approvals(self.task.id).await?.is_empty() {
            // The bell lives as long as this receiver: an error cannot happen, and would only mean to look again.
            let _ = bell.changed().await;
        }
        Ok(())
    }

    /// A task that stopped while it waited, and was started again, waits again.
    async fn say_waiting(&self) -> Result<()> {
        let mut unit = self.core.store.begin().await?;
        if unit.has_open_approvals(self.task.id).await? {
            self.core.change_state_in(&mut unit, self.task.id, TaskState::wait).await?;
        }
        self.core.commit(unit, self.task.id).await
    }

    async fn run(&self, call: &mut Call) -> Result<()> {
        let (tool, arguments) = match self.fit(call) {
            Ok(fit) => fit,
            Err(error) => {
                return self
                    .settle(call, Settled::not_done(CallStatus::Failed, told(&error, self.limit())))
                    .await;
            }
        };
        let writes = !tool.definition().read_only;
        let writing = self.core.writing(&self.task.coworkspace_slug);
        let _alone = if writes { Some(writing.lock().await) } else { None };
        if writes {
            let mut unit = self.core.store.begin().await?;
            unit.set_call_running(call.id).await?;
            unit.commit().await?;
        }
        let (folder, task) = (Arc::clone(&self.folder), Some(Arc::clone(&self.task_context)));
        match self.core.sandbox.call(Invocation { id: call.id, tool, arguments, folder, task }).await {
            Ok(finished) => self.keep(call, finished).await,
            Err(error) if error.is_for_the_model() => {
                log(call, &error);
                let status = if matches!(error, CallError::Denied(_)) {
                    CallStatus::Denied
                } else {
                    CallStatus::Failed
                };
                self.settle(call, Settled::not_done(status, told(&error, self.limit()))).await
            }
            Err(source) => Err(Error::Sandbox { tool: call.tool.clone(), source }),
        }
    }

    /// Characters that a model reads of one result.
    fn limit(&self) -> usize {
        self.core.settings.max_result_chars
    }

    /// Makes a success final. Its journal is needed until then, to take the call back if the host dies before.
    async fn keep(&self, call: &mut Call, finished: Finished) -> Result<()> {
        let text = shown(&finished.output, self.limit());
        let effects = finished.effects;
        self.settle(call, Settled { status: CallStatus::Completed, text, effects }).await?;
        finished.journal.map_or(Ok(()), cowork_coworkspaces::Journal::discard)?;
        Ok(())
    }

    /// Makes a result final, with everything that the call did beside files, in one transaction.
    async fn settle(&self, call: &mut Call, settled: Settled) -> Result<()> {
        let now = self.core.clock.now();
        let is_error = settled.status != CallStatus::Completed;
        let result = ToolResult {
            call_id: call.model_call_id.clone(),
            name: call.tool.clone(),
            content: settled.text,
            is_error,
        };
        let mut unit = self.core.store.begin().await?;
        for effect in settled.effects {
            self.apply(&mut unit, call.id, effect).await?;
        }
        unit.finish_call(call.id, settled.status, &result, now).await?;
        let summary = result.content.lines().next().unwrap_or_default().chars().take(200).collect();
        let event = EventKind::CallFinished { call_id: call.id, tool: call.tool.clone(), summary, is_error };
        unit.insert_event(self.task.id, &event, now).await?;
        self.core.commit(unit, self.task.id).await?;
        call.status = settled.status;
        call.finished_at = Some(now);
        call.result = Some(result);
        Ok(())
    }
}

fn denial(word: Option<&str>) -> String {
    match word {
        Some(word) => format!("denied: the person said no to this call: {word}. Nothing was changed."),
        None => "denied: the person said no to this call. Nothing was changed; go another way or ask less."
            .to_owned(),
    }
}

/// The operator learns the whole cause; the model learns what it can do something about.
fn log(call: &Call, error: &CallError) {
    let error = error as &dyn std::error::Error;
    tracing::info!(call.id = %call.id, tool = call.tool, error, "the call gave no result");
}
