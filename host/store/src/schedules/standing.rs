use crate::convert::{from_json, parse, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::schedule::StandingApproval;
use cowork_domain::{ScheduleId, StandingApprovalId, TaskId, Timestamp};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    schedule_id: String,
    kind_json: String,
    given_by: String,
    given_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Option<Timestamp>,
}

impl Store {
    /// What a person has allowed the tasks of a schedule, revoked and expired ones too, in the order of giving.
    pub async fn standing_approvals(&self, schedule: ScheduleId) -> Result<Vec<StandingApproval>> {
        let rows: Vec<Row> =
            sqlx::query_as("SELECT * FROM cowork_standing_approvals WHERE schedule_id = $1 ORDER BY rowid")
                .bind(schedule.to_string())
                .fetch_all(&self.pool)
                .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// The same for the schedule that a task is of. None for a task that a person created.
    pub async fn standing_approvals_for(&self, task: TaskId) -> Result<Vec<StandingApproval>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT a.* FROM cowork_schedule_fires f JOIN cowork_standing_approvals a ON a.schedule_id = f.schedule_id
             WHERE f.task_id = $1 ORDER BY a.rowid",
        )
        .bind(task.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }
}

impl Unit {
    /// Adds what a person allows the tasks of a schedule.
    pub async fn insert_standing_approval(&mut self, given: &StandingApproval) -> Result<()> {
        self.later(
            "INSERT INTO cowork_standing_approvals (id, schedule_id, kind_json, given_by, given_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(given.id.to_string())
        .bind(given.schedule_id.to_string())
        .bind(to_json("cowork_standing_approvals.kind_json", &given.kind)?)
        .bind(&given.given_by)
        .bind(given.given_at)
        .bind(given.expires_at);
        Ok(())
    }

    /// Takes one back. False: the schedule has none of this id.
    pub async fn revoke_standing_approval(
        &mut self,
        schedule: ScheduleId,
        id: StandingApprovalId,
        now: Timestamp,
    ) -> Result<bool> {
        let revoked = sqlx::query(
            "UPDATE cowork_standing_approvals SET revoked_at = COALESCE(revoked_at, $3)
             WHERE id = $1 AND schedule_id = $2",
        )
        .bind(id.to_string())
        .bind(schedule.to_string())
        .bind(now)
        .execute(self.connection().await?)
        .await?;
        Ok(revoked.rows_affected() > 0)
    }
}

impl Row {
    fn into_domain(self) -> Result<StandingApproval> {
        Ok(StandingApproval {
            id: parse("cowork_standing_approvals.id", self.id)?,
            schedule_id: parse("cowork_standing_approvals.schedule_id", self.schedule_id)?,
            kind: from_json("cowork_standing_approvals.kind_json", &self.kind_json)?,
            given_by: self.given_by,
            given_at: self.given_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
        })
    }
}
