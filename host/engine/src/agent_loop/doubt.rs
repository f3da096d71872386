//! Last words that nothing shows: the model is told so once and has a turn more, then the person is told.

use super::AgentLoop;
use super::decide::{Outlook, outlook};
use crate::blocking::blocking;
use crate::{Error, Result, deliverables, prompts};
use cowork_domain::agent::AgentRole;
use cowork_domain::claims::{is_about_files, missing};
use cowork_domain::event::EventKind;
use cowork_domain::message::{Answer, Message};
use cowork_domain::warning::{Warning, WarningCode};
use cowork_store::Unit;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Entries of `output/` that words are held against; where there are more they are not.
const MAX_ENTRIES: usize = 5_000;

impl AgentLoop {
    /// What the model is told about its last words. None: they are not its last, or nothing speaks against them, or it
    /// was told before. A deliverable that cannot be opened it is told each time.
    pub(super) async fn doubt(&self, answer: &Answer) -> Result<Option<String>> {
        if outlook(answer) != Outlook::Done {
            return Ok(None);
        }
        let found = self.troubles(&answer.text).await?;
        if found.is_empty() {
            return Ok(None);
        }
        let was_told = self.core.store.was_doubted(self.agent.id, u32::MAX).await?;
        let is_due = !was_told || found.iter().any(is_broken);
        is_due.then(|| prompts::doubt(&found)).transpose()
    }

    /// What speaks against an agent's last words.
    pub(super) async fn troubles(&self, words: &str) -> Result<Vec<Warning>> {
        let mut found = match self.agent.role {
            AgentRole::Worker => self.no_call().await?.into_iter().collect(),
            AgentRole::Synthesis => deliverables::troubles(&self.core, &self.folder, self.task.id).await?,
        };
        for path in self.names_missing(words).await? {
            let detail = format!(
                "the words of \"{}\" name {path}, which is not there and which no call made",
                self.agent.name
            );
            found.push(Warning::new(WarningCode::NamesMissing, detail));
        }
        Ok(found)
    }

    /// Tells the person.
    pub(super) async fn warn(&self, unit: &mut Unit, found: Vec<Warning>) -> Result<()> {
        let now = self.core.clock.now();
        for warning in found {
            if unit.insert_warning(self.task.id, &warning, now).await? {
                unit.insert_event(self.task.id, &EventKind::Warned { warning }, now).await?;
            }
        }
        Ok(())
    }

    /// It was told, and left what it handed over as it was.
    pub(super) async fn not_delivered(&self, words: &str) -> Result<Error> {
        let found = self.troubles(words).await?.into_iter().filter(is_broken).map(|warning| warning.detail);
        Ok(Error::NotDelivered(found.collect::<Vec<_>>().join("; ")))
    }

    /// It says that it has worked on files, and nothing can have come of it.
    async fn no_call(&self) -> Result<Option<Warning>> {
        let is_call = |message: &Message| matches!(message, Message::Assistant(answer) if !answer.tool_calls.is_empty());
        if self.history.messages().iter().any(is_call)
            || self.core.store.has_calls(self.task.id, self.agent.id).await?
        {
            return Ok(None);
        }
        let phases = self.core.store.phases(self.task.id).await?;
        let mut lines = phases
            .iter()
            .filter(|phase| Some(phase.id) == self.agent.phase_id)
            .flat_map(|phase| &phase.subtasks);
        let is_mine = |id| self.agent.subtask_id.is_none_or(|mine| mine == id);
        let is_about = lines.any(|line| is_mine(line.id) && is_about_files(&line.title));
        let detail =
            format!("\"{}\" is about files, and its agent ended without a single call", self.agent.name);
        Ok(is_about.then(|| Warning::new(WarningCode::NoCall, detail)))
    }

    /// Files under `output/` that words name, and that neither are there nor were touched by the task.
    async fn names_missing(&self, words: &str) -> Result<BTreeSet<String>> {
        if missing(words, &BTreeSet::new()).is_empty() {
            return Ok(BTreeSet::new());
        }
        let folder = Arc::clone(&self.folder);
        let list = move || match "output".parse() {
            Ok(output) => folder.list(Some(&output), true, MAX_ENTRIES).unwrap_or_default(),
            Err(_) => Default::default(),
        };
        let (entries, more) = blocking(list).await?;
        if more {
            return Ok(BTreeSet::new());
        }
        let mut found = missing(words, &entries.into_iter().map(|entry| entry.path).collect());
        for path in found.clone() {
            if self.core.store.has_touched(self.task.id, &path).await? {
                found.remove(&path);
            }
        }
        Ok(found)
    }
}

/// It cannot be used, by the task's own doing.
fn is_broken(warning: &Warning) -> bool {
    warning.code == WarningCode::DeliverableBroken
}
