//! The whole disk as a value: files, directories, and a journal of changed names. Pure: no mount, no clock; randomness
//! comes in. Called by [`super::fuse`] for every request of the kernel and by [`super::control`] for power cuts.
//!
//! Stricter than ext4, as strict as POSIX: a file's sync makes its bytes and length durable but not its name; names are
//! durable when their directory was synced. Names are journalled in order (as ext4 does): syncing a directory makes
//! everything durable that was renamed, created or removed before its last change, and a power cut keeps a beginning of
//! the journal. Permissions and times are not modelled as volatile. Hard and symbolic links do not exist here.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
};

use rand::Rng;

use super::content::{Content, Keep, Taken};

/// A file's or directory's number; never used again.
pub type Inode = u64;

/// The root directory.
pub const ROOT: Inode = 1;

/// A new disk's size, in bytes.
const CAPACITY_BYTES: u64 = 8 << 30;

/// Why the disk refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No such name or number.
    Missing,
    /// The name is taken.
    Exists,
    /// The directory is not empty.
    NotEmpty,
    /// A file where a directory must be.
    NotADirectory,
    /// A directory where a file must be.
    IsADirectory,
    /// No space is left.
    Full,
}

/// A disk.
#[derive(Debug)]
pub struct Image {
    entries: BTreeMap<Inode, Entry>,
    next: Inode,
    journal: Vec<Transaction>,
    /// Bytes that fit on it.
    pub capacity: u64,
    /// How often the power was cut.
    pub cuts: u64,
}

/// What a number stands for.
#[derive(Debug)]
pub struct Entry {
    /// Permission bits.
    pub mode: u16,
    /// What it is.
    pub body: Body,
}

/// A file or a directory.
#[derive(Debug)]
pub enum Body {
    /// A file.
    File(Content),
    /// A directory: its names now, and on the platter.
    Directory {
        /// Now.
        now: Names,
        /// On the platter.
        platter: Names,
    },
}

/// The names in a directory.
pub type Names = BTreeMap<OsString, Inode>;

/// Changes of names that a power cut keeps or undoes together.
#[derive(Debug)]
struct Transaction(Vec<Naming>);

#[derive(Debug)]
struct Naming {
    directory: Inode,
    name: OsString,
    /// `None` removes it.
    becomes: Option<Inode>,
}

// === impl Image ===

impl Default for Image {
    fn default() -> Self {
        Self {
            entries: BTreeMap::from([(ROOT, Entry::directory(0o700))]),
            next: ROOT + 1,
            journal: Vec::new(),
            capacity: CAPACITY_BYTES,
            cuts: 0,
        }
    }
}

impl Image {
    /// What a number stands for.
    pub fn entry(&self, inode: Inode) -> Result<&Entry, Refusal> {
        self.entries.get(&inode).ok_or(Refusal::Missing)
    }

    /// The same, to change its permissions.
    pub fn entry_mut(&mut self, inode: Inode) -> Result<&mut Entry, Refusal> {
        self.entries.get_mut(&inode).ok_or(Refusal::Missing)
    }

    /// The names in a directory, as they are now.
    pub fn names(&self, directory: Inode) -> Result<&Names, Refusal> {
        match &self.entry(directory)?.body {
            Body::Directory { now, .. } => Ok(now),
            Body::File(_) => Err(Refusal::NotADirectory),
        }
    }

    /// A file's content.
    pub fn content(&self, inode: Inode) -> Result<&Content, Refusal> {
        match &self.entry(inode)?.body {
            Body::File(content) => Ok(content),
            Body::Directory { .. } => Err(Refusal::IsADirectory),
        }
    }

    fn content_mut(&mut self, inode: Inode) -> Result<&mut Content, Refusal> {
        match &mut self.entry_mut(inode)?.body {
            Body::File(content) => Ok(content),
            Body::Directory { .. } => Err(Refusal::IsADirectory),
        }
    }

    /// What a name stands for.
    pub fn lookup(&self, directory: Inode, name: &OsStr) -> Result<Inode, Refusal> {
        self.names(directory)?.get(name).copied().ok_or(Refusal::Missing)
    }

    /// Whether a file goes by this name somewhere.
    pub fn goes_by(&self, inode: Inode, name: &OsStr) -> bool {
        let mut bodies = self.entries.values().map(|entry| &entry.body);
        bodies.any(|body| matches!(body, Body::Directory { now, .. } if now.get(name) == Some(&inode)))
    }

    /// Makes an entry with a name.
    pub fn make(&mut self, directory: Inode, name: &OsStr, entry: Entry) -> Result<Inode, Refusal> {
        if self.names(directory)?.contains_key(name) {
            return Err(Refusal::Exists);
        }
        let inode = self.next;
        self.next += 1;
        self.entries.insert(inode, entry);
        self.change(vec![Naming::put(directory, name, inode)]);
        Ok(inode)
    }

