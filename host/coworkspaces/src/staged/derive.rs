//! From the tree to what the call did: the change set for people, and the steps that carry it out.

use super::content::Content;
use super::seen::Identity;
use super::tree::{Kind, Node};
use super::{MAX_PATH, NodeId, Result, Seen, Staged, lower};
use crate::commit::{Slot, Step};
use crate::name;
use cowork_domain::change_set::{self, Change, ChangeKind, ChangeSet, Hash};
use cowork_domain::coworkspace::EntryKind;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};

/// What a call did to files, not committed yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// For people, policies and approvals.
    pub set: ChangeSet,
    /// How to carry it out, in this order.
    pub steps: Vec<Step>,
    /// What it rests on: all of it must still hold when it is carried out.
    pub seen: Vec<(PathBuf, Seen)>,
    /// What the content that is changed, moved or deleted was before, by the path of the change.
    pub origins: BTreeMap<String, Identity>,
    /// What the new content is, by the path of the change.
    pub made: BTreeMap<String, Identity>,
}

/// A name in the merged tree.
struct Found {
    path: PathBuf,
    id: NodeId,
    /// The place in the real folder that this name covers, if its folder is a real one.
    real: Option<PathBuf>,
    /// The same object is at that place in the real folder.
    in_place: bool,
}

struct Derivation<'a> {
    view: &'a Staged,
    /// Objects that have a name which they had before.
    staying: BTreeMap<NodeId, PathBuf>,
    /// Objects that have a name which they did not have before.
    arriving: BTreeSet<NodeId>,
    /// New files in the place of old ones: other content at the same path.
    replaced: BTreeMap<PathBuf, NodeId>,
    /// Where a file is after the steps so far.
    placed: BTreeMap<NodeId, PathBuf>,
    parked: BTreeSet<NodeId>,
    undone: u64,
    steps: Vec<Step>,
    /// Further names of files, made when every file has its first.
    links: Vec<(NodeId, PathBuf)>,
    /// Set last, since every other step changes the times of folders.
    times: Vec<Step>,
    changes: Vec<Change>,
    origins: BTreeMap<String, Identity>,
    /// The same of what is deleted: at its path something else may be now.
    gone: BTreeMap<String, Identity>,
    made: BTreeMap<String, Identity>,
}

impl Staged {
    /// Ends the call's view. An error [`Errno::STALE`] means that the call saw two states of the folder and is to be
    /// run again. The staged files stay until the changes are committed or dropped.
    pub fn finish(self) -> Result<Changes> {
        let mut found = Vec::new();
        self.walk(Self::ROOT, Path::new(""), &mut found)?;
        let mut changes = Derivation::new(&self, &found).run(&found)?;
        let torn = self.staging.is_torn();
        let (disagrees, seen) = self.seen.into_parts();
        if torn || disagrees.is_some() {
            return Err(Errno::STALE);
        }
        changes.seen = seen;
        Ok(changes)
    }

    fn walk(&self, folder: NodeId, path: &Path, found: &mut Vec<Found>) -> Result<()> {
        let this = self.folder(folder)?;
        for (name, entry) in &this.entries {
            let Some(id) = *entry else { continue };
            let path = path.join(name);
            if path.as_os_str().len() >= MAX_PATH {
                return Err(Errno::NAMETOOLONG);
            }
            let real = this.real.as_ref().map(|real| real.join(name));
            let in_place = real.as_ref().is_some_and(|real| self.loaded.get(real.as_os_str()) == Some(&id));
            found.push(Found { path: path.clone(), id, real, in_place });
            if matches!(self.node(id).kind, Kind::Folder(_)) {
                self.walk(id, &path, found)?;
            }
        }
        Ok(())
    }
}

