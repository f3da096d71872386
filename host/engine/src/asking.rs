//! Asking a model, on a task's account.
//!
//! A request is on record before it leaves, and what came of it after. So a host that ends while a model is at work knows
//! at its next start that there may be something to pay which nobody told: at most one request for each agent.

use crate::core::Core;
use crate::{Error, Result};
use cowork_domain::budget::RequestStatus;
use cowork_domain::message::Answer;
use cowork_domain::{AgentId, RequestId, TaskId};
use cowork_models::Request;
use cowork_store::{Answered, Unit};
use tokio_util::sync::CancellationToken;

impl Core {
    /// Asks for something beside the turns of agents: a plan, a summary. Its cost is the task's, and that of the agent
    /// for which it is asked. Nothing is asked beyond the budget.
    pub(crate) async fn ask(
        &self,
        task: TaskId,
        agent: Option<AgentId>,
        request: Request,
        stop: &CancellationToken,
    ) -> Result<Answer> {
        self.check_budget(task, agent).await?;
        let mut unit = self.store.begin().await?;
        let id = self.begin_request(&mut unit, task, agent, &request.label.to_string()).await?;
        unit.commit().await?;
        let answer = self.send(task, id, request, stop).await?;
        let mut unit = self.store.begin().await?;
        self.settle(&mut unit, id, None, &answer).await?;
        self.commit(unit, task).await?;
        Ok(answer)
    }

    /// Writes down that a request is about to leave.
    pub(crate) async fn begin_request(
        &self,
        unit: &mut Unit,
        task: TaskId,
        agent: Option<AgentId>,
        purpose: &str,
    ) -> Result<RequestId> {
        let (id, now) = (RequestId::new(), self.clock.now());
        unit.begin_request(id, task, agent, purpose, now).await?;
        Ok(id)
    }

    /// Sends a request that is on record. Where no answer comes, that is recorded too.
    pub(crate) async fn send(
        &self,
        task: TaskId,
        id: RequestId,
        request: Request,
        stop: &CancellationToken,
    ) -> Result<Answer> {
        let since = self.clock.now();
        let (status, error) = match stop.run_until_cancelled(self.model.answer(request)).await {
            Some(Ok(answer)) => {
                let took = (self.clock.now() - since).to_std().unwrap_or_default();
                let cost = self.settings.prices.cost(&answer.model, answer.usage);
                self.metrics.answered(&answer, took, cost);
                return Ok(answer);
            }
            Some(Err(error)) if error.may_have_cost() => (RequestStatus::Unknown, error.into()),
            Some(Err(error)) => (RequestStatus::Failed, error.into()),
            None => (RequestStatus::Unknown, Error::Stopped),
        };
        self.metrics.unanswered(self.model.name(), status);
        self.end_request(task, id, status).await?;
        Err(error)
    }

    /// Writes down that no answer came of a request.
    pub(crate) async fn end_request(&self, task: TaskId, id: RequestId, status: RequestStatus) -> Result<()> {
        let mut unit = self.store.begin().await?;
        unit.end_request(id, status, self.clock.now()).await?;
        self.commit(unit, task).await
    }

    /// Puts an answer on the account of its task and its agent.
    pub(crate) async fn settle(
        &self,
        unit: &mut Unit,
        id: RequestId,
        turn: Option<u32>,
        answer: &Answer,
    ) -> Result<()> {
        let cost = self.settings.prices.cost(&answer.model, answer.usage);
        let (model, usage, unaccounted) = (answer.model.as_str(), answer.usage, answer.unaccounted);
        let answered = Answered { turn, model, usage, cost, unaccounted };
        Ok(unit.answer_request(id, &answered, self.clock.now()).await?)
    }
}
