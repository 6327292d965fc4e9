//! Tokens that were opened before: opening one costs two passes of BLAKE2b and an XChaCha20, and a candidate shows the
//! same one hundreds of times. Asked by the HTTP extractors. It never answers for a time that has passed: expiry is
//! judged each time, and what a token is for is judged by whoever asked.
//!
//! A token is known by its BLAKE3 hash keyed with the token key, so another key knows none of them, and the memory of a
//! node holds no token.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use protocol::{hash::Hash, time::Instant, token::Claims};

use super::{TOKEN_BYTES_MAX, TokenError};

/// Locks that tokens are spread over.
const SHARDS: usize = 16;

/// Tokens of one generation in a shard. Two generations are kept, 100 bytes a token: 6.5 MB for 65,536, five times the
/// candidates of the largest district.
const GENERATION_MAX: usize = 2_048;

/// Tokens that were opened before.
#[derive(Debug, Default)]
pub struct Verified {
    shards: [Mutex<Shard>; SHARDS],
}

/// The tokens seen lately, and those seen before them: what is not asked for during a whole generation is forgotten.
#[derive(Debug, Default)]
struct Shard {
    young: HashMap<[u8; 32], Claims>,
    old: HashMap<[u8; 32], Claims>,
}

impl Verified {
    /// Opens a token and checks its time, as [`super::open`] does.
    pub fn open(&self, key: &Hash, token: &str, now: Instant) -> Result<Claims, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Invalid);
        }
        let known_by: [u8; 32] = blake3::keyed_hash(key.as_bytes(), token.as_bytes()).into();
        let shard = &self.shards[usize::from(known_by[0]) % SHARDS];
        let seen = shard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&known_by);
        match seen {
            Some(claims) if claims.expires < now => Err(TokenError::Expired),
            Some(claims) => Ok(claims),
            None => {
                let claims = super::open(key, token, now)?;
                let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
                shard.put(known_by, claims.clone());
                Ok(claims)
            }
        }
    }
}

impl Shard {
    fn get(&mut self, known_by: &[u8; 32]) -> Option<Claims> {
        if let Some(claims) = self.young.get(known_by) {
            return Some(claims.clone());
        }
        let claims = self.old.remove(known_by)?;
        self.put(*known_by, claims.clone());
        Some(claims)
    }

    fn put(&mut self, known_by: [u8; 32], claims: Claims) {
        if self.young.len() >= GENERATION_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(known_by, claims);
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::{CandidateId, DeviceTag, DistrictId};

    use super::*;
    use crate::tokens::seal;

    fn claims(candidate: u32) -> Claims {
        Claims {
            candidate: CandidateId(candidate),
            district: DistrictId(1),
            device: DeviceTag(7),
            expires: Instant(2_000),
            attempt: None,
        }
    }

    #[test]
    fn a_token_that_was_opened_before_still_expires() {
        let (verified, key) = (Verified::default(), Hash::blake3(b"key"));
        let token = seal(&key, &claims(1)).unwrap();
        for _ in 0..2 {
            assert_eq!(verified.open(&key, &token, Instant(2_000)), Ok(claims(1)));
            assert_eq!(
                verified.open(&key, &token, Instant(2_001)),
                Err(TokenError::Expired)
            );
        }
    }

    #[test]
    fn a_token_that_was_opened_before_is_not_good_under_another_key_or_altered() {
        let (verified, key) = (Verified::default(), Hash::blake3(b"key"));
        let token = seal(&key, &claims(1)).unwrap();
        assert_eq!(verified.open(&key, &token, Instant(0)), Ok(claims(1)));
        let other = Hash::blake3(b"the key that came after it");
        assert_eq!(
            verified.open(&other, &token, Instant(0)),
            Err(TokenError::Invalid)
        );
        let altered = token.replace(&token[token.len() - 2..], "AA");
        assert_eq!(
            verified.open(&key, &altered, Instant(0)),
            Err(TokenError::Invalid)
        );
    }

    #[test]
    fn as_many_are_kept_as_two_generations_hold_and_those_in_use_stay() {
        let mut shard = Shard::default();
        let name = |number: u32| *blake3::hash(&number.to_be_bytes()).as_bytes();
        for number in 0..5 * GENERATION_MAX as u32 {
            shard.put(name(number), claims(number));
            assert_eq!(shard.get(&name(0)), Some(claims(0)), "asked for all the time");
        }
        assert!(shard.young.len() + shard.old.len() <= 2 * GENERATION_MAX);
        assert_eq!(shard.get(&name(1)), None, "not asked for since");
    }
}
