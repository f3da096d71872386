//! What plugins were given, and the log of it.

use crate::convert::{from_json, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::capability::{Grant, GrantEvent, Powers};
use cowork_domain::{Slug, TaskId, Timestamp};

#[derive(sqlx::FromRow)]
struct GrantRow {
    plugin: String,
    digest: String,
    publisher: Option<String>,
    asked_json: String,
    given_json: String,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    at: Timestamp,
    plugin: String,
    digest: String,
    actor: String,
    action: String,
    given_json: String,
    difference_json: String,
}

impl Store {
    /// All grants, by plugin.
    pub async fn grants(&self) -> Result<Vec<Grant>> {
        let rows: Vec<GrantRow> = sqlx::query_as(
            "SELECT plugin, digest, publisher, asked_json, given_json FROM cowork_grants ORDER BY plugin",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(GrantRow::into_domain).collect()
    }

    /// The log of grants, newest first, of one plugin or of all.
    pub async fn grant_log(&self, plugin: Option<&str>, limit: u32) -> Result<Vec<GrantEvent>> {
        let rows: Vec<EventRow> = sqlx::query_as(
            "SELECT at, plugin, digest, actor, action, given_json, difference_json FROM cowork_grant_log
             WHERE $1 IS NULL OR plugin = $1 ORDER BY seq DESC LIMIT $2",
        )
        .bind(plugin)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(EventRow::into_domain).collect()
    }

    /// What tools may do at most: in a coworkspace, and for a task.
    pub async fn limits(
        &self,
        slug: &Slug,
        task: Option<TaskId>,
    ) -> Result<(Option<Powers>, Option<Powers>)> {
        let row: Option<(Option<String>, Option<String>)> = sqlx::query_as(
            "SELECT c.limits_json, t.limits_json FROM coworkspaces c
             LEFT JOIN cowork_tasks t ON t.id = $2 WHERE c.slug = $1",
        )
        .bind(slug.as_str())
        .bind(task.map(|task| task.to_string()))
        .fetch_optional(&self.pool)
        .await?;
        let (coworkspace, task) = row.unwrap_or_default();
        let decode = |column, json: Option<String>| json.map(|json| from_json(column, &json)).transpose();
        Ok((decode("coworkspaces.limits_json", coworkspace)?, decode("cowork_tasks.limits_json", task)?))
    }
}

impl Unit {
    /// Gives a plugin powers in place of those that it had.
    pub async fn put_grant(&mut self, grant: &Grant, now: Timestamp) -> Result<()> {
        self.later(
            "INSERT INTO cowork_grants (plugin, digest, publisher, asked_json, given_json, granted_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (plugin) DO UPDATE SET digest = excluded.digest, publisher = excluded.publisher,
                asked_json = excluded.asked_json, given_json = excluded.given_json,
                granted_at = excluded.granted_at",
        )
        .bind(&grant.plugin)
        .bind(&grant.digest)
        .bind(&grant.publisher)
        .bind(to_json("cowork_grants.asked_json", &grant.asked)?)
        .bind(to_json("cowork_grants.given_json", &grant.given)?)
        .bind(now);
        Ok(())
    }

    /// Adds a line to the log of grants.
    pub async fn log_grant(&mut self, event: &GrantEvent) -> Result<()> {
        self.later(
            "INSERT INTO cowork_grant_log (at, plugin, digest, actor, action, given_json, difference_json)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(event.at)
        .bind(&event.plugin)
        .bind(&event.digest)
        .bind(&event.actor)
        .bind(&event.action)
        .bind(to_json("cowork_grant_log.given_json", &event.given)?)
        .bind(to_json("cowork_grant_log.difference_json", &event.difference)?);
        Ok(())
    }

    /// Limits what tools may do in a coworkspace.
    pub async fn set_coworkspace_limits(&mut self, slug: &Slug, limits: &Powers) -> Result<()> {
        self.later("UPDATE coworkspaces SET limits_json = $2 WHERE slug = $1")
            .bind(slug.as_str())
            .bind(to_json("coworkspaces.limits_json", limits)?);
        Ok(())
    }

    /// Limits what tools may do for a task.
    pub async fn set_task_limits(&mut self, task: TaskId, limits: &Powers) -> Result<()> {
        self.later("UPDATE cowork_tasks SET limits_json = $2 WHERE id = $1")
            .bind(task.to_string())
            .bind(to_json("cowork_tasks.limits_json", limits)?);
        Ok(())
    }
}

impl GrantRow {
    fn into_domain(self) -> Result<Grant> {
        Ok(Grant {
            plugin: self.plugin,
            digest: self.digest,
            publisher: self.publisher,
            asked: from_json("cowork_grants.asked_json", &self.asked_json)?,
            given: from_json("cowork_grants.given_json", &self.given_json)?,
        })
    }
}

impl EventRow {
    fn into_domain(self) -> Result<GrantEvent> {
        Ok(GrantEvent {
            at: self.at,
            plugin: self.plugin,
            digest: self.digest,
            actor: self.actor,
            action: self.action,
            given: from_json("cowork_grant_log.given_json", &self.given_json)?,
            difference: from_json("cowork_grant_log.difference_json", &self.difference_json)?,
        })
    }
}
