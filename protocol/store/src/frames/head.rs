//! The head of a log, kept outside sled: how far the log went when it was last known good. sled may lose its tail
//! without noticing; this file is how that is noticed. Written by [`super::FrameLog`] only, after the frame is durable.
//!
//! Two slots, each on a page of its own, each with a generation and a checksum. A write always goes to the slot that was
//! not synced last, so at every moment one synced slot is whole:
//!
//! ```text
//! 0   8  magic "PKHEAD" and the format version (two bytes)
//! 8   8  generation (all numbers big-endian)
//! 16  4  node
//! 20  8  incarnation
//! 28  8  sequence
//! 36  32 hash of the frame that ends there
//! 68  32 BLAKE3 of the bytes before
//! ```

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::Path,
};

use protocol::{
    hash::Hash,
    ids::{Incarnation, LogId, NodeId, Sequence},
    watermark::Watermark,
};

use crate::{Doubt, SyncMode};

const MAGIC: [u8; 8] = *b"PKHEAD\x00\x01";
const SLOT_BYTES: usize = 100;
const CHECKED_BYTES: usize = SLOT_BYTES - 32;
/// Slots lie this far apart, so that no write to one ever touches the page of the other.
const SLOT_DISTANCE: u64 = 4096;

/// A head as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) log: LogId,
    pub(super) mark: Watermark,
    generation: u64,
}

/// The open head file.
#[derive(Debug)]
pub(super) struct HeadFile {
    file: File,
    sync: SyncMode,
    log: LogId,
    generation: u64,
    synced_slot: u64,
    dirty: bool,
}

impl HeadFile {
    /// Creates the file with an empty log's head, durable but for its name, which the caller makes durable.
    pub(super) fn create(path: &Path, log: LogId, sync: SyncMode) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)?;
        file.set_len(2 * SLOT_DISTANCE)?;
        // As if slot 1 had been synced last: the first head goes to slot 0.
        let mut head = Self {
            file,
            sync,
            log,
            generation: 0,
            synced_slot: 1,
            dirty: false,
        };
        head.write(Watermark::default())?;
        head.file.sync_all()?;
        head.sync()?;
        Ok(head)
    }

    /// Opens the file and says the newest head that is intact. It is made durable first: it may have been read from the
    /// page cache of a process that was killed before it synced.
    pub(super) fn open(path: &Path, sync: SyncMode) -> io::Result<Result<(Self, Head), Doubt>> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Err(Doubt::HeadMissing)),
            opened => opened?,
        };
        file.sync_all()?;
        let mut newest: Option<(u64, Head)> = None;
        for slot in [0, 1] {
            if let Some(head) = read_slot(&file, slot)?
                && newest.is_none_or(|(_, newer)| head.generation >= newer.generation)
            {
                newest = Some((slot, head));
            }
        }
        Ok(newest.ok_or(Doubt::HeadUnreadable).map(|(synced_slot, head)| {
            let Head { log, generation, .. } = head;
            (
                Self {
                    file,
                    sync,
                    log,
                    generation,
                    synced_slot,
                    dirty: false,
                },
                head,
            )
        }))
    }

    /// Whose head it is.
    pub(super) fn log(&self) -> LogId {
        self.log
    }

    /// Writes a head without syncing it: it survives the process, not yet a power cut.
    pub(super) fn write(&mut self, mark: Watermark) -> io::Result<()> {
        self.generation += 1;
        let slot = encode(&Head {
            log: self.log,
            mark,
            generation: self.generation,
        });
        self.file
            .write_all_at(&slot, (1 - self.synced_slot) * SLOT_DISTANCE)?;
        self.dirty = true;
        Ok(())
    }

    /// Makes the last written head durable.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        if !self.dirty {
            return Ok(());
        }
        match self.sync {
            SyncMode::Durable => self.file.sync_data()?,
            SyncMode::Unsafe => {}
        }
        self.synced_slot = 1 - self.synced_slot;
        self.dirty = false;
        Ok(())
    }
}

