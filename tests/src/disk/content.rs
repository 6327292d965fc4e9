//! What one file holds: what readers see now, what lies on the platter, and the writes between the two. Pure; used by
//! [`super::image`] alone. Only [`Content::sync`] moves bytes to the platter.

use rand::Rng;

/// What a disk writes whole or not at all, in bytes.
pub const SECTOR_BYTES: usize = 512;

/// How much of what was not synced a power cut leaves on the platter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing: the cache was all that had it.
    Nothing,
    /// Each sector of each write with this probability in percent, in no order.
    Sectors(u8),
}

/// What a power cut took.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Writes of which nothing was left.
    pub writes_dropped: u64,
    /// Writes of which some sectors were left.
    pub writes_torn: u64,
    /// Writes that reached the platter whole by chance.
    pub writes_kept: u64,
    /// Changes of names that were undone.
    pub names_undone: u64,
}

/// A file's bytes.
#[derive(Debug, Default)]
pub struct Content {
    now: Vec<u8>,
    platter: Vec<u8>,
    pending: Vec<Change>,
}

/// A change that is not on the platter.
#[derive(Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Resize(usize),
}

// === impl Content ===

impl Content {
    /// What readers see.
    pub fn bytes(&self) -> &[u8] {
        &self.now
    }

    /// Writes; a gap before it reads as zeros.
    pub fn write(&mut self, at: usize, bytes: &[u8]) {
        put(&mut self.now, at, bytes);
        self.pending.push(Change::Write {
            at,
            bytes: bytes.to_vec(),
        });
    }

    /// Cuts off, or grows with zeros.
    pub fn resize(&mut self, length: usize) {
        self.now.resize(length, 0);
        self.pending.push(Change::Resize(length));
    }

    /// Everything written so far is on the platter, in order, with the length.
    pub fn sync(&mut self) {
        for change in self.pending.drain(..) {
            match change {
                Change::Write { at, bytes } => put(&mut self.platter, at, &bytes),
                Change::Resize(length) => self.platter.resize(length, 0),
            }
        }
    }

    /// A sync that failed: as on Linux the pages count as written afterwards, so that a later sync that succeeds does not
    /// bring them to the platter, and readers see them until the power goes.
    pub fn fail_sync(&mut self) {
        self.pending.clear();
    }

    /// The power goes: what was not synced is gone, or partly there.
    pub fn cut(&mut self, keep: Keep, random: &mut impl Rng, taken: &mut Taken) {
        // A length is metadata: it may have been written though the bytes were not, and the other way round.
        let length_kept = match keep {
            Keep::Nothing => false,
            Keep::Sectors(_) => random.random_bool(0.5),
        };
        for change in std::mem::take(&mut self.pending) {
            match change {
                Change::Write { at, bytes } => {
                    let end = if length_kept {
                        usize::MAX
                    } else {
                        self.platter.len()
                    };
                    let (kept, of) = write_some(&mut self.platter, at, &bytes, end, keep, random);
                    match kept {
                        0 => taken.writes_dropped += 1,
                        all if all == of => taken.writes_kept += 1,
                        _ => taken.writes_torn += 1,
                    }
                }
                Change::Resize(length) if length_kept => self.platter.resize(length, 0),
                Change::Resize(_) => {}
            }
        }
        self.now.clone_from(&self.platter);
    }
}

fn put(to: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if to.len() < end {
        to.resize(end, 0);
    }
    to[at..end].copy_from_slice(bytes);
}

/// Writes the sectors that chance keeps and that begin before `end`; says how many of how many.
fn write_some(
    platter: &mut Vec<u8>,
    at: usize,
    bytes: &[u8],
    end: usize,
    keep: Keep,
    random: &mut impl Rng,
) -> (usize, usize) {
    let (mut kept, mut sectors, mut from) = (0, 0, 0);
    while from < bytes.len() {
        let to = bytes
            .len()
            .min((at + from) / SECTOR_BYTES * SECTOR_BYTES + SECTOR_BYTES - at);
        sectors += 1;
        let chance = match keep {
            Keep::Nothing => false,
            Keep::Sectors(percent) => random.random_range(0..100) < percent,
        };
        if chance && at + from < end {
            put(platter, at + from, &bytes[from..to.min(end.saturating_sub(at))]);
            kept += 1;
        }
        from = to;
    }
    (kept, sectors)
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn only_what_was_synced_outlives_a_cut() {
        let (mut random, mut taken) = (StdRng::seed_from_u64(1), Taken::default());
        let mut content = Content::default();
        content.write(0, b"synced");
        content.sync();
        content.write(3, b"not synced");
        assert_eq!(content.bytes(), b"synnot synced");
        content.cut(Keep::Nothing, &mut random, &mut taken);
        assert_eq!(content.bytes(), b"synced");
        assert_eq!(taken.writes_dropped, 1);
    }

    #[test]
    fn a_write_is_torn_only_between_sectors() {
        let mut random = StdRng::seed_from_u64(2);
        let mut torn = 0;
        for _ in 0..200 {
            let (mut content, mut taken) = (Content::default(), Taken::default());
            content.write(0, &[1; 8 * SECTOR_BYTES]);
            content.sync();
            content.write(100, &[2; 6 * SECTOR_BYTES]);
            content.cut(Keep::Sectors(50), &mut random, &mut taken);
            let whole = |sector: &[u8]| sector.iter().all(|byte| *byte == sector[0]);
            let middle = &content.bytes()[SECTOR_BYTES..6 * SECTOR_BYTES];
            assert!(middle.chunks(SECTOR_BYTES).all(whole));
            torn += taken.writes_torn;
        }
        assert!(torn > 150, "{torn}");
    }

    #[test]
    fn what_a_failed_sync_was_to_write_is_lost_though_the_next_sync_succeeds() {
        let (mut random, mut taken) = (StdRng::seed_from_u64(3), Taken::default());
        let mut content = Content::default();
        content.write(0, b"lost");
        content.fail_sync();
        content.sync();
        assert_eq!(content.bytes(), b"lost");
        content.cut(Keep::Nothing, &mut random, &mut taken);
        assert_eq!(content.bytes(), b"");
    }
}
