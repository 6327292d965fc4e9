//! The feed at the node: everything it knows from the centre, on its own disk first and then in memory, so that a node
//! restarted with the WAN cut serves as before. Read by everybody through [`Feed::catalogue`]; written by the follower
//! alone. Reading never waits for the network.

mod blobs;
mod catalogue;
mod document_file;
mod fetcher;
mod follower;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use bytes::Bytes;
use protocol::{
    feed::{Document, FeedEntry},
    hash::Hash,
    ids::Revision,
};
use tokio::sync::watch;

pub use catalogue::Catalogue;
pub use follower::{Settings, start};

use blobs::Blobs;
use document_file::{DocumentFile, Documents, keep_newer};

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
}

#[derive(Debug)]
struct Disk {
    file: DocumentFile,
    documents: Documents,
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

impl Feed {
    /// Opens `feed/` and `blobs/` below the data directory and replays what is there. Blocks: call it at start.
    pub fn open(data: &Path) -> Result<Self, FeedError> {
        let (feed, blobs) = (data.join("feed"), data.join("blobs"));
        let (file, documents) =
            DocumentFile::open(&feed).map_err(|source| FeedError::File { path: feed, source })?;
        let blobs = Blobs::open(&blobs).map_err(|source| FeedError::File { path: blobs, source })?;
        let revision = documents
            .values()
            .map(|entry| entry.revision)
            .max()
            .unwrap_or_default();
        let catalogue = Catalogue::of(&documents, &Catalogue::default(), revision);
        for notice in catalogue.papers.values() {
            // Into memory, so that no candidate's request waits for the disk.
            let _ = blobs.get(notice.blob);
        }
        Ok(Self {
            shared: Arc::new(Shared {
                disk: Mutex::new(Disk { file, documents }),
                blobs,
                catalogue: RwLock::new(Arc::new(catalogue)),
                changes: watch::Sender::new(revision),
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
        let Disk { file, documents } = &mut *disk;
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
        self.publish(Catalogue::of(documents, &before, revision));
        for entry in &fresh {
            log_change(entry);
        }
        Ok(())
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
    }
}
