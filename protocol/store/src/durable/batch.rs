//! Rows that are committed together: all of them, or none.

/// Longest key in bytes.
pub const KEY_BYTES_MAX: usize = 256;

/// Longest value in bytes. sled keeps at most 17 values in a leaf, and a leaf over a quarter of a segment (2 MiB)
/// becomes a file that sled never syncs: 17 values and keys of the greatest length stay below that.
pub const VALUE_BYTES_MAX: usize = 112 * 1024;

/// Most bytes in one commit; sled holds them all in memory until they are written.
pub const BATCH_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Rows to be written or removed in one commit.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) rows: Vec<(sled::IVec, Option<sled::IVec>)>,
    pub(super) bytes: usize,
    pub(super) too_large: Option<(usize, usize)>,
}

impl Batch {
    /// Sets a row. One over [`KEY_BYTES_MAX`] or [`VALUE_BYTES_MAX`] makes the commit refuse the batch.
    pub fn put(&mut self, key: &[u8], value: &[u8]) {
        self.count(key.len(), value.len());
        self.rows.push((key.into(), Some(value.into())));
    }

    /// Removes a row, if there is one.
    pub fn remove(&mut self, key: &[u8]) {
        self.count(key.len(), 0);
        self.rows.push((key.into(), None));
    }

    /// Bytes of keys and values so far.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Writes the rows to sled's buffers. One row alone goes without a batch: sled writes a batch's manifest by itself, with
    /// a wait for the disk of its own.
    pub(super) fn apply(self, tree: &sled::Tree) -> Result<(), sled::Error> {
        if let [(key, value)] = self.rows.as_slice() {
            return match value {
                Some(value) => tree.insert(key, value),
                None => tree.remove(key),
            }
            .map(drop);
        }
        let mut rows = sled::Batch::default();
        for (key, value) in self.rows {
            match value {
                Some(value) => rows.insert(key, value),
                None => rows.remove(key),
            }
        }
        tree.apply_batch(rows)
    }

    fn count(&mut self, key_bytes: usize, value_bytes: usize) {
        self.bytes += key_bytes + value_bytes;
        if key_bytes > KEY_BYTES_MAX || value_bytes > VALUE_BYTES_MAX {
            self.too_large = self.too_large.or(Some((key_bytes, value_bytes)));
        }
    }
}