    /// Removes a name of a file, or of an empty directory. Whoever has the file open goes on with it.
    pub fn remove(&mut self, directory: Inode, name: &OsStr) -> Result<(), Refusal> {
        let inode = self.lookup(directory, name)?;
        self.must_be_empty(inode)?;
        self.change(vec![Naming::remove(directory, name)]);
        Ok(())
    }

    fn must_be_empty(&self, inode: Inode) -> Result<(), Refusal> {
        match &self.entry(inode)?.body {
            Body::Directory { now, .. } if !now.is_empty() => Err(Refusal::NotEmpty),
            _ => Ok(()),
        }
    }

    /// Renames, over what is there.
    pub fn rename(
        &mut self,
        (from, name): (Inode, &OsStr),
        (to, new_name): (Inode, &OsStr),
    ) -> Result<(), Refusal> {
        let inode = self.lookup(from, name)?;
        if let Ok(over) = self.lookup(to, new_name) {
            self.must_be_empty(over)?;
        }
        self.change(vec![Naming::remove(from, name), Naming::put(to, new_name, inode)]);
        Ok(())
    }

    /// Writes into a file.
    pub fn write(&mut self, inode: Inode, at: usize, bytes: &[u8]) -> Result<(), Refusal> {
        let length = self.content(inode)?.bytes().len();
        self.must_fit((at + bytes.len()).saturating_sub(length))?;
        self.content_mut(inode)?.write(at, bytes);
        Ok(())
    }

    /// Cuts a file off or grows it.
    pub fn resize(&mut self, inode: Inode, length: usize) -> Result<(), Refusal> {
        let before = self.content(inode)?.bytes().len();
        self.must_fit(length.saturating_sub(before))?;
        self.content_mut(inode)?.resize(length);
        Ok(())
    }

    fn must_fit(&self, more: usize) -> Result<(), Refusal> {
        if more as u64 > self.free() {
            return Err(Refusal::Full);
        }
        Ok(())
    }

    /// Bytes that are taken.
    pub fn used(&self) -> u64 {
        let named: BTreeSet<Inode> = self.reachable(false);
        let length = |inode: &Inode| {
            self.content(*inode)
                .map_or(0, |content| content.bytes().len() as u64)
        };
        named.iter().map(length).sum()
    }

    /// Bytes that are free.
    pub fn free(&self) -> u64 {
        self.capacity.saturating_sub(self.used())
    }

    /// A file's bytes and length, or a directory's names, are on the platter.
    pub fn sync(&mut self, inode: Inode) -> Result<(), Refusal> {
        if let Body::File(content) = &mut self.entry_mut(inode)?.body {
            content.sync();
            return Ok(());
        }
        let touches =
            |transaction: &Transaction| transaction.0.iter().any(|naming| naming.directory == inode);
        let count = self.journal.iter().rposition(touches).map_or(0, |last| last + 1);
        self.commit(count);
        Ok(())
    }

    /// A sync that failed. Nothing of the file reaches the platter, now or later.
    pub fn fail_sync(&mut self, inode: Inode) {
        if let Ok(content) = self.content_mut(inode) {
            content.fail_sync();
        }
    }

    /// The power goes, and comes back.
    pub fn cut(&mut self, keep: Keep, random: &mut impl Rng) -> Taken {
        self.cuts += 1;
        let names_kept = match keep {
            Keep::Nothing => 0,
            Keep::Sectors(_) => random.random_range(0..=self.journal.len()),
        };
        self.commit(names_kept);
        let mut taken = Taken {
            names_undone: self.journal.len() as u64,
            ..Taken::default()
        };
        self.journal.clear();
        for entry in self.entries.values_mut() {
            match &mut entry.body {
                Body::File(content) => content.cut(keep, random, &mut taken),
                Body::Directory { now, platter } => now.clone_from(platter),
            }
        }
        let named = self.reachable(true);
        self.entries.retain(|inode, _| named.contains(inode));
        taken
    }

    fn reachable(&self, with_root: bool) -> BTreeSet<Inode> {
        let mut seen: BTreeSet<Inode> = with_root.then_some(ROOT).into_iter().collect();
        let mut waiting = vec![ROOT];
        while let Some(directory) = waiting.pop() {
            for inode in self.names(directory).into_iter().flat_map(Names::values) {
                if seen.insert(*inode) {
                    waiting.push(*inode);
                }
            }
        }
        seen
    }

