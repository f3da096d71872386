//! What a coworkspace remembers: Markdown files in `.memory/`, found by their words. The index follows the files when
//! somebody looks for something.

use crate::blocking::blocking;
use crate::core::Core;
use crate::{Error, Orchestrator, Result};
use async_trait::async_trait;
use cowork_coworkspaces::Folder;
use cowork_domain::coworkspace::{Entry, EntryKind};
use cowork_domain::memory::{self, FoundMemory, Memory};
use cowork_domain::{CoworkspacePath, Slug};
use cowork_sandbox::{Memories, Note};
use cowork_store::{FileObject, MemoryFile};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Files of `.memory/` that are looked at.
const MOST: usize = 5000;
/// Bytes of one that are taken up.
const MAX_FILE: u64 = 256 << 10;
/// Characters of one that an agent reads at once.
const SHOWN: usize = 4000;
/// Memories in a brief, and characters of each.
const TOLD: u32 = 6;
const TOLD_CHARS: usize = 800;
/// Letters of a word that says what a part is about.
const TELLING: usize = 4;
/// Who a person is, in the files.
const PERSON: &str = "person";

/// The memories of a coworkspace, as one call of an agent asks for them.
pub(crate) struct Recall {
    core: Arc<Core>,
    slug: Slug,
    note: Note,
    gave_tainted: AtomicBool,
}

impl Recall {
    pub(crate) fn new(core: &Arc<Core>, slug: &Slug, note: Note) -> Self {
        Self { core: Arc::clone(core), slug: slug.clone(), note, gave_tainted: AtomicBool::new(false) }
    }

