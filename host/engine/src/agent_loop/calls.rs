//! The calls of a turn: each runs in a staged view, is judged by what it did, and becomes final in the order of the
//! answer.

use super::AgentLoop;
use super::context::{marked, told};
use super::decide::{Question, Standing, Step, decide};
use super::outcome::Outcome;
use crate::deliverables::unfit;
use crate::outbound::CallOutbound;
use crate::results::shown;
use crate::{Error, Result};
use cowork_coworkspaces::{Running, drop_staged, reached};
use cowork_domain::call::{Call, CallStatus};
use cowork_domain::capability::{Effective, FileAccess};
use cowork_domain::change_set::{Change, ChangeKind, ChangeSetStatus};
use cowork_domain::memory;
use cowork_domain::outbound::LedgerStatus;
use cowork_domain::policy::{Circumstances, Verdict, judge_changes};
use cowork_domain::schedule::StandingApproval;
use cowork_sandbox::{CallError, Invocation, Memories, Outbound, Tool};
use cowork_store::Turn;
use futures::{StreamExt as _, stream};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How often a call is run again because files changed under it.
const RERUNS: u32 = 5;
/// Calls of one answer that run at once.
const CALLS_AT_ONCE: usize = 16;

/// The calls of a turn on their way.
#[derive(Default)]
pub(super) struct Calls {
    pub(super) standings: Vec<Standing>,
    /// What calls gave that are not final.
    pub(super) outcomes: BTreeMap<usize, Outcome>,
    /// How often each was run, and what made the last run void.
    runs: BTreeMap<usize, u32>,
    /// Those that ran behind one that waits: what they saw may be of the past when it is answered.
    pub(super) behind: BTreeSet<usize>,
    pub(super) void: BTreeMap<usize, String>,
}

impl Calls {
    /// Those of a turn of which nothing was begun.
    fn new(turn: &Turn) -> Self {
        Self { standings: turn.calls.iter().map(|_| Standing::Todo).collect(), ..Self::default() }
    }

    /// How often a call has been run, with this time.
    fn count_run(&mut self, i: usize) -> u32 {
        let runs = self.runs.entry(i).or_default();
        *runs += 1;
        *runs
    }

    fn asks_to_send(&self, i: usize) -> bool {
        self.outcomes.get(&i).is_some_and(|outcome| outcome.request.is_some())
    }
}

/// How far the calls of a turn are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// Each has its final result.
    All,
    /// One of them waits for an answer.
    Waiting,
}

impl AgentLoop {
    /// Brings every call of the turn to a final result, or as far as it goes before an answer.
    pub(super) async fn settle_calls(&mut self, turn: &mut Turn, is_new: bool) -> Result<Settled> {
        let mut calls = if is_new { Calls::new(turn) } else { self.take_up(turn).await? };
        loop {
            if self.stop.is_cancelled() {
                return Err(Error::Stopped);
            }
            match decide(&calls.standings) {
                Step::Close => return Ok(Settled::All),
                Step::Run(i) => {
                    self.go_on_with_time();
                    self.run(turn, i, &mut calls).await?;
                }
                Step::Commit(i) | Step::CommitPart(i, _) if calls.asks_to_send(i) => {
                    self.release(&turn.calls[i], i, &mut calls).await?;
                }
                Step::Finish(i) | Step::Commit(i) => self.finish(&mut turn.calls[i], i, &mut calls).await?,
                Step::CommitPart(i, paths) => {
                    self.narrow(&turn.calls[i], i, &paths, &mut calls).await?;
                    self.finish(&mut turn.calls[i], i, &mut calls).await?;
                }
                Step::Deny(i, word) => self.deny(&mut turn.calls[i], i, &mut calls, word.as_deref()).await?,
                Step::Ask(which) => {
                    // Before the question is seen: the person's time begins with it.
                    self.stop_time();
                    self.ask_person(&turn.calls, &which, &calls).await?;
                    which.into_iter().for_each(|i| calls.standings[i] = Standing::Held(Question::Waiting));
                }
                Step::Wait => {
                    self.stop_time();
                    self.leave(turn, &calls).await?;
                    return Ok(Settled::Waiting);
                }
            }
        }
    }

