//! From an outcome to a valid plan.

use super::{begun, set_plan};
use crate::core::Core;
use crate::stopwatch::WorkTime;
use crate::{Error, Result, memory, prompts};
use cowork_domain::message::{Answer, Message};
use cowork_domain::plan::InvalidPlan;
use cowork_domain::plan_change::BegunPhase;
use cowork_domain::plan_version::PlanAuthor;
use cowork_domain::{Plan, Task, TaskId, TaskState};
use cowork_models::{AnswerSchema, Label, Request};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// How often a model may mend a plan.
const REPAIRS: usize = 3;

/// Asks the model until its plan is valid, and leaves the task with it.
pub(crate) async fn generate_plan(core: &Arc<Core>, id: TaskId) -> Result<Task> {
    let task = core.change_state(id, TaskState::plan).await?;
    let _at_work = WorkTime::begin(core, id);
    let planner = Planner { core, task: &task, old: None, stop: core.at_work.stop_of(id) };
    let memories = memory::told_for_plan(core, &task.coworkspace_slug, &task.outcome).await?;
    let plan = planner.ask(prompts::outcome(core, &task, &memories)?).await?;
    // In one transaction, so that no crash leaves an approved plan waiting.
    let next = |state: TaskState| match task.auto_approve_plan {
        true => state.plan_ready().and_then(TaskState::start),
        false => state.plan_ready(),
    };
    set_plan(core, id, &plan, PlanAuthor::Planner, next).await
}

/// Asks a model for a plan.
pub(super) struct Planner<'a> {
    pub(super) core: &'a Core,
    pub(super) task: &'a Task,
    /// The plan that it is to take the place of, once that has begun.
    pub(super) old: Option<&'a Plan>,
    /// A person stops it.
    pub(super) stop: CancellationToken,
}

impl Planner<'_> {
    /// Asks until there is a valid plan that fits, and tells the model what is wrong with the others.
    pub(super) async fn ask(&self, first: String) -> Result<Plan> {
        let system: Arc<str> = prompts::planner(self.core, self.task)?.into();
        let mut messages = vec![Message::User { text: first }];
        for _ in 0..=REPAIRS {
            let answer = self.answer(&system, &messages).await?;
            let problem = match read(&answer) {
                Ok(plan) => match self.changes_begun(&plan).await? {
                    None => return Ok(plan),
                    Some(problem) => problem.into(),
                },
                Err(problem) => problem,
            };
            tracing::info!(task.id = %self.task.id, %problem, "the model is asked to mend its plan");
            messages.push(Message::Assistant(Answer { tool_calls: Vec::new(), ..answer }));
            messages.push(Message::User { text: prompts::mend(&problem.to_string())? });
        }
        Err(Error::Unusable(format!("the model gave no valid plan in {} answers", REPAIRS + 1)))
    }

    /// What has begun of the old plan and would be changed. It is looked at each time: what begins meanwhile is fixed too.
    async fn changes_begun(&self, plan: &Plan) -> Result<Option<BegunPhase>> {
        let Some(old) = self.old else { return Ok(None) };
        let begun = begun(self.core, self.task.id).await?;
        Ok(plan.keeps_begun(old, &begun.iter().map(String::as_str).collect()).err())
    }

    async fn answer(&self, system: &Arc<str>, messages: &[Message]) -> Result<Answer> {
        self.core.ask(self.task.id, None, request(self.core, system, messages), &self.stop).await
    }
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
    #[error(transparent)]
    Begun(#[from] BegunPhase),
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
