//! A snapshot as bytes: every row of the state and the sum over them. Frames are not in it: it names them by the
//! watermark rows, and the receiver fetches what it lacks from the sender before it installs the rows. Made in memory:
//! it is as large as what the state holds in memory without merged attempts.
//!
//! ```text
//! magic "PKS" and the format version, then the sum (length u32 and the codec's bytes), then for each row:
//! length of the key u32, length of the value u32 (big-endian), key, value
//! ```

use std::{io::Cursor, sync::Arc};

use openraft::{AnyError, RaftSnapshotBuilder};
use protocol::codec;

use super::{
    shelf::{ShelfError, StoredRow},
    state_machine::Machine,
    tally::Tally,
    types::{Snapshot, SnapshotMeta, StorageError, StorageIoError, TypeConfig},
};

const MAGIC: [u8; 4] = *b"PKS\x01";

/// The longest snapshot that is taken over: twice what the state's own bounds allow.
pub(super) const SNAPSHOT_BYTES_MAX: u64 = 2 << 30;

/// The rows as bytes, with the sum that they have on the disk: the receiver finds out if these are other rows. Computing
/// it anew would take half of the time for which applying waits. `expected` is about how many bytes it will be.
pub(super) fn encode(
    rows: impl Iterator<Item = StoredRow>,
    tally: &Tally,
    expected: usize,
) -> Result<Vec<u8>, ShelfError> {
    let sum = codec::encode(tally)?;
    let mut bytes = Vec::with_capacity(expected);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&(sum.len() as u32).to_be_bytes());
    bytes.extend_from_slice(&sum);
    for (key, value) in rows {
        bytes.extend_from_slice(&(key.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&(value.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&key);
        bytes.extend_from_slice(&value);
    }
    Ok(bytes)
}

/// The rows back, checked against their sum.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<StoredRow>, ShelfError> {
    let damaged = || ShelfError::Damaged("the snapshot that was received is cut or altered".to_owned());
    let mut rest = bytes.strip_prefix(&MAGIC).ok_or_else(damaged)?;
    let sum = take_length(&mut rest)
        .and_then(|length| take(&mut rest, length))
        .ok_or_else(damaged)?;
    let expected: Tally = codec::decode(sum)?;
    let mut rows = Vec::new();
    let mut tally = Tally::default();
    while !rest.is_empty() {
        let row = take_row(&mut rest).ok_or_else(damaged)?;
        tally.add(&row.0, &row.1);
        rows.push(row);
    }
    if tally == expected {
        Ok(rows)
    } else {
        Err(damaged())
    }
}

fn take_row(rest: &mut &[u8]) -> Option<StoredRow> {
    let (key, value) = (take_length(rest)?, take_length(rest)?);
    Some((take(rest, key)?.to_vec(), take(rest, value)?.to_vec()))
}

fn take_length(rest: &mut &[u8]) -> Option<usize> {
    take(rest, 4).map(|bytes| u32::from_be_bytes(bytes.try_into().expect("four bytes were taken")) as usize)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

/// A snapshot that was made or installed, kept for followers that need it.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) meta: SnapshotMeta,
    pub(super) bytes: Arc<Vec<u8>>,
}

impl Made {
    pub(super) fn into_snapshot(self) -> Snapshot {
        Snapshot {
            meta: self.meta,
            snapshot: Box::new(Cursor::new(Arc::unwrap_or_clone(self.bytes))),
        }
    }
}

impl RaftSnapshotBuilder<TypeConfig> for Machine {
    async fn build_snapshot(&mut self) -> Result<Snapshot, StorageError> {
        let machine = self.clone();
        let (made, pause) = tokio::task::spawn_blocking(move || machine.make_snapshot())
            .await
            .map_err(|error| StorageIoError::write_snapshot(None, AnyError::new(&error)))?
            .map_err(|error| StorageIoError::write_snapshot(None, AnyError::new(&error)))?;
        let last = made.meta.last_log_id.map_or(0, |entry| entry.index);
        let (bytes, pause_ms) = (made.bytes.len(), pause.as_millis() as u64);
        tracing::info!(entry = last, bytes, pause_ms, "a snapshot was made");
        Ok(made.into_snapshot())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_reads_back_and_a_cut_one_is_refused() {
        let rows = vec![(b"a".to_vec(), vec![1; 70_000]), (b"b".to_vec(), vec![])];
        let mut tally = Tally::default();
        for (key, value) in &rows {
            tally.add(key, value);
        }
        let bytes = encode(rows.clone().into_iter(), &tally, 0).unwrap();
        assert_eq!(decode(&bytes).unwrap(), rows);
        for end in [0, 3, 9, bytes.len() / 2, bytes.len() - 1] {
            assert!(decode(&bytes[..end]).is_err(), "cut at {end}");
        }
        let without_the_last_row = bytes.len() - 9;
        assert!(decode(&bytes[..without_the_last_row]).is_err());
    }
}
