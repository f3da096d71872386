//! From an outcome to a valid plan.

use crate::core::Core;
use crate::{Error, Result, prompts};
use cowork_domain::event::EventKind;
use cowork_domain::message::{Answer, Message};
use cowork_domain::plan::InvalidPlan;
use cowork_domain::task::InvalidTransition;
use cowork_domain::{Plan, Task, TaskId, TaskState};
use cowork_models::{AnswerSchema, Label, Request};
use std::sync::Arc;

/// How often a model may mend a plan.
const REPAIRS: usize = 3;

/// Asks the model until its plan is valid, and leaves the task with it.
pub(crate) async fn generate_plan(core: &Arc<Core>, id: TaskId) -> Result<Task> {
    let task = core.change_state(id, TaskState::plan).await?;
    let stop = core.at_work.stop_of(id);
    let mut messages = vec![Message::User { text: prompts::outcome(core, &task)? }];
    let system: Arc<str> = prompts::planner(core, &task)?.into();
    for _ in 0..=REPAIRS {
        let answer = stop.run_until_cancelled(core.model.answer(request(core, &system, &messages))).await;
        let answer = answer.ok_or(Error::Stopped)??;
        let mut unit = core.store.begin().await?;
        unit.add_usage(id, answer.usage).await?;
        core.commit(unit, id).await?;
        match read(&answer) {
            Ok(plan) => {
                // In one transaction, so that no crash leaves an approved plan waiting.
                let next = |state: TaskState| match task.auto_approve_plan {
                    true => state.plan_ready().and_then(TaskState::start),
                    false => state.plan_ready(),
                };
                return set_plan(core, id, &plan, next).await;
            }
            Err(problem) => {
                tracing::info!(task.id = %id, %problem, "the model is asked to mend its plan");
                messages.push(Message::Assistant(Answer { tool_calls: Vec::new(), ..answer }));
                messages.push(Message::User { text: prompts::mend(&problem.to_string())? });
            }
        }
    }
    Err(Error::Unusable(format!("the model gave no valid plan in {} answers", REPAIRS + 1)))
}

/// Gives a task its plan, from the model or from a person, and its next state.
pub(crate) async fn set_plan<F>(core: &Core, id: TaskId, plan: &Plan, next: F) -> Result<Task>
where
    F: FnOnce(TaskState) -> std::result::Result<TaskState, InvalidTransition>,
{
    plan.validate()?;
    let mut unit = core.store.begin().await?;
    let task = core.change_state_in(&mut unit, id, next).await?;
    unit.set_plan(id, plan).await?;
    unit.replace_phases(id, plan).await?;
    unit.insert_event(id, &EventKind::PlanChanged { plan: plan.clone() }, core.clock.now()).await?;
    // Before the commit: whoever sees the state finds the file, and a crash in between leaves one that is written again.
    show(core, &task, plan)?;
    core.commit(unit, id).await?;
    Ok(task)
}

/// Writes `.plan.json`, for reading: the authority is the database.
fn show(core: &Core, task: &Task, plan: &Plan) -> Result<()> {
    let json = serde_json::to_vec_pretty(plan)
        .map_err(|source| cowork_store::Error::Json { column: "cowork_tasks.plan_json", source })?;
    Ok(core.coworkspaces.open(&task.coworkspace_slug)?.write_host_file(".plan.json", &json)?)
}

fn request(core: &Core, system: &Arc<str>, messages: &[Message]) -> Request {
    Request {
        label: Label::Plan,
        system: Arc::clone(system),
        messages: messages.into(),
        tools: Arc::new([]),
        schema: Some(AnswerSchema {
            name: "plan".to_owned(),
            schema: schemars::schema_for!(Plan).to_value(),
        }),
        max_output_tokens: core.settings.max_output_tokens,
    }
}

/// What the model should mend.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    #[error("the answer is not the JSON of a plan: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Plan(#[from] InvalidPlan),
}

/// The plan in an answer.
fn read(answer: &Answer) -> Result<Plan, Unfit> {
    let plan: Plan = serde_json::from_str(json_in(&answer.text))?;
    plan.validate()?;
    Ok(plan)
}

/// The JSON of an answer, without the fence and the words that models like to put around it.
fn json_in(text: &str) -> &str {
    match (text.find('{'), text.rfind('}')) {
        (Some(start), Some(end)) if start < end => &text[start..=end],
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Answer {
        Answer { text: text.to_owned(), ..Answer::default() }
    }

    #[test]
    fn a_plan_is_read_out_of_its_fence() {
        let text = "Here it is:\n```json\n{\"summary\": \"s\", \"phases\": [{\"name\": \"p\", \"subtasks\": [\"t\"]}]}\n```";
        assert_eq!(read(&answer(text)).expect("a plan").phases[0].name, "p");
    }

    #[test]
    fn the_model_is_told_what_is_wrong() {
        assert!(read(&answer("I would rather not.")).expect_err("no JSON").to_string().contains("expected"));
        let cycle = r#"{"summary": "s", "phases": [{"name": "p", "subtasks": ["t"], "depends_on": ["p"]}]}"#;
        let problem = read(&answer(cycle)).expect_err("a cycle").to_string();
        assert_eq!(problem, "phases wait for each other: p → p");
    }
}
