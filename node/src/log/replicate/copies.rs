//! The copies of other logs on this disk: one directory and one [`FrameLog`] for each, verified when the node starts. A
//! copy that cannot be trusted is put into quarantine and copied anew. Nothing is confirmed that is not durable.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use protocol::{
    frame::Frame,
    ids::{Incarnation, LogId, NodeId, Sequence},
    time::Instant,
    watermark::{Continuity, Watermark},
};
use store::{
    OpenError, StoreError,
    frames::{FrameLog, FrameReader, FrameStore, Outcome, quarantine},
};

/// Logs that may be copied here: the peers' current and earlier ones. A peer that asks for more is refused.
const COPIES_MAX: usize = 64;

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
    /// Held while a new copy's directory is made, so that two streams do not make it twice.
    creating: Mutex<()>,
}

struct Copy {
    log: Mutex<FrameLog>,
    reader: FrameReader,
}

/// Why a frame was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The directory.
    #[error("{path}: {source}; check the disk's space and that the directory belongs to the node's user")]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A new copy could not be made.
    #[error("a copy of log {log} cannot be made: {source}")]
    Open {
        /// Which log.
        log: LogId,
        /// Why.
        source: OpenError,
    },
    /// The copy cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Frames between are missing.
    #[error("frames of log {log} are missing before sequence {first}")]
    Gap {
        /// Which log.
        log: LogId,
        /// Where the frame begins.
        first: Sequence,
    },
    /// Another history than the one copied before.
    #[error(
        "log {log} comes with another history at sequence {first} than was copied before; both are kept where they are"
    )]
    Fork {
        /// Which log.
        log: LogId,
        /// Where.
        first: Sequence,
    },
    /// Too many.
    #[error("{COPIES_MAX} logs are copied here already; log {0} is not taken as well")]
    TooMany(LogId),
}

impl Copies {
    /// Opens every copy below `directory`, verifies it and shows its frames to `absorb`. Blocks: call it at start.
    /// `now` names quarantined directories.
    pub fn open(
        directory: &Path,
        settings: &store::Settings,
        absorb: Absorb,
        now: Instant,
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
                creating,
            }),
        })
    }

    /// Copies a frame: durable, then shown to the hook. A frame that is held already changes nothing. Blocks on the disk.
    pub fn receive(&self, frame: &Frame) -> Result<Watermark, CopyError> {
        let copy = self.copy_of(frame.log())?;
        let mut log = copy.log.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// How far a log is copied here.
    pub fn watermark(&self, log: &LogId) -> Watermark {
        self.reader(log).map(|reader| reader.head()).unwrap_or_default()
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
        let logs = self.shared.logs.read().unwrap_or_else(PoisonError::into_inner);
        logs.get(log).map(|copy| copy.reader.clone())
    }

    /// Readers of all copies, for the shipper.
    pub fn readers(&self) -> Vec<FrameReader> {
        let logs = self.shared.logs.read().unwrap_or_else(PoisonError::into_inner);
        logs.values().map(|copy| copy.reader.clone()).collect()
    }

    fn copy_of(&self, log: LogId) -> Result<Arc<Copy>, CopyError> {
        let held = |id| {
            self.shared
                .logs
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .get(id)
                .cloned()
        };
        if let Some(copy) = held(&log) {
            return Ok(copy);
        }
        let _creating = self
            .shared
            .creating
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(copy) = held(&log) {
            return Ok(copy);
        }
        if self
            .shared
            .logs
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
            >= COPIES_MAX
        {
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
            log: Mutex::new(log),
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
