use crate::change_sets::OnlySet;
use crate::convert::{from_json, parse, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::approval::{Approval, Decision, Question};
use cowork_domain::change_set::Hash;
use cowork_domain::outbound::OutboundRequest;
use cowork_domain::policy::AllowedKind;
use cowork_domain::{ApprovalId, CallId, TaskId, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// What is known of the question about a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What it was about.
    pub content_hash: Hash,
    /// The answer, if there is one.
    pub decision: Option<Decision>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    task_id: String,
    call_id: String,
    tool: String,
    arguments: String,
    decision_json: Option<String>,
    content_hash: String,
    reason: Option<String>,
    question_json: Option<String>,
    answered_by: Option<String>,
    changes_json: Option<String>,
    held_json: Option<String>,
    asked_at: Timestamp,
}

/// The part of what a held call gave that is for people.
#[derive(Deserialize)]
struct OnlyRequest {
    request: Option<OutboundRequest>,
}

impl Store {
    /// The questions of a task that wait for an answer, in the order in which they were asked.
    pub async fn open_approvals(&self, task: TaskId) -> Result<Vec<Approval>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT a.*, c.tool, c.arguments, s.changes_json, s.held_json FROM cowork_approvals a
             JOIN cowork_tool_calls c ON c.id = a.call_id LEFT JOIN cowork_change_sets s ON s.call_id = a.call_id
             WHERE a.task_id = $1 AND a.decision_json IS NULL ORDER BY c.turn, c.position",
        )
        .bind(task.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// The questions of all tasks that wait for an answer, oldest first.
    pub async fn all_open_approvals(&self) -> Result<Vec<Approval>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT a.*, c.tool, c.arguments, s.changes_json, s.held_json FROM cowork_approvals a
             JOIN cowork_tool_calls c ON c.id = a.call_id LEFT JOIN cowork_change_sets s ON s.call_id = a.call_id
             WHERE a.decision_json IS NULL ORDER BY a.asked_at, c.turn, c.position",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// All questions of a task, answered or not, in the order in which they were asked, at most `limit`.
    pub async fn all_approvals_of(&self, task: TaskId, limit: u32) -> Result<Vec<Approval>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT a.*, c.tool, c.arguments, s.changes_json, s.held_json FROM cowork_approvals a
             JOIN cowork_tool_calls c ON c.id = a.call_id JOIN cowork_change_sets s ON s.call_id = a.call_id
             WHERE a.task_id = $1 ORDER BY c.turn, c.position LIMIT $2",
        )
        .bind(task.to_string())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// The kinds of changes that a person has allowed for the rest of a task.
    pub async fn allowed_kinds(&self, task: TaskId) -> Result<Vec<AllowedKind>> {
        let rows: Vec<String> =
            sqlx::query_scalar("SELECT kind_json FROM cowork_allowed_kinds WHERE task_id = $1")
                .bind(task.to_string())
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(|json| from_json("cowork_allowed_kinds.kind_json", json)).collect()
    }

    /// The task of an open question.
    pub async fn task_of_approval(&self, id: ApprovalId) -> Result<Option<TaskId>> {
        let task: Option<String> = sqlx::query_scalar("SELECT task_id FROM cowork_approvals WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        task.map(|task| parse("cowork_approvals.task_id", task)).transpose()
    }

    /// The questions that wait since before a time, oldest first.
    pub async fn approvals_asked_before(&self, time: Timestamp) -> Result<Vec<(TaskId, ApprovalId)>> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT task_id, id FROM cowork_approvals WHERE decision_json IS NULL AND asked_at < $1
             ORDER BY asked_at",
        )
        .bind(time)
        .fetch_all(&self.pool)
        .await?;
        let ids =
            |(task, id)| Ok((parse("cowork_approvals.task_id", task)?, parse("cowork_approvals.id", id)?));
        rows.into_iter().map(ids).collect()
    }

    /// The question about a call, if one was asked.
    pub async fn asked(&self, call: CallId) -> Result<Option<Asked>> {
        let row: Option<(String, Option<String>)> =
            sqlx::query_as("SELECT content_hash, decision_json FROM cowork_approvals WHERE call_id = $1")
                .bind(call.to_string())
                .fetch_optional(&self.pool)
                .await?;
        let Some((hash, decision)) = row else { return Ok(None) };
        let decode = |json: String| from_json("cowork_approvals.decision_json", &json);
        Ok(Some(Asked {
            content_hash: parse("cowork_approvals.content_hash", hash)?,
            decision: decision.map(decode).transpose()?,
        }))
    }
}

impl Unit {
    /// Asks about what a call would do; `reason` says why again. An earlier answer about something else is void.
    pub async fn ask(
        &mut self,
        task: TaskId,
        call: CallId,
        hash: Hash,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        self.later(
            "INSERT INTO cowork_approvals (id, task_id, call_id, content_hash, reason, asked_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (call_id) DO UPDATE SET id = excluded.id, content_hash = excluded.content_hash,
                reason = excluded.reason, asked_at = excluded.asked_at, decision_json = NULL, answered_at = NULL",
        )
        .bind(ApprovalId::new().to_string())
        .bind(task.to_string())
        .bind(call.to_string())
        .bind(hash.to_string())
        .bind(reason)
        .bind(now);
        Ok(())
    }

