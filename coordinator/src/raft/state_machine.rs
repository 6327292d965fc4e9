//! The state in memory and on the disk, as openraft wants it: entries are applied in order, in memory first, and
//! answered when rows, frames and "last applied" are on the disk in one commit. Restarting reads the rows back and
//! folds the frames in again.

use std::{
    collections::{BTreeMap, VecDeque},
    io::Cursor,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use bytes::Bytes;
use openraft::{AnyError, EntryPayload, OptionalSend, storage::RaftStateMachine};
use protocol::{
    frame::Frame,
    ids::{LogId, Sequence},
    watermark::{Continuity, Watermark},
};
use state::{Alarm, State};
use tokio::{sync::watch, time::Instant};

use super::{
    shelf::{COMMIT_BYTES, Shelf, ShelfError, Standing, StoredRow},
    snapshot::{self, Made},
    types::{
        Applied, Entry, EntryId, Membership, Snapshot, SnapshotMeta, StorageError, StorageIoError, TypeConfig,
    },
};

/// Alarms that are kept in memory; the state keeps its own, this is what this coordinator saw happen.
const ALARMS_MAX: usize = 256;

/// Frames between two words on how far a restart is.
const PROGRESS_FRAMES: u64 = 50_000;

/// The state. Clones share it.
#[derive(Clone)]
pub(super) struct Machine {
    core: Arc<Core>,
}

struct Core {
    shelf: Shelf,
    /// Held over a whole change, in memory and on the disk: a snapshot never shows what is not on the disk yet.
    standing: Mutex<Standing>,
    state: RwLock<State>,
    applied: watch::Sender<u64>,
    alarms: Mutex<VecDeque<Alarm>>,
    snapshot: Mutex<Option<Made>>,
}

impl Machine {
    /// Opens the state in a directory and folds its frames. Blocks.
    pub(super) fn open(dir: &Path, settings: &store::Settings) -> Result<Self, ShelfError> {
        let (shelf, standing) = Shelf::open(dir, settings)?;
        let state = restore(&shelf, shelf.rows(&standing)?)?;
        let (applied, _) = watch::channel(standing.applied.map_or(0, |entry| entry.index));
        Ok(Self {
            core: Arc::new(Core {
                shelf,
                standing: Mutex::new(standing),
                state: RwLock::new(state),
                applied,
                alarms: Mutex::default(),
                snapshot: Mutex::default(),
            }),
        })
    }

    /// The last entry that is applied and on the disk.
    pub(super) fn last_applied(&self) -> Option<EntryId> {
        self.standing().applied
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.core.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn applied(&self) -> watch::Receiver<u64> {
        self.core.applied.subscribe()
    }

    pub(super) fn alarms(&self) -> Vec<Alarm> {
        lock(&self.core.alarms).iter().cloned().collect()
    }

    pub(super) fn shelf(&self) -> &Shelf {
        &self.core.shelf
    }

    /// Frames of a log that the state counts as held.
    pub(super) fn frames(
        &self,
        log: LogId,
        from: Sequence,
        max_bytes: usize,
    ) -> Result<Vec<Bytes>, ShelfError> {
        let held = self.read(|state| state.watermark(&log).sequence);
        let mut frames = Vec::new();
        let mut bytes = 0;
        for frame in self.core.shelf.frames_from(log, from)? {
            let frame = frame?;
            bytes += frame.bytes().len();
            if frame.last() > held || (bytes > max_bytes && !frames.is_empty()) {
                break;
            }
            frames.push(frame.bytes().clone());
        }
        Ok(frames)
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        lock(&self.core.standing)
    }

    /// Applies entries; blocks until they are on the disk.
    fn apply_entries(&self, entries: Vec<Entry>) -> Result<Vec<Applied>, ShelfError> {
        let mut standing = self.standing();
        let mut answers = Vec::with_capacity(entries.len());
        let mut pending = Pending::default();
        for entry in entries {
            standing.applied = Some(entry.log_id);
            let answer = match entry.payload {
                EntryPayload::Blank => None,
                EntryPayload::Membership(membership) => {
                    standing.membership = Membership::new(Some(entry.log_id), membership);
                    None
                }
                EntryPayload::Normal(stamped) => {
                    let mut state = self.core.state.write().unwrap_or_else(PoisonError::into_inner);
                    let effects = state.apply(&stamped);
                    drop(state);
                    self.raise(effects.alarms);
                    pending.take(effects.rows, effects.frames);
                    Some(effects.outcome)
                }
            };
            answers.push(Applied(answer));
            if pending.bytes >= COMMIT_BYTES {
                self.commit(&mut standing, &mut pending)?;
            }
        }
        self.commit(&mut standing, &mut pending)?;
        Ok(answers)
    }

    fn commit(&self, standing: &mut Standing, pending: &mut Pending) -> Result<(), ShelfError> {
        self.core.shelf.write(standing, &pending.rows, &pending.frames)?;
        *pending = Pending::default();
        self.core
            .applied
            .send_replace(standing.applied.map_or(0, |entry| entry.index));
        Ok(())
    }

    fn raise(&self, alarms: Vec<Alarm>) {
        let mut kept = lock(&self.core.alarms);
        for alarm in alarms {
            tracing::error!(kind = ?alarm.kind, log = %alarm.log, detail = alarm.detail, "alarm");
            if kept.len() >= ALARMS_MAX {
                kept.pop_front();
            }
            kept.push_back(alarm);
        }
    }

    /// Makes a snapshot of what is on the disk; says for how long applying waited meanwhile.
    pub(super) fn make_snapshot(&self) -> Result<(Made, Duration), ShelfError> {
        let expected = lock(&self.core.snapshot)
            .as_ref()
            .map_or(0, |last| last.bytes.len() / 8 * 9);
        let standing = self.standing();
        let begun = Instant::now();
        let bytes = self.read(|state| snapshot::encode(state.rows(), &standing.tally, expected))?;
        let meta = meta(&standing);
        drop(standing);
        let pause = begun.elapsed();
        let made = Made {
            meta,
            bytes: Arc::new(bytes),
        };
        let mut kept = lock(&self.core.snapshot);
        // One that was installed meanwhile goes further.
        if kept
            .as_ref()
            .is_none_or(|kept| kept.meta.last_log_id <= made.meta.last_log_id)
        {
            *kept = Some(made.clone());
        }
        Ok((made, pause))
    }

    /// Takes over a snapshot whose frames were fetched before; blocks. A crash leaves the old state or the new.
    fn install(&self, meta: &SnapshotMeta, bytes: Vec<u8>) -> Result<(), ShelfError> {
        let mut standing = self.standing();
        let rows = snapshot::decode(&bytes)?;
        let state = restore(&self.core.shelf, rows.clone())?;
        let wanted = Standing {
            applied: meta.last_log_id,
            membership: meta.last_membership.clone(),
            ..Standing::default()
        };
        *standing = self.core.shelf.replace(&standing, &rows, wanted)?;
        *self.core.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        *lock(&self.core.snapshot) = Some(Made {
            meta: meta.clone(),
            bytes: Arc::new(bytes),
        });
        self.core
            .applied
            .send_replace(standing.applied.map_or(0, |entry| entry.index));
        Ok(())
    }
}

/// Changes that are applied in memory and not yet on the disk.
#[derive(Default)]
struct Pending {
    rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    frames: Vec<Frame>,
    bytes: usize,
}

impl Pending {
    fn take(&mut self, rows: Vec<state::Row>, frames: Vec<Frame>) {
        for (key, value) in rows {
            self.bytes += key.len() + value.as_ref().map_or(0, Vec::len);
            self.rows.insert(key, value);
        }
        self.bytes += frames.iter().map(|frame| frame.bytes().len()).sum::<usize>();
        self.frames.extend(frames);
    }
}

/// The state that rows and the frames on the shelf amount to. Every log's chain is verified up to its watermark.
pub(super) fn restore(shelf: &Shelf, rows: Vec<StoredRow>) -> Result<State, ShelfError> {
    let damaged = |error: &dyn std::fmt::Display| ShelfError::Damaged(error.to_string());
    let count = rows.len();
    let mut state = State::restore(rows).map_err(|error| damaged(&error))?;
    let logs: Vec<(LogId, Watermark)> = state.watermarks().collect();
    let mut folded = 0;
    for (log, held) in &logs {
        let mut at = Watermark::default();
        if held.sequence > Sequence(0) {
            for frame in shelf.frames_from(*log, Sequence(1))? {
                let frame = frame?;
                if at.continuity(&frame) != Continuity::Next {
                    return Err(damaged(&format!(
                        "log {log}: the chain of frames breaks after {}",
                        at.sequence
                    )));
                }
                state.refold(&frame).map_err(|error| damaged(&error))?;
                at = Watermark::after(&frame);
                folded += 1;
                if folded % PROGRESS_FRAMES == 0 {
                    tracing::info!(frames = folded, "the state is being folded from its frames");
                }
                if at.sequence >= held.sequence {
                    break;
                }
            }
        }
        if at != *held {
            let (found, expected) = (at.sequence, held.sequence);
            return Err(damaged(&format!(
                "log {log}: frames go to {found}, {expected} are counted"
            )));
        }
    }
    tracing::info!(
        rows = count,
        logs = logs.len(),
        frames = folded,
        "the state is restored"
    );
    Ok(state)
}

fn meta(standing: &Standing) -> SnapshotMeta {
    let (term, index) = standing
        .applied
        .map_or((0, 0), |entry| (entry.leader_id.term, entry.index));
    SnapshotMeta {
        last_log_id: standing.applied,
        last_membership: standing.membership.clone(),
        snapshot_id: format!("{term}-{index}"),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RaftStateMachine<TypeConfig> for Machine {
    type SnapshotBuilder = Self;

    async fn applied_state(&mut self) -> Result<(Option<EntryId>, Membership), StorageError> {
        let standing = self.standing();
        Ok((standing.applied, standing.membership.clone()))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<Applied>, StorageError>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<Entry> = entries.into_iter().collect();
        let machine = self.clone();
        tokio::task::spawn_blocking(move || machine.apply_entries(entries))
            .await
            .map_err(|error| StorageIoError::write_state_machine(AnyError::new(&error)))?
            .map_err(|error| StorageIoError::write_state_machine(AnyError::new(&error)).into())
    }

    async fn get_snapshot_builder(&mut self) -> Self {
        self.clone()
    }

    async fn begin_receiving_snapshot(&mut self) -> Result<Box<Cursor<Vec<u8>>>, StorageError> {
        Ok(Box::default())
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta,
        snapshot: Box<Cursor<Vec<u8>>>,
    ) -> Result<(), StorageError> {
        let (machine, meta, bytes) = (self.clone(), meta.clone(), snapshot.into_inner());
        tokio::task::spawn_blocking(move || machine.install(&meta, bytes))
            .await
            .map_err(|error| StorageIoError::write_snapshot(None, AnyError::new(&error)))?
            .map_err(|error| StorageIoError::write_snapshot(None, AnyError::new(&error)).into())
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot>, StorageError> {
        Ok(lock(&self.core.snapshot).clone().map(Made::into_snapshot))
    }
}
