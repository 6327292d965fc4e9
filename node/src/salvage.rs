//! What quarantined logs still hold: frames that prove themselves by their hash. At the start they are put where they
//! belong, into the copies, from where they are served, shipped and copied; what does not continue there (frames after a
//! hole, a history that the centre holds otherwise) is served at once, and once the centre and the peers have given what
//! they have, its records are appended to the own log: an acknowledged answer is not lost with the life it was given in.
//!
//! The quarantine itself is never changed; a mark beside it says when it is done.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use daemon::Tasks;
use link::StreamError;
use protocol::{
    frame::{EncodedRecord, Entry, Frame},
    ids::NodeId,
    wire::centre::{Down, Open, Refusal, Up},
};
use store::{frames::Salvage, whole_file};
use tokio::time::{sleep, timeout};

use crate::{
    attempts::Book,
    disk_work::disk_work,
    log::{
        AppendError, Log,
        replicate::{CopyError, Shelf},
    },
    refetch::Refetch,
    uplink::Uplink,
};

/// What is left is judged only after so many rounds of refetching: the second comes some seconds after the first, and
/// peers are asked meanwhile too.
const ROUNDS_BEFORE: u64 = 2;

/// Frames of one quarantine that are shown to the centre as evidence; it keeps as many of one log.
const EVIDENCE_MAX: usize = 8;

/// The centre must answer within this time.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// A log that is too busy or a disk that is too full is tried again after so long.
const AGAIN: Duration = Duration::from_secs(1);

/// Ends the name of the mark beside a quarantine that is done.
const DONE: &str = ".salvaged";

/// A quarantine whose frames are not all known to lie somewhere else.
pub struct Pending {
    directory: PathBuf,
    salvage: Salvage,
}

/// What the salvager works with.
pub struct Parts {
    /// This node.
    pub node: NodeId,
    /// What was found at the start.
    pub pending: Vec<Pending>,
    /// The own log, where records go that no log can take any more.
    pub log: Log,
    /// What lies here.
    pub shelf: Shelf,
    /// Says when all has come that can come.
    pub refetch: Refetch,
    /// Takes evidence.
    pub uplink: Uplink,
}

/// Where a salvaged frame stands.
enum Place {
    /// In a log, as it is.
    Held,
    /// In no log: frames before it are missing.
    Hole,
    /// Another frame lies in its place.
    Displaced,
}

/// Finds what the quarantines below these directories hold, puts into the copies what continues them and shows all of it
/// to the book. Blocks while it reads, at the start. A quarantine that cannot be read is told of and left alone.
pub fn collect(directories: &[PathBuf], shelf: &Shelf, book: &Book) -> Vec<Pending> {
    let mut pending = Vec::new();
    for directory in directories.iter().flat_map(|parent| quarantines_in(parent)) {
        match Salvage::of(&directory) {
            Ok(salvage) => {
                tracing::warn!(quarantine = %directory.display(), frames = salvage.len(), "frames were found in a quarantined log");
                // Its history is in dispute: whoever holds the other one gives it first.
                let is_disputed = directory.to_string_lossy().ends_with("other-history");
                for frame in salvage.frames() {
                    if !is_disputed {
                        let _ = place_of(&frame, shelf);
                    }
                    book.absorb(&frame);
                }
                pending.push(Pending { directory, salvage });
            }
            Err(error) => {
                tracing::error!(quarantine = %directory.display(), %error, "a quarantined log cannot be looked through");
            }
        }
    }
    pending
}

/// Starts the task that brings what is left into the own log.
pub fn start(parts: Parts, tasks: &Tasks) {
    if parts.pending.is_empty() {
        return;
    }
    let shutdown = tasks.shutdown_token();
    tasks.spawn_brief("salvager", async move {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = salvage(parts) => {}
        }
    });
}

async fn salvage(mut parts: Parts) {
    parts.refetch.rounds(ROUNDS_BEFORE).await;
    for pending in std::mem::take(&mut parts.pending) {
        match parts.settle(&pending).await {
            Ok(carried) => {
                tracing::warn!(quarantine = %pending.directory.display(), carried, "a quarantined log is salvaged");
                if let Err(error) = note_done(&pending.directory) {
                    tracing::warn!(%error, "a salvaged quarantine cannot be marked; it is looked through again at the next start");
                }
            }
            Err(error) => {
                tracing::error!(quarantine = %pending.directory.display(), %error, "salvaging stopped; it goes on at the next start");
            }
        }
    }
}