impl<'a> Derivation<'a> {
    fn new(view: &'a Staged, found: &[Found]) -> Self {
        let (stay, arrive): (Vec<&Found>, Vec<&Found>) = found.iter().partition(|found| found.in_place);
        let mut this = Self {
            view,
            staying: stay.into_iter().map(|found| (found.id, found.path.clone())).collect(),
            arriving: arrive.iter().map(|found| found.id).collect(),
            replaced: BTreeMap::new(),
            placed: BTreeMap::new(),
            parked: BTreeSet::new(),
            undone: 0,
            steps: Vec::new(),
            links: Vec::new(),
            times: Vec::new(),
            changes: Vec::new(),
            origins: BTreeMap::new(),
            gone: BTreeMap::new(),
            made: BTreeMap::new(),
        };
        for found in arrive {
            if let Some(real) = &found.real
                && let Some(old) = view.loaded.get(real.as_os_str())
                && this.is_replaced(*old, found.id)
            {
                this.replaced.insert(real.clone(), *old);
            }
        }
        this
    }

    /// As a temporary file and a rename over the old one make it. An existing file in the place of another one is none.
    fn is_replaced(&self, old: NodeId, new: NodeId) -> bool {
        let is_file = |id| matches!(self.view.node(id).kind, Kind::File(_));
        let gone = !self.staying.contains_key(&old) && !self.arriving.contains(&old);
        is_file(old) && is_file(new) && gone && self.view.node(new).origin.is_none()
    }

    fn run(mut self, found: &[Found]) -> Result<Changes> {
        let stays: HashSet<&OsStr> = found
            .iter()
            .filter(|found| found.in_place)
            .filter_map(|found| found.real.as_ref().map(|real| real.as_os_str()))
            .collect();
        // From the bottom up: what is below a place is taken away before the place itself.
        for (real, id) in self.view.loaded.iter().rev() {
            let real = Path::new(real);
            if !stays.contains(real.as_os_str()) && !self.replaced.contains_key(real) {
                self.take_away(real, *id)?;
            }
        }
        for found in found {
            let old = found.real.as_ref().and_then(|real| self.replaced.get(real)).copied();
            match old {
                _ if found.in_place => self.keep(found)?,
                Some(old) => self.replace(found, old)?,
                None => self.place(found)?,
            }
        }
        self.link()?;
        self.steps.extend(self.times.into_iter().rev());
        join_moves(&mut self.changes, &self.gone, &mut self.origins);
        Ok(Changes {
            set: ChangeSet::new(self.changes),
            steps: self.steps,
            seen: Vec::new(),
            origins: self.origins,
            made: self.made,
        })
    }

    /// An object that left this place.
    fn take_away(&mut self, real: &Path, id: NodeId) -> Result<()> {
        let node = self.view.node(id);
        let identity = identity(node)?;
        let moves = self.arriving.contains(&id) && !self.staying.contains_key(&id);
        if moves && self.parked.insert(id) {
            let to = match &node.kind {
                // What arrives is the staged content; the old one is only needed to undo.
                Kind::File(content) if content.keep().is_some() => self.next_undo(),
                _ => Slot::Parked(id.0),
            };
            self.steps.push(Step::Take { from: real.to_owned(), to, identity });
            return Ok(());
        }
        let to = self.next_undo();
        self.steps.push(Step::Take { from: real.to_owned(), to, identity });
        let before = self.content_before(node, real)?;
        self.gone.insert(name::escape(real.as_os_str()), identity);
        self.change(real, ChangeKind::Deleted, node, before, None);
        Ok(())
    }

    /// A name that was there before, for the same object.
    fn keep(&mut self, found: &Found) -> Result<()> {
        let node = self.view.node(found.id);
        match &node.kind {
            Kind::File(content) if content.keep().is_some() => {
                let real = found.real.as_deref().unwrap_or(&found.path);
                self.modify(found, (node, real), content)
            }
            Kind::File(_) => Ok(()),
            _ => {
                if node.times.is_some_and(|times| times.accessed.or(times.modified).is_some()) {
                    self.set_times(found, node);
                    self.change(&found.path, ChangeKind::Touched, node, None, None);
                }
                Ok(())
            }
        }
    }

    /// A new file in the place of an old one.
    fn replace(&mut self, found: &Found, old: NodeId) -> Result<()> {
        let real = found.real.as_deref().unwrap_or(&found.path);
        match &self.view.node(found.id).kind {
            Kind::File(content) => self.modify(found, (self.view.node(old), real), content),
            _ => Err(Errno::INVAL),
        }
    }