    /// Whether the call was given a memory in which strangers may have had a part.
    pub(crate) fn gave_tainted(&self) -> bool {
        self.gave_tainted.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Memories for Recall {
    fn note(&self) -> Note {
        self.note.clone()
    }

    async fn retrieve(&self, query: &str, limit: u32) -> std::result::Result<Vec<FoundMemory>, String> {
        let found = find(&self.core, &self.slug, query, limit).await.map_err(|error| {
            tracing::error!(coworkspace.slug = %self.slug, error = &error as &dyn std::error::Error, "memories are not found");
            "the host cannot look into its memories now".to_owned()
        })?;
        if found.iter().any(|found| found.memory.tainted) {
            self.gave_tainted.store(true, Ordering::Relaxed);
        }
        Ok(found.into_iter().map(shortened).collect())
    }
}

/// The memories that fit a query best. One is tainted if its file says so, or was written by somebody tainted.
pub(crate) async fn find(core: &Core, slug: &Slug, query: &str, limit: u32) -> Result<Vec<FoundMemory>> {
    follow(core, slug).await?;
    search(core, slug, &memory::words(query), limit).await
}

async fn search(core: &Core, slug: &Slug, words: &[String], limit: u32) -> Result<Vec<FoundMemory>> {
    let mut found = core.store.search_memories(slug, words, limit).await?;
    for FoundMemory { memory, .. } in &mut found {
        memory.tainted |= is_marked(core, slug, &memory.key).await?;
    }
    Ok(found)
}

/// What an agent is told from the beginning.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// A text for each memory.
    pub(crate) memories: Vec<String>,
    /// Strangers may have had a part in one of them.
    pub(crate) tainted: bool,
}

/// What is remembered that may matter for a part of a task, after the host [caught up](catch_up). It only reads, so it
/// may be called where a unit is open.
pub(crate) async fn told(core: &Core, slug: &Slug, about: &str) -> Result<Told> {
    let found = about_it(core, slug, about).await?;
    let tainted = found.iter().any(|memory| memory.tainted);
    Ok(Told { memories: found.iter().map(text).collect(), tainted })
}

/// The same for a plan, without those in which strangers may have had a part: what a plan says is taken for the person's
/// own words.
pub(crate) async fn told_for_plan(core: &Core, slug: &Slug, outcome: &str) -> Result<Vec<String>> {
    catch_up(core, slug).await;
    let found = about_it(core, slug, outcome).await?;
    Ok(found.iter().filter(|memory| !memory.tainted).map(text).collect())
}

async fn about_it(core: &Core, slug: &Slug, about: &str) -> Result<Vec<Memory>> {
    let mut words = memory::words(about);
    // Short words are in every text.
    words.retain(|word| word.chars().count() >= TELLING);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let found = search(core, slug, &words, TOLD).await?;
    Ok(found.into_iter().map(|found| found.memory).collect())
}

fn text(memory: &Memory) -> String {
    let Memory { key, title, text, .. } = memory;
    match text.char_indices().nth(TOLD_CHARS) {
        Some((end, _)) => format!("{title}\n{}\n[cut: .memory/{key}.md has the rest]", &text[..end]),
        None => format!("{title}\n{text}"),
    }
}

/// [Follows](follow) the files before somebody is told of them. Where that cannot be done, what is known is told.
pub(crate) async fn catch_up(core: &Core, slug: &Slug) {
    if let Err(error) = follow(core, slug).await {
        tracing::error!(coworkspace.slug = %slug, error = &error as &dyn std::error::Error, "memories are as they were");
    }
}

/// Takes up what people and calls have done to the files since.
async fn follow(core: &Core, slug: &Slug) -> Result<()> {
    // First: what is added meanwhile is not missed in the folder.
    let known = core.store.memory_files(slug).await?;
    let folder = core.coworkspaces.open(slug)?;
    let Differences { changed, gone } = blocking(move || differences(&folder, known)).await??;
    if changed.is_empty() && gone.is_empty() {
        return Ok(());
    }
    let mut unit = core.store.begin().await?;
    for (memory, file) in &changed {
        unit.put_memory(slug, memory, file).await?;
    }
    for key in &gone {
        unit.drop_memory(slug, key).await?;
    }
    Ok(unit.commit().await?)
}

struct Differences {
    changed: Vec<(Memory, MemoryFile)>,
    gone: Vec<String>,
}

fn differences(folder: &Folder, known: Vec<MemoryFile>) -> Result<Differences, cowork_coworkspaces::Error> {
    let place: CoworkspacePath = memory::FOLDER.parse()?;
    let entries = match folder.list(Some(&place), true, MOST) {
        Err(cowork_coworkspaces::Error::NoFile(_)) => Vec::new(),
        listed => listed?.0,
    };
    let mut known: BTreeMap<String, MemoryFile> =
        known.into_iter().map(|file| (file.key.clone(), file)).collect();
    let mut changed = Vec::new();
    for file in entries.iter().filter_map(memory_file) {
        if known.remove(&file.key).as_ref() != Some(&file)
            && let Some(text) = read(folder, &file.key)
        {
            changed.push((Memory::from_markdown(&file.key, &text), file));
        }
    }
    Ok(Differences { changed, gone: known.into_keys().collect() })
}

fn memory_file(entry: &Entry) -> Option<MemoryFile> {
    let key = memory::key_in(&entry.path).filter(|_| entry.kind == EntryKind::File)?.to_owned();
    let modified = entry.modified?.timestamp_nanos_opt().unwrap_or_default();
    Some(MemoryFile { key, size: entry.size?, modified })
}

/// None: it cannot be read, or is gone again.
fn read(folder: &Folder, key: &str) -> Option<String> {
    let (file, _) = folder.open_file(&memory::path_of(key)?).ok()?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

async fn is_marked(core: &Core, slug: &Slug, key: &str) -> Result<bool> {
    Ok(core.store.any_tainted(slug, &[place(key)]).await?)
}

/// The place of a memory alone, whatever lies there.
fn place(key: &str) -> FileObject {
    let path = memory::path_of(key).map(|path| path.to_string()).unwrap_or_default();
    FileObject { path, dev: 0, ino: 0 }
}

fn shortened(found: FoundMemory) -> FoundMemory {
    let Some((end, _)) = found.memory.text.char_indices().nth(SHOWN) else { return found };
    let text = found.memory.text[..end].to_owned();
    FoundMemory { memory: Memory { text, ..found.memory }, truncated: true, ..found }
}

impl Orchestrator {
    /// What a coworkspace remembers: what fits a query best, or for an empty one the newest.
    pub async fn memories(&self, slug: &Slug, query: &str, limit: u32) -> Result<Vec<FoundMemory>> {
        self.coworkspace(slug).await?;
        find(&self.core, slug, query, limit).await
    }

    /// One memory by the name of its file.
    pub async fn memory(&self, slug: &Slug, key: &str) -> Result<Memory> {
        let folder = self.folder(slug).await?;
        let of_file = key.to_owned();
        let text = blocking(move || read(&folder, &of_file)).await?;
        let memory = Memory::from_markdown(key, &text.ok_or_else(|| Error::NoMemory(key.to_owned()))?);
        let tainted = memory.tainted || is_marked(&self.core, slug, key).await?;
        Ok(Memory { tainted, ..memory })
    }

    /// Stores what a person says. It stands for what they know, whoever has said it before.
    pub async fn add_memory(
        &self,
        slug: &Slug,
        title: &str,
        tags: Vec<String>,
        text: &str,
    ) -> Result<Memory> {
        let folder = self.folder(slug).await?;
        let memory = Memory::new(title, tags, text)?;
        let (time, who) = (Some(self.core.clock.now()), Some(PERSON.to_owned()));
        let memory = Memory { time, who, ..memory };
        let path = memory::path_of(&memory.key).ok_or_else(|| Error::NoMemory(memory.key.clone()))?;
        let written = memory.clone();
        let write = move || {
            let markdown = written.to_markdown(read(&folder, &written.key).as_deref());
            let mut upload = folder.upload(&path)?;
            upload.write(markdown.as_bytes())?;
            upload.commit(None)
        };
        self.change_memory(slug, &memory.key, write).await?;
        Ok(memory)
    }

    /// Forgets a memory, for a person.
    pub async fn forget_memory(&self, slug: &Slug, key: &str) -> Result<()> {
        let folder = self.folder(slug).await?;
        let no_memory = || Error::NoMemory(key.to_owned());
        let path = memory::path_of(key).ok_or_else(no_memory)?;
        let removed = self.change_memory(slug, key, move || folder.remove(&path)).await;
        removed.map_err(|error| match error {
            Error::Coworkspace(cowork_coworkspaces::Error::NoFile(_)) => no_memory(),
            error => error,
        })
    }

    /// Like a call that changes files: no commit is in the middle of its moves.
    async fn change_memory<W>(&self, slug: &Slug, key: &str, write: W) -> Result<()>
    where
        W: FnOnce() -> Result<(), cowork_coworkspaces::Error> + Send + 'static,
    {
        let writing = self.core.writing(slug);
        let _commit = writing.lock().await;
        blocking(write).await??;
        let mut unit = self.core.store.begin().await?;
        unit.untaint_file(slug, &place(key)).await?;
        unit.commit().await?;
        follow(&self.core, slug).await
    }
}
