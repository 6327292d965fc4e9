//! The feed at the node: everything it knows from the centre, on its own disk first and then in memory, so that a node
//! restarted with the WAN cut serves as before. Read by everybody through [`Feed::catalogue`]; written by the follower
//! alone. Reading never waits for the network.

mod blobs;
mod catalogue;
mod document_file;
mod fetcher;
mod follower;
mod readiness;
#[cfg(test)]
mod tests;
mod unlocked;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use bytes::Bytes;
use protocol::{
    feed::{Document, FeedEntry},
    hash::Hash,
    ids::{PaperRef, Revision},
    shares::{self, Share, SharesError},
    time::Instant,
};
use tokio::sync::watch;

pub use catalogue::Catalogue;
pub use follower::{Settings, start};

use blobs::Blobs;
use document_file::{DocumentFile, Documents, keep_newer};
use readiness::Readiness;
use unlocked::Unlocked;

/// The node's knowledge from the centre. Clones are the same.
#[derive(Debug, Clone)]
pub struct Feed {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    disk: Mutex<Disk>,
    blobs: Blobs,
    catalogue: RwLock<Arc<Catalogue>>,
    changes: watch::Sender<Revision>,
    readiness: Mutex<Readiness>,
    /// Says by being there that this feed was followed from its beginning by a program that knows gates.
    knows_gates: PathBuf,
}

#[derive(Debug)]
struct Disk {
    file: DocumentFile,
    documents: Documents,
    unlocked: Unlocked,
}

/// Why the feed's data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// A file or directory.
    #[error("{path}: {source}; check the disk's space and that the directory belongs to the node's user")]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// What came of officers' shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlocking {
    /// The paper is open now.
    Done,
    /// It was open before.
    Already,
}

