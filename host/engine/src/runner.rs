//! Works on a task until it is over, or until nothing of it can go on before an answer: then the work ends, and the
//! answer begins it again. What can go on is read from the database each time that something changed.

use crate::agent_loop::AgentLoop;
use crate::core::Core;
use crate::picture::Picture;
use crate::sub_agents::{claim_tasks, end_phase, fan_out, synthesize_results};
use crate::{Error, Result};
use cowork_domain::agent::{Agent, AgentRole, AgentStatus};
use cowork_domain::{AgentId, Task, TaskId, TaskState};
use futures::FutureExt as _;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// Goes on with a task. An error says why it stopped; without one it is over, or waits.
pub(crate) async fn work(core: &Arc<Core>, id: TaskId) -> Result<()> {
    let (changes, stop) = (core.at_work.changes_of(id), core.at_work.stop_of(id));
    let task = core.task(id).await?;
    if !matches!(task.state, TaskState::Running | TaskState::Waiting) {
        return Err(Error::Stopped);
    }
    core.unpark(id).await?;
    let mut runner = Runner {
        core,
        task,
        stop,
        at_work: BTreeMap::new(),
        running: JoinSet::new(),
        given_up: BTreeSet::new(),
        failed: None,
    };
    loop {
        changes.look();
        let picture = runner.begin_what_can().await?;
        if runner.running.is_empty() {
            if runner.conclude(&picture).await? {
                return Ok(());
            }
            continue;
        }
        tokio::select! {
            Some(ended) = runner.running.join_next() => runner.note(ended),
            () = changes.heard() => {}
        }
    }
}

/// The agents of a task that are at work in this process.
struct Runner<'a> {
    core: &'a Arc<Core>,
    task: Task,
    stop: CancellationToken,
    at_work: BTreeMap<AgentId, CancellationToken>,
    /// Each for itself: one that writes to the database is never in the way of whoever looks for more to do.
    running: JoinSet<(AgentId, Result<()>)>,
    /// They stopped with an error, and are left alone until the task is started again.
    given_up: BTreeSet<AgentId>,
    /// The first such error: it stops the task once the others have ended or wait.
    failed: Option<Error>,
}

impl Runner<'_> {
    /// Sets to work whoever can go on, as far as there are places, and gives what it went by.
    async fn begin_what_can(&mut self) -> Result<Picture> {
        loop {
            let picture = Picture::read(self.core, self.task.id).await?;
            self.stop_those_who_ended(&picture);
            if self.move_phases(&picture).await? {
                continue;
            }
            let can_go_on = |agent: &&Agent| {
                let id = agent.id;
                picture.can_go_on(agent) && !self.at_work.contains_key(&id) && !self.given_up.contains(&id)
            };
            let places = self.core.settings.agents_at_once.max(1).saturating_sub(self.at_work.len());
            let ready: Vec<Agent> = picture.agents.iter().filter(can_go_on).take(places).cloned().collect();
            let left = places - ready.len();
            for agent in ready {
                self.begin(agent);
            }
            if left == 0 || !self.claim(&picture, left).await? {
                return Ok(picture);
            }
        }
    }

    /// Begins phases that wait for none, and ends those whose agents are done. True: something changed by it.
    async fn move_phases(&mut self, picture: &Picture) -> Result<bool> {
        let mut moved = false;
        for (phase, wanted) in picture.ready_phases() {
            moved |= if picture.is_done(phase) {
                end_phase(self.core, &self.task, phase).await?;
                true
            } else {
                fan_out(self.core, &self.task, picture, phase, wanted).await?
            };
        }
        if !moved && self.failed.is_none() && picture.is_all_done() {
            moved = synthesize_results(self.core, &self.task, picture).await?;
        }
        Ok(moved)
    }

    /// Takes subtasks of a parallel phase that nobody works on. False: there are none.
    async fn claim(&mut self, picture: &Picture, places: usize) -> Result<bool> {
        if self.failed.is_some() {
            return Ok(false);
        }
        for (phase, wanted) in picture.ready_phases().filter(|(phase, _)| phase.parallel) {
            if claim_tasks(self.core, &self.task, picture, phase, wanted, places).await? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn begin(&mut self, agent: Agent) {
        let (id, stop) = (agent.id, self.stop.child_token());
        self.at_work.insert(id, stop.clone());
        let (core, task) = (Arc::clone(self.core), self.task.clone());
        let work =
            async move { AgentLoop::open(&core, &task, agent, stop).await?.execute_until_done().await };
        self.running.spawn(async move {
            let ended = AssertUnwindSafe(work).catch_unwind().await;
            (id, ended.unwrap_or(Err(Error::Panicked(None))))
        });
    }

    fn note(&mut self, ended: Result<(AgentId, Result<()>), JoinError>) {
        // Whoever drops the work aborts it, and nobody listens then.
        let Ok((agent, ended)) = ended else { return };
        self.at_work.remove(&agent);
        match ended {
            Ok(()) => {}
            // It ended with the agent that made it.
            Err(Error::Stopped) if !self.stop.is_cancelled() => {}
            Err(error) => {
                self.given_up.insert(agent);
                self.failed.get_or_insert(error);
            }
        }
    }

    fn stop_those_who_ended(&self, picture: &Picture) {
        for agent in picture.agents.iter().filter(|agent| agent.status.is_over()) {
            if let Some(stop) = self.at_work.get(&agent.id) {
                stop.cancel();
            }
        }
    }

    /// What it means that nobody is at work any more. False: something changed meanwhile.
    async fn conclude(&mut self, picture: &Picture) -> Result<bool> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let report = picture.agents.iter().find(|agent| agent.role == AgentRole::Synthesis);
        if let Some(Agent { status: AgentStatus::Completed, result, .. }) = report {
            let report = result.clone().unwrap_or_default();
            self.core.change_state(self.task.id, |state| state.complete(report)).await?;
            return Ok(true);
        }
        self.core.park(self.task.id).await
    }
}

impl Core {
    /// Leaves a task to the answers that it waits for. False: one has come.
    async fn park(&self, id: TaskId) -> Result<bool> {
        let mut unit = self.store.begin().await?;
        let waiting = unit.waiting_agents(id).await?;
        let agents = unit.agents(id).await?;
        if agents.iter().any(|agent| !agent.status.is_over() && !waiting.contains(&agent.id)) {
            return Ok(false);
        }
        unit.set_parked(id, true).await?;
        if unit.has_open_approvals(id).await? {
            self.change_state_in(&mut unit, id, TaskState::wait).await?;
        }
        self.commit(unit, id).await?;
        Ok(true)
    }

    /// A host that starts goes on with it.
    async fn unpark(&self, id: TaskId) -> Result<()> {
        let mut unit = self.store.begin().await?;
        unit.set_parked(id, false).await?;
        Ok(unit.commit().await?)
    }
}
