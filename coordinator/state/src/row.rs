//! How keys and values of rows are written: a table's tag, then the key big-endian so that rows sort like the values;
//! the value is a version byte and bincode. Keys have a fixed width for each table.

use protocol::{
    codec,
    hash::Hash,
    ids::{
        CandidateId, CoordinatorId, DistrictId, Incarnation, ItemNo, KeyVersion, LogId, NodeId, PaperId,
        PaperRef, PaperVersion, Sequence, SittingId,
    },
    wire::join::Newcomer,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::marks::ScriptId;

/// The version of every row's value.
const VERSION: u8 = 1;

/// A key of fixed width.
pub(crate) trait RowKey: Ord + Clone + Sized {
    /// Its width.
    const BYTES: usize;
    /// Appends it.
    fn write(&self, out: &mut Vec<u8>);
    /// Reads it from exactly [`Self::BYTES`] bytes.
    fn read(bytes: &[u8]) -> Option<Self>;
}

macro_rules! number_key {
    ($($name:ident($inner:ty)),*) => {$(
        impl RowKey for $name {
            const BYTES: usize = size_of::<$inner>();
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.0.to_be_bytes());
            }
            fn read(bytes: &[u8]) -> Option<Self> {
                Some(Self(<$inner>::from_be_bytes(bytes.try_into().ok()?)))
            }
        }
    )*};
}

number_key!(
    CandidateId(u32),
    CoordinatorId(u64),
    DistrictId(u16),
    Incarnation(u64),
    ItemNo(u16),
    KeyVersion(u16),
    NodeId(u32),
    PaperId(u32),
    PaperVersion(u16),
    ScriptId(u64),
    Sequence(u64),
    SittingId(u32),
    Number(u64),
    Offset(u32)
);

/// A running number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(pub(crate) u64);

/// A byte's place in a blob, or a page's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Offset(pub(crate) u32);

impl RowKey for () {
    const BYTES: usize = 0;
    fn write(&self, _: &mut Vec<u8>) {}
    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.is_empty().then_some(())
    }
}

impl RowKey for Hash {
    const BYTES: usize = 32;
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
    fn read(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }
}

impl<A: RowKey, B: RowKey> RowKey for (A, B) {
    const BYTES: usize = A::BYTES + B::BYTES;
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }
    fn read(bytes: &[u8]) -> Option<Self> {
        let (first, second) = bytes.split_at_checked(A::BYTES)?;
        Some((A::read(first)?, B::read(second)?))
    }
}

impl RowKey for PaperRef {
    const BYTES: usize = <(PaperId, PaperVersion)>::BYTES;
    fn write(&self, out: &mut Vec<u8>) {
        (self.paper, self.version).write(out);
    }
    fn read(bytes: &[u8]) -> Option<Self> {
        let (paper, version) = RowKey::read(bytes)?;
        Some(Self { paper, version })
    }
}

impl RowKey for LogId {
    const BYTES: usize = <(NodeId, Incarnation)>::BYTES;
    fn write(&self, out: &mut Vec<u8>) {
        (self.node, self.incarnation).write(out);
    }
    fn read(bytes: &[u8]) -> Option<Self> {
        let (node, incarnation) = RowKey::read(bytes)?;
        Some(Self { node, incarnation })
    }
}

impl RowKey for Newcomer {
    const BYTES: usize = 9;
    fn write(&self, out: &mut Vec<u8>) {
        let (kind, id) = match self {
            Self::Node(id) => (0, u64::from(id.0)),
            Self::Coordinator(id) => (1, id.0),
        };
        out.push(kind);
        out.extend_from_slice(&id.to_be_bytes());
    }
    fn read(bytes: &[u8]) -> Option<Self> {
        let (kind, id) = bytes.split_first()?;
        let id = u64::from_be_bytes(id.try_into().ok()?);
        match kind {
            0 => Some(Self::Node(NodeId(u32::try_from(id).ok()?))),
            1 => Some(Self::Coordinator(CoordinatorId(id))),
            _ => None,
        }
    }
}

/// A whole row key.
pub(crate) fn key_bytes<K: RowKey>(tag: u8, key: &K) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + K::BYTES);
    bytes.push(tag);
    key.write(&mut bytes);
    debug_assert_eq!(bytes.len(), 1 + K::BYTES, "a key has its table's width");
    bytes
}

/// A row's value.
pub(crate) fn value_bytes<V: Serialize>(value: &V) -> Vec<u8> {
    let encoded = codec::encode_large(value).expect("every row is bounded far below the codec's limit");
    let mut bytes = Vec::with_capacity(1 + encoded.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(&encoded);
    bytes
}

/// A row's value back; why not, in words.
pub(crate) fn read_value<V: DeserializeOwned>(bytes: &[u8]) -> Result<V, String> {
    match bytes.split_first() {
        Some((&VERSION, encoded)) => codec::decode_large(encoded).map_err(|error| error.to_string()),
        Some((version, _)) => Err(format!("its format version {version} is not known here")),
        None => Err("it is empty".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads_back<K: RowKey + std::fmt::Debug>(key: &K) {
        let bytes = key_bytes(7, key);
        assert_eq!(bytes.len(), 1 + K::BYTES);
        assert_eq!(K::read(&bytes[1..]).as_ref(), Some(key));
        assert!(
            K::BYTES == 0 || K::read(&bytes[2..]).is_none(),
            "a cut key is refused"
        );
    }

    #[test]
    fn keys_read_back_and_sort_like_their_values() {
        reads_back(&());
        reads_back(&Hash::blake3(b"x"));
        reads_back(&(DistrictId(3), Offset(70_000)));
        reads_back(&Newcomer::Node(NodeId(9)));
        reads_back(&Newcomer::Coordinator(CoordinatorId(u64::MAX)));
        reads_back(&LogId {
            node: NodeId(1),
            incarnation: Incarnation(u64::MAX),
        });
        reads_back(&PaperRef {
            paper: PaperId(1),
            version: PaperVersion(256),
        });
        assert!(key_bytes(1, &Number(255)) < key_bytes(1, &Number(256)));
    }

    #[test]
    fn a_value_of_an_unknown_version_is_refused_by_name() {
        let mut bytes = value_bytes(&5u32);
        assert_eq!(read_value::<u32>(&bytes), Ok(5));
        bytes[0] = 9;
        assert!(read_value::<u32>(&bytes).unwrap_err().contains("version 9"));
    }
}
