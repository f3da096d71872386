//! What agents say to each other: each message is read once, in the order in which it was sent.

use crate::convert::{count, parse};
use crate::{Result, Store, Unit};
use cowork_domain::agent_message::AgentMessage;
use cowork_domain::{AgentId, CallId, Taint, TaskId, Timestamp};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    from_agent: String,
    to_agent: String,
    from_name: String,
    #[sqlx(rename = "type")]
    kind: String,
    content: String,
    is_tainted: bool,
    sent_at: Timestamp,
    delivered_turn: Option<i64>,
}

/// Stands for the turn of a message that was the result of a call.
const OF_A_CALL: i64 = 0;

impl Store {
    /// What an agent has not read yet, oldest first.
    pub async fn unread_messages(&self, agent: AgentId) -> Result<Vec<AgentMessage>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT m.*, a.name AS from_name FROM agent_messages m JOIN sub_agents a ON a.id = m.from_agent
             WHERE m.to_agent = $1 AND m.delivered_turn IS NULL ORDER BY m.rowid",
        )
        .bind(agent.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// What an agent has read at the beginnings of its turns after this one, in that order.
    pub(crate) async fn read_messages(&self, agent: AgentId, turn: u32) -> Result<Vec<AgentMessage>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT m.*, a.name AS from_name FROM agent_messages m JOIN sub_agents a ON a.id = m.from_agent
             WHERE m.to_agent = $1 AND m.delivered_turn > $2 AND NOT EXISTS
                (SELECT 1 FROM cowork_void_turns v WHERE v.task_id = m.task_id AND v.turn = m.delivered_turn)
             ORDER BY m.delivered_turn, m.rowid",
        )
        .bind(agent.to_string())
        .bind(i64::from(turn).max(OF_A_CALL))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// All messages of a task, oldest first.
    pub async fn messages(&self, task: TaskId) -> Result<Vec<AgentMessage>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT m.*, a.name AS from_name FROM agent_messages m JOIN sub_agents a ON a.id = m.from_agent
             WHERE m.task_id = $1 ORDER BY m.rowid",
        )
        .bind(task.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }
}

impl Unit {
    /// Sends a message. `call`: the one that sent it; none where the host does.
    pub async fn insert_message(
        &mut self,
        task: TaskId,
        message: &AgentMessage,
        call: Option<CallId>,
    ) -> Result<()> {
        self.later(
            "INSERT INTO agent_messages
                (id, task_id, from_agent, to_agent, type, content, call_id, is_tainted, sent_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&message.id)
        .bind(task.to_string())
        .bind(message.from_agent.to_string())
        .bind(message.to_agent.to_string())
        .bind(&message.kind)
        .bind(&message.content)
        .bind(call.map(|call| call.to_string()))
        .bind(message.is_tainted)
        .bind(message.sent_at);
        Ok(())
    }

    /// The oldest message that an agent has not read, from one sender or from any.
    pub async fn next_message(&mut self, to: AgentId, from: Option<AgentId>) -> Result<Option<AgentMessage>> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT m.*, a.name AS from_name FROM agent_messages m JOIN sub_agents a ON a.id = m.from_agent
             WHERE m.to_agent = $1 AND m.delivered_turn IS NULL AND ($2 IS NULL OR m.from_agent = $2)
             ORDER BY m.rowid LIMIT 1",
        )
        .bind(to.to_string())
        .bind(from.map(|from| from.to_string()))
        .fetch_optional(self.connection().await?)
        .await?;
        row.map(Row::into_domain).transpose()
    }

    /// Says that messages were read in a turn.
    pub async fn set_read(&mut self, messages: &[AgentMessage], turn: u32) -> Result<()> {
        for message in messages {
            self.later("UPDATE agent_messages SET delivered_turn = $2 WHERE id = $1")
                .bind(&message.id)
                .bind(turn);
            self.taint_reader(message).await?;
        }
        Ok(())
    }

    /// Says that a message was read as the result of a call.
    pub async fn set_read_by(&mut self, message: &AgentMessage, call: CallId) -> Result<()> {
        self.later("UPDATE agent_messages SET delivered_turn = $2, read_by = $3 WHERE id = $1")
            .bind(&message.id)
            .bind(OF_A_CALL)
            .bind(call.to_string());
        self.taint_reader(message).await
    }

    async fn taint_reader(&mut self, message: &AgentMessage) -> Result<()> {
        if message.is_tainted {
            self.taint_agent(message.to_agent, Taint::Message).await?;
        }
        Ok(())
    }
}

impl Row {
    fn into_domain(self) -> Result<AgentMessage> {
        let turn = self.delivered_turn.map(|turn| count("agent_messages.delivered_turn", turn));
        Ok(AgentMessage {
            id: self.id,
            from_agent: parse("agent_messages.from_agent", self.from_agent)?,
            to_agent: parse("agent_messages.to_agent", self.to_agent)?,
            from_name: self.from_name,
            kind: self.kind,
            content: self.content,
            is_tainted: self.is_tainted,
            sent_at: self.sent_at,
            delivered_turn: turn.transpose()?,
        })
    }
}
