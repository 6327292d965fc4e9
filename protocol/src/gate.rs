//! The gate of a sitting: what a node must hold and which programs may serve it. Made at the centre for each district,
//! compared at the node with what lies on its disk; both say why a node is not ready. Pure.

use serde::{Deserialize, Serialize};

use crate::{
    codec,
    hash::Hash,
    ids::{DistrictId, SittingId},
    outline::Outline,
    roster::Candidate,
    sitting::Sitting,
};

/// A sitting's gate in one district.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SittingGate {
    /// Which sitting.
    pub sitting: SittingId,
    /// BLAKE3 of the sealed paper.
    pub blob: Hash,
    /// [`outline_hash`] of the paper's outline.
    pub outline: Hash,
    /// [`accommodations_hash`] of the district's candidates.
    pub accommodations: Hash,
    /// Which versions of the node's program may serve it.
    pub versions: VersionRange,
}

/// Versions from one to another, both included; an empty text sets no bound.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VersionRange {
    /// The oldest.
    pub min: String,
    /// The newest.
    pub max: String,
}

/// A version's three numbers; what follows a dash or plus is not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32, u32, u32);

/// A text that is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version; write three numbers, for example 1.4.0")]
pub struct NotAVersion(pub String);

impl std::str::FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let not = || NotAVersion(text.chars().take(40).collect());
        let plain = text.split(['-', '+']).next().unwrap_or_default();
        let numbers: Vec<u32> = plain
            .split('.')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|_| not())?;
        match numbers[..] {
            [major, minor, patch] => Ok(Self(major, minor, patch)),
            _ => Err(not()),
        }
    }
}

impl VersionRange {
    /// Checks that both bounds are versions or empty.
    pub fn check(&self) -> Result<(), NotAVersion> {
        let bounds = [&self.min, &self.max]
            .into_iter()
            .filter(|bound| !bound.is_empty());
        bounds
            .map(|bound| bound.parse::<Version>())
            .try_for_each(|bound| bound.map(drop))
    }

    /// Why this program may not serve; `None` when it may.
    pub fn refuses(&self, program: &str) -> Option<String> {
        let Ok(own) = program.parse::<Version>() else {
            return Some(format!("this program's version `{program}` cannot be compared"));
        };
        let bound = |text: &str| text.parse::<Version>().ok();
        if bound(&self.min).is_some_and(|min| own < min) {
            return Some(format!(
                "this program is {program}, {} or newer is required: update it",
                self.min
            ));
        }
        if bound(&self.max).is_some_and(|max| own > max) {
            return Some(format!(
                "this program is {program}, {} or older is required: install that",
                self.max
            ));
        }
        None
    }
}

/// What an outline hashes to.
pub fn outline_hash(outline: &Outline) -> Hash {
    let bytes = codec::encode_large(outline).unwrap_or_default();
    Hash::blake3(&bytes)
}

/// What the extra times of a sitting's candidates in a district hash to. `candidates` are all of the district, in any order.
pub fn accommodations_hash<'a>(
    sitting: &Sitting,
    district: DistrictId,
    candidates: impl Iterator<Item = &'a Candidate>,
) -> Hash {
    let mut theirs: Vec<(u32, u16)> = candidates
        .filter(|one| one.district == district && sitting.includes(district, &one.batch))
        .map(|one| (one.id.0, one.extra_permille))
        .collect();
    theirs.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    for (id, extra) in theirs {
        hasher.update(&id.to_be_bytes());
        hasher.update(&extra.to_be_bytes());
    }
    Hash(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CandidateId;

    #[test]
    fn versions_compare_by_number_and_a_range_says_what_to_do() {
        let range = VersionRange {
            min: "1.9.0".into(),
            max: "1.10.2".into(),
        };
        for allowed in ["1.9.0", "1.10.0", "1.10.2-rc1"] {
            assert_eq!(range.refuses(allowed), None, "{allowed}");
        }
        assert!(range.refuses("1.8.9").is_some_and(|why| why.contains("update")));
        assert!(range.refuses("1.11.0").is_some_and(|why| why.contains("older")));
        assert!(range.refuses("new").is_some());
        assert_eq!(VersionRange::default().refuses("0.0.1"), None);
        let wrong = VersionRange {
            min: "1.x".into(),
            max: String::new(),
        };
        assert_eq!(wrong.check(), Err(NotAVersion("1.x".into())));
    }

    #[test]
    fn extra_time_of_one_candidate_changes_the_hash_and_their_order_does_not() {
        let candidate = |id, extra_permille| Candidate {
            id: CandidateId(id),
            district: DistrictId(1),
            name: String::new(),
            roll: String::new(),
            batch: String::new(),
            extra_permille,
            code_hash: Hash::ZERO,
        };
        let hash = |list: &[Candidate]| accommodations_hash(&Sitting::sample(), DistrictId(1), list.iter());
        let plain = hash(&[candidate(1, 0), candidate(2, 0)]);
        assert_eq!(plain, hash(&[candidate(2, 0), candidate(1, 0)]));
        assert_ne!(plain, hash(&[candidate(1, 0), candidate(2, 334)]));
        assert_ne!(plain, hash(&[candidate(1, 0)]));
    }
}
