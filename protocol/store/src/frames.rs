//! One log of frames in one directory: `<dir>/sled` holds the frames, `<dir>/head` says how far they went. A node's own
//! log and its copies of its peers' logs are these. Owned by one committer thread; [`FrameReader`]s read beside it.
//!
//! A frame is one sled value under its first sequence (big-endian). The head is written beside each commit and synced
//! every [`HEAD_SYNC_FRAMES`] frames and at each checkpoint: what that costs and why it is so stands in
//! `docs/decisions/0007`, and `tests/bench/run` measures it again. What it means: after a kill the head is exact; after a
//! power cut it may lag by that many frames, and frames behind it that chain correctly are accepted.
//!
//! It must never delete a frame, and never accept one that does not follow.

mod audit;
#[cfg(test)]
pub(crate) mod chain;
#[cfg(test)]
mod damage_tests;
mod frame_store;
mod head;
#[cfg(test)]
mod process_tests;
mod quarantine;
mod reader;
mod salvage;
#[cfg(test)]
mod tests;
mod verify;

use std::path::Path;

use bytes::Bytes;
use protocol::{
    frame::Frame,
    ids::{LogId, Sequence},
    watermark::{Continuity, Watermark},
};

pub use audit::{Audit, audit};
pub use frame_store::FrameStore;
pub use head::head_in;
pub use quarantine::quarantine;
pub use reader::FrameReader;
pub use salvage::Salvage;

use self::{head::HeadFile, reader::Published, verify::Verified};
use crate::{
    Doubt, OpenError, Settings, StoreError, directory,
    durable::{Batch, Durable},
};

/// Frames after which the head is synced without being asked.
pub const HEAD_SYNC_FRAMES: u32 = 64;

const DATABASE: &str = "sled";
const HEAD: &str = "head";

/// A log that is open for appending.
#[derive(Debug)]
pub struct FrameLog {
    store: Durable,
    log: LogId,
    mark: Watermark,
    head: HeadFile,
    head_lag_frames: u32,
    published: Published,
}

/// How an opening ended.
#[derive(Debug)]
pub enum Outcome {
    /// Every frame up to the head, and those after it, were verified and visited.
    Opened {
        /// The log.
        log: FrameLog,
        /// How far it goes.
        head: Watermark,
    },
    /// The directory cannot be trusted. What was visited must be thrown away.
    Doubt {
        /// Why.
        reason: Doubt,
    },
}

/// How far an opening has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Frames visited so far.
    pub frames: u64,
    /// The last sequence visited.
    pub sequence: Sequence,
    /// Where the head says that the log ends (it may go on a little).
    pub expected: Sequence,
}

impl FrameLog {
    /// Creates an empty log in a directory that does not exist yet or is empty.
    pub fn create(dir: &Path, log: LogId, settings: &Settings) -> Result<Self, OpenError> {
        let refuse = OpenError::io(dir);
        directory::create(dir).map_err(refuse)?;
        if dir.read_dir().map_err(refuse)?.next().is_some() {
            return Err(OpenError::Exists(dir.to_path_buf()));
        }
        let store = Durable::open(&dir.join(DATABASE), settings)?;
        // The head comes last: a directory without one was never finished, and nothing was acknowledged from it.
        let head = HeadFile::create(&dir.join(HEAD), log, settings.sync).map_err(refuse)?;
        directory::sync(dir).map_err(refuse)?;
        directory::sync(&directory::parent(dir)).map_err(refuse)?;
        Ok(Self::new(Verified {
            store,
            head,
            mark: Watermark::default(),
        }))
    }