    /// Where the calls stand in the log: after a crash some are final, some wait for a person, the rest run again.
    async fn take_up(&self, turn: &Turn) -> Result<Calls> {
        let mut calls = Calls::default();
        for (i, call) in turn.calls.iter().enumerate() {
            let standing = match self.core.store.change_set(call.id).await? {
                _ if call.status.is_final() => Standing::Final,
                _ if call.status == CallStatus::Waiting => Standing::Waits,
                Some(stored) if stored.status == ChangeSetStatus::Held => {
                    calls.outcomes.insert(i, super::hold::outcome(&stored)?);
                    Standing::Held(self.question(call, &stored.content_hash).await?)
                }
                _ => Standing::Todo,
            };
            calls.standings.push(standing);
        }
        Ok(calls)
    }

    /// Runs a call, and with it those after it, all at once and each in a staged view of its own. They become final in the
    /// order of the answer, and one that saw what another changed before it runs again.
    async fn run(&self, turn: &Turn, first: usize, calls: &mut Calls) -> Result<()> {
        let ahead = |i: &usize| calls.standings[*i] == Standing::Todo && self.may_run_ahead(&turn.calls[*i]);
        let more = if ahead(&first) { (first + 1..turn.calls.len()).take_while(ahead).count() } else { 0 };
        let batch = first..=first + more;
        let mut waits = calls.standings[..first].iter().any(|before| !before.is_done());
        let runs: Vec<u32> = batch.clone().map(|i| calls.count_run(i)).collect();
        let running: Vec<_> =
            batch.clone().zip(runs).map(|(i, runs)| self.run_once(&turn.calls[i], runs)).collect();
        let ran: Vec<_> = stream::iter(running).buffered(CALLS_AT_ONCE).collect().await;
        for (i, ran) in batch.zip(ran) {
            if waits {
                calls.behind.insert(i)
            } else {
                calls.behind.remove(&i)
            };
            self.take_outcome(&turn.calls[i], i, ran?, calls).await?;
            // What comes after one that is not to be final yet, or changes something, may have seen the past when it is.
            let changes = calls.outcomes.get(&i).is_some_and(|outcome| !outcome.is_empty());
            waits |= calls.standings[i] != Standing::Ready || changes;
        }
        Ok(())
    }

    /// What a call does to files can be taken back before it is final; what it sends cannot.
    fn may_run_ahead(&self, call: &Call) -> bool {
        let sends = |tool: &Tool| tool.plugin().package.may_send() && !tool.definition().read_only;
        !self.core.tools.find(&call.tool).is_ok_and(sends)
    }

    async fn run_once(&self, call: &Call, runs: u32) -> Result<Option<(Outcome, Option<Effective>)>> {
        if runs <= RERUNS {
            return self.outcome(call).await;
        }
        let text = "files that it uses kept changing while it ran; try again later".to_owned();
        Ok(Some((Outcome::not_done(CallStatus::Failed, text), None)))
    }

