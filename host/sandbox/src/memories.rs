//! `cowork:host/memory`: what is stored or forgotten is a file that the host stages with the call.

use crate::bindings::memory::{Error, Found, Host, Note as Stored};
use crate::context::CallContext;
use async_trait::async_trait;
use cowork_coworkspaces::Staged;
use cowork_domain::memory::{FoundMemory, InvalidMemory, MAX_TEXT, Memory, key_of, path_of};
use cowork_domain::{CoworkspacePath, Timestamp};
use rustix::io::Errno;
use std::sync::Arc;

/// Memories that one call is given at once.
const MOST: u32 = 20;
/// The largest file that is read before it is replaced, in bytes.
const MAX_FILE: u64 = 4 * MAX_TEXT as u64;

/// What a coworkspace remembers, as one agent asks for it.
#[async_trait]
pub trait Memories: Send + Sync {
    /// What is written beside a memory that is stored now.
    fn note(&self) -> Note;

    /// The memories that fit a query best; for an empty one the newest. The error is for the model.
    async fn retrieve(&self, query: &str, limit: u32) -> Result<Vec<FoundMemory>, String>;
}

/// Who stores a memory, and when.
#[derive(Debug, Clone)]
pub struct Note {
    /// The time.
    pub time: Timestamp,
    /// Whose call it is.
    pub who: String,
    /// It has read text of strangers.
    pub tainted: bool,
}

impl Host for CallContext {
    fn store(&mut self, note: Stored) -> wasmtime::Result<Result<String, Error>> {
        self.may_use("cowork:host/memory")?;
        self.count_effect(
            note.title.len() + note.text.len() + note.tags.iter().map(String::len).sum::<usize>(),
        )?;
        Ok(self.store_memory(note))
    }

    async fn retrieve(&mut self, query: String, limit: u32) -> wasmtime::Result<Result<Vec<Found>, Error>> {
        self.may_use("cowork:host/memory")?;
        let Some(memories) = self.memories.clone() else { return Ok(Err(Error::NoTask)) };
        Ok(match memories.retrieve(&query, limit.clamp(1, MOST)).await {
            Ok(found) => {
                self.recalled += found.len() as u64;
                Ok(found.into_iter().map(Found::from).collect())
            }
            Err(why) => Err(Error::Failed(why)),
        })
    }

    fn forget(&mut self, title: String) -> wasmtime::Result<Result<(), Error>> {
        self.may_use("cowork:host/memory")?;
        self.count_effect(title.len())?;
        let Some(view) = &mut self.view else { return Ok(Err(Error::NoTask)) };
        Ok(forget(view, &title))
    }
}

impl CallContext {
    fn store_memory(&mut self, note: Stored) -> Result<String, Error> {
        let by = self.memories.as_ref().map(Arc::clone).ok_or(Error::NoTask)?.note();
        let received = self.has_received();
        let view = self.view.as_mut().ok_or(Error::NoTask)?;
        let memory = Memory::new(&note.title, note.tags, &note.text)?;
        let memory =
            Memory { time: Some(by.time), who: Some(by.who), tainted: by.tainted || received, ..memory };
        let path = path_for(view, &memory.title)?;
        let before = view.host_read(&path, MAX_FILE).map_err(failed)?;
        let before = before.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        view.host_write(&path, memory.to_markdown(before.as_deref()).as_bytes()).map_err(failed)?;
        Ok(path.to_string())
    }
}

fn forget(view: &mut Staged, title: &str) -> Result<(), Error> {
    let path = path_for(view, title)?;
    if view.host_remove(&path).map_err(failed)? { Ok(()) } else { Err(Error::Unknown) }
}

/// The file of a title: the one that a person named so, else that which the title gives.
fn path_for(view: &mut Staged, title: &str) -> Result<CoworkspacePath, Error> {
    if let Some(path) = path_of(title.trim())
        && view.host_read(&path, 0).map_err(failed)?.is_some()
    {
        return Ok(path);
    }
    Ok(key_of(title).and_then(|key| path_of(&key)).ok_or(InvalidMemory::Title)?)
}

impl From<InvalidMemory> for Error {
    fn from(error: InvalidMemory) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<FoundMemory> for Found {
    fn from(found: FoundMemory) -> Self {
        let FoundMemory { memory, score, truncated, .. } = found;
        let path = path_of(&memory.key).map(|path| path.to_string()).unwrap_or_default();
        let Memory { title, tags, text, time, who, tainted, .. } = memory;
        let time = time.map(|time| time.to_rfc3339());
        Self { title, tags, text, path, truncated, score, time, who, tainted }
    }
}

fn failed(error: Errno) -> Error {
    Error::Failed(match error {
        Errno::PERM => "something that is no file lies in its place".to_owned(),
        Errno::DQUOT | Errno::NOSPC => "the call stores more than it may".to_owned(),
        error => format!("its file cannot be used: {error}"),
    })
}
