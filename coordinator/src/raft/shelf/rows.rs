//! The rows on the shelf: alone, or neighbours together in a pack where [`state::pack_of`] says so. What a snapshot or the
//! sum over all rows sees is the rows, however they lie. A value lies in parts, because a store's value is bounded.

use std::collections::BTreeMap;

use store::durable::Batch;

use super::{
    COMMIT_BYTES, Shelf, ShelfError, Standing, StoredRow,
    pack::{self, Pack},
};
use crate::raft::tally::Tally;

/// Bytes of a value in one part; the store takes a little more.
pub(super) const PART_BYTES: usize = 96 * 1024;

/// A row's key and its new value; `None` removes the row.
type Changed<'a> = (&'a [u8], Option<&'a [u8]>);

/// How a value lies: the first byte of its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// One row.
    Alone = b'r',
    /// A pack of rows.
    Packed = b'k',
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::Alone, Self::Packed];
}

impl Shelf {
    /// All rows of the generation, checked against their sum.
    pub(in crate::raft) fn rows(&self, standing: &Standing) -> Result<Vec<StoredRow>, ShelfError> {
        let mut rows = Vec::new();
        self.visit(Kind::Alone, standing.generation, |key, value| {
            rows.push((key, value));
            Ok(())
        })?;
        self.visit(Kind::Packed, standing.generation, |_, value| {
            let pack = pack::read(&value)?;
            rows.extend(pack.iter().map(|(key, value)| (key.to_vec(), value.to_vec())));
            Ok(())
        })?;
        let mut tally = Tally::default();
        for (key, value) in &rows {
            tally.add(key, value);
        }
        if tally == standing.tally {
            Ok(rows)
        } else {
            let (held, expected) = (tally.rows, standing.tally.rows);
            Err(ShelfError::Damaged(format!(
                "{held} rows are held where {expected} belong, or some were altered"
            )))
        }
    }

    /// Shows each value of a kind with its key.
    fn visit(
        &self,
        kind: Kind,
        generation: u64,
        mut visit: impl FnMut(Vec<u8>, Vec<u8>) -> Result<(), ShelfError>,
    ) -> Result<(), ShelfError> {
        let prefix = prefix(kind, generation);
        for stored in self.store.prefix(&prefix) {
            let (key, _) = stored?;
            if let Some((0, key)) = key[prefix.len()..].split_last() {
                let value = self.value(kind, generation, key)?.unwrap_or_default();
                visit(key.to_vec(), value)?;
            }
        }
        Ok(())
    }

    fn value(&self, kind: Kind, generation: u64, key: &[u8]) -> Result<Option<Vec<u8>>, ShelfError> {
        let Some(first) = self.store.get(&part_key(kind, generation, key, 0))? else {
            return Ok(None);
        };
        let Some((parts, first)) = first.split_first() else {
            return Err(ShelfError::Damaged("a row is empty".to_owned()));
        };
        let mut value = first.to_vec();
        for part in 1..*parts {
            let more = self.store.get(&part_key(kind, generation, key, part))?;
            value.extend_from_slice(
                &more.ok_or_else(|| ShelfError::Damaged("a part of a row is missing".to_owned()))?,
            );
        }
        Ok(Some(value))
    }

    /// Puts changed rows into a batch and brings the standing's sum up to date.
    pub(super) fn add_rows(
        &self,
        batch: &mut Batch,
        standing: &mut Standing,
        rows: &BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    ) -> Result<(), ShelfError> {
        let mut packs: BTreeMap<Vec<u8>, Vec<Changed<'_>>> = BTreeMap::new();
        for (key, value) in rows {
            let value = value.as_deref();
            match state::pack_of(key) {
                Some(name) => packs.entry(name).or_default().push((key, value)),
                None => self.add_alone(batch, standing, key, value)?,
            }
        }
        packs
            .iter()
            .try_for_each(|(name, changes)| self.add_packed(batch, standing, name, changes))
    }

    fn add_alone(
        &self,
        batch: &mut Batch,
        standing: &mut Standing,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), ShelfError> {
        let old = self.value(Kind::Alone, standing.generation, key)?;
        change(&mut standing.tally, key, old.as_deref(), value);
        exchange(
            batch,
            (Kind::Alone, standing.generation, key),
            old.as_deref(),
            value,
        );
        Ok(())
    }