fn encode(head: &Head) -> Vec<u8> {
    let mut slot = Vec::with_capacity(SLOT_BYTES);
    slot.extend_from_slice(&MAGIC);
    slot.extend_from_slice(&head.generation.to_be_bytes());
    slot.extend_from_slice(&head.log.node.0.to_be_bytes());
    slot.extend_from_slice(&head.log.incarnation.0.to_be_bytes());
    slot.extend_from_slice(&head.mark.sequence.0.to_be_bytes());
    slot.extend_from_slice(head.mark.hash.as_bytes());
    let check = Hash::blake3(&slot);
    slot.extend_from_slice(check.as_bytes());
    debug_assert_eq!(slot.len(), SLOT_BYTES);
    slot
}

/// The head in a slot, when it is whole; what is too short or torn is none. A disk that cannot be read is an error.
fn read_slot(file: &File, slot: u64) -> io::Result<Option<Head>> {
    let mut bytes = [0; SLOT_BYTES];
    match file.read_exact_at(&mut bytes, slot * SLOT_DISTANCE) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        read => read.map(|()| decode(&bytes)),
    }
}

/// The log and the end that a slot's bytes name; `None` unless they are a whole slot. For tools and tests.
pub fn head_in(bytes: &[u8]) -> Option<(LogId, Watermark)> {
    let head = decode(bytes.try_into().ok()?)?;
    Some((head.log, head.mark))
}

fn decode(bytes: &[u8; SLOT_BYTES]) -> Option<Head> {
    let (checked, check) = bytes.split_at(CHECKED_BYTES);
    if checked[..8] != MAGIC || Hash::blake3(checked).as_bytes() != check {
        return None;
    }
    let number = |at: usize| Some(u64::from_be_bytes(checked.get(at..at + 8)?.try_into().ok()?));
    Some(Head {
        generation: number(8)?,
        log: LogId {
            node: NodeId(u32::from_be_bytes(checked[16..20].try_into().ok()?)),
            incarnation: Incarnation(number(20)?),
        },
        mark: Watermark {
            sequence: Sequence(number(28)?),
            hash: Hash(checked[36..].try_into().ok()?),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> LogId {
        LogId {
            node: NodeId(3),
            incarnation: Incarnation(0xabc),
        }
    }

    fn mark(sequence: u64) -> Watermark {
        Watermark {
            sequence: Sequence(sequence),
            hash: Hash([sequence as u8; 32]),
        }
    }

    fn reopened(path: &Path) -> Head {
        HeadFile::open(path, SyncMode::Durable).unwrap().unwrap().1
    }

    #[test]
    fn the_last_written_head_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("head");
        let mut head = HeadFile::create(&path, log(), SyncMode::Durable).unwrap();
        assert_eq!(reopened(&path).mark, Watermark::default());
        for sequence in 1..20 {
            head.write(mark(sequence)).unwrap();
            if sequence % 3 == 0 {
                head.sync().unwrap();
            }
            assert_eq!(reopened(&path).mark, mark(sequence));
            assert_eq!(reopened(&path).log, log());
        }
    }

    #[test]
    fn a_torn_write_leaves_the_synced_head() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("head");
        for torn_at in 0..SLOT_BYTES as u64 {
            let _ = std::fs::remove_file(&path);
            let mut head = HeadFile::create(&path, log(), SyncMode::Durable).unwrap();
            head.write(mark(7)).unwrap();
            head.sync().unwrap();
            head.write(mark(8)).unwrap();
            head.write(mark(9)).unwrap();
            let at = (1 - head.synced_slot) * SLOT_DISTANCE + torn_at;
            let mut byte = [0];
            head.file.read_exact_at(&mut byte, at).unwrap();
            head.file.write_all_at(&[byte[0] ^ 0x40], at).unwrap();
            assert_eq!(reopened(&path).mark, mark(7), "byte {torn_at}");
        }
    }

    #[test]
    fn a_head_without_an_intact_slot_is_doubted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("head");
        let open = || HeadFile::open(&path, SyncMode::Durable).unwrap().map(|_| ());
        assert_eq!(open(), Err(Doubt::HeadMissing));
        for length in [0, 50, 2 * SLOT_DISTANCE] {
            File::create(&path).unwrap().set_len(length).unwrap();
            assert_eq!(open(), Err(Doubt::HeadUnreadable), "{length} bytes");
        }
    }
}
