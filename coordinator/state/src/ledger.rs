//! Which frames the centre holds: for each log its watermark (persisted) and the hash of each frame (refolded), so that a
//! repeat is told from a second history. A record counts once because its frame is taken once.

mod deliver;
mod forks;

use std::collections::BTreeMap;

pub(crate) use deliver::Bringer;
pub use forks::Fork;
use protocol::{
    frame::Frame,
    hash::Hash,
    ids::{LogId, Sequence, SittingId},
    record::Event,
    watermark::Watermark,
};

use crate::{
    attempt::Attempts,
    row::Number,
    table::{Table, Tag},
};

/// The ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) watermarks: Table<LogId, Watermark>,
    /// Evidence, numbered by the log's forks.
    pub(crate) forks: Table<(LogId, Number), Fork>,
    /// Folded from the frames.
    pub(crate) folded: BTreeMap<LogId, Folded>,
}

/// What the frames of one log hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Folded {
    /// The last sequence of each frame and the first half of its hash: 128 bits tell histories apart.
    marks: Vec<(u64, [u8; 16])>,
    /// Answers by sitting: what the log's node acknowledged.
    pub(crate) answered: BTreeMap<SittingId, u64>,
    /// Records that this program cannot read.
    pub(crate) unreadable: u64,
}

/// Why a stored frame cannot be folded again: the store lacks or doubles frames.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the stored frame at sequence {first} of log {log} does not follow sequence {held}, or lies after the log's watermark; \
     the store of this coordinator is damaged, restore it from the others"
)]
pub struct RefoldError {
    /// Which log.
    pub log: LogId,
    /// Where the frame begins.
    pub first: Sequence,
    /// How far the log is folded.
    pub held: Sequence,
}

fn half(hash: Hash) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash.as_bytes()[..16]);
    half
}

impl Folded {
    /// The last sequence that was folded.
    pub(crate) fn last(&self) -> Sequence {
        Sequence(self.marks.last().map_or(0, |(last, _)| *last))
    }

    pub(crate) fn ends_with(&self, watermark: Watermark) -> bool {
        match self.marks.last() {
            Some((last, hash)) => *last == watermark.sequence.0 && *hash == half(watermark.hash),
            None => watermark == Watermark::default(),
        }
    }

    /// Whether exactly this frame is held.
    fn holds(&self, frame: &Frame) -> bool {
        self.marks
            .binary_search_by_key(&frame.last().0, |(last, _)| *last)
            .is_ok_and(|index| self.marks[index].1 == half(frame.hash()))
    }

    /// Whether no frame that is held ends as this mark says, though the log is held that far.
    pub(crate) fn contradicts(&self, mark: Watermark) -> bool {
        if mark.sequence == Sequence(0) || mark.sequence > self.last() {
            return false;
        }
        self.marks
            .binary_search_by_key(&mark.sequence.0, |(last, _)| *last)
            .map_or(true, |index| self.marks[index].1 != half(mark.hash))
    }

    /// How many frames are held.
    pub(crate) fn frames(&self) -> usize {
        self.marks.len()
    }
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            watermarks: Table::new(Tag::Watermarks),
            forks: Table::new(Tag::Forks),
            folded: BTreeMap::new(),
        }
    }

    pub(crate) fn watermark(&self, log: &LogId) -> Watermark {
        self.watermarks.get(log).copied().unwrap_or_default()
    }

    /// Folds a stored frame again, after a restore. Frames come in the order of their log.
    pub(crate) fn refold(&mut self, frame: &Frame, attempts: &mut Attempts) -> Result<(), RefoldError> {
        let log = frame.log();
        let held = self.folded.get(&log).map_or(Sequence(0), Folded::last);
        if frame.first() != held.next() || frame.last() > self.watermark(&log).sequence {
            return Err(RefoldError {
                log,
                first: frame.first(),
                held,
            });
        }
        self.fold(frame, attempts);
        Ok(())
    }

    /// Merges a frame's records and notes the frame. Returns how many records could not be read.
    fn fold(&mut self, frame: &Frame, attempts: &mut Attempts) -> u64 {
        let log = frame.log();
        let folded = self.folded.entry(log).or_default();
        let mut read = 0;
        frame.visit(|_, record| {
            let Some(record) = record else { return };
            read += 1;
            if matches!(record.event, Event::Answered { .. }) {
                *folded.answered.entry(record.attempt.sitting).or_default() += 1;
            }
            attempts.apply(log.node, &record);
        });
        // A body whose lengths lie gives one entry for all that is left; each of those records is unreadable.
        let unreadable = u64::from(frame.count()) - read;
        folded.unreadable += unreadable;
        folded.marks.push((frame.last().0, half(frame.hash())));
        unreadable
    }

    /// Logs whose frames were not (all) refolded, with how far they are and should be.
    pub(crate) fn unfolded(&self) -> impl Iterator<Item = (LogId, Sequence, Watermark)> {
        self.watermarks.iter().filter_map(|(log, watermark)| {
            let folded = self.folded.get(log);
            let whole = folded.is_some_and(|folded| folded.ends_with(*watermark));
            (!whole).then(|| (*log, folded.map_or(Sequence(0), Folded::last), *watermark))
        })
    }
}
