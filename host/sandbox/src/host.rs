//! `cowork:host`: what a call does here is kept with the call and happens when its result is final.

use crate::bindings::{deliverables, plan};
use crate::context::CallContext;
use cowork_coworkspaces::Staged;
use cowork_domain::CoworkspacePath;
use cowork_domain::call::{HostEffect, SubtaskStatus};
use rustix::fs::FileType;
use wasmtime::component::HasData;

/// Names [`CallContext`] for the linker.
pub(crate) struct HostCalls;

impl HasData for HostCalls {
    type Data<'a> = &'a mut CallContext;
}

impl plan::Host for CallContext {
    fn update_subtask(
        &mut self,
        subtask: String,
        status: plan::Status,
        note: Option<String>,
    ) -> wasmtime::Result<Result<(), plan::Error>> {
        self.may_use("cowork:host/plan")?;
        let Some(task) = &self.task else { return Ok(Err(plan::Error::NoTask)) };
        let Some(subtask_id) = task.find(&subtask) else {
            return Ok(Err(plan::Error::UnknownSubtask(task.titles())));
        };
        let status = match status {
            plan::Status::Running => SubtaskStatus::Running,
            plan::Status::Completed => SubtaskStatus::Completed,
            plan::Status::Failed => SubtaskStatus::Failed,
        };
        self.add(HostEffect::UpdateSubtask { subtask_id, status, note })?;
        Ok(Ok(()))
    }
}

impl deliverables::Host for CallContext {
    fn create(
        &mut self,
        deliverable: deliverables::Deliverable,
    ) -> wasmtime::Result<Result<(), deliverables::Error>> {
        self.may_use("cowork:host/deliverables")?;
        let (Some(_), Some(view)) = (&self.task, &mut self.view) else {
            return Ok(Err(deliverables::Error::NoTask));
        };
        let path = match check(view, &deliverable.path) {
            Ok(path) => path,
            Err(problem) => return Ok(Err(deliverables::Error::NotADeliverable(problem))),
        };
        let deliverables::Deliverable { title, description, .. } = deliverable;
        self.add(HostEffect::Deliver { path, title, description })?;
        Ok(Ok(()))
    }
}

impl CallContext {
    /// Keeps an effect until the call's result is final. A guest that asks for more than its limits ends.
    pub(crate) fn add(&mut self, effect: HostEffect) -> wasmtime::Result<()> {
        let text = match &effect {
            HostEffect::UpdateSubtask { note, .. } => note.as_ref().map_or(0, String::len),
            HostEffect::Deliver { title, description, .. } => {
                title.len() + description.as_ref().map_or(0, String::len)
            }
            HostEffect::AskPerson { question } => {
                let texts = question.options.iter().chain(&question.why).chain([&question.text]);
                texts.map(String::len).sum()
            }
            HostEffect::Spawn { agent } => {
                agent.brief.len() + agent.name.len() + agent.writes.iter().map(String::len).sum::<usize>()
            }
            HostEffect::Send { kind, content, .. } => kind.len() + content.len(),
            HostEffect::OfferTools { names } => names.iter().map(String::len).sum(),
            HostEffect::Receive { .. } => 0,
        };
        self.count_effect(text)?;
        self.effects.push(effect);
        Ok(())
    }

    /// Counts an effect with so many bytes of text.
    pub(crate) fn count_effect(&mut self, text: usize) -> wasmtime::Result<()> {
        self.effects_count += 1;
        self.effects_text += text;
        if self.effects_count > self.limits.effects || self.effects_text > self.limits.effects_text {
            self.too_many_effects = true;
            wasmtime::bail!("the limit of effects is reached");
        }
        Ok(())
    }
}

/// The path, if it is a file under `output/`; else what is wrong with it.
fn check(view: &mut Staged, path: &str) -> Result<CoworkspacePath, String> {
    let path: CoworkspacePath = path.trim_start_matches('/').parse().map_err(|error| format!("{error}"))?;
    if !path.as_str().starts_with("output/") {
        return Err("what is handed over lies there".to_owned());
    }
    match view.metadata_at(Staged::ROOT, path.as_str(), true) {
        Ok(meta) if meta.kind == FileType::RegularFile => Ok(path),
        Ok(_) => Err("it is no file".to_owned()),
        Err(_) => Err("there is no such file; write it first".to_owned()),
    }
}