    /// Asks a question in words, whose answer is the call's result.
    pub async fn ask_in_words(
        &mut self,
        task: TaskId,
        call: CallId,
        question: &Question,
        now: Timestamp,
    ) -> Result<()> {
        let json = to_json("cowork_approvals.question_json", question)?;
        self.later(
            "INSERT INTO cowork_approvals (id, task_id, call_id, content_hash, question_json, asked_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (call_id) DO UPDATE SET id = excluded.id, content_hash = excluded.content_hash,
                question_json = excluded.question_json, asked_at = excluded.asked_at,
                decision_json = NULL, answered_at = NULL, answered_by = NULL",
        )
        .bind(ApprovalId::new().to_string())
        .bind(task.to_string())
        .bind(call.to_string())
        .bind(Hash::of(json.as_bytes()).to_string())
        .bind(&json)
        .bind(now);
        Ok(())
    }

    /// Allows a kind of changes for the rest of a task.
    pub async fn allow_kind(&mut self, task: TaskId, kind: &AllowedKind) -> Result<()> {
        self.later("INSERT INTO cowork_allowed_kinds (task_id, kind_json) VALUES ($1, $2)")
            .bind(task.to_string())
            .bind(to_json("cowork_allowed_kinds.kind_json", kind)?);
        Ok(())
    }

    /// Whether a question of a task has no answer yet.
    pub async fn has_open_approvals(&mut self, task: TaskId) -> Result<bool> {
        let exists = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM cowork_approvals WHERE task_id = $1 AND decision_json IS NULL)",
        )
        .bind(task.to_string())
        .fetch_one(self.connection().await?)
        .await?;
        Ok(exists)
    }

    /// Denies the open questions of agents that are over.
    pub async fn deny_questions_of_the_ended(
        &mut self,
        task: TaskId,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<()> {
        self.later(
            "UPDATE cowork_approvals SET decision_json = $2, answered_at = $3
             WHERE task_id = $1 AND decision_json IS NULL AND call_id IN (
                SELECT c.id FROM cowork_tool_calls c JOIN sub_agents a ON a.id = c.agent_id
                WHERE c.task_id = $1 AND a.ended_at IS NOT NULL)",
        )
        .bind(task.to_string())
        .bind(to_json("cowork_approvals.decision_json", decision)?)
        .bind(now);
        Ok(())
    }

    /// Answers all open questions of a task.
    pub async fn answer_all(&mut self, task: TaskId, decision: &Decision, now: Timestamp) -> Result<()> {
        self.later(
            "UPDATE cowork_approvals SET decision_json = $2, answered_at = $3
             WHERE task_id = $1 AND decision_json IS NULL",
        )
        .bind(task.to_string())
        .bind(to_json("cowork_approvals.decision_json", decision)?)
        .bind(now);
        Ok(())
    }

    /// Answers a question of a task. `None`: there is no such question, or it has an answer, which stands.
    pub async fn answer_approval(
        &mut self,
        task: TaskId,
        id: ApprovalId,
        decision: &Decision,
        by: &str,
        now: Timestamp,
    ) -> Result<Option<CallId>> {
        let call: Option<String> = sqlx::query_scalar(
            "UPDATE cowork_approvals SET decision_json = $3, answered_at = $4, answered_by = $5
             WHERE id = $1 AND task_id = $2 AND decision_json IS NULL RETURNING call_id",
        )
        .bind(id.to_string())
        .bind(task.to_string())
        .bind(to_json("cowork_approvals.decision_json", decision)?)
        .bind(now)
        .bind(by)
        .fetch_optional(self.connection().await?)
        .await?;
        call.map(|call| parse("cowork_approvals.call_id", call)).transpose()
    }
}

impl Row {
    fn into_domain(self) -> Result<Approval> {
        let decision =
            self.decision_json.map(|json| from_json("cowork_approvals.decision_json", &json)).transpose()?;
        // Only calls with sound arguments are asked about.
        let arguments = serde_json::from_str(&self.arguments).unwrap_or(Value::String(self.arguments));
        let question: Option<Question> =
            self.question_json.map(|json| from_json("cowork_approvals.question_json", &json)).transpose()?;
        // A question in words is about nothing else, whatever its call changed before.
        let changes = self.changes_json.filter(|_| question.is_none());
        let changes: Option<OnlySet> =
            changes.map(|json| from_json("cowork_change_sets.changes_json", &json)).transpose()?;
        let changes = changes.map(|changes| changes.set).unwrap_or_default();
        let held: Option<OnlyRequest> =
            self.held_json.map(|json| from_json("cowork_change_sets.held_json", &json)).transpose()?;
        let request = held.and_then(|held| held.request);
        Ok(Approval {
            kind: AllowedKind::of(&self.tool, &changes),
            id: parse("cowork_approvals.id", self.id)?,
            task_id: parse("cowork_approvals.task_id", self.task_id)?,
            call_id: parse("cowork_approvals.call_id", self.call_id)?,
            tool: self.tool,
            arguments,
            question,
            changes,
            request,
            content_hash: parse("cowork_approvals.content_hash", self.content_hash)?,
            reason: self.reason,
            diff: String::new(),
            decision,
            answered_by: self.answered_by,
            asked_at: self.asked_at,
        })
    }
}
