//! Results of calls that come later: from a person, or with a message. They become final with what they come from.

use crate::agent_loop::save_result;
use crate::core::Core;
use crate::{Result, prompts};
use cowork_domain::approval::Decision;
use cowork_domain::call::{Call, CallStatus, WaitsFor};
use cowork_domain::message::ToolResult;
use cowork_domain::{AgentId, CallId, TaskId};
use cowork_store::Unit;

/// Gives an agent's waiting calls the messages that are there for them.
pub(crate) async fn deliver(core: &Core, unit: &mut Unit, task: TaskId, to: AgentId) -> Result<()> {
    for (call, waits_for) in unit.calls_that_wait_for_messages(task).await? {
        if call.agent_id != to {
            continue;
        }
        let from = match waits_for {
            WaitsFor::Agent(from) => Some(from),
            WaitsFor::Message | WaitsFor::Person => None,
        };
        if let Some(message) = unit.next_message(to, from).await? {
            let text = prompts::message(&message);
            unit.set_read_by(&message, call.id).await?;
            finish(core, unit, call, text, false).await?;
        }
    }
    Ok(())
}

/// Ends the waiting of calls for an agent that has ended.
pub(crate) async fn release(
    core: &Core,
    unit: &mut Unit,
    task: TaskId,
    ended: AgentId,
    name: &str,
) -> Result<()> {
    for (call, waits_for) in unit.calls_that_wait_for_messages(task).await? {
        if waits_for == WaitsFor::Agent(ended) {
            let text = format!("no message comes any more: the agent {name:?} has ended");
            finish(core, unit, call, text, true).await?;
        }
    }
    Ok(())
}

/// Ends all waiting for messages, where all wait and nobody is left who could send one.
pub(crate) async fn release_all(core: &Core, unit: &mut Unit, task: TaskId) -> Result<bool> {
    let waiting = unit.calls_that_wait_for_messages(task).await?;
    let any = !waiting.is_empty();
    for (call, _) in waiting {
        let text = "no message comes: every other agent has ended, or waits for a message itself";
        finish(core, unit, call, text.to_owned(), true).await?;
    }
    Ok(any)
}

/// Makes a person's answer the result of the call that asked in words.
pub(crate) async fn answer(core: &Core, unit: &mut Unit, call: CallId, decision: &Decision) -> Result<()> {
    let Some(call) = unit.waiting_call(call).await? else { return Ok(()) };
    let (text, is_error) = match decision {
        Decision::Answer { text } => (format!("The person answers: {text}"), false),
        Decision::Deny { word } => {
            let word = word.as_deref().map(|word| format!(": {word}")).unwrap_or_default();
            let advice = "Go on without it where you can, and say in your last words what you assumed.";
            (format!("The person does not answer this{word}. {advice}"), true)
        }
        Decision::Approve | Decision::ApproveKind | Decision::ApprovePart { .. } => {
            ("The person answers: yes".to_owned(), false)
        }
    };
    finish(core, unit, call, text, is_error).await
}

async fn finish(core: &Core, unit: &mut Unit, mut call: Call, content: String, is_error: bool) -> Result<()> {
    call.status = if is_error { CallStatus::Failed } else { CallStatus::Completed };
    call.finished_at = Some(core.clock.now());
    let (call_id, name) = (call.model_call_id.clone(), call.tool.clone());
    call.result = Some(ToolResult { call_id, name, content, is_error });
    save_result(core, unit, &call).await
}
