//! Tokens that were opened before: opening one costs two passes of BLAKE2b and an XChaCha20, and a candidate shows the
//! same one hundreds of times. Asked by the HTTP extractors. It never answers for a time that has passed: expiry is
//! judged each time, and what a token is for is judged by whoever asked.
//!
//! A token is known by 128 bits of SipHash-2-4 under a key that this process drew and nobody ever sees a hash of, so that
//! nobody can make another token of the same hash; it takes a quarter of what BLAKE3 took. A change of the token key
//! forgets all of them. The memory of a node holds no token.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasherDefault, Hasher},
    sync::{Mutex, PoisonError},
};

use protocol::{hash::Hash, time::Instant, token::Claims};
use siphasher::sip128::{Hasher128, SipHasher24};

use super::{TOKEN_BYTES_MAX, TokenError};

/// Locks that tokens are spread over.
const SHARDS: usize = 16;

/// Tokens of one generation in a shard. Two generations are kept, so at least 131,072 tokens stay known that are asked for
/// in turn, ten times the candidates of the largest district; 90 bytes a token, 24 MB at the most. With a quarter of it a
/// node with 100,000 attempts opened every token anew and took a quarter longer for an answer.
const GENERATION_MAX: usize = 8_192;

/// Tokens that were opened before.
pub struct Verified {
    hasher: SipHasher24,
    shards: [Mutex<Shard>; SHARDS],
}

/// A token's hash.
type KnownBy = u128;

/// The tokens seen lately, and those seen before them: what is not asked for during a whole generation is forgotten.
#[derive(Debug, Default)]
struct Shard {
    /// The key that all of them were sealed under.
    key: Option<Hash>,
    young: Generation,
    old: Generation,
}

type Generation = HashMap<KnownBy, Claims, BuildHasherDefault<AsItIs>>;

/// Takes a part of a hash for its hash.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, number: u128) {
        self.0 = number as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The hasher holds a secret.
        f.write_str("Verified")
    }
}

impl Default for Verified {
    fn default() -> Self {
        Self {
            hasher: SipHasher24::new_with_key(&rand::random()),
            shards: Default::default(),
        }
    }
}

impl Verified {
    /// Opens a token as it was sent and checks its time, as [`super::open`] does.
    pub fn open(&self, key: &Hash, token: &[u8], now: Instant) -> Result<Claims, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Invalid);
        }
        let mut hasher = self.hasher;
        hasher.write(token);
        let known_by = hasher.finish128().as_u128();
        // By other bits than those that the maps go by.
        let shard = &self.shards[(known_by >> 64) as usize % SHARDS];
        let seen = shard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .under(key)
            .get(known_by);
        match seen {
            Some(claims) if claims.expires < now => Err(TokenError::Expired),
            Some(claims) => Ok(claims),
            None => {
                let token = str::from_utf8(token).map_err(|_| TokenError::Invalid)?;
                let claims = super::open(key, token, now)?;
                let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
                shard.under(key).put(known_by, claims.clone());
                Ok(claims)
            }
        }
    }
}

impl Shard {
    /// The shard for tokens under this key alone.
    fn under(&mut self, key: &Hash) -> &mut Self {
        if self.key.as_ref() != Some(key) {
            *self = Self {
                key: Some(*key),
                ..Self::default()
            };
        }
        self
    }

    fn get(&mut self, known_by: KnownBy) -> Option<Claims> {
        if let Some(claims) = self.young.get(&known_by) {
            return Some(claims.clone());
        }
        let claims = self.old.remove(&known_by)?;
        self.put(known_by, claims.clone());
        Some(claims)
    }

    fn put(&mut self, known_by: KnownBy, claims: Claims) {
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
            assert_eq!(
                verified.open(&key, token.as_bytes(), Instant(2_000)),
                Ok(claims(1))
            );
            assert_eq!(
                verified.open(&key, token.as_bytes(), Instant(2_001)),
                Err(TokenError::Expired)
            );
        }
    }

    #[test]
    fn a_token_that_was_opened_before_is_not_good_under_another_key_or_altered() {
        let (verified, key) = (Verified::default(), Hash::blake3(b"key"));
        let token = seal(&key, &claims(1)).unwrap();
        assert_eq!(verified.open(&key, token.as_bytes(), Instant(0)), Ok(claims(1)));
        let other = Hash::blake3(b"the key that came after it");
        assert_eq!(
            verified.open(&other, token.as_bytes(), Instant(0)),
            Err(TokenError::Invalid)
        );
        assert_eq!(
            verified.open(&key, token.as_bytes(), Instant(0)),
            Ok(claims(1)),
            "and again"
        );
        let altered = token.replace(&token[token.len() - 2..], "AA");
        assert_eq!(
            verified.open(&key, altered.as_bytes(), Instant(0)),
            Err(TokenError::Invalid)
        );
    }

    #[test]
    fn as_many_are_kept_as_two_generations_hold_and_those_in_use_stay() {
        let mut shard = Shard::default();
        let name = |number: u32| KnownBy::from(number) << 3;
        for number in 0..5 * GENERATION_MAX as u32 {
            shard.put(name(number), claims(number));
            assert_eq!(shard.get(name(0)), Some(claims(0)), "asked for all the time");
        }
        assert!(shard.young.len() + shard.old.len() <= 2 * GENERATION_MAX);
        assert_eq!(shard.get(name(1)), None, "not asked for since");
    }
}