    fn modify(&mut self, found: &Found, old: (&Node, &Path), content: &Content) -> Result<()> {
        let (old, real) = old;
        let before = self.content_before(old, real)?;
        let (after, made) = content_after(content)?;
        if before == Some(after) && !content.has_times() {
            self.placed.entry(found.id).or_insert_with(|| found.path.clone());
            return Ok(());
        }
        let identity = identity(old)?;
        let undo = self.next_undo();
        match (self.placed.entry(found.id), content.keep()) {
            // Another name of a file that is placed already.
            (Entry::Occupied(_), _) | (_, None) => {
                self.steps.push(Step::Take { from: found.path.clone(), to: undo, identity });
                self.links.push((found.id, found.path.clone()));
            }
            (Entry::Vacant(placed), Some(number)) => {
                placed.insert(found.path.clone());
                let (slot, path) = (Slot::Staged(number), found.path.clone());
                self.steps.push(Step::Exchange { slot, path, undo, identity, ours: made });
            }
        }
        let path = name::escape(found.path.as_os_str());
        self.origins.insert(path.clone(), identity);
        self.made.insert(path, made);
        let kind = if before == Some(after) { ChangeKind::Touched } else { ChangeKind::Modified };
        self.change(&found.path, kind, old, before, Some(after));
        Ok(())
    }

    /// A name that was not there before, or for another object.
    fn place(&mut self, found: &Found) -> Result<()> {
        let node = self.view.node(found.id);
        let path = found.path.clone();
        if self.placed.contains_key(&found.id) || self.staying.contains_key(&found.id) {
            self.links.push((found.id, path));
            return self.linked(found, node);
        }
        self.placed.insert(found.id, path.clone());
        match (&node.kind, &node.origin) {
            (Kind::Folder(_), None) => self.steps.push(Step::MakeFolder { path }),
            (Kind::Link(target), None) => self.steps.push(Step::Symlink { target: target.into(), path }),
            (Kind::File(content), _) if let Some(number) = content.keep() => {
                return self.place_staged(found, node, content, number);
            }
            _ => {
                self.steps.push(Step::Put { slot: Slot::Parked(found.id.0), path });
                self.set_times(found, node);
                return self.moved(found, node, None);
            }
        }
        self.set_times(found, node);
        self.change(&found.path, ChangeKind::Created, node, None, None);
        Ok(())
    }

    /// A further name of an object. Of one that was there before it is a link, and judged as one.
    fn linked(&mut self, found: &Found, node: &Node) -> Result<()> {
        let after = self.content(node)?;
        let path = name::escape(found.path.as_os_str());
        let made = match &node.kind {
            Kind::File(content) if content.keep().is_some() => Some(content_after(content)?.1),
            _ => node.origin.as_ref().map(|origin| Identity::of(&origin.stat)),
        };
        self.made.extend(made.map(|made| (path.clone(), made)));
        self.change(&found.path, ChangeKind::Created, node, None, after);
        if node.origin.is_some() {
            self.origins.insert(path, identity(node)?);
            if let Some(change) = self.changes.last_mut() {
                change.entry = EntryKind::Link;
            }
        }
        Ok(())
    }

    fn place_staged(&mut self, found: &Found, node: &Node, content: &Content, number: u64) -> Result<()> {
        let (after, made) = content_after(content)?;
        self.made.insert(name::escape(found.path.as_os_str()), made);
        self.steps.push(Step::Put { slot: Slot::Staged(number), path: found.path.clone() });
        if node.origin.is_some() {
            return self.moved(found, node, Some(after));
        }
        self.change(&found.path, ChangeKind::Created, node, None, Some(after));
        Ok(())
    }

    fn moved(&mut self, found: &Found, node: &Node, after: Option<change_set::Content>) -> Result<()> {
        let from = node.origin.as_ref().map(|origin| origin.path.clone()).unwrap_or_default();
        let before = self.content_before(node, &from)?;
        self.origins.insert(name::escape(found.path.as_os_str()), identity(node)?);
        let from = name::escape(from.as_os_str());
        self.change(&found.path, ChangeKind::Moved { from }, node, before, after);
        Ok(())
    }

