//! The book of attempts: every attempt that this node has heard of, in memory, a fold over its own log and the copies
//! of its peers' logs. Written only by [`Book::absorb`], with frames that are on this disk; read by everybody.

mod rebuild;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    hash::{BuildHasherDefault, Hasher},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use protocol::{
    frame::Frame,
    ids::{AttemptKey, LogId, NodeId, Sequence},
    record::{Event, Record},
    time::Instant,
    watermark::Watermark,
    wire::centre::Counts,
};

pub use self::rebuild::Rebuilding;
use super::{
    over::over,
    slot::{Held, Place},
};
use crate::log::retention::rule::Over;

/// Keeps candidates that act at the same moment from waiting for each other: ten times the cores of a large node.
const SHARDS: usize = 64;

/// One attempt and the right to decide for it.
#[derive(Debug)]
pub struct Slot {
    /// Held over decide, append and apply, so that two requests of one attempt never interleave.
    pub(super) turn: Arc<tokio::sync::Mutex<()>>,
    held: Mutex<Held>,
}

type Shard = RwLock<HashMap<AttemptKey, Arc<Slot>, BuildHasherDefault<KeyHasher>>>;

/// Hashes an attempt's two numbers. They come from the roster and not from who asks, so nobody can choose them to collide.
#[derive(Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = self.0.rotate_left(32) ^ u64::from(number);
    }

    fn finish(&self) -> u64 {
        // The map goes by the lowest bits and by the highest.
        let spread = self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        spread ^ (spread >> 32)
    }
}

/// All attempts. Clones are the same book.
#[derive(Debug, Clone)]
pub struct Book {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    own: NodeId,
    shards: Vec<Shard>,
    acknowledged: AtomicU64,
    /// For each life of the own log what the centre may lack of it.
    ends: Mutex<BTreeMap<LogId, Ends>>,
    unreadable: AtomicU64,
}

/// Where each frame of a log that the centre may lack ends, and how many responses were acknowledged up to there: 16 bytes
/// a frame, and frames that were delivered are forgotten.
#[derive(Debug, Default)]
struct Ends {
    frames: VecDeque<(Sequence, u64)>,
    acknowledged: u64,
    delivered: u64,
}

impl Ends {
    fn delivered_to(&mut self, mark: Sequence) -> u64 {
        while let Some((_, answers)) = self.frames.front().copied().filter(|(last, _)| *last <= mark) {
            self.delivered = answers;
            self.frames.pop_front();
        }
        self.delivered
    }
}

// === impl Slot ===

