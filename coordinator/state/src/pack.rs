//! Which rows lie together. A store's cost is by the piece that it writes: rows that come by the thousand, each small and
//! beside the ones before it, it may keep in packs. What a row's key and value are stays the same, in a pack or alone; how
//! a pack is stored is the store's own.

use crate::table::Tag;

/// Scores of one pack at most, as a power of two: 64 of some 500 bytes.
const SCORES_BITS: u32 = 6;

/// The name of the pack that a row belongs to, which all rows of the pack share and no other pack has; `None` for a row
/// that stands alone. Rows of a pack follow each other in the order of their keys.
pub fn pack_of(key: &[u8]) -> Option<Vec<u8>> {
    match key.first().copied().and_then(Tag::of)? {
        Tag::Scores => {
            let mut pack = key.to_vec();
            let last = pack.last_mut()?;
            *last = *last >> SCORES_BITS << SCORES_BITS;
            Some(pack)
        }
        Tag::Counters
        | Tag::Cluster
        | Tag::Districts
        | Tag::Nodes
        | Tag::Coordinators
        | Tag::Joins
        | Tag::Candidates
        | Tag::Pages
        | Tag::BlobHeads
        | Tag::BlobChunks
        | Tag::Papers
        | Tag::AnswerKeys
        | Tag::Sittings
        | Tag::Releases
        | Tag::Watermarks
        | Tag::Forks
        | Tag::ScoreSets
        | Tag::Alarms
        | Tag::Audit
        | Tag::Evidence
        | Tag::Heads
        | Tag::Marks
        | Tag::Tolerances
        | Tag::Officers
        | Tag::Approvals
        | Tag::Authorised
        | Tag::Schedules
        | Tag::Withdrawals
        | Tag::Checks
        | Tag::Gates
        | Tag::Versions => None,
    }
}

#[cfg(test)]
mod tests {
    use protocol::{
        ids::{CandidateId, KeyVersion, SittingId},
        merge::LatePolicy,
    };

    use super::*;
    use crate::{row::key_bytes, scores::ScoreSetKey};

    fn pack(policy: LatePolicy, candidate: u32) -> Option<Vec<u8>> {
        let set = ScoreSetKey {
            sitting: SittingId(1),
            key_version: KeyVersion(1),
            policy,
        };
        pack_of(&key_bytes(Tag::Scores as u8, &(set, CandidateId(candidate))))
    }

    #[test]
    fn sixty_four_neighbours_share_a_pack_and_no_others() {
        let one = pack(LatePolicy::InTimeOnly, 128);
        assert!(one.is_some());
        assert_eq!(one, pack(LatePolicy::InTimeOnly, 191));
        assert_ne!(one, pack(LatePolicy::InTimeOnly, 127));
        assert_ne!(one, pack(LatePolicy::InTimeOnly, 192));
        assert_ne!(one, pack(LatePolicy::CountLate, 128));
        assert_ne!(one, pack(LatePolicy::InTimeOnly, 128 + 256));
    }

    #[test]
    fn other_rows_stand_alone() {
        assert_eq!(pack_of(&[Tag::Counters as u8]), None);
        assert_eq!(pack_of(&[]), None);
        assert_eq!(pack_of(&[250, 1]), None, "a table of a newer program");
    }
}