    fn add_packed(
        &self,
        batch: &mut Batch,
        standing: &mut Standing,
        name: &[u8],
        changes: &[Changed<'_>],
    ) -> Result<(), ShelfError> {
        let old = self.value(Kind::Packed, standing.generation, name)?;
        let mut pack = old.as_deref().map_or(Ok(Pack::new()), pack::read)?;
        for (key, value) in changes {
            let before = match value {
                Some(value) => pack.insert(key, value),
                None => pack.remove(key),
            };
            change(&mut standing.tally, key, before, *value);
        }
        let new = (!pack.is_empty()).then(|| pack::write(&pack));
        exchange(
            batch,
            (Kind::Packed, standing.generation, name),
            old.as_deref(),
            new.as_deref(),
        );
        Ok(())
    }

    /// Puts rows that an earlier version stored alone into their packs. Each pack in one commit with what it replaces, so
    /// a crash leaves every row once.
    pub(super) fn gather_packs(&self, generation: u64) -> Result<(), ShelfError> {
        let mut loose: BTreeMap<Vec<u8>, Vec<StoredRow>> = BTreeMap::new();
        self.visit(Kind::Alone, generation, |key, value| {
            if let Some(name) = state::pack_of(&key) {
                loose.entry(name).or_default().push((key, value));
            }
            Ok(())
        })?;
        let mut batch = Batch::default();
        for (name, rows) in &loose {
            let pack: Pack<'_> = rows.iter().map(|(key, value)| (&key[..], &value[..])).collect();
            put(&mut batch, Kind::Packed, generation, name, &pack::write(&pack));
            for (key, value) in rows {
                exchange(&mut batch, (Kind::Alone, generation, key), Some(value), None);
            }
            if batch.bytes() >= COMMIT_BYTES {
                self.store.commit(std::mem::take(&mut batch))?;
            }
        }
        if batch.bytes() > 0 {
            tracing::info!(
                packs = loose.len(),
                "rows of an earlier version were put into packs"
            );
            self.store.commit(batch)?;
        }
        Ok(())
    }

    /// Writes all rows of a new generation, in several commits, but for what is left in the batch; gives their sum.
    pub(super) fn add_all(
        &self,
        batch: &mut Batch,
        generation: u64,
        rows: &[StoredRow],
    ) -> Result<Tally, ShelfError> {
        let mut packs: BTreeMap<Vec<u8>, Pack<'_>> = BTreeMap::new();
        let mut tally = Tally::default();
        let full = |batch: &mut Batch| {
            if batch.bytes() < COMMIT_BYTES {
                return Ok(());
            }
            self.store.commit(std::mem::take(batch))
        };
        for (key, value) in rows {
            tally.add(key, value);
            if let Some(name) = state::pack_of(key) {
                packs.entry(name).or_default().insert(key, value);
            } else {
                put(batch, Kind::Alone, generation, key, value);
                full(batch)?;
            }
        }
        for (name, pack) in packs {
            put(batch, Kind::Packed, generation, &name, &pack::write(&pack));
            full(batch)?;
        }
        Ok(tally)
    }
}

fn change(tally: &mut Tally, key: &[u8], old: Option<&[u8]>, new: Option<&[u8]>) {
    if let Some(old) = old {
        tally.remove(key, old);
    }
    if let Some(new) = new {
        tally.add(key, new);
    }
}

/// Puts a new value in the place of an old one: no part of the old one is left.
fn exchange(
    batch: &mut Batch,
    (kind, generation, key): (Kind, u64, &[u8]),
    old: Option<&[u8]>,
    new: Option<&[u8]>,
) {
    let parts = new.map_or(0, |new| put(batch, kind, generation, key, new));
    for part in parts..old.map_or(0, parts_of) {
        batch.remove(&part_key(kind, generation, key, part));
    }
}

/// Puts a value in its parts; says how many. One of more than 255 parts (24 MiB) makes the commit refuse the batch: its
/// last part is over the store's limit.
pub(super) fn put(batch: &mut Batch, kind: Kind, generation: u64, key: &[u8], value: &[u8]) -> u8 {
    let parts = parts_of(value);
    for part in 0..parts {
        let from = usize::from(part) * PART_BYTES;
        let to = if part + 1 == parts {
            value.len()
        } else {
            from + PART_BYTES
        };
        let mut bytes = Vec::with_capacity(to - from + 1);
        if part == 0 {
            bytes.push(parts);
        }
        bytes.extend_from_slice(&value[from..to]);
        batch.put(&part_key(kind, generation, key, part), &bytes);
    }
    parts
}

fn parts_of(value: &[u8]) -> u8 {
    u8::try_from(value.len().div_ceil(PART_BYTES).max(1)).unwrap_or(u8::MAX)
}

pub(super) fn prefix(kind: Kind, generation: u64) -> Vec<u8> {
    let mut key = vec![kind as u8];
    key.extend_from_slice(&generation.to_be_bytes());
    key
}

pub(super) fn part_key(kind: Kind, generation: u64, key: &[u8], part: u8) -> Vec<u8> {
    let mut bytes = prefix(kind, generation);
    bytes.extend_from_slice(key);
    bytes.push(part);
    bytes
}
