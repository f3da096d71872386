//! Compiled code on disk, by digest of component and engine, and what tools each component lists.
//!
//! Compiled code is trusted by the processor, so none is loaded that this host did not write: the folder is the
//! host's alone, and beside each file lies a keyed hash of it whose key was made on this machine.

use crate::LoadError;
use blake3::Hash;
use cowork_domain::message::ToolDefinition;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::Component;

const KEY: &str = "key";

pub(crate) struct CompiledCode {
    dir: PathBuf,
    key: [u8; 32],
    engine: Hash,
}

impl CompiledCode {
    pub(crate) fn open(dir: &Path, engine: &Engine) -> Result<Self, LoadError> {
        let fail = |action| move |source| LoadError::Io { action, path: dir.to_owned(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(fail("create"))?;
        let key = key(dir).map_err(fail("keep a key in"))?;
        Ok(Self { dir: dir.to_owned(), key, engine: engine_digest(engine) })
    }

    /// This machine's key.
    pub(crate) fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// The component of these bytes, compiled now or before.
    pub(crate) fn component(
        &self,
        engine: &Engine,
        name: &str,
        bytes: &[u8],
        digest: Hash,
    ) -> Result<Component, LoadError> {
        if let Some(component) = self.load(engine, digest) {
            return Ok(component);
        }
        let wrong = |source| LoadError::NotAComponent { name: name.to_owned(), source };
        tracing::info!(plugin.name = name, "compiling; later starts take the compiled code");
        let component = Component::new(engine, bytes).map_err(wrong)?;
        let code = component.serialize().map_err(wrong)?;
        if let Err(error) = self.store(&self.path(digest), &code) {
            tracing::warn!(plugin.name = name, %error, "compiled code is not kept; the next start compiles again");
        }
        Ok(component)
    }

    /// What tools a component lists, if it was asked before.
    pub(crate) fn tools(&self, digest: Hash) -> Option<Vec<ToolDefinition>> {
        let path = self.listing(digest);
        self.check(&path)?;
        serde_json::from_slice(&fs::read(&path).ok()?).ok()
    }

    pub(crate) fn keep_tools(&self, digest: Hash, tools: &[&ToolDefinition]) {
        let kept = serde_json::to_vec(tools).map_err(io::Error::from);
        if let Err(error) = kept.and_then(|json| self.store(&self.listing(digest), &json)) {
            tracing::warn!(%digest, %error, "what tools a plugin has is not kept; the next start asks it again");
        }
    }

    fn load(&self, engine: &Engine, digest: Hash) -> Option<Component> {
        let path = self.path(digest);
        self.check(&path)?;
        deserialize(engine, &path)
    }

    /// A file that this host wrote, and no other.
    fn check(&self, path: &Path) -> Option<()> {
        let seal = fs::read(sealed(path)).ok()?;
        let mut file = fs::File::open(path).ok()?;
        // Compares in constant time; a file cut short by a crash fails here too.
        if self.seal(path, &mut file).ok()? != Hash::from_slice(&seal).ok()? {
            tracing::warn!(path = %path.display(), "a file with a wrong seal is not used");
            return None;
        }
        Some(())
    }

    fn store(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let partial = path.with_extension(format!("{}.partial", std::process::id()));
        for (place, content) in
            [(sealed(path), &self.seal(path, &mut &*content)?.as_bytes()[..]), (path.to_owned(), content)]
        {
            fs::write(&partial, content)?;
            fs::rename(&partial, place)?;
        }
        Ok(())
    }

    fn path(&self, digest: Hash) -> PathBuf {
        self.dir.join(format!("{}-{}", &digest.to_hex()[..32], &self.engine.to_hex()[..16]))
    }

    fn listing(&self, digest: Hash) -> PathBuf {
        self.path(digest).with_extension("tools")
    }

    /// Over the file's name too, which holds the digests of component and engine.
    fn seal(&self, path: &Path, content: &mut impl io::Read) -> io::Result<Hash> {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        hasher.update(&(name.len() as u64).to_le_bytes()).update(name).update_reader(content)?;
        Ok(hasher.finalize())
    }
}

fn sealed(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".seal");
    name.into()
}

#[expect(
    unsafe_code,
    reason = "the seal shows that this host compiled the code, for this component and this engine"
)]
fn deserialize(engine: &Engine, code: &Path) -> Option<Component> {
    // SAFETY: `check` has checked the keyed hash over component, engine and code, and only the host writes there.
    match unsafe { Component::deserialize_file(engine, code) } {
        Ok(component) => Some(component),
        Err(error) => {
            tracing::warn!(%error, "compiled code is not usable; compiling again");
            None
        }
    }
}

/// This machine's key, made at the first start.
fn key(dir: &Path) -> io::Result<[u8; 32]> {
    let path = dir.join(KEY);
    let mut key = [0; 32];
    fs::File::open("/dev/urandom").and_then(|mut random| io::Read::read_exact(&mut random, &mut key))?;
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => file.write_all(&key).map(|()| key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => replace_torn(&path, key),
        Err(error) => Err(error),
    }
}

/// The key that is there, or a new one where a crash left half of it.
fn replace_torn(path: &Path, new: [u8; 32]) -> io::Result<[u8; 32]> {
    if let Ok(key) = <[u8; 32]>::try_from(fs::read(path)?) {
        return Ok(key);
    }
    fs::write(path, new)?;
    Ok(new)
}

fn engine_digest(engine: &Engine) -> Hash {
    struct Sink(blake3::Hasher);
    impl std::hash::Hasher for Sink {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut sink = Sink(blake3::Hasher::new());
    engine.precompile_compatibility_hash().hash(&mut sink);
    let _ = sink.finish();
    sink.0.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    fn cache() -> (tempfile::TempDir, Engine, CompiledCode) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let engine = Engine::default();
        let cache = CompiledCode::open(dir.path(), &engine).expect("a cache");
        (dir, engine, cache)
    }

    #[test]
    fn code_is_compiled_once() {
        let (dir, engine, cache) = cache();
        let digest = blake3::hash(EMPTY);
        cache.component(&engine, "empty", EMPTY, digest).expect("a component");
        assert!(cache.load(&engine, digest).is_some());
        let again = CompiledCode::open(dir.path(), &engine).expect("the same cache");
        assert!(again.load(&engine, digest).is_some(), "the key is kept");
    }

    #[test]
    fn code_that_somebody_else_wrote_is_not_loaded() {
        let (_dir, engine, cache) = cache();
        let digest = blake3::hash(EMPTY);
        cache.component(&engine, "empty", EMPTY, digest).expect("a component");
        let path = cache.path(digest);
        let mut file = fs::read(&path).expect("the code");
        *file.last_mut().expect("a byte") ^= 1;
        fs::write(&path, &file).expect("a changed byte");
        assert!(cache.load(&engine, digest).is_none());
        fs::write(&path, &file[..40]).expect("a torn file");
        assert!(cache.load(&engine, digest).is_none());
    }
}
