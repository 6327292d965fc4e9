//! Rows read in order of their keys, from either end.

use bytes::Bytes;

use super::Durable;
use crate::StoreError;

/// An iterator over rows; keeps the store open while it lives. An error is its last item.
pub struct Rows {
    store: Durable,
    iterator: sled::Iter,
    ended: bool,
}

type Row = (Bytes, Bytes);

impl Rows {
    pub(super) fn new(store: Durable, rows: sled::Iter) -> Self {
        Self {
            store,
            iterator: rows,
            ended: false,
        }
    }

    fn step(
        &mut self,
        step: impl FnOnce(&mut sled::Iter) -> Option<sled::Result<(sled::IVec, sled::IVec)>>,
    ) -> Option<Result<Row, StoreError>> {
        if self.ended {
            return None;
        }
        let rows = &mut self.iterator;
        let row = self.store.guarded(|| step(rows).transpose()).transpose();
        self.ended = !matches!(row, Some(Ok(_)));
        row.map(|row| row.map(|(key, value)| (Bytes::copy_from_slice(&key), Bytes::copy_from_slice(&value))))
    }
}

impl Iterator for Rows {
    type Item = Result<Row, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(Iterator::next)
    }
}

impl DoubleEndedIterator for Rows {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.step(DoubleEndedIterator::next_back)
    }
}
