//! Reading the Raft log: finding entries holds the log for a moment, reading them from their files does not.

use std::{fs::File, os::unix::fs::FileExt as _, path::PathBuf, sync::Arc};

use super::{
    Place, Wal, WalError,
    record::{self, HEADER_BYTES, Payload, Read},
};
use crate::raft::types::{Entry, EntryId, Vote};

/// Entries that were found, to be read from their files without holding the log.
#[derive(Debug)]
pub(in crate::raft) struct Found(Vec<(Arc<File>, PathBuf, Place)>);

impl Wal {
    pub(in crate::raft) fn vote(&self) -> Option<Vote> {
        self.standing.vote
    }

    pub(in crate::raft) fn committed(&self) -> Option<EntryId> {
        self.standing.committed
    }

    pub(in crate::raft) fn purged(&self) -> Option<EntryId> {
        self.standing.purged
    }

    /// The last entry, or what was purged last.
    pub(in crate::raft) fn last(&self) -> Option<EntryId> {
        self.places
            .last_key_value()
            .map(|(_, place)| place.id)
            .or(self.standing.purged)
    }

    /// Finds entries of a range that are there; at most `bytes_max`, but one at least.
    pub(in crate::raft) fn find(&self, range: impl std::ops::RangeBounds<u64>, bytes_max: usize) -> Found {
        let mut bytes = 0;
        let places = self
            .places
            .range(range)
            .map(|(_, place)| place)
            .take_while(|place| {
                let first = bytes == 0;
                bytes += place.bytes;
                first || bytes <= bytes_max
            });
        Found(
            places
                .filter_map(|place| {
                    let segment = self.segments.get(&place.segment)?;
                    Some((segment.file.clone(), segment.path.clone(), place.clone()))
                })
                .collect(),
        )
    }
}

impl Found {
    /// Reads the entries from their files and checks each again.
    pub(in crate::raft) fn read(self) -> Result<Vec<Entry>, WalError> {
        self.0
            .into_iter()
            .map(|(file, path, place)| {
                let mut bytes = vec![0; HEADER_BYTES + place.bytes];
                file.read_exact_at(&mut bytes, place.at)
                    .map_err(|source| WalError::Io {
                        path: path.clone(),
                        source,
                    })?;
                match record::read(&bytes, 0) {
                    Read::Record(payload) => match record::decode(payload) {
                        Some(Payload::Entry(entry)) if entry.log_id == place.id => Ok(*entry),
                        _ => Err(WalError::Damaged { path, at: place.at }),
                    },
                    Read::End | Read::Bad => Err(WalError::Damaged { path, at: place.at }),
                }
            })
            .collect()
    }
}