/// Why shares did not open a paper; gives nothing of any key away.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// No sitting of this district has it.
    #[error("this node has no paper {0}; is it the right number, and the right district?")]
    Unknown(PaperRef),
    /// Nothing to compare the key with.
    #[error(
        "the centre has not sent the check value of paper {0}: these shares cannot be tried here; use another node of the district"
    )]
    NoCheck(PaperRef),
    /// It must not be sat any more.
    #[error("paper {0} was withdrawn by the centre; it is not opened")]
    Withdrawn(PaperRef),
    /// The shares.
    #[error(transparent)]
    Shares(#[from] SharesError),
    /// The disk.
    #[error("the paper's key cannot be kept: {0}; check the disk's space and permissions")]
    Disk(#[from] io::Error),
}

impl Feed {
    /// Opens `feed/` and `blobs/` below the data directory and replays what is there. Blocks: call it at start.
    pub fn open(data: &Path) -> Result<Self, FeedError> {
        let (feed, blobs) = (data.join("feed"), data.join("blobs"));
        let failed = |source| FeedError::File {
            path: feed.clone(),
            source,
        };
        let (file, documents) = DocumentFile::open(&feed).map_err(failed)?;
        let unlocked = Unlocked::open(&feed).map_err(failed)?;
        let knows_gates = feed.join("gates");
        let blobs = Blobs::open(&blobs).map_err(|source| FeedError::File { path: blobs, source })?;
        let revision = documents
            .values()
            .map(|entry| entry.revision)
            .max()
            .unwrap_or_default();
        let mut catalogue = Catalogue::of(&documents, &Catalogue::default(), revision);
        unlocked.join(&mut catalogue);
        for notice in catalogue.papers.values() {
            // Into memory, so that no candidate's request waits for the disk.
            let _ = blobs.get(notice.blob);
        }
        Ok(Self {
            shared: Arc::new(Shared {
                disk: Mutex::new(Disk {
                    file,
                    documents,
                    unlocked,
                }),
                blobs,
                catalogue: RwLock::new(Arc::new(catalogue)),
                changes: watch::Sender::new(revision),
                readiness: Mutex::default(),
                knows_gates,
            }),
        })
    }

    /// What is known now. Cheap: one lock that is held for a pointer's copy.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(
            &self
                .shared
                .catalogue
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// A blob, checked against its hash, if it was fetched.
    pub fn blob(&self, hash: Hash) -> Option<Bytes> {
        self.shared.blobs.get(hash)
    }

    /// Tells of every new catalogue.
    pub fn changes(&self) -> watch::Receiver<Revision> {
        self.shared.changes.subscribe()
    }

    /// Makes documents durable and then publishes them. Blocks on the disk. Called by the follower with what the centre
    /// sent; documents that are held already change nothing.
    pub fn store(&self, entries: Vec<FeedEntry>) -> Result<(), FeedError> {
        let mut disk = self.shared.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fresh = Vec::new();
        let Disk {
            file,
            documents,
            unlocked,
        } = &mut *disk;
        for entry in entries {
            if keep_newer(documents, entry.clone()) {
                fresh.push(entry);
            }
        }
        if fresh.is_empty() {
            return Ok(());
        }
        file.append(&fresh, documents).map_err(|source| FeedError::File {
            path: PathBuf::from("feed/documents"),
            source,
        })?;
        let before = self.catalogue();
        let newest = fresh.iter().map(|entry| entry.revision).max().unwrap_or_default();
        let revision = newest.max(before.revision);
        let mut catalogue = Catalogue::of(documents, &before, revision);
        unlocked.join(&mut catalogue);
        self.publish(catalogue);
        for entry in &fresh {
            log_change(entry);
        }
        Ok(())
    }

    /// Opens a paper with officers' shares, checked against the centre's check value, and remembers its key. Blocks on the
    /// disk.
    pub fn unlock(&self, paper: PaperRef, shares: &[Share]) -> Result<Unlocking, UnlockError> {
        let mut disk = self.shared.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let mut catalogue = Catalogue::clone(&self.catalogue());
        if catalogue.withdrawn.contains_key(&paper) {
            return Err(UnlockError::Withdrawn(paper));
        }
        if !catalogue.papers.contains_key(&paper) {
            return Err(UnlockError::Unknown(paper));
        }
        let check = catalogue.checks.get(&paper).ok_or(UnlockError::NoCheck(paper))?;
        let key = shares::combine(shares, paper, check)?;
        if catalogue.releases.contains_key(&paper) {
            return Ok(Unlocking::Already);
        }
        disk.unlocked.keep(paper, key)?;
        disk.unlocked.join(&mut catalogue);
        self.publish(catalogue);
        Ok(Unlocking::Done)
    }

    /// Why sittings that are not over cannot be served by this program with what is here.
    pub fn not_ready(&self, program: &str, now: Instant) -> Vec<String> {
        let mut readiness = self
            .shared
            .readiness
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        readiness.reasons(&self.catalogue(), program, now)
    }

    /// From where the feed is to be followed. A centre that sends gates is asked for everything once: an older program may
    /// have passed them by.
    fn follow_from(&self, sends_gates: bool) -> Revision {
        if sends_gates && !self.shared.knows_gates.exists() {
            return Revision(0);
        }
        self.catalogue().revision
    }

    /// Everything that a centre that sends gates had was stored. Blocks on the disk.
    fn caught_up_with_gates(&self) -> io::Result<()> {
        if self.shared.knows_gates.exists() {
            return Ok(());
        }
        store::whole_file::mark(&self.shared.knows_gates)
    }

    /// Papers that were announced and are not here yet.
    fn missing_blobs(&self) -> Vec<Hash> {
        let catalogue = self.catalogue();
        let blobs = catalogue.papers.values().map(|notice| notice.blob);
        blobs.filter(|hash| self.blob(*hash).is_none()).collect()
    }

    fn publish(&self, catalogue: Catalogue) {
        let revision = catalogue.revision;
        *self
            .shared
            .catalogue
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(catalogue);
        self.shared.changes.send_replace(revision);
    }
}

fn log_change(entry: &FeedEntry) {
    let revision = entry.revision.0;
    match &entry.document {
        Document::District(district) => tracing::info!(revision, district = %district.name, "district known"),
        Document::Directory(directory) => {
            tracing::info!(revision, nodes = directory.nodes.len(), "directory changed");
        }
        Document::Roster(page) => {
            tracing::info!(
                revision,
                page = page.page,
                candidates = page.candidates.len(),
                "roster page changed"
            );
        }
        Document::Sitting(sitting) => tracing::info!(revision, sitting = %sitting.id, "sitting known"),
        Document::Paper(notice) => tracing::info!(revision, paper = %notice.paper, "paper announced"),
        Document::Release(release) => tracing::info!(revision, paper = %release.paper, "paper released"),
        Document::Gate(gate) => tracing::info!(revision, sitting = %gate.sitting, "gate known"),
        Document::Check(check) => tracing::info!(revision, paper = %check.paper, "check value known"),
        Document::Withdrawal(withdrawal) => {
            tracing::warn!(revision, paper = %withdrawal.paper, "paper withdrawn");
        }
    }
}
