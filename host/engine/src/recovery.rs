//! After a crash: what interrupted calls did to files is taken back, unless their result is final.

use crate::Result;
use crate::core::Core;
use cowork_coworkspaces::Journal;

pub(crate) async fn recover_calls(core: &Core) -> Result<()> {
    for coworkspace in core.store.coworkspaces().await? {
        let folder = match core.coworkspaces.open(&coworkspace.slug) {
            Ok(folder) => folder,
            Err(error) => {
                // One folder that is gone must not keep the others from working.
                let error = &error as &dyn std::error::Error;
                tracing::error!(coworkspace.slug = %coworkspace.slug, error, "the coworkspace cannot be opened");
                continue;
            }
        };
        let interrupted = Journal::interrupted(folder.dir())?;
        let finished = core.store.final_calls(&interrupted).await?;
        for recovered in Journal::recover(folder.dir(), |call| finished.contains(&call))? {
            tracing::info!(call.id = %recovered.call, changes = recovered.changes, "took back an unfinished call");
        }
    }
    Ok(())
}
