//! Works on a task until it is over, or until nothing of it can go on before an answer: then the work ends, and the
//! answer begins it again. What can go on is read from the database each time that something changed.

use crate::agent_loop::AgentLoop;
use crate::core::Core;
use crate::ends::{clear_the_ended, fail_agent, is_its_own};
use crate::late_results::release_all;
use crate::picture::Picture;
use crate::sub_agents::{claim_tasks, end_phase, fan_out, synthesize_results};
use crate::{Error, Result, locks};
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
        left: BTreeSet::new(),
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
            Some(ended) = runner.running.join_next() => runner.note(ended).await?,
            () = changes.heard() => {}
        }
    }
}

/// The agents of a task that are at work in this process.
struct Runner<'a> {
    core: &'a Arc<Core>,
    task: Task,
    stop: CancellationToken,
    at_work: BTreeMap<AgentId, (Agent, CancellationToken)>,
    /// Each for itself: one that writes to the database is never in the way of whoever looks for more to do.
    running: JoinSet<(AgentId, Result<()>)>,
    /// They stopped with an error, and are left alone until the task is started again.
    given_up: BTreeSet<AgentId>,
    /// They are over, and nothing of them shows any more.
    left: BTreeSet<AgentId>,
    /// The first such error: it stops the task once the others have ended or wait.
    failed: Option<Error>,
}

impl Runner<'_> {
    /// Sets to work whoever can go on, as far as there are places, and gives what it went by.
    async fn begin_what_can(&mut self) -> Result<Picture> {
        loop {
            let picture = Picture::read(self.core, self.task.id).await?;
            self.clear_up(&picture).await?;
            if self.stop.is_cancelled() {
                return Ok(picture);
            }
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
            let is_left = !self.at_work.values().any(|(agent, _)| agent.phase_id == Some(phase.id));
            moved |= if is_left && picture.is_done(phase) {
                match picture.failure_of(phase) {
                    Some(error) => {
                        self.failed.get_or_insert(error);
                        false
                    }
                    None => {
                        end_phase(self.core, &self.task, phase).await?;
                        true
                    }
                }
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
        self.at_work.insert(id, (agent.clone(), stop.clone()));
        let (core, task) = (Arc::clone(self.core), self.task.clone());
        let work = async move {
            locks::show(&core, &task, &agent).await?;
            AgentLoop::open(&core, &task, agent, stop).await?.execute_until_done().await
        };
        self.running.spawn(async move {
            let ended = AssertUnwindSafe(work).catch_unwind().await;
            (id, ended.unwrap_or(Err(Error::Panicked(None))))
        });
    }

    async fn note(&mut self, ended: Result<(AgentId, Result<()>), JoinError>) -> Result<()> {
        // Whoever drops the work aborts it, and nobody listens then.
        let Ok((id, ended)) = ended else { return Ok(()) };
        let agent = self.at_work.remove(&id).map(|(agent, _)| agent);
        match ended {
            Ok(()) => {}
            // It ended with the agent that made it.
            Err(Error::Stopped) if !self.stop.is_cancelled() => {}
            Err(error) => match agent.filter(|agent| is_its_own(agent, &error)) {
                Some(agent) => fail_agent(self.core, &self.task, &agent, &error).await?,
                None => {
                    self.given_up.insert(id);
                    self.failed.get_or_insert(error);
                }
            },
        }
        Ok(())
    }

    /// Stops those at work who have ended, with the agent that made them, and takes away what those left who have stopped.
    async fn clear_up(&mut self, picture: &Picture) -> Result<()> {
        let mut left_something = false;
        for agent in picture.agents.iter().filter(|agent| agent.status.is_over()) {
            if let Some((_, stop)) = self.at_work.get(&agent.id) {
                stop.cancel();
            } else if self.left.insert(agent.id) {
                locks::hide(self.core, &self.task, agent).await?;
                left_something |= agent.status != AgentStatus::Completed;
            }
        }
        if left_something {
            clear_the_ended(self.core, &self.task).await?;
        }
        Ok(())
    }

    /// What it means that nobody is at work any more. False: something changed meanwhile.
    async fn conclude(&mut self, picture: &Picture) -> Result<bool> {
        if self.stop.is_cancelled() {
            return Err(Error::Stopped);
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let report = picture.agents.iter().find(|agent| agent.role == AgentRole::Synthesis);
        if let Some(Agent { status: AgentStatus::Completed, result, .. }) = report {
            let report = result.clone().unwrap_or_default();
            self.core.change_state(self.task.id, |state| state.complete(report)).await?;
            return Ok(true);
        }
        self.core.park(self.task.id, picture.version).await
    }
}

impl Core {
    /// Leaves a task to the answers that it waits for. False: one has come, or the plan is not any more the version by which
    /// nothing could begin.
    async fn park(&self, id: TaskId, version: Option<u32>) -> Result<bool> {
        let mut unit = self.store.begin().await?;
        if unit.plan_in_force(id).await? != version {
            return Ok(false);
        }
        let waiting = unit.waiting_agents(id).await?;
        let agents = unit.agents(id).await?;
        if agents.iter().any(|agent| !agent.status.is_over() && !waiting.contains(&agent.id)) {
            return Ok(false);
        }
        if unit.has_open_approvals(id).await? {
            self.change_state_in(&mut unit, id, TaskState::wait).await?;
        } else if release_all(self, &mut unit, id).await? {
            self.commit(unit, id).await?;
            return Ok(false);
        } else if waiting.is_empty() {
            return Err(Error::Unusable(
                "nothing of the plan can begin, and not all of it is done".to_owned(),
            ));
        }
        unit.set_parked(id, true).await?;
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