impl Parts {
    /// Brings every frame of a quarantine somewhere; says how many records were carried over into the own log.
    async fn settle(&self, pending: &Pending) -> Result<usize, AppendError> {
        let (mut carried, mut shown) = (0, 0);
        for frame in pending.salvage.frames() {
            let (judged, shelf) = (frame.clone(), self.shelf.clone());
            let place = disk_work(move || place_of(&judged, &shelf)).await;
            if matches!(place, Place::Held) || frame.log().node != self.node {
                continue;
            }
            if matches!(place, Place::Displaced) && shown < EVIDENCE_MAX {
                shown += 1;
                if let Err(error) = self.show(&frame).await {
                    tracing::warn!(?frame, %error, "the centre did not take a frame as evidence");
                }
            }
            carried += self.carry(&frame).await?;
        }
        Ok(carried)
    }

    /// Appends a frame's records to the own log: merging them again changes nothing, so a crash in between is harmless.
    async fn carry(&self, frame: &Frame) -> Result<usize, AppendError> {
        let mut records = Vec::new();
        for (sequence, entry) in frame.records() {
            match entry {
                Entry::Known(record) => match EncodedRecord::new(&record) {
                    Ok(record) => records.push(record),
                    Err(error) => {
                        tracing::error!(log = %frame.log(), %sequence, %error, "a record was not carried over");
                    }
                },
                Entry::Unreadable(_) => {
                    tracing::error!(log = %frame.log(), %sequence, "a record of another version was not carried over; it stays in the quarantine");
                }
            }
        }
        let count = records.len();
        // A frame's records fit into a frame again, but a request must leave room for its header.
        let half = records.split_off(count / 2);
        for part in [records, half].into_iter().filter(|part| !part.is_empty()) {
            while let Err(error) = self.log.append(part.clone()).await {
                match error {
                    AppendError::Busy | AppendError::DiskFull { .. } => sleep(AGAIN).await,
                    error => return Err(error),
                }
            }
        }
        Ok(count)
    }

    /// Shows the centre a frame that stands against what it holds: it refuses it, keeps it for the auditor and alarms.
    async fn show(&self, frame: &Frame) -> Result<(), StreamError> {
        let connection = self.uplink.connection().await;
        let (log, bytes) = (frame.log(), frame.bytes().clone());
        let shown = async {
            let mut stream = connection.open().await?;
            stream.send_message(&Open::Ship).await?;
            let frames = vec![bytes];
            stream.send_message(&Up::Frames { log, frames }).await?;
            stream.recv_message::<Down>().await
        };
        match timeout(SILENCE_MAX, shown).await {
            Ok(Ok(Some(Down::Refused {
                reason: Refusal::Fork(at),
                ..
            }))) => {
                tracing::error!(%log, %at, "another history of this log was shown to the centre, which keeps it as evidence");
                Ok(())
            }
            Ok(answer) => {
                answer.map(|answer| tracing::info!(%log, ?answer, "the centre judged a salvaged frame"))
            }
            Err(_) => {
                tracing::warn!(%log, "the centre did not say what it thinks of a salvaged frame");
                Ok(())
            }
        }
    }
}

/// Where the frame lies; puts it into the copies when it continues one. Blocks on the disk.
fn place_of(frame: &Frame, shelf: &Shelf) -> Place {
    if frame.log() == shelf.own.reader.id() || shelf.holds(frame) {
        return Place::Held;
    }
    match shelf.copies.receive(frame) {
        Ok(_) if shelf.holds(frame) => Place::Held,
        Ok(_) | Err(CopyError::Fork { .. }) => Place::Displaced,
        Err(error) => {
            tracing::warn!(?frame, %error, "a salvaged frame does not continue its log here");
            Place::Hole
        }
    }
}

/// The quarantines in a directory that are not done.
fn quarantines_in(parent: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let is_open = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        path.is_dir() && name.is_some_and(|name| name.contains(".quarantine-")) && !done_mark(path).exists()
    };
    let mut found: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(is_open)
        .collect();
    found.sort();
    found
}

fn done_mark(directory: &Path) -> PathBuf {
    let mut name = directory.as_os_str().to_owned();
    name.push(DONE);
    name.into()
}

fn note_done(directory: &Path) -> io::Result<()> {
    whole_file::mark(&done_mark(directory))
}
