//! The copies of other logs on this disk: one directory and one [`FrameLog`] for each, verified when the node starts. A
//! copy that cannot be trusted is put into quarantine and copied anew. Nothing is confirmed that is not durable. A log that
//! retention removed counts as held to its end and is never taken again.

mod error;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
};

use protocol::{
    frame::Frame,
    ids::{Incarnation, LogId, NodeId, Sequence},
    time::Instant,
    watermark::{Continuity, Watermark},
};
use store::{
    StoreError,
    frames::{FrameLog, FrameReader, FrameStore, Outcome, quarantine},
};
use tokio::sync::Notify;

use crate::log::retention::{Heard, Removed, RemovedError, Tombstone};

pub use error::CopyError;

/// Logs that may be copied here: the peers' current and earlier ones. A peer that asks for more is refused until the
/// oldest yield.
pub const COPIES_MAX: usize = 64;

/// Beyond that, the logs that peers are writing now: they are copied though nothing yields.
const WRITTEN_MAX: usize = 16;

/// Page cache of one copy: it is written and seldom read.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;

/// Bytes of frames that are shown to the hook at a time when a copy is opened.
const VISIT_BYTES: usize = 1024 * 1024;

/// Sees every frame that is copied, after it is durable. Folding must be idempotent: a frame may come again.
pub type Absorb = Arc<dyn Fn(&Frame) + Send + Sync>;

/// All copies. Clones are the same.
#[derive(Clone)]
pub struct Copies {
    shared: Arc<Shared>,
}

struct Shared {
    directory: PathBuf,
    settings: store::Settings,
    absorb: Absorb,
    logs: RwLock<BTreeMap<LogId, Arc<Copy>>>,
    removed: Removed,
    heard: Heard,
    /// Told when a log was refused because there are too many.
    room_wanted: Notify,
    /// Held while a new copy's directory is made, so that two streams do not make it twice.
    creating: Mutex<()>,
}

struct Copy {
    /// `None` once retention has removed it.
    log: Mutex<Option<FrameLog>>,
    reader: FrameReader,
}

impl Copies {
    /// Opens every copy below `directory`, verifies it and shows its frames to `absorb`. Blocks: call it at start.
    /// `now` names quarantined directories. Logs in `removed` are not taken again.
    pub fn open(
        directory: &Path,
        settings: &store::Settings,
        absorb: Absorb,
        now: Instant,
        removed: Removed,
    ) -> Result<Self, CopyError> {
        let failed = |source| CopyError::File {
            path: directory.to_owned(),
            source,
        };
        fs::create_dir_all(directory).map_err(failed)?;
        let settings = settings.clone().with_cache_bytes(CACHE_BYTES);
        let mut logs = BTreeMap::new();
        for entry in fs::read_dir(directory).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if let Some(id) = path.file_name().and_then(|name| log_id(name.to_str()?))
                && let Some(copy) = open_copy(&path, id, &settings, &absorb, now)
            {
                logs.insert(id, Arc::new(copy));
            }
        }
        let (directory, creating) = (directory.to_owned(), Mutex::new(()));
        Ok(Self {
            shared: Arc::new(Shared {
                directory,
                settings,
                absorb,
                logs: RwLock::new(logs),
                removed,
                heard: Heard::default(),
                room_wanted: Notify::new(),
                creating,
            }),
        })
    }

    /// Copies a frame: durable, then shown to the hook. A frame that is held already changes nothing. Blocks on the disk.
    pub fn receive(&self, frame: &Frame) -> Result<Watermark, CopyError> {
        if let Some(gone) = self.shared.removed.get(&frame.log()) {
            return after_removal(&gone, frame);
        }
        let copy = self.copy_of(frame.log())?;
        let mut log = copy.log.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(log) = log.as_mut() else {
            drop(log);
            // Removed a moment ago, so there is a tombstone now.
            return self.receive(frame);
        };
        match log.head().continuity(frame) {
            Continuity::Held => {}
            Continuity::Next => {
                log.append(frame)?;
                (self.shared.absorb)(frame);
            }
            Continuity::Gap { .. } => {
                return Err(CopyError::Gap {
                    log: frame.log(),
                    first: frame.first(),
                });
            }
            Continuity::Fork => {
                return Err(CopyError::Fork {
                    log: frame.log(),
                    first: frame.first(),
                });
            }
        }
        Ok(log.head())
    }

    /// How far a log is copied here, or was when retention removed it.
    pub fn watermark(&self, log: &LogId) -> Watermark {
        let gone = || self.shared.removed.get(log).map(|gone| gone.head);
        let copied = self.reader(log).map(|reader| reader.head());
        copied.or_else(gone).unwrap_or_default()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.read().len()
    }

    /// The logs that left this disk.
    pub fn removed(&self) -> &Removed {
        &self.shared.removed
    }

    /// What peers said they hold.
    pub fn heard(&self) -> &Heard {
        &self.shared.heard
    }

    /// Waits until a log is refused because there are too many.
    pub(in crate::log) async fn room_wanted(&self) {
        self.shared.room_wanted.notified().await;
    }

    /// Ends the copy of a log that leaves this disk, if there is one: nothing of it is confirmed any more once `note` has
    /// made that durable. `false`, and nothing is changed, when the copy goes further than `head`.
    pub(in crate::log) fn end(
        &self,
        log: &LogId,
        head: Watermark,
        note: impl FnOnce() -> Result<(), RemovedError>,
    ) -> Result<bool, RemovedError> {
        let _creating = self.creating();
        let copy = self.read().get(log).cloned();
        let mut frames = copy
            .as_ref()
            .map(|copy| copy.log.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(Some(frames)) = frames.as_deref()
            && frames.head().sequence > head.sequence
        {
            return Ok(false);
        }
        note()?;
        if let Some(frames) = frames.as_deref_mut() {
            *frames = None;
        }
        self.shared
            .logs
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(log);
        Ok(true)
    }

    /// Every copied log and how far.
    pub fn logs(&self) -> Vec<(LogId, Watermark)> {
        self.readers()
            .iter()
            .map(|reader| (reader.id(), reader.head()))
            .collect()
    }

    /// Reads one copy.
    pub fn reader(&self, log: &LogId) -> Option<FrameReader> {
        self.read().get(log).map(|copy| copy.reader.clone())
    }

    /// Readers of all copies, for the shipper.
    pub fn readers(&self) -> Vec<FrameReader> {
        self.read().values().map(|copy| copy.reader.clone()).collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<LogId, Arc<Copy>>> {
        self.shared.logs.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn creating(&self) -> MutexGuard<'_, ()> {
        self.shared
            .creating
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn copy_of(&self, log: LogId) -> Result<Arc<Copy>, CopyError> {
        let held = |id| self.read().get(id).cloned();
        if let Some(copy) = held(&log) {
            return Ok(copy);
        }
        let _creating = self.creating();
        if let Some(copy) = held(&log) {
            return Ok(copy);
        }
        if let Some(gone) = self.shared.removed.get(&log) {
            let head = gone.head.sequence;
            return Err(CopyError::Removed { log, head });
        }
        if self.count() >= self.places_for(log) {
            self.shared.room_wanted.notify_one();
            return Err(CopyError::TooMany(log));
        }
        let path = self.shared.directory.join(log.to_string());
        let made = FrameLog::create(&path, log, &self.shared.settings);
        let made = made.map_err(|source| CopyError::Open { log, source })?;
        tracing::info!(%log, "a log is copied here from now on");
        let copy = Arc::new(Copy::new(made));
        self.shared
            .logs
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(log, Arc::clone(&copy));
        Ok(copy)
    }

    /// How many copies there may be for this one to be begun.
    fn places_for(&self, log: LogId) -> usize {
        if self.shared.heard.written_by(log.node) == Some(log) {
            COPIES_MAX + WRITTEN_MAX
        } else {
            COPIES_MAX
        }
    }
}

/// What a frame is to a log that is gone.
fn after_removal(gone: &Tombstone, frame: &Frame) -> Result<Watermark, CopyError> {
    if frame.last() <= gone.head.sequence {
        return Ok(gone.head);
    }
    Err(CopyError::Removed {
        log: gone.log,
        head: gone.head.sequence,
    })
}

impl std::fmt::Debug for Copies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.logs()).finish()
    }
}

