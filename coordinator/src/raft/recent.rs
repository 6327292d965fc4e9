//! The newest entries of the Raft log as they were written, so that replicating and applying them does not read each of
//! them back from its file and decode it, once for every follower and once for the state. Bounded in bytes; what is older
//! is read from the files.

use std::{
    collections::BTreeMap,
    ops::{Bound, RangeBounds},
};

use super::types::Entry;

/// Bytes of entries that are kept: what a follower may lag behind without costing the disk.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// An unbroken end of the log.
#[derive(Debug, Default)]
pub(super) struct Recent {
    entries: BTreeMap<u64, (Entry, usize)>,
    bytes: usize,
}

impl Recent {
    /// Entries were written behind what is kept, each with its encoded length.
    pub(super) fn put(&mut self, entries: Vec<Entry>, lengths: Vec<usize>) {
        for (entry, length) in entries.into_iter().zip(lengths) {
            let index = entry.log_id.index;
            let follows = self
                .entries
                .last_key_value()
                .is_none_or(|(last, _)| last + 1 == index);
            if !follows {
                self.clear();
            }
            self.bytes += length;
            self.entries.insert(index, (entry, length));
        }
        while self.bytes > BYTES_MAX
            && self.entries.len() > 1
            && let Some((_, (_, length))) = self.entries.pop_first()
        {
            self.bytes -= length;
        }
    }

    /// The entries from this one on are void.
    pub(super) fn truncate(&mut self, from: u64) {
        let void = self.entries.split_off(&from);
        self.bytes -= void.values().map(|(_, length)| length).sum::<usize>();
    }

    /// The entries up to this one are gone from the files too.
    pub(super) fn purge(&mut self, upto: u64) {
        let kept = self.entries.split_off(&upto.saturating_add(1));
        let gone = std::mem::replace(&mut self.entries, kept);
        self.bytes -= gone.values().map(|(_, length)| length).sum::<usize>();
    }

    /// The entries of a range, up to `bytes_max` but one at least; `None` when some of them may be in the files only.
    pub(super) fn get(&self, range: &impl RangeBounds<u64>, bytes_max: usize) -> Option<Vec<Entry>> {
        let start = match range.start_bound() {
            Bound::Included(start) => *start,
            Bound::Excluded(start) => start.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let (first, _) = self.entries.first_key_value()?;
        if start < *first {
            return None;
        }
        let mut bytes = 0;
        let wanted = self.entries.range(start..).take_while(|(index, (_, length))| {
            let is_first = bytes == 0;
            bytes += length;
            range.contains(*index) && (is_first || bytes <= bytes_max)
        });
        Some(wanted.map(|(_, (entry, _))| entry.clone()).collect())
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use openraft::{CommittedLeaderId, EntryPayload};

    use super::*;
    use crate::raft::types::EntryId;

    fn entries(indices: std::ops::Range<u64>) -> Vec<Entry> {
        let entry = |index| Entry {
            log_id: EntryId::new(CommittedLeaderId::new(1, 1), index),
            payload: EntryPayload::Blank,
        };
        indices.map(entry).collect()
    }

    fn put(recent: &mut Recent, indices: std::ops::Range<u64>, length: usize) {
        let entries = entries(indices);
        let lengths = vec![length; entries.len()];
        recent.put(entries, lengths);
    }

    fn indices(found: Option<Vec<Entry>>) -> Option<Vec<u64>> {
        found.map(|found| found.iter().map(|entry| entry.log_id.index).collect())
    }

    #[test]
    fn what_is_kept_is_given_and_what_may_be_older_is_not() {
        let mut recent = Recent::default();
        assert_eq!(indices(recent.get(&(3..5), usize::MAX)), None);
        put(&mut recent, 3..8, 10);
        assert_eq!(indices(recent.get(&(2..5), usize::MAX)), None);
        assert_eq!(indices(recent.get(&(3..5), usize::MAX)), Some(vec![3, 4]));
        assert_eq!(indices(recent.get(&(5..=9), usize::MAX)), Some(vec![5, 6, 7]));
        assert_eq!(indices(recent.get(&(9..12), usize::MAX)), Some(vec![]));
        assert_eq!(indices(recent.get(&(4..8), 25)), Some(vec![4, 5]));
        assert_eq!(indices(recent.get(&(4..8), 1)), Some(vec![4]), "one at least");
    }

    #[test]
    fn void_entries_are_gone_and_others_take_their_places() {
        let mut recent = Recent::default();
        put(&mut recent, 1..9, 10);
        recent.truncate(5);
        assert_eq!(indices(recent.get(&(1..9), usize::MAX)), Some(vec![1, 2, 3, 4]));
        put(&mut recent, 5..7, 10);
        assert_eq!(indices(recent.get(&(4..9), usize::MAX)), Some(vec![4, 5, 6]));
        put(&mut recent, 20..22, 10);
        assert_eq!(
            indices(recent.get(&(6..30), usize::MAX)),
            None,
            "a gap is not bridged"
        );
        assert_eq!(indices(recent.get(&(20..30), usize::MAX)), Some(vec![20, 21]));
        recent.purge(20);
        assert_eq!(indices(recent.get(&(20..30), usize::MAX)), None);
        assert_eq!(indices(recent.get(&(21..30), usize::MAX)), Some(vec![21]));
        recent.truncate(0);
        assert_eq!((recent.bytes, recent.entries.len()), (0, 0));
    }

    #[test]
    fn the_oldest_give_way() {
        let mut recent = Recent::default();
        put(&mut recent, 1..6, BYTES_MAX / 4);
        assert_eq!(indices(recent.get(&(1..6), usize::MAX)), None);
        assert_eq!(indices(recent.get(&(2..6), usize::MAX)), Some(vec![2, 3, 4, 5]));
        put(&mut recent, 6..7, 2 * BYTES_MAX);
        assert_eq!(indices(recent.get(&(6..7), usize::MAX)), Some(vec![6]));
    }
}