    async fn take_outcome(
        &self,
        call: &Call,
        i: usize,
        ran: Option<(Outcome, Option<Effective>)>,
        calls: &mut Calls,
    ) -> Result<()> {
        reached("guest finished");
        // None: it saw two states of the folder. It runs again.
        let Some((mut outcome, powers)) = ran else { return Ok(()) };
        outcome.mark_own(&self.core, self.task.id).await?;
        if let Some(why) = unfit(&self.folder, &outcome.effects, &outcome.changes.set).await? {
            drop_staged(&self.folder, call.id)?;
            outcome = Outcome { usage: outcome.usage, ..Outcome::not_done(CallStatus::Failed, why) };
        }
        let verdict = match (&outcome.request, powers) {
            (Some(_), _) => Verdict::Ask,
            (None, Some(powers)) => {
                let (verdict, standing) = self.judge(call, &outcome, &powers).await?;
                outcome.standing = standing;
                verdict
            }
            // It did not run.
            (None, None) => Verdict::Allow,
        };
        if verdict == Verdict::Deny {
            drop_staged(&self.folder, call.id)?;
            let text = "denied: the policy of this host does not permit these changes".to_owned();
            outcome = Outcome::not_done(CallStatus::Denied, text);
        }
        calls.standings[i] = match verdict {
            Verdict::Ask => Standing::Held(self.hold(call, &outcome).await?),
            Verdict::Allow | Verdict::Deny => Standing::Ready,
        };
        calls.outcomes.insert(i, outcome);
        Ok(())
    }

    /// A person has approved a request: the call runs again, and this time it is sent.
    async fn release(&self, call: &Call, i: usize, calls: &mut Calls) -> Result<()> {
        let Some(request) = calls.outcomes.remove(&i).and_then(|outcome| outcome.request) else {
            return Ok(());
        };
        let store = &self.core.store;
        let before = store.ledger(call.id).await?;
        let clock = before.into_iter().find(|entry| entry.request.number == request.number);
        let clock = clock.map(|entry| entry.clock).unwrap_or_default();
        store.put_ledger(call.id, &request, LedgerStatus::Intended, &clock).await?;
        let mut unit = store.begin().await?;
        unit.forget_held(call.id).await?;
        unit.commit().await?;
        calls.standings[i] = Standing::Todo;
        // It is no run of its own that files changed under.
        calls.runs.remove(&i);
        Ok(())
    }

    /// The verdict, and the standing approvals that made it what it is.
    async fn judge(
        &self,
        call: &Call,
        outcome: &Outcome,
        powers: &Effective,
    ) -> Result<(Verdict, Vec<StandingApproval>)> {
        if outcome.changes.set.is_empty() {
            return Ok((Verdict::Allow, Vec::new()));
        }
        let mode = self.task.permission_mode;
        let kinds = self.core.store.allowed_kinds(self.task.id).await?;
        let with = |standing: &[StandingApproval]| {
            judge_changes(&outcome.changes.set, |effect, change| Circumstances {
                mode,
                grant: granted(powers, change),
                remembered: kinds.iter().any(|kind| kind.covers(&call.tool, effect, change))
                    || standing.iter().any(|given| given.kind.covers(&call.tool, effect, change)),
                // Only what leaves this machine is judged by it.
                tainted: false,
            })
        };
        match with(&[]) {
            Verdict::Ask => {
                let standing = self.standing(call, &outcome.changes.set).await?;
                let verdict = with(&standing);
                Ok((verdict, if verdict == Verdict::Allow { standing } else { Vec::new() }))
            }
            verdict => Ok((verdict, Vec::new())),
        }
    }