    /// Gives files their further names.
    fn link(&mut self) -> Result<()> {
        for (id, path) in std::mem::take(&mut self.links) {
            let from = self.placed.get(&id).or_else(|| self.staying.get(&id)).ok_or(Errno::NOENT)?;
            self.steps.push(Step::Link { from: from.clone(), path });
        }
        Ok(())
    }

    fn set_times(&mut self, found: &Found, node: &Node) {
        if let Some(times) = node.times {
            let (accessed, modified) = (times.accessed, times.modified);
            self.times.push(Step::Times { path: found.path.clone(), accessed, modified });
        }
    }

    fn change(
        &mut self,
        path: &Path,
        kind: ChangeKind,
        node: &Node,
        before: Option<change_set::Content>,
        after: Option<change_set::Content>,
    ) {
        let entry = match &node.kind {
            Kind::Folder(_) => EntryKind::Directory,
            Kind::File(_) => EntryKind::File,
            Kind::Link(_) => EntryKind::Link,
            Kind::Other(_) => EntryKind::Other,
        };
        let of_file = || mime_guess::from_path(path).first().map(|media_type| media_type.to_string());
        let media_type = if entry == EntryKind::File { of_file() } else { None };
        let path = name::escape(path.as_os_str());
        self.changes.push(Change { path, kind, entry, before, after, media_type, own: false });
    }

    fn next_undo(&mut self) -> Slot {
        self.undone += 1;
        Slot::Undo(self.undone)
    }

    fn content(&self, node: &Node) -> Result<Option<change_set::Content>> {
        match (&node.kind, &node.origin) {
            (Kind::File(content), _) if content.keep().is_some() => Ok(Some(content_after(content)?.0)),
            (_, Some(origin)) => self.content_before(node, &origin.path),
            (_, None) => Ok(None),
        }
    }

    fn content_before(&self, node: &Node, real: &Path) -> Result<Option<change_set::Content>> {
        if !matches!(node.kind, Kind::File(_)) {
            return Ok(None);
        }
        let read = || {
            let folder = lower::open_folder(&*self.view.root, real.parent().unwrap_or(Path::new("")))?;
            let (file, _) = lower::open_file(folder, real.file_name().unwrap_or(OsStr::new("")))?;
            hash(&file)
        };
        match read() {
            // It was there when the call looked at it.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Err(Errno::STALE),
            content => content.map(Some),
        }
    }
}

fn identity(node: &Node) -> Result<Identity> {
    node.origin.as_ref().map(|origin| Identity::of(&origin.stat)).ok_or(Errno::NOENT)
}

fn content_after(content: &Content) -> Result<(change_set::Content, Identity)> {
    let file = content.copy_up()?;
    Ok((hash(&file)?, Identity::of(&rustix::fs::fstat(&*file)?)))
}

fn hash(file: &File) -> Result<change_set::Content> {
    use std::os::unix::fs::FileExt as _;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        match file.read_at(&mut buffer, size) {
            Ok(0) => break,
            Ok(count) => {
                hasher.update(&buffer[..count]);
                size += count as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(super::content::errno(error)),
        }
    }
    Ok(change_set::Content { size, hash: Hash::from_bytes(*hasher.finalize().as_bytes()) })
}

/// A file that is gone and whose content stands at a path that is new was moved, however the guest went about it.
fn join_moves(
    changes: &mut Vec<Change>,
    gone_origins: &BTreeMap<String, Identity>,
    origins: &mut BTreeMap<String, Identity>,
) {
    let is_file = |change: &Change, kind| change.entry == EntryKind::File && change.kind == kind;
    let (mut gone, mut rest): (Vec<Change>, Vec<Change>) =
        std::mem::take(changes).into_iter().partition(|change| is_file(change, ChangeKind::Deleted));
    for new in rest.iter_mut().filter(|change| is_file(change, ChangeKind::Created)) {
        let has_content = new.after.is_some_and(|after| after.size > 0);
        let Some(at) = gone.iter().position(|old| has_content && old.before == new.after) else { continue };
        let old = gone.swap_remove(at);
        if let Some(identity) = gone_origins.get(&old.path) {
            origins.insert(new.path.clone(), *identity);
        }
        new.before = old.before;
        new.kind = ChangeKind::Moved { from: old.path };
    }
    rest.append(&mut gone);
    *changes = rest;
}
