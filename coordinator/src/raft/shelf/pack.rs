//! How neighbouring rows lie in one piece. Pure. A store's cost is by the piece: a row for each score was most of what
//! recording a sitting's scores cost.
//!
//! ```text
//! the format version (1), then for each row in the order of the keys:
//! length of the key (2, big-endian), length of the value (4), key, value
//! ```

use std::collections::BTreeMap;

use super::ShelfError;

const VERSION: u8 = 1;

/// Rows of one pack by their keys, borrowed from where they come from.
pub(super) type Pack<'a> = BTreeMap<&'a [u8], &'a [u8]>;

/// The rows as bytes.
pub(super) fn write(pack: &Pack<'_>) -> Vec<u8> {
    let bytes = pack.iter().map(|(key, value)| 6 + key.len() + value.len());
    let mut out = Vec::with_capacity(1 + bytes.sum::<usize>());
    out.push(VERSION);
    for (key, value) in pack {
        out.extend_from_slice(&(key.len() as u16).to_be_bytes());
        out.extend_from_slice(&(value.len() as u32).to_be_bytes());
        out.extend_from_slice(key);
        out.extend_from_slice(value);
    }
    out
}

/// The rows back.
pub(super) fn read(bytes: &[u8]) -> Result<Pack<'_>, ShelfError> {
    let damaged = |what: &str| ShelfError::Damaged(format!("a pack of rows {what}"));
    let Some((&VERSION, mut rest)) = bytes.split_first() else {
        return Err(damaged("is of a format that this program does not know"));
    };
    let mut pack = Pack::new();
    while !rest.is_empty() {
        let (key, value) = take_row(&mut rest).ok_or_else(|| damaged("is cut"))?;
        pack.insert(key, value);
    }
    Ok(pack)
}

fn take_row<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (key, after) = rest.split_first_chunk::<2>()?;
    let (value, after) = after.split_first_chunk::<4>()?;
    let (key, value) = (u16::from_be_bytes(*key), u32::from_be_bytes(*value));
    let (key, after) = after.split_at_checked(usize::from(key))?;
    let (value, after) = after.split_at_checked(value as usize)?;
    *rest = after;
    Some((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_reads_back_and_a_cut_one_is_refused() {
        let long = vec![7; 70_000];
        let pack = Pack::from([(&b"a"[..], &long[..]), (b"b", b""), (b"c", b"3")]);
        let bytes = write(&pack);
        assert_eq!(read(&bytes).unwrap(), pack);
        for end in [0, 2, 6, 100, bytes.len() - 1] {
            assert!(read(&bytes[..end]).is_err(), "cut at {end}");
        }
        let mut newer = bytes.clone();
        newer[0] += 1;
        assert!(read(&newer).unwrap_err().to_string().contains("format"));
    }
}