    /// Runs a call in its staged view, once, and by which powers. None: files changed while it ran.
    async fn outcome(&self, call: &Call) -> Result<Option<(Outcome, Option<Effective>)>> {
        let (tool, arguments) = match self.fit(call) {
            Ok(fit) => fit,
            Err(error) => {
                let outcome = Outcome::not_done(CallStatus::Failed, told(&error, self.limit()));
                return Ok(Some((outcome, None)));
            }
        };
        let (folder, task) = (Arc::clone(&self.folder), Some(self.context_of(&tool).await?));
        let powers = self.powers(&tool).await?;
        let (outbound, clock) = self.outbound(call, &tool).await?;
        let recall = self.recall(&tool).await?;
        let (id, dry, ran_by, stop) = (call.id, false, powers.clone(), self.stop.clone());
        let memories = recall.clone().map(|recall| recall as Arc<dyn Memories>);
        let invocation =
            Invocation { id, tool, arguments, folder, task, powers, clock, outbound, memories, stop, dry };
        let running = Running::mark(&self.folder, call.id)?;
        reached(format_args!("runs {}", call.tool));
        let ended = self.core.sandbox.call(invocation).await;
        drop(running);
        let (usage, taint) = (Some(ended.usage), self.taint_of(&ended, recall.as_deref()).await?);
        let with_usage = |outcome: Outcome| {
            let text = marked(outcome.text, &ended.usage);
            let outcome = Outcome { text, usage, taint, powers: Some(ran_by.fingerprint()), ..outcome };
            Ok(Some((outcome, Some(ran_by))))
        };
        match ended.result {
            Ok(finished) => {
                let text = shown(&self.folder, call.id, &finished.output, self.limit()).await?;
                with_usage(Outcome::done(finished, text))
            }
            Err(CallError::Conflict) => Ok(None),
            Err(CallError::Stopped) => Err(Error::Stopped),
            Err(CallError::Asks(request)) => with_usage(Outcome::asks(*request)),
            Err(error) if error.is_for_the_model() => {
                log(call, &error);
                let denied = matches!(error, CallError::Denied(_));
                let status = if denied { CallStatus::Denied } else { CallStatus::Failed };
                with_usage(Outcome::not_done(status, told(&error, self.limit())))
            }
            Err(source) => Err(Error::Sandbox { tool: call.tool.clone(), source }),
        }
    }

    /// Who decides about what a call sends, and what earlier runs of it read from the clock. A tool that cannot send
    /// needs neither.
    async fn outbound(&self, call: &Call, tool: &Tool) -> Result<(Option<Arc<dyn Outbound>>, Vec<Duration>)> {
        if !tool.plugin().package.may_send() {
            return Ok((None, Vec::new()));
        }
        let tainted = self.is_tainted().await?;
        let outbound = CallOutbound::open(&self.core, &self.task, call.id, tainted).await?;
        let clock = outbound.clock();
        Ok((Some(Arc::new(outbound)), clock))
    }

    /// What a tool may do for this task.
    pub(super) async fn powers(&self, tool: &Tool) -> Result<Effective> {
        let (core, task) = (&self.core, &self.task);
        core.grants.powers(&core.store, tool.plugin(), &task.coworkspace_slug, Some(task.id)).await
    }

    /// The tool and the arguments, if the tool exists and they fit it.
    fn fit(&self, call: &Call) -> Result<(Tool, serde_json::Value), CallError> {
        let tool = self.core.tools.find(&call.tool)?;
        Ok((tool.clone(), tool.parse_arguments(&call.arguments)?))
    }

    /// Characters that a model reads of one result.
    fn limit(&self) -> usize {
        self.core.settings.max_result_chars
    }
}

/// What the call's powers say of a change: the hardest of all that it takes.
fn granted(powers: &Effective, change: &Change) -> Option<Verdict> {
    if memory::holds(&change.path) {
        // The host wrote it, for an interface: that was granted, or was not there.
        return None;
    }
    let path = Path::new(&change.path);
    let ruling = |path: &Path, access| powers.file(path, access).verdict;
    match &change.kind {
        ChangeKind::Created => ruling(path, FileAccess::Create),
        ChangeKind::Modified | ChangeKind::Touched => ruling(path, FileAccess::Modify),
        ChangeKind::Deleted => ruling(path, FileAccess::Delete),
        ChangeKind::Moved { from } => {
            ruling(Path::new(from), FileAccess::Modify).max(ruling(path, FileAccess::Create))
        }
    }
}

/// The operator learns the whole cause; the model learns what it can do something about.
fn log(call: &Call, error: &CallError) {
    let error = error as &dyn std::error::Error;
    tracing::info!(call.id = %call.id, tool = call.tool, error, "the call gave no result");
}
