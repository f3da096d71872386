//! After a crash: what was committed is carried out to its end, what waits for a person stays, the rest is dropped.

use crate::agent_loop::{carry_out, changes};
use crate::core::Core;
use crate::suspects::{Suspects, count_crashes};
use crate::{Result, locks};
use cowork_coworkspaces::{Folder, drop_staged, staged_calls};
use cowork_domain::Slug;
use cowork_domain::change_set::ChangeSetStatus;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Puts every coworkspace in order. One that cannot be must not keep the others from working: it is answered, with the
/// reason for a person.
pub(crate) async fn recover_calls(core: &Core) -> Result<(BTreeMap<Slug, String>, Suspects)> {
    let (mut broken, mut suspects) = (BTreeMap::new(), Suspects::default());
    for coworkspace in core.store.coworkspaces().await? {
        if let Err(error) = recover(core, &coworkspace.slug, &mut suspects).await {
            let logged = &error as &dyn std::error::Error;
            tracing::error!(coworkspace.slug = %coworkspace.slug, error = logged, "the coworkspace is not in order");
            broken.insert(coworkspace.slug, error.explain());
        }
    }
    Ok((broken, suspects))
}

async fn recover(core: &Core, slug: &Slug, suspects: &mut Suspects) -> Result<()> {
    let folder = core.coworkspaces.open(slug)?;
    folder.sweep_uploads()?;
    locks::clear_stale(core, &folder).await?;
    complete(core, &folder).await?;
    count_crashes(core, &folder, suspects).await?;
    for call in staged_calls(&folder)? {
        let stored = core.store.change_set(call).await?;
        if stored.is_none_or(|stored| stored.status != ChangeSetStatus::Held) {
            drop_staged(&folder, call)?;
        }
    }
    Ok(())
}

/// Carries out to its end what is committed and was broken off: by a crash, or by a disk that was full. Nothing else is
/// committed in the coworkspace before. To be called with its commits locked out, or before there are any.
pub(crate) async fn complete(core: &Core, folder: &Arc<Folder>) -> Result<()> {
    for call in staged_calls(folder)? {
        let Some(stored) = core.store.change_set(call).await? else { continue };
        if stored.status == ChangeSetStatus::Committed {
            carry_out(core, folder, call, Arc::new(changes(&stored)?)).await?;
            tracing::info!(call.id = %call, "carried out to its end what was committed");
        }
    }
    Ok(())
}
