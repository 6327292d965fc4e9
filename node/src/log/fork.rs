//! The end of a life of the log: the centre or a peer holds another history under the same incarnation and sequence,
//! because this disk was set back or is one of two copies. Nothing is acknowledged under it any more; the mark on the disk
//! makes the next opening put it aside and begin a new one. Set by the watcher of shipping and replication.

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use protocol::ids::Sequence;
use store::whole_file;

use super::life::Life;

/// Whether this life was found to be forked. Clones are the same.
#[derive(Debug, Clone)]
pub struct ForkMark {
    path: Arc<PathBuf>,
    is_forked: Arc<AtomicBool>,
}

impl ForkMark {
    pub(super) fn of(life: &Life) -> Self {
        Self {
            path: Arc::new(life.forked.clone()),
            is_forked: Arc::default(),
        }
    }

    /// Whether it was found.
    pub fn is_forked(&self) -> bool {
        self.is_forked.load(Ordering::Acquire)
    }

    /// Ends this life: from now on nothing is acknowledged under it, and it is not continued after a restart either.
    /// Blocks on the disk.
    pub fn seal(&self, at: Sequence) -> io::Result<()> {
        self.is_forked.store(true, Ordering::Release);
        whole_file::replace(&self.path, at.to_string().as_bytes())
    }
}
