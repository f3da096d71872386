//! `cowork:host/assets`: data that was installed beside a component. It is read once, and only if it is what the
//! manifest names by its hash.

use crate::bindings::assets::{Error, Host};
use crate::context::CallContext;
use cowork_domain::capability::Manifest;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The largest asset, in bytes.
const LARGEST: u64 = 256 << 20;

/// The assets of a plugin.
#[derive(Debug, Default)]
pub(crate) struct Assets {
    /// None: the component came without a place.
    folder: Option<PathBuf>,
    named: Vec<Asset>,
}

#[derive(Debug)]
struct Asset {
    name: String,
    /// BLAKE3, in hexadecimal digits.
    hash: String,
    bytes: OnceCell<Arc<Vec<u8>>>,
}

impl Assets {
    /// Those that a manifest names, in the folder that has the component's name and ends in `.assets`.
    pub(crate) fn beside(component: Option<&Path>, manifest: Option<&Manifest>) -> Self {
        let named = manifest.into_iter().flat_map(|manifest| &manifest.assets);
        let asset = |(name, hash): (&String, &String)| Asset {
            name: name.clone(),
            hash: hash.clone(),
            bytes: OnceCell::new(),
        };
        Self {
            folder: component.map(|path| path.with_extension("assets")),
            named: named.map(asset).collect(),
        }
    }

    async fn get(&self, name: &str) -> Result<Arc<Vec<u8>>, Error> {
        let asset = self.named.iter().find(|asset| asset.name == name);
        let asset = asset.ok_or_else(|| Error::Unknown(self.names()))?;
        let bytes = asset.bytes.get_or_try_init(|| self.read(asset)).await?;
        Ok(Arc::clone(bytes))
    }

    async fn read(&self, asset: &Asset) -> Result<Arc<Vec<u8>>, Error> {
        let folder = self.folder.as_ref();
        let folder =
            folder.ok_or_else(|| Error::Broken("it was not installed with the plugin".to_owned()))?;
        let (path, hash) = (folder.join(&asset.name), asset.hash.clone());
        let read = tokio::task::spawn_blocking(move || read(&path, &hash)).await;
        read.map_err(|ended| Error::Broken(ended.to_string()))?.map(Arc::new)
    }

    fn names(&self) -> String {
        let names = self.named.iter().map(|asset| asset.name.as_str()).collect::<Vec<_>>().join(", ");
        if names.is_empty() { "the manifest names none".to_owned() } else { format!("there are: {names}") }
    }
}

fn read(path: &Path, hash: &str) -> Result<Vec<u8>, Error> {
    let missing = |error: io::Error| Error::Broken(format!("its file cannot be read: {error}"));
    let file = File::open(path).map_err(missing)?;
    if file.metadata().map_err(missing)?.len() > LARGEST {
        return Err(Error::Broken(format!("it is larger than {} MiB", LARGEST >> 20)));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(missing)?;
    if blake3::hash(&bytes).to_hex().as_str() != hash {
        return Err(Error::Broken("its file is not the one that the manifest names by its hash".to_owned()));
    }
    Ok(bytes)
}

impl Host for CallContext {
    async fn size(&mut self, name: String) -> wasmtime::Result<Result<u64, Error>> {
        Ok(self.asset(&name).await?.map(|bytes| bytes.len() as u64))
    }

    async fn read(
        &mut self,
        name: String,
        offset: u64,
        length: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        Ok(self.asset(&name).await?.map(|bytes| {
            let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            let to = from.saturating_add(length as usize).min(bytes.len());
            bytes[from..to].to_vec()
        }))
    }
}

impl CallContext {
    async fn asset(&mut self, name: &str) -> wasmtime::Result<Result<Arc<Vec<u8>>, Error>> {
        self.may_use("cowork:host/assets")?;
        let Some(plugin) = self.plugin() else { wasmtime::bail!("there is no plugin yet") };
        Ok(plugin.assets.get(name).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(hash: &blake3::Hash) -> (tempfile::TempDir, Assets) {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join("reader.assets");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("words"), "some words").expect("a file");
        let manifest = format!("[assets]\nwords = \"{}\"\ngone = \"{0}\"", hash.to_hex());
        let manifest = Manifest::from_toml(&manifest).expect("a manifest");
        let assets = Assets::beside(Some(&dir.path().join("reader.wasm")), Some(&manifest));
        (dir, assets)
    }

    #[tokio::test]
    async fn an_asset_is_read_once_and_stays_what_it_was() {
        let (dir, assets) = installed(&blake3::hash(b"some words"));
        assert_eq!(assets.get("words").await.expect("an asset").as_slice(), b"some words");
        std::fs::write(dir.path().join("reader.assets/words"), "other words").expect("a file");
        assert_eq!(assets.get("words").await.expect("an asset").as_slice(), b"some words");
    }

    #[tokio::test]
    async fn what_is_not_as_the_manifest_names_it_is_not_read() {
        let (_dir, assets) = installed(&blake3::hash(b"other words"));
        let broken = async |name: &str| match assets.get(name).await {
            Err(Error::Broken(why)) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(broken("words").await, "its file is not the one that the manifest names by its hash");
        assert!(broken("gone").await.starts_with("its file cannot be read: "));
        for name in ["others", "../reader.assets/words", "/etc/passwd", ""] {
            assert!(
                matches!(assets.get(name).await, Err(Error::Unknown(known)) if known == "there are: gone, words")
            );
        }
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        let hash = "0".repeat(64);
        for name in ["../a", "a/b", ".hidden", "", "a b"] {
            assert!(Manifest::from_toml(&format!("[assets]\n\"{name}\" = \"{hash}\"")).is_err(), "{name}");
        }
        assert!(Manifest::from_toml("[assets]\na = \"00\"").is_err());
    }
}