    fn change(&mut self, namings: Vec<Naming>) {
        for naming in &namings {
            if let Some(Body::Directory { now, .. }) = self.body_mut(naming.directory) {
                naming.apply(now);
            }
        }
        self.journal.push(Transaction(namings));
    }

    /// The first `count` transactions are on the platter.
    fn commit(&mut self, count: usize) {
        let namings: Vec<Naming> = self
            .journal
            .drain(..count)
            .flat_map(|transaction| transaction.0)
            .collect();
        for naming in namings {
            if let Some(Body::Directory { platter, .. }) = self.body_mut(naming.directory) {
                naming.apply(platter);
            }
        }
    }

    fn body_mut(&mut self, inode: Inode) -> Option<&mut Body> {
        self.entries.get_mut(&inode).map(|entry| &mut entry.body)
    }
}

// === impl Entry ===

impl Entry {
    /// An empty directory.
    pub fn directory(mode: u16) -> Self {
        Self {
            mode,
            body: Body::Directory {
                now: Names::new(),
                platter: Names::new(),
            },
        }
    }

    /// An empty file.
    pub fn file(mode: u16) -> Self {
        Self {
            mode,
            body: Body::File(Content::default()),
        }
    }
}

// === impl Naming ===

impl Naming {
    fn put(directory: Inode, name: &OsStr, inode: Inode) -> Self {
        Self {
            directory,
            name: name.to_owned(),
            becomes: Some(inode),
        }
    }

    fn remove(directory: Inode, name: &OsStr) -> Self {
        Self {
            directory,
            name: name.to_owned(),
            becomes: None,
        }
    }

    fn apply(&self, names: &mut Names) {
        match self.becomes {
            Some(inode) => names.insert(self.name.clone(), inode),
            None => names.remove(&self.name),
        };
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn name(text: &str) -> &OsStr {
        OsStr::new(text)
    }

    fn cut(image: &mut Image) {
        image.cut(Keep::Nothing, &mut StdRng::seed_from_u64(1));
    }

    #[test]
    fn a_name_outlives_a_cut_only_when_its_directory_was_synced() {
        let mut image = Image::default();
        let kept = image.make(ROOT, name("kept"), Entry::file(0o600)).unwrap();
        image.write(kept, 0, b"bytes").unwrap();
        image.sync(kept).unwrap();
        image.sync(ROOT).unwrap();
        let lost = image.make(ROOT, name("lost"), Entry::file(0o600)).unwrap();
        image.write(lost, 0, b"bytes").unwrap();
        image.sync(lost).unwrap();
        cut(&mut image);
        assert_eq!(
            image
                .content(image.lookup(ROOT, name("kept")).unwrap())
                .unwrap()
                .bytes(),
            b"bytes"
        );
        assert_eq!(image.lookup(ROOT, name("lost")), Err(Refusal::Missing));
        assert!(image.entry(lost).is_err());
    }

    #[test]
    fn a_file_that_was_renamed_into_place_unsynced_is_empty_after_a_cut() {
        let mut image = Image::default();
        let beside = image.make(ROOT, name("beside"), Entry::file(0o600)).unwrap();
        image.write(beside, 0, b"new").unwrap();
        image
            .rename((ROOT, name("beside")), (ROOT, name("file")))
            .unwrap();
        image.sync(ROOT).unwrap();
        cut(&mut image);
        assert_eq!(image.content(beside).unwrap().bytes(), b"");
        assert_eq!(image.lookup(ROOT, name("file")), Ok(beside));
    }

    #[test]
    fn a_rename_is_there_whole_or_not_at_all() {
        for seed in 0..50 {
            let mut image = Image::default();
            let directory = image.make(ROOT, name("d"), Entry::directory(0o700)).unwrap();
            image.make(ROOT, name("a"), Entry::file(0o600)).unwrap();
            image.sync(ROOT).unwrap();
            image.rename((ROOT, name("a")), (directory, name("b"))).unwrap();
            image.cut(Keep::Sectors(50), &mut StdRng::seed_from_u64(seed));
            let (before, after) = (image.lookup(ROOT, name("a")), image.lookup(directory, name("b")));
            assert!(
                before.is_ok() != after.is_ok(),
                "seed {seed}: {before:?}, {after:?}"
            );
        }
    }

    #[test]
    fn a_full_disk_takes_nothing_that_grows() {
        let mut image = Image {
            capacity: 10,
            ..Image::default()
        };
        let file = image.make(ROOT, name("file"), Entry::file(0o600)).unwrap();
        image.write(file, 0, &[1; 10]).unwrap();
        assert_eq!(image.write(file, 9, &[2; 2]), Err(Refusal::Full));
        image.write(file, 0, &[2; 10]).unwrap();
        image.remove(ROOT, name("file")).unwrap();
        assert_eq!(image.free(), 10);
    }
}
