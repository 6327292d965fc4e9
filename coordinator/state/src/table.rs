//! A table: an ordered map in memory, whose every change is also a row. The one way in which the state changes what is
//! persisted; so what is in memory and what is on disk cannot come apart.

use std::{
    collections::{BTreeMap, btree_map},
    ops::RangeBounds,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    effects::Changes,
    row::{RowKey, key_bytes, read_value, value_bytes},
};

/// The tables' tags: the first byte of every row. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Tag {
    Counters = 1,
    Cluster = 2,
    Districts = 3,
    Nodes = 4,
    Coordinators = 5,
    Joins = 6,
    Candidates = 7,
    Pages = 8,
    BlobHeads = 9,
    BlobChunks = 10,
    Papers = 11,
    AnswerKeys = 12,
    Sittings = 13,
    Releases = 14,
    Watermarks = 15,
    Forks = 16,
    ScoreSets = 17,
    Scores = 18,
    Alarms = 19,
    Audit = 20,
    Evidence = 21,
    Heads = 22,
    Marks = 23,
    Tolerances = 24,
    Officers = 25,
    Approvals = 26,
    Authorised = 27,
    Schedules = 28,
    Withdrawals = 29,
    Checks = 30,
    Gates = 31,
    Versions = 32,
}

impl Tag {
    const ALL: [Self; 32] = [
        Self::Counters,
        Self::Cluster,
        Self::Districts,
        Self::Nodes,
        Self::Coordinators,
        Self::Joins,
        Self::Candidates,
        Self::Pages,
        Self::BlobHeads,
        Self::BlobChunks,
        Self::Papers,
        Self::AnswerKeys,
        Self::Sittings,
        Self::Releases,
        Self::Watermarks,
        Self::Forks,
        Self::ScoreSets,
        Self::Scores,
        Self::Alarms,
        Self::Audit,
        Self::Evidence,
        Self::Heads,
        Self::Marks,
        Self::Tolerances,
        Self::Officers,
        Self::Approvals,
        Self::Authorised,
        Self::Schedules,
        Self::Withdrawals,
        Self::Checks,
        Self::Gates,
        Self::Versions,
    ];

    /// The table that a row's first byte names.
    pub(crate) fn of(tag: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|known| *known as u8 == tag)
    }
}

/// Why stored rows are not a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// A table of a newer program.
    #[error("a stored row is of table {0}, which this program does not know; use the newer program")]
    Table(u8),
    /// A key of the wrong width or content.
    #[error(
        "a stored row of table {table} has a key that is damaged; restore this coordinator from the others"
    )]
    Key {
        /// Which table.
        table: u8,
    },
    /// A value that cannot be read.
    #[error(
        "a stored row of table {table} cannot be read: {reason}; restore this coordinator from the others"
    )]
    Value {
        /// Which table.
        table: u8,
        /// Why.
        reason: String,
    },
}

/// A map whose changes are rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table<K, V> {
    tag: Tag,
    map: BTreeMap<K, V>,
}

impl<K: RowKey, V: Serialize + DeserializeOwned> Table<K, V> {
    /// An empty table.
    pub(crate) fn new(tag: Tag) -> Self {
        Self {
            tag,
            map: BTreeMap::new(),
        }
    }

    /// Writes a row.
    pub(crate) fn put(&mut self, changes: &mut Changes, key: K, value: V) {
        changes
            .rows
            .insert(key_bytes(self.tag as u8, &key), Some(value_bytes(&value)));
        self.map.insert(key, value);
    }

    /// Changes what is in memory; the same command must [`Self::write`] it. For a key that one command changes often.
    pub(crate) fn hold(&mut self, key: K, value: V) {
        self.map.insert(key, value);
    }

    /// Writes the row of what is held.
    pub(crate) fn write(&self, changes: &mut Changes, key: &K) {
        if let Some(value) = self.map.get(key) {
            changes
                .rows
                .insert(key_bytes(self.tag as u8, key), Some(value_bytes(value)));
        }
    }

    /// Removes a row.
    pub(crate) fn remove(&mut self, changes: &mut Changes, key: &K) {
        if self.map.remove(key).is_some() {
            changes.rows.insert(key_bytes(self.tag as u8, key), None);
        }
    }

    /// Takes a stored row (without its tag) in.
    pub(crate) fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let table = self.tag as u8;
        let key = K::read(key).ok_or(RestoreError::Key { table })?;
        let value = read_value(value).map_err(|reason| RestoreError::Value { table, reason })?;
        match self.map.insert(key, value) {
            Some(_) => Err(RestoreError::Key { table }),
            None => Ok(()),
        }
    }

    /// All rows as they are stored.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
        self.map
            .iter()
            .map(|(key, value)| (key_bytes(self.tag as u8, key), value_bytes(value)))
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key)
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.map.contains_key(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    pub(crate) fn iter(&self) -> btree_map::Iter<'_, K, V> {
        self.map.iter()
    }

    pub(crate) fn values(&self) -> btree_map::Values<'_, K, V> {
        self.map.values()
    }

    pub(crate) fn range<R: RangeBounds<K>>(&self, range: R) -> btree_map::Range<'_, K, V> {
        self.map.range(range)
    }
}
