use crate::convert::{count, from_json, named, parse, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::checkpoint::{AgentSnapshot, Checkpoint};
use cowork_domain::{TaskId, Timestamp};

impl Store {
    /// All checkpoints of a task, oldest first.
    pub async fn checkpoints(&self, task: TaskId) -> Result<Vec<Checkpoint>> {
        let rows: Vec<String> =
            sqlx::query_scalar("SELECT state_json FROM task_checkpoints WHERE task_id = $1 ORDER BY turn")
                .bind(task.to_string())
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(|json| from_json("task_checkpoints.state_json", json)).collect()
    }
}

#[derive(sqlx::FromRow)]
struct StateRow {
    id: String,
    name: String,
    status: Option<String>,
    turns: i64,
    progress: Option<f64>,
}

impl Unit {
    /// A task's checkpoint as it is to be saved now: its agents, and how far its phases are. One question for both, since
    /// every turn asks it.
    pub async fn checkpoint(&mut self, task: TaskId, turn: u32, now: Timestamp) -> Result<Checkpoint> {
        let rows: Vec<StateRow> = self
            .later(
                "SELECT id, name, status, turns, NULL AS progress, rowid AS place FROM sub_agents
                 WHERE task_id = $1 AND void_since IS NULL
                 UNION ALL SELECT id, name, NULL, 0, progress, position FROM task_phases
                 WHERE task_id = $1 AND removed_at IS NULL ORDER BY place",
            )
            .bind(task.to_string())
            .fetch_all()
            .await?;
        let mut checkpoint = Checkpoint {
            task_id: task,
            turn,
            agent_states: Vec::new(),
            plan_progress: std::collections::BTreeMap::new(),
            saved_at: now,
        };
        for StateRow { id, name, status, turns, progress } in rows {
            let Some(status) = status else {
                checkpoint.plan_progress.insert(name, progress.unwrap_or_default());
                continue;
            };
            checkpoint.agent_states.push(AgentSnapshot {
                agent_id: parse("sub_agents.id", id)?,
                name,
                status: named("sub_agents.status", status)?,
                turns: count("sub_agents.turns", turns)?,
            });
        }
        Ok(checkpoint)
    }

    /// Saves a checkpoint, with what the agent is told after its turn. The turn of a task has one; a second is an error.
    pub async fn insert_checkpoint(&mut self, checkpoint: &Checkpoint, notice: Option<&str>) -> Result<()> {
        self.later("INSERT INTO task_checkpoints (id, task_id, turn, state_json, notice) VALUES ($1, $2, $3, $4, $5)")
            .bind(format!("{}-{}", checkpoint.task_id, checkpoint.turn))
            .bind(checkpoint.task_id.to_string())
            .bind(checkpoint.turn)
            .bind(to_json("task_checkpoints.state_json", checkpoint)?)
            .bind(notice);
        Ok(())
    }
}