impl Copy {
    fn new(log: FrameLog) -> Self {
        Self {
            reader: log.reader(),
            log: Mutex::new(Some(log)),
        }
    }
}

/// Opens one copy; `None` when it is not to be used now (what to do is in the log).
fn open_copy(
    path: &Path,
    id: LogId,
    settings: &store::Settings,
    absorb: &Absorb,
    now: Instant,
) -> Option<Copy> {
    match FrameLog::open(path, Some(id), settings, &mut |_| {}, &mut |_| {}) {
        Ok(Outcome::Opened { log, head }) => {
            let copy = Copy::new(log);
            if let Err(error) = show(&copy.reader, absorb) {
                tracing::error!(log = %id, %error, "a copy cannot be read; its attempts are not served from here");
                return None;
            }
            tracing::info!(log = %id, head = head.sequence.0, "a copy was opened");
            Some(copy)
        }
        Ok(Outcome::Doubt { reason }) => {
            tracing::error!(log = %id, %reason, "a copy is not to be trusted; it is copied anew from its node");
            if let Err(error) = quarantine(path, &reason, now) {
                tracing::error!(log = %id, %error, "the copy cannot be put into quarantine; move it away by hand");
            }
            None
        }
        Err(error) => {
            tracing::error!(log = %id, %error, "a copy cannot be opened; it is not used until the next start");
            None
        }
    }
}

/// Shows all frames of a verified copy. After the verification, because what is shown cannot be taken back.
fn show(reader: &FrameReader, absorb: &Absorb) -> Result<(), StoreError> {
    let mut from = Sequence(1);
    loop {
        let frames = reader.read(from, VISIT_BYTES)?;
        let Some(last) = frames.last().map(Frame::last) else {
            return Ok(());
        };
        for frame in &frames {
            absorb(frame);
        }
        from = last.next();
    }
}

/// Reads a directory's name as `LogId` is shown. Quarantined ones are not such names.
fn log_id(name: &str) -> Option<LogId> {
    let (node, incarnation) = name.split_once('-')?;
    let id = LogId {
        node: NodeId(node.parse().ok()?),
        incarnation: Incarnation(u64::from_str_radix(incarnation, 16).ok()?),
    };
    (id.to_string() == name).then_some(id)
}

#[cfg(test)]
mod tests;
