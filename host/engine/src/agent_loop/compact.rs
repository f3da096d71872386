//! A context that grows too long is made shorter: first old results to their first lines, then the older turns to a
//! summary that the model writes. Both are rows of a log, so that an agent that goes on has the same context.

use super::AgentLoop;
use super::shorten::head;
use super::transcript::transcript;
use crate::{Error, Result, prompts};
use cowork_domain::event::EventKind;
use cowork_domain::message::{Answer, Message, Usage};
use cowork_models::{Label, ModelError, Request};
use cowork_store::Compaction;
use std::sync::Arc;

/// Turns whose results stay whole when old ones are cut short.
const WHOLE: usize = 4;
/// Tokens of a summary.
const SUMMARY_TOKENS: u32 = 4096;
/// Bytes of one token, at least.
const TOKEN: u64 = 3;
/// How often a summary is asked for with half of it to read, where the model takes less than it was said to.
const HALVINGS: u32 = 3;
/// Characters of a summary that no model has written.
const DIGEST: usize = 6000;
/// Files that are named in a summary.
const FILES: usize = 100;

/// How much shorter a context is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// Shorter than the share of the window that it may take.
    Enough,
    /// The model has refused it: much shorter, whatever was counted.
    Much,
}

impl AgentLoop {
    /// Makes the context shorter where it is too long for the next request.
    pub(super) async fn make_room(&mut self, room: Room) -> Result<()> {
        let most = self.core.settings.context_budget();
        let (limit, kept) = match room {
            Room::Enough => (most, most / 4),
            Room::Much => (self.history.tokens().min(most) / 2, most / 10),
        };
        if self.history.tokens() <= limit {
            return Ok(());
        }
        self.cut_results(WHOLE).await?;
        // With some room to grow, so that the next turn does not end up here again.
        if self.history.tokens() > limit / 4 * 3
            && let Some(up_to) = self.history.before_tokens(kept)
        {
            self.sum_up(up_to, limit).await?;
        }
        if self.history.tokens() > limit {
            self.cut_results(0).await?;
        }
        Ok(())
    }

    async fn cut_results(&mut self, whole: usize) -> Result<()> {
        let Some(up_to) = self.history.before_newest(whole) else { return Ok(()) };
        if !self.history.cut(up_to) {
            return Ok(());
        }
        let (summary, files, usage) = (None, Vec::new(), Usage::default());
        self.log(&Compaction { up_to_turn: up_to, summary, files, usage }, None).await
    }

    async fn sum_up(&mut self, up_to: u32, limit: u64) -> Result<()> {
        let (before, older) = self.history.older(up_to);
        let (begun, earlier) = (before.map_or(0, |before| before.up_to_turn), before.cloned());
        let earlier = earlier.as_ref().and_then(|before| before.summary.as_deref());
        let answer = self.ask_for_summary(earlier, older, limit).await?;
        let words = match answer.text.trim() {
            "" => transcript(earlier, older, DIGEST),
            words => words.to_owned(),
        };
        let mut files = before.map(|before| before.files.clone()).unwrap_or_default();
        let changed = self.core.store.changed_files(self.agent.id, begun, up_to).await?;
        files.retain(|file| !changed.contains(file));
        files.extend(changed);
        files.drain(..files.len().saturating_sub(FILES));
        let plan = self.core.store.phases(self.task.id).await?;
        let summary = Some(prompts::summed_up(&words, &plan, &files)?);
        let compaction = Compaction { up_to_turn: up_to, summary, files, usage: answer.usage };
        self.log(&compaction, Some(head(&words, 500).to_owned())).await?;
        self.history.sum_up(compaction);
        Ok(())
    }

    async fn ask_for_summary(&self, before: Option<&str>, older: &[Message], limit: u64) -> Result<Answer> {
        let mut bytes = usize::try_from(limit.saturating_mul(TOKEN)).unwrap_or(usize::MAX);
        let mut halvings = 0;
        loop {
            let request = self.summary_request(&transcript(before, older, bytes))?;
            match self.core.ask(self.task.id, Some(self.agent.id), request, &self.stop).await {
                Err(Error::Model(ModelError::ContextOverflow { .. })) if halvings < HALVINGS => {
                    halvings += 1;
                    bytes /= 2;
                }
                answer => return answer,
            }
        }
    }

    fn summary_request(&self, transcript: &str) -> Result<Request> {
        let text = prompts::to_sum_up(self.history.brief(), transcript)?;
        Ok(Request {
            label: Label::Summary,
            system: Arc::from(prompts::summary()?),
            messages: [Message::User { text }].into(),
            tools: Arc::new([]),
            schema: None,
            max_output_tokens: SUMMARY_TOKENS.min(self.core.settings.max_output_tokens),
        })
    }

    async fn log(&self, compaction: &Compaction, summary: Option<String>) -> Result<()> {
        let now = self.core.clock.now();
        let mut unit = self.core.store.begin().await?;
        unit.insert_compaction(self.agent.id, compaction, now).await?;
        let (agent, up_to_turn) = (self.agent.name.clone(), compaction.up_to_turn);
        let event = EventKind::ContextCompacted { agent, up_to_turn, summary, usage: compaction.usage };
        unit.insert_event(self.task.id, &event, now).await?;
        self.core.commit(unit, self.task.id).await
    }
}
