use crate::convert::parse;
use crate::{Result, Store, Unit};
use cowork_domain::coworkspace::Coworkspace;
use cowork_domain::{Slug, Timestamp};

#[derive(sqlx::FromRow)]
struct Row {
    slug: String,
    name: String,
    root_path: String,
    instructions: Option<String>,
    user_id: String,
    created_at: Timestamp,
}

impl Store {
    /// The coworkspace of a slug.
    pub async fn coworkspace(&self, slug: &Slug) -> Result<Option<Coworkspace>> {
        let row: Option<Row> = sqlx::query_as("SELECT * FROM coworkspaces WHERE slug = $1")
            .bind(slug.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.map(Row::into_domain).transpose()
    }

    /// All coworkspaces, by slug.
    pub async fn coworkspaces(&self) -> Result<Vec<Coworkspace>> {
        let rows: Vec<Row> =
            sqlx::query_as("SELECT * FROM coworkspaces ORDER BY slug").fetch_all(&self.pool).await?;
        rows.into_iter().map(Row::into_domain).collect()
    }
}

impl Unit {
    /// Adds a coworkspace.
    pub async fn insert_coworkspace(&mut self, coworkspace: &Coworkspace) -> Result<()> {
        self.later(
            "INSERT INTO coworkspaces (slug, name, root_path, instructions, user_id, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(coworkspace.slug.as_str())
        .bind(&coworkspace.name)
        .bind(&coworkspace.root_path)
        .bind(&coworkspace.instructions)
        .bind(&coworkspace.user_id)
        .bind(coworkspace.created_at);
        // At once, so that whoever makes it learns whether there is one.
        self.connection().await?;
        Ok(())
    }
}

impl Row {
    fn into_domain(self) -> Result<Coworkspace> {
        Ok(Coworkspace {
            slug: parse("coworkspaces.slug", self.slug)?,
            name: self.name,
            root_path: self.root_path,
            instructions: self.instructions,
            user_id: self.user_id,
            created_at: self.created_at,
        })
    }
}