    /// Opens the log in `dir`, which must be `expected` where one is expected: verifies the whole chain and shows every
    /// frame to `visit`, in order. `Err` when it is missing, in use, or the machine refuses: none of these is a reason
    /// for a quarantine. Blocks while it reads; `progress` is called about every hundred frames.
    pub fn open(
        dir: &Path,
        expected: Option<LogId>,
        settings: &Settings,
        visit: &mut dyn FnMut(&Frame),
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, OpenError> {
        if !dir.exists() {
            return Err(OpenError::Missing(dir.to_path_buf()));
        }
        if let Err(error) = salvage::keep_before(dir) {
            tracing::warn!(dir = %dir.display(), %error, "no copy is kept while the log is opened");
        }
        let verified = match verify::verify(dir, expected, settings, visit, progress) {
            Ok(verified) => verified,
            Err(OpenError::Doubt { doubt, .. }) => return Ok(Outcome::Doubt { reason: doubt }),
            Err(error) => return Err(error),
        };
        let mut log = Self::new(verified);
        // What lay after the head is acknowledged from now on: the head must cover it.
        log.head
            .write(log.mark)
            .and_then(|()| log.head.sync())
            .map_err(OpenError::io(dir))?;
        salvage::forget_before(dir);
        let head = log.mark;
        Ok(Outcome::Opened { log, head })
    }

    fn new(verified: Verified) -> Self {
        let Verified { store, head, mark } = verified;
        Self {
            log: head.log(),
            published: Published::new(mark),
            store,
            mark,
            head,
            head_lag_frames: 0,
        }
    }

    /// A reader of this log, for any thread.
    pub fn reader(&self) -> FrameReader {
        FrameReader {
            store: self.store.clone(),
            log: self.log,
            published: self.published.clone(),
        }
    }

    /// Bytes that the log takes on the disk.
    pub fn bytes_on_disk(&self) -> u64 {
        self.store.bytes_on_disk()
    }

    fn sync_head(&mut self) -> Result<(), StoreError> {
        self.head_lag_frames = 0;
        self.head.sync().map_err(|error| {
            self.store
                .fail(format!("the head file cannot be synced: {error}"))
        })
    }
}

impl FrameStore for FrameLog {
    fn id(&self) -> LogId {
        self.log
    }

    fn head(&self) -> Watermark {
        self.mark
    }

    fn append(&mut self, frame: &Frame) -> Result<(), StoreError> {
        follows(self.log, self.mark, frame)?;
        let mut batch = Batch::default();
        batch.put(&key(frame.first()), frame.bytes());
        self.store.commit(batch)?;
        let after = Watermark::after(frame);
        self.head.write(after).map_err(|error| {
            self.store
                .fail(format!("the head file cannot be written: {error}"))
        })?;
        self.head_lag_frames += 1;
        if self.head_lag_frames >= HEAD_SYNC_FRAMES {
            self.sync_head()?;
        }
        self.mark = after;
        self.published.publish(after);
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.sync_head()
    }
}

impl Drop for FrameLog {
    fn drop(&mut self) {
        // Best effort: an unsynced head only makes the next opening's check weaker. A failure is in the log already.
        let _ = self.sync_head();
    }
}

/// Whether the frame is the log's next one.
pub(crate) fn follows(log: LogId, head: Watermark, frame: &Frame) -> Result<(), StoreError> {
    if frame.log() != log {
        return Err(StoreError::OtherLog {
            log,
            frame: frame.log(),
        });
    }
    match head.continuity(frame) {
        Continuity::Next => Ok(()),
        continuity => Err(StoreError::Discontinuous {
            first: frame.first(),
            head,
            continuity,
        }),
    }
}

fn key(first: Sequence) -> [u8; 8] {
    first.0.to_be_bytes()
}

/// The frame in a row, verified; else where, and what is wrong.
fn frame_at(log: LogId, key: &[u8], value: Bytes) -> Result<Frame, (Sequence, String)> {
    let Ok(at) = key.try_into().map(|key| Sequence(u64::from_be_bytes(key))) else {
        return Err((Sequence(0), format!("a key has {} bytes", key.len())));
    };
    let frame = Frame::parse(value).map_err(|error| (at, error.to_string()))?;
    if frame.log() != log {
        return Err((at, format!("it is of log {}", frame.log())));
    }
    if frame.first() != at {
        return Err((at, format!("it begins at sequence {}", frame.first())));
    }
    Ok(frame)
}
