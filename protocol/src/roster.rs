//! Who may sit: a candidate as the district's nodes know them, and the access code they sign in with.

use serde::{Deserialize, Serialize};

use crate::{
    hash::Hash,
    ids::{CandidateId, DistrictId},
};

/// A candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The number on the admit card.
    pub id: CandidateId,
    /// Where they are registered.
    pub district: DistrictId,
    /// Name as it is shown.
    pub name: String,
    /// Roll number as it is shown.
    pub roll: String,
    /// Which batch; empty for none.
    pub batch: String,
    /// Extra time in thousandths of a sitting's duration.
    pub extra_permille: u16,
    /// The access code, hashed ([`access_code_hash`]).
    pub code_hash: Hash,
}

/// Characters of an access code without dashes: 16 of 32 letters, 80 bits.
pub const ACCESS_CODE_CHARS: usize = 16;

/// The alphabet of access codes: no letters that look alike.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// An access code of 80 random bits, as it is printed: `ABCD-EFGH-JKLM-NPQR`.
pub fn access_code(random: [u8; 10]) -> String {
    let bits = random
        .iter()
        .fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let letters: Vec<u8> = (0..ACCESS_CODE_CHARS)
        .rev()
        .map(|place| ALPHABET[(bits >> (place * 5) & 31) as usize])
        .collect();
    letters
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect::<Vec<_>>()
        .join("-")
}

/// What a candidate typed, in one form: upper case, without dashes and spaces; `None` when it cannot be a code.
pub fn normal_access_code(typed: &str) -> Option<String> {
    if typed.len() > 64 {
        return None;
    }
    let code: String = typed
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    (code.len() == ACCESS_CODE_CHARS && code.bytes().all(|byte| ALPHABET.contains(&byte))).then_some(code)
}

/// The keyed hash by which a code (in its normal form) is checked. 80 random bits need no slow hash.
pub fn access_code_hash(key: &Hash, candidate: CandidateId, normal_code: &str) -> Hash {
    let input = [&candidate.0.to_be_bytes()[..], normal_code.as_bytes()].concat();
    Hash(*blake3::keyed_hash(key.as_bytes(), &input).as_bytes())
}

/// Whether what was typed is the candidate's code. Compared in constant time.
pub fn is_access_code(key: &Hash, candidate: &Candidate, typed: &str) -> bool {
    normal_access_code(typed).is_some_and(|code| {
        // blake3's own comparison is constant-time.
        blake3::Hash::from(access_code_hash(key, candidate.id, &code).0)
            == blake3::Hash::from(candidate.code_hash.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_accepted_with_or_without_dashes_in_any_case() {
        let key = Hash::blake3(b"key");
        let code = access_code([0xa5, 1, 2, 3, 4, 5, 6, 7, 8, 255]);
        assert_eq!(code.len(), 19);
        let normal = normal_access_code(&code).unwrap();
        let candidate = Candidate {
            id: CandidateId(5),
            district: DistrictId(1),
            name: String::new(),
            roll: String::new(),
            batch: String::new(),
            extra_permille: 0,
            code_hash: access_code_hash(&key, CandidateId(5), &normal),
        };
        for typed in [
            code.clone(),
            code.to_lowercase(),
            normal.clone(),
            code.replace('-', " "),
        ] {
            assert!(is_access_code(&key, &candidate, &typed), "{typed}");
        }
        assert!(!is_access_code(&key, &candidate, "AAAA-AAAA-AAAA-AAAA"));
        assert!(!is_access_code(&key, &candidate, ""));
    }
}
