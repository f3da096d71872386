//! Data that was installed with the plugin and is named in its manifest by its hash. A plugin that uses this imports
//! `cowork:host/assets`, which has to be granted.

use crate::Error;

/// The whole of one asset.
///
/// Outside of a host, as in a plugin's own tests, it is a file in the folder that the environment variable
/// `COWORK_ASSETS_DIR` names.
///
/// # Errors
/// [`Error::Failed`] when the manifest names no such asset, or it is not installed as it should be.
pub fn read(name: &str) -> Result<Vec<u8>, Error> {
    whole(name)
}

#[cfg(target_family = "wasm")]
fn whole(name: &str) -> Result<Vec<u8>, Error> {
    use crate::bindings::cowork::host::assets as host;
    /// Far below what may pass between guest and host at once.
    const PIECE: u32 = 64 << 20;
    let explain = |error| match error {
        host::Error::Unknown(known) => Error::failed(format!("there is no asset `{name}`: {known}")),
        host::Error::Broken(why) => Error::failed(format!("the asset `{name}` cannot be used: {why}")),
    };
    let size = host::size(name).map_err(explain)?;
    let mut bytes = host::read(name, 0, PIECE).map_err(explain)?;
    while (bytes.len() as u64) < size {
        let more = host::read(name, bytes.len() as u64, PIECE).map_err(explain)?;
        bytes.extend_from_slice(&more);
    }
    Ok(bytes)
}

#[cfg(not(target_family = "wasm"))]
fn whole(name: &str) -> Result<Vec<u8>, Error> {
    let folder = std::env::var_os("COWORK_ASSETS_DIR");
    let folder = folder.ok_or_else(|| Error::failed("COWORK_ASSETS_DIR names no folder of assets"))?;
    let path = std::path::Path::new(&folder).join(name);
    std::fs::read(&path).map_err(|error| Error::from(error).about(path.display()))
}
