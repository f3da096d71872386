//! Text of strangers, followed from where an agent reads it to what it writes.

use super::AgentLoop;
use super::outcome::Outcome;
use crate::Result;
use crate::memory::Recall;
use crate::results::call_of;
use cowork_coworkspaces::staged::{Identity, ReadFile};
use cowork_domain::Taint;
use cowork_domain::change_set::{Change, ChangeKind};
use cowork_domain::coworkspace::EntryKind;
use cowork_sandbox::{Ended, Note, Tool};
use cowork_store::{FileObject, Unit};
use std::sync::Arc;

impl AgentLoop {
    /// Whether the agent has read text of strangers: in this run of the host, or before, or by what others told it.
    pub(super) async fn is_tainted(&self) -> Result<bool> {
        Ok(self.taint.is_some() || self.core.store.is_tainted(self.agent.id).await?)
    }

    /// What a call may ask of the coworkspace's memories. None: its tool cannot.
    pub(super) async fn recall(&self, tool: &Tool) -> Result<Option<Arc<Recall>>> {
        if !tool.plugin().package.may_recall() {
            return Ok(None);
        }
        let (time, who) = (self.core.clock.now(), self.agent.name.clone());
        let note = Note { time, who, tainted: self.is_tainted().await? };
        Ok(Some(Arc::new(Recall::new(&self.core, &self.task.coworkspace_slug, note))))
    }

    /// What of strangers came to the agent by a call.
    pub(super) async fn taint_of(&self, ended: &Ended, recall: Option<&Recall>) -> Result<Option<Taint>> {
        if ended.usage.received > 0 {
            return Ok(Some(Taint::Web));
        }
        if recall.is_some_and(Recall::gave_tainted) {
            return Ok(Some(Taint::Memory));
        }
        let read: Vec<FileObject> = ended.reads.iter().map(of_read).collect();
        let mut tainted = self.core.store.any_tainted(&self.task.coworkspace_slug, &read).await?;
        // What a call gave and was too long for a context.
        for call in read.iter().filter_map(|file| call_of(&file.path)) {
            tainted = tainted || self.core.store.is_call_tainted(call).await?;
        }
        Ok(tainted.then_some(Taint::File))
    }

    /// What comes to the agent with a result that becomes final now.
    pub(super) fn note_taint(&mut self, outcome: &Outcome) {
        if let Some(taint) = outcome.taint
            && self.taint.is_none()
        {
            self.taint = Some(taint);
            self.taint_is_saved = false;
        }
    }

    /// Saves what was noted, together with the results that brought it.
    pub(super) async fn save_taint(&mut self, unit: &mut Unit) -> Result<()> {
        if let Some(taint) = self.taint
            && !self.taint_is_saved
        {
            unit.taint_agent(self.agent.id, taint).await?;
            self.taint_is_saved = true;
        }
        Ok(())
    }

    /// Marks the files that a call made or changed, if it or its agent has read text of strangers, and those that it made
    /// of marked ones.
    pub(super) async fn mark_files(&self, unit: &mut Unit, outcome: &Outcome) -> Result<()> {
        let slug = &self.task.coworkspace_slug;
        let tainted = self.taint.is_some() || unit.is_tainted(self.agent.id).await?;
        if !tainted && !unit.has_tainted_files(slug).await? {
            return Ok(());
        }
        let changes = &outcome.changes;
        for change in changes.set.changes() {
            let made = changes.made.get(&change.path);
            let origin = changes.origins.get(&change.path);
            let is_new = change.kind == ChangeKind::Created && change.entry == EntryKind::File;
            let follows = match origin {
                Some(origin) => unit.is_file_tainted(slug, &object(from(change), origin)).await?,
                None => false,
            };
            let Some(now) = made.or(origin).map(|now| object(&change.path, now)) else { continue };
            if follows || (tainted && writes(change)) {
                unit.taint_file(slug, &now).await?;
            } else if is_new {
                // It may have the number of a file that is long gone.
                unit.untaint_file(slug, &now).await?;
            }
        }
        Ok(())
    }
}

/// Whether a change is of content, and not of a name or a time alone.
fn writes(change: &Change) -> bool {
    let is_file = change.entry == EntryKind::File;
    match &change.kind {
        ChangeKind::Created | ChangeKind::Modified => is_file,
        ChangeKind::Moved { .. } => is_file && change.after.is_some() && change.after != change.before,
        ChangeKind::Touched | ChangeKind::Deleted => false,
    }
}

fn from(change: &Change) -> &str {
    match &change.kind {
        ChangeKind::Moved { from } => from,
        _ => &change.path,
    }
}

fn object(path: &str, identity: &Identity) -> FileObject {
    FileObject { path: path.to_owned(), dev: identity.dev, ino: identity.ino }
}

fn of_read(read: &ReadFile) -> FileObject {
    FileObject { path: read.path.clone(), dev: read.dev, ino: read.ino }
}
