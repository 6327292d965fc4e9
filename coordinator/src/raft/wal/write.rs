//! Writing the Raft log: votes, entries, marks, and new segments. Nothing is answered before it is synced, and nothing
//! is written after a failure.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::PathBuf,
    sync::Arc,
};

use protocol::codec::CodecError;

use super::{
    Segment, Wal, WalError,
    record::{self, Mark},
};
use crate::raft::types::{Entry, EntryId, Vote};

impl Wal {
    /// Writes a vote; it is on the disk when this returns.
    pub(in crate::raft) fn save_vote(&mut self, vote: Vote) -> Result<(), WalError> {
        self.write(&[(record::mark(&Mark::Vote(vote))?, None)])?;
        self.sync()?;
        self.standing.vote = Some(vote);
        Ok(())
    }

    /// Notes what is committed; it reaches the disk with the next write. Losing it costs nothing but time: the state
    /// knows what it applied.
    pub(in crate::raft) fn note_committed(&mut self, committed: Option<EntryId>) -> Result<(), WalError> {
        self.write(&[(record::mark(&Mark::Committed(committed))?, None)])?;
        self.standing.committed = committed;
        Ok(())
    }

    /// Writes entries; they are on the disk when this returns. Gives the length of each.
    pub(in crate::raft) fn append(&mut self, entries: &[Entry]) -> Result<Vec<usize>, WalError> {
        let records: Vec<_> = entries
            .iter()
            .map(|entry| Ok((record::entry(entry)?, Some(entry.log_id))))
            .collect::<Result<_, CodecError>>()?;
        self.write(&records)?;
        self.sync()?;
        Ok(records.iter().map(|(payload, _)| payload.len()).collect())
    }

    /// Voids the entries from this one on.
    pub(in crate::raft) fn truncate(&mut self, from: EntryId) -> Result<(), WalError> {
        self.write(&[(record::mark(&Mark::Truncate(from))?, None)])?;
        self.sync()?;
        drop(self.places.split_off(&from.index));
        Ok(())
    }

    /// Forgets the entries up to this one and removes the files that hold nothing else.
    pub(in crate::raft) fn purge(&mut self, upto: EntryId) -> Result<(), WalError> {
        self.write(&[(record::mark(&Mark::Purge(upto))?, None)])?;
        self.sync()?;
        self.standing.purged = self.standing.purged.max(Some(upto));
        self.drop_purged();
        while let Some((&number, segment)) = self.segments.first_key_value()
            && self.segments.len() > 1
            && segment.greatest <= upto.index
        {
            let path = segment.path.clone();
            fs::remove_file(&path).map_err(|source| self.fail(path, source))?;
            self.segments.remove(&number);
        }
        Ok(())
    }

    /// Writes records into the last segment, which a long one ends. Nothing is on the disk yet.
    pub(super) fn write(&mut self, records: &[(Vec<u8>, Option<EntryId>)]) -> Result<(), WalError> {
        self.check()?;
        let (mut number, mut segment) = self.last_segment();
        if segment.bytes >= self.segment_bytes {
            self.sync()?;
            number += 1;
            self.begin_segment(number)?;
            segment = self.last_segment().1;
        }
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        for (payload, id) in records {
            places.extend(id.map(|id| (id, segment.bytes + bytes.len() as u64, payload.len())));
            record::write(&mut bytes, payload, self.synced);
        }
        (&*segment.file)
            .write_all(&bytes)
            .map_err(|source| self.fail(segment.path, source))?;
        if let Some(segment) = self.segments.get_mut(&number) {
            segment.bytes += bytes.len() as u64;
        }
        for (id, at, payload_bytes) in places {
            self.place(id, number, at, payload_bytes);
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), WalError> {
        self.check()?;
        let (_, segment) = self.last_segment();
        segment
            .file
            .sync_data()
            .map_err(|source| self.fail(segment.path, source))?;
        self.synced = segment.bytes;
        Ok(())
    }

    pub(super) fn begin_segment(&mut self, number: u64) -> Result<(), WalError> {
        let path = self.path(number);
        let create = || -> io::Result<File> {
            let file = OpenOptions::new()
                .read(true)
                .append(true)
                .create_new(true)
                .open(&path)?;
            file.sync_all()?;
            File::open(&self.dir)?.sync_all()?;
            if let Some(parent) = self.dir.parent() {
                File::open(parent)?.sync_all()?;
            }
            Ok(file)
        };
        let file = create().map_err(|source| self.fail(path.clone(), source))?;
        self.segments.insert(
            number,
            Segment {
                file: Arc::new(file),
                path,
                bytes: 0,
                greatest: 0,
            },
        );
        self.synced = 0;
        let start = record::mark(&Mark::Start(self.standing.clone()))?;
        self.write(&[(start, None)])?;
        self.sync()
    }

    fn last_segment(&self) -> (u64, Segment) {
        let (number, segment) = self.segments.last_key_value().expect("an open log has a segment");
        (*number, segment.clone())
    }

    fn check(&self) -> Result<(), WalError> {
        self.failed
            .clone()
            .map_or(Ok(()), |why| Err(WalError::Failed(why)))
    }

    /// Notes that a write failed: nothing more is taken, since what is on the disk is unknown now.
    fn fail(&mut self, path: PathBuf, source: io::Error) -> WalError {
        self.failed.get_or_insert_with(|| source.to_string());
        WalError::Io { path, source }
    }
}
