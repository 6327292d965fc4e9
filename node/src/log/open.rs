//! Opening the log: every life of it that lies on the disk is verified and shown to the fold; one of them is continued,
//! or a new one is begun.
//!
//! A life is continued only when nobody can hold a frame of it that this disk does not: frames go to peers before the
//! own fsync, so a directory whose mark says "shared" was not closed in order, and its next sequence may be taken
//! already. It is sealed and a new incarnation is begun. A directory in doubt is put into quarantine, never deleted.
//!
//! A log ends with its day: one whose first record was made on an earlier day is closed and a new one begun, unless an
//! attempt is open. So a day's log can be removed whole later ([`super::retention`]).

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use daemon::{CancellationToken, Tasks};
use protocol::{
    frame::Frame,
    ids::{Incarnation, LogId, NodeId, Sequence},
    time::Instant,
};
use store::{
    Doubt,
    frames::{FrameLog, FrameReader, FrameStore, Outcome, Progress, quarantine},
};
use tokio::sync::{broadcast, mpsc, watch};

use super::{
    Settings,
    acknowledger::{Acknowledger, WRITTEN_MAX},
    committer::{Committer, CommitterError, OnCommit, Request},
    day,
    disk::Disk,
    fork::ForkMark,
    gatherer::Gatherer,
    handle::{Log, PeerProgress, Shared},
    life::{Life, SharedMark},
};

/// Earlier lives are only read, and little.
const EARLIER_CACHE_BYTES: u64 = 4 * 1024 * 1024;

/// Frames between two progress lines.
const PROGRESS_FRAMES: u64 = 20_000;

/// What is shown while the log is opened.
#[derive(Debug, Clone, Copy)]
pub enum Fold<'a> {
    /// Forget everything: a directory turned out to be in doubt, and all is shown again without it.
    Reset,
    /// A verified frame.
    Frame(&'a Frame),
}

/// What opening needs.
pub struct Opening<'a> {
    /// The directory of all lives.
    pub directory: &'a Path,
    /// This node.
    pub node: NodeId,
    /// District time now, for the name of a quarantine and the day.
    pub now: Instant,
    /// Asked once everything was shown to the fold: whether a log of an earlier day may end now.
    pub may_end: &'a dyn Fn() -> bool,
    /// Bounds.
    pub settings: &'a Settings,
    /// How stores are opened.
    pub store: &'a store::Settings,
    /// A random number for a new incarnation.
    pub random: u64,
}

/// The log, ready.
pub struct Opened {
    /// The handle.
    pub log: Log,
    /// The logs of this node's earlier lives that lie on this disk: to be shipped and copied like the current one.
    pub earlier: Vec<FrameReader>,
    /// What replication must feed.
    pub peers: PeerProgress,
}

/// Why the log does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A store.
    #[error(transparent)]
    Store(#[from] store::OpenError),
    /// A file.
    #[error("{path}: {source}; check the disk's space and that the directory belongs to the node's user")]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The committer's thread.
    #[error("the committer's thread cannot be started: {0}")]
    Thread(io::Error),
}

