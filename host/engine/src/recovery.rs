//! After a crash: what interrupted calls did to files is taken back, unless their result is final.

use crate::Result;
use crate::core::Core;
use cowork_coworkspaces::Journal;
use cowork_domain::Slug;
use std::collections::BTreeMap;

/// Puts every coworkspace in order. One that cannot be must not keep the others from working: it is answered, with the
/// reason for a person.
pub(crate) async fn recover_calls(core: &Core) -> Result<BTreeMap<Slug, String>> {
    let mut broken = BTreeMap::new();
    for coworkspace in core.store.coworkspaces().await? {
        if let Err(error) = recover(core, &coworkspace.slug).await {
            let logged = &error as &dyn std::error::Error;
            tracing::error!(coworkspace.slug = %coworkspace.slug, error = logged, "the coworkspace is not in order");
            broken.insert(coworkspace.slug, error.explain());
        }
    }
    Ok(broken)
}

async fn recover(core: &Core, slug: &Slug) -> Result<()> {
    let folder = core.coworkspaces.open(slug)?;
    folder.sweep_uploads()?;
    let interrupted = Journal::interrupted(folder.dir())?;
    let finished = core.store.final_calls(&interrupted).await?;
    for recovered in Journal::recover(folder.dir(), |call| finished.contains(&call))? {
        tracing::info!(call.id = %recovered.call, changes = recovered.changes, "took back an unfinished call");
    }
    Ok(())
}