impl Slot {
    /// Reads the attempt. The lock is held for the reading alone.
    pub fn read<T>(&self, read: impl FnOnce(&Held) -> T) -> T {
        read(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Book ===

impl Book {
    /// An empty book of this node.
    pub fn new(own: NodeId) -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        Self {
            shared: Arc::new(Shared {
                own,
                shards,
                acknowledged: AtomicU64::new(0),
                ends: Mutex::default(),
                unreadable: AtomicU64::new(0),
            }),
        }
    }

    /// Whose book it is.
    pub fn own(&self) -> NodeId {
        self.shared.own
    }

    /// Folds a frame of this node's own log in, and counts what it acknowledges. Each frame comes here once.
    pub fn absorb_own(&self, frame: &Frame) {
        let answers = self.absorb(frame);
        self.count_own(frame, answers);
    }

    fn count_own(&self, frame: &Frame, answers: u64) {
        self.shared.acknowledged.fetch_add(answers, Ordering::Relaxed);
        let mut ends = self.ends();
        let ends = ends.entry(frame.log()).or_default();
        ends.acknowledged += answers;
        ends.frames.push_back((frame.last(), ends.acknowledged));
    }

    /// How many of the acknowledged responses the centre holds, by how far it has each life of the own log, which never
    /// goes back.
    pub fn acknowledged_up_to(&self, mark: impl Fn(&LogId) -> Sequence) -> u64 {
        let mut lives = self.ends();
        lives
            .iter_mut()
            .map(|(log, ends)| ends.delivered_to(mark(log)))
            .sum()
    }

    fn ends(&self) -> MutexGuard<'_, BTreeMap<LogId, Ends>> {
        self.shared.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Folds a frame of a copied log in. Repeats and any order are harmless. Says how many responses it holds.
    pub fn absorb(&self, frame: &Frame) -> u64 {
        let (log, after) = (frame.log(), Watermark::after(frame));
        let mut answers = 0;
        frame.visit(|sequence, record| match record {
            Some(record) => {
                answers += u64::from(matches!(record.event, Event::Answered { .. }));
                self.apply(&record, Place { log, sequence }, after);
            }
            None => self.note_unreadable(Place { log, sequence }),
        });
        answers
    }

    fn note_unreadable(&self, Place { log, sequence }: Place) {
        self.shared.unreadable.fetch_add(1, Ordering::Relaxed);
        tracing::error!(%log, %sequence, "a record of another version cannot be read here; it is kept");
    }

    fn apply(&self, record: &Record, place: Place, frame: Watermark) {
        let own = self.shared.own;
        let slot = self.slot(record.attempt);
        let mut held = slot.lock();
        held.apply(record, place, own);
        if matches!(record.event, Event::Submitted(_)) {
            held.note_frame(place, frame);
        }
    }

    /// Forgets everything: what was folded in turned out to be in doubt. Only while the log is opened.
    pub fn clear(&self) {
        for shard in &self.shared.shards {
            shard.write().unwrap_or_else(PoisonError::into_inner).clear();
        }
        self.shared.acknowledged.store(0, Ordering::Relaxed);
        self.ends().clear();
        self.shared.unreadable.store(0, Ordering::Relaxed);
    }

    /// An attempt that was heard of.
    pub fn get(&self, key: AttemptKey) -> Option<Arc<Slot>> {
        let shard = self.shard(key).read().unwrap_or_else(PoisonError::into_inner);
        shard.get(&key).cloned()
    }

    /// An attempt, made when it was not heard of. Callers only ask for candidates and sittings that exist.
    pub fn slot(&self, key: AttemptKey) -> Arc<Slot> {
        if let Some(slot) = self.get(key) {
            return slot;
        }
        let mut shard = self.shard(key).write().unwrap_or_else(PoisonError::into_inner);
        let fresh = || {
            Arc::new(Slot {
                turn: Arc::default(),
                held: Mutex::new(Held::new(key)),
            })
        };
        Arc::clone(shard.entry(key).or_insert_with(fresh))
    }

    /// All attempts that `wanted` picks.
    pub fn select(&self, wanted: impl Fn(&Held) -> bool) -> Vec<AttemptKey> {
        let mut keys = Vec::new();
        self.each(|held| {
            if wanted(held) {
                keys.push(held.key);
            }
        });
        keys
    }

    /// Whether an attempt may still be written to. Every attempt is looked at.
    pub fn is_any_open(&self, now: Instant) -> bool {
        let mut is_any_open = false;
        self.each(|held| is_any_open |= over(held, now) == Over::Open);
        is_any_open
    }

    /// Whether an attempt is over, and since when. One that was never heard of may be going on somewhere else.
    pub fn over(&self, key: AttemptKey, now: Instant) -> Over {
        self.get(key)
            .map_or(Over::Open, |slot| slot.read(|held| over(held, now)))
    }

    fn each(&self, mut visit: impl FnMut(&Held)) {
        for shard in &self.shared.shards {
            // The shard is not kept locked while its attempts are read.
            let slots: Vec<Arc<Slot>> = {
                let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
                shard.values().cloned().collect()
            };
            for slot in slots {
                slot.read(&mut visit);
            }
        }
    }

    /// What this node has done. An attempt counts at the node that serves it.
    pub fn counts(&self) -> Counts {
        let own = self.shared.own;
        let mut counts = Counts {
            acknowledged: self.shared.acknowledged.load(Ordering::Relaxed),
            ..Counts::default()
        };
        self.each(|held| {
            counts.signed_in += u32::from(held.signed_in_here);
            if held.node() == Some(own) {
                let submitted = held.merged.submission().is_some();
                counts.submitted += u32::from(submitted);
                counts.open += u32::from(!submitted && held.merged.started.is_some());
            }
        });
        counts
    }

    /// Records that this build could not read since it started.
    pub fn unreadable(&self) -> u64 {
        self.shared.unreadable.load(Ordering::Relaxed)
    }

    fn shard(&self, key: AttemptKey) -> &Shard {
        &self.shared.shards[Self::shard_index(key)]
    }

    fn shard_index(key: AttemptKey) -> usize {
        let mixed = key.candidate.0 ^ key.sitting.0.rotate_left(16);
        // Fibonacci hashing: consecutive candidate numbers spread over all shards.
        (mixed.wrapping_mul(0x9E37_79B1) >> 16) as usize % SHARDS
    }
}