/// Opens the log and starts its committer, which runs until `closing` is cancelled: after everybody who appends.
/// Blocks while it reads. `on_commit` sees every frame that is committed from now on.
pub fn open(
    opening: &Opening<'_>,
    fold: &mut dyn FnMut(Fold<'_>),
    on_commit: OnCommit,
    tasks: &Tasks,
    closing: CancellationToken,
) -> Result<Opened, OpenError> {
    fs::create_dir_all(opening.directory).map_err(|source| file_error(opening.directory, source))?;
    // First: a full disk must not keep the log from being opened.
    let disk = Disk::open(opening.directory, opening.settings);
    let (log, earlier, mark) = open_lives(opening, fold)?;
    let (id, head, reader) = (log.id(), log.head(), log.reader());
    tracing::info!(log = %id, head = %head.sequence, earlier = earlier.len(), "the answer log is open");
    let settings = opening.settings;
    let (requests, waiting) = mpsc::channel(settings.queue_requests_max.max(1));
    let (frames, _) = broadcast::channel(settings.frames_behind_max.max(1));
    let (head, published) = watch::channel(head);
    let (written, acknowledged) = mpsc::channel(WRITTEN_MAX);
    let (gatherer, batches) = Gatherer::new(waiting);
    let committer = Committer {
        id,
        store: Box::new(log),
        batches,
        peers: frames.clone(),
        head,
        on_commit,
        written,
        mark,
        disk: disk.clone(),
    };
    start(committer, requests.clone(), tasks, closing)?;
    disk.start(tasks);
    let (copied, copied_by_peer) = watch::channel(Sequence(0));
    let (live_peers, live) = watch::channel(0);
    let acknowledger = Acknowledger {
        log: id,
        written: acknowledged,
        copied: copied_by_peer.clone(),
        live_peers: live.clone(),
        peer_wait: Duration::from_millis(settings.peer_wait_ms),
    };
    // The end of either ends the committer, whose end is noticed.
    tasks.spawn_brief("log-gatherer", gatherer.run());
    tasks.spawn_brief("log-acknowledger", acknowledger.run());
    let fork = ForkMark::of(&Life::of(opening.directory, id));
    let shared = Shared {
        id,
        name: id.to_string(),
        fork,
        requests,
        reader,
        head: published,
        frames,
        copied: copied_by_peer,
        live_peers: live,
        disk,
    };
    Ok(Opened {
        log: Log {
            shared: Arc::new(shared),
        },
        earlier,
        peers: PeerProgress { copied, live_peers },
    })
}

fn start(
    committer: Committer,
    requests: mpsc::Sender<Request>,
    tasks: &Tasks,
    closing: CancellationToken,
) -> Result<(), OpenError> {
    tasks
        .spawn_thread("log-committer", move || -> Result<(), CommitterError> {
            committer.run()
        })
        .map_err(OpenError::Thread)?;
    tasks.spawn("log-closer", async move {
        closing.cancelled().await;
        // The committer may have ended already, with an error that is reported elsewhere.
        let _ = requests.send(Request::Close).await;
    });
    Ok(())
}

fn open_lives(
    opening: &Opening<'_>,
    fold: &mut dyn FnMut(Fold<'_>),
) -> Result<(FrameLog, Vec<FrameReader>, SharedMark), OpenError> {
    put_forked_aside(opening)?;
    // Each round that does not end puts one directory aside, so there is an end.
    let lives = loop {
        if let Some(lives) = verify_all(opening, fold)? {
            break lives;
        }
        fold(Fold::Reset);
    };
    let mut current = None;
    let mut earlier = Vec::new();
    for Shown { log, begun } in lives {
        let life = Life::of(opening.directory, log.id());
        if current.is_none()
            && life.may_be_continued()
            && (life.is_in_place() || !opening.settings.place_checked)
            && !ends_with_its_day(opening, log.id(), begun)
        {
            current = Some((log, life.mark()));
            continue;
        }
        life.seal()?;
        earlier.push(log.reader());
    }
    let (log, mark) = match current {
        Some(current) => current,
        None => begin(opening)?,
    };
    Ok((log, earlier, mark))
}

/// Whether a log that could be continued is closed because a new day has begun.
fn ends_with_its_day(opening: &Opening<'_>, log: LogId, begun: Option<Instant>) -> bool {
    if !day::is_of_an_earlier_day(begun, opening.now) {
        return false;
    }
    let may_end = (opening.may_end)();
    if may_end {
        tracing::info!(%log, "a new day has begun: this log is complete");
    } else {
        tracing::info!(%log, "a new day has begun, but an attempt is open: this log goes on");
    }
    may_end
}

fn begin(opening: &Opening<'_>) -> Result<(FrameLog, SharedMark), OpenError> {
    let id = LogId {
        node: opening.node,
        incarnation: Incarnation(opening.random),
    };
    let life = Life::of(opening.directory, id);
    let log = FrameLog::create(&life.directory, id, opening.store)?;
    life.note_place()?;
    tracing::info!(log = %id, "a new incarnation of the answer log begins");
    Ok((log, life.mark()))
}

/// Lives of which the centre or a peer holds another history go into quarantine unread: what was acknowledged in them is
/// salvaged from there.
fn put_forked_aside(opening: &Opening<'_>) -> Result<(), OpenError> {
    for id in lives_in(opening.directory, opening.node)? {
        let life = Life::of(opening.directory, id);
        if let Some(at) = life.forked_at()? {
            quarantine(&life.directory, &Doubt::OtherHistory(at), opening.now)
                .map_err(|source| file_error(&life.directory, source))?;
        }
    }
    Ok(())
}

/// A life that was verified and shown.
struct Shown {
    log: FrameLog,
    /// When its first record was made, by its own stamp.
    begun: Option<Instant>,
}

/// All lives, verified; `None` when one was put into quarantine and all must be shown again.
fn verify_all(
    opening: &Opening<'_>,
    fold: &mut dyn FnMut(Fold<'_>),
) -> Result<Option<Vec<Shown>>, OpenError> {
    let mut lives = Vec::new();
    for id in lives_in(opening.directory, opening.node)? {
        let life = Life::of(opening.directory, id);
        let settings = if life.may_be_continued() {
            opening.store.clone()
        } else {
            opening.store.clone().with_cache_bytes(EARLIER_CACHE_BYTES)
        };
        let mut begun = None;
        let mut visit = |frame: &Frame| {
            begun = begun.or_else(|| begun_at(frame));
            fold(Fold::Frame(frame));
        };
        match FrameLog::open(
            &life.directory,
            Some(id),
            &settings,
            &mut visit,
            &mut |progress| {
                tell(id, progress);
            },
        )? {
            Outcome::Opened { log, .. } => lives.push(Shown { log, begun }),
            Outcome::Doubt { reason } => {
                tracing::error!(log = %id, %reason, "the answer log is in doubt; it is kept aside and a new one begins");
                quarantine(&life.directory, &reason, opening.now)
                    .map_err(|source| file_error(&life.directory, source))?;
                return Ok(None);
            }
        }
    }
    Ok(Some(lives))
}

/// When the first record in a frame was made that this version can read.
pub(crate) fn begun_at(frame: &Frame) -> Option<Instant> {
    frame.known_records().next().map(|(_, record)| record.when.at)
}

fn tell(id: LogId, progress: Progress) {
    if progress.frames > 0 && progress.frames.is_multiple_of(PROGRESS_FRAMES) {
        tracing::info!(
            log = %id,
            sequence = %progress.sequence,
            of = %progress.expected,
            "verifying the answer log"
        );
    }
}

/// The lives in a directory: those whose name is an incarnation.
fn lives_in(directory: &Path, node: NodeId) -> Result<Vec<LogId>, OpenError> {
    let failed = |source| file_error(directory, source);
    let mut lives = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.len() == 16) else {
            continue;
        };
        if let Ok(incarnation) = u64::from_str_radix(name, 16) {
            lives.push(LogId {
                node,
                incarnation: Incarnation(incarnation),
            });
        }
    }
    lives.sort_unstable();
    Ok(lives)
}

pub(super) fn file_error(path: &Path, source: io::Error) -> OpenError {
    OpenError::File {
        path: path.to_owned(),
        source,
    }
}
