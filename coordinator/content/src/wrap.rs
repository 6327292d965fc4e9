//! Wrapping of what the coordinators keep secret (the CA's key, papers' keys, answer keys) under the cluster key.
//! Coordinators call it before anything of that kind reaches Raft or a disk.
//!
//! ```text
//! 0  4  magic "PKW" and the format version
//! 4  12 nonce: random, from the caller
//! 16 n  AES-256-GCM: ciphertext, then the 16-byte tag
//! ```
//! The magic and the context are associated data: what was wrapped as one thing cannot be passed off as another. A nonce
//! must never be used twice under one cluster key; 96 random bits are ample for the few thousand secrets of a season.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// The nonce's length.
pub const NONCE_BYTES: usize = 12;

const MAGIC: [u8; 4] = *b"PKW\x01";

/// Why a secret could not be wrapped or unwrapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// Not something that [`wrap`] made.
    #[error(
        "{0}: these bytes are not a wrapped secret of a known format; restore them from another coordinator"
    )]
    UnknownFormat(String),
    /// The key is another one, the context is another one, or the bytes were altered.
    #[error(
        "{0}: the wrapped secret does not open; the cluster key is not the one it was wrapped under, or the bytes were altered"
    )]
    DoesNotOpen(String),
    /// The cipher refused to seal; only for lengths beyond what a message may have.
    #[error("{0}: the secret cannot be wrapped; it is too long")]
    TooLong(String),
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, key).expect("an AES-256 key has 32 bytes");
    LessSafeKey::new(key)
}

fn bound_to(context: &str) -> Aad<Vec<u8>> {
    Aad::from([&MAGIC[..], context.as_bytes()].concat())
}

/// Wraps a secret. `context` names what it is, e.g. `answer-key 1v1`; the same must be given to unwrap it.
pub fn wrap(
    cluster_key: &[u8; 32],
    context: &str,
    plain: &[u8],
    nonce: [u8; NONCE_BYTES],
) -> Result<Vec<u8>, WrapError> {
    let mut sealed = plain.to_vec();
    cipher(cluster_key)
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            bound_to(context),
            &mut sealed,
        )
        .map_err(|_| WrapError::TooLong(context.to_owned()))?;
    Ok([&MAGIC[..], &nonce, &sealed].concat())
}

/// Opens what [`wrap`] made under the same key and context.
pub fn unwrap(cluster_key: &[u8; 32], context: &str, wrapped: &[u8]) -> Result<Vec<u8>, WrapError> {
    let unknown = || WrapError::UnknownFormat(context.to_owned());
    let rest = wrapped.strip_prefix(&MAGIC).ok_or_else(unknown)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or_else(unknown)?;
    let mut bytes = sealed.to_vec();
    let length = cipher(cluster_key)
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            bound_to(context),
            &mut bytes,
        )
        .map_err(|_| WrapError::DoesNotOpen(context.to_owned()))?
        .len();
    bytes.truncate(length);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn a_secret_opens_only_under_its_key_and_as_what_it_was_wrapped() {
        let wrapped = wrap(&KEY, "paper-key 1v1", b"secret", [1; 12]).unwrap();
        assert_eq!(unwrap(&KEY, "paper-key 1v1", &wrapped).unwrap(), b"secret");
        assert!(matches!(
            unwrap(&[8; 32], "paper-key 1v1", &wrapped),
            Err(WrapError::DoesNotOpen(_))
        ));
        assert!(matches!(
            unwrap(&KEY, "paper-key 1v2", &wrapped),
            Err(WrapError::DoesNotOpen(_))
        ));
        assert!(matches!(
            unwrap(&KEY, "paper-key 1v1", b"PKW\x02"),
            Err(WrapError::UnknownFormat(_))
        ));
    }

    proptest! {
        #[test]
        fn an_altered_or_shortened_secret_is_refused(
            plain in proptest::collection::vec(any::<u8>(), 0..200),
            nonce in any::<[u8; 12]>(),
            place in any::<prop::sample::Index>(),
            bit in 0u8..8,
        ) {
            let wrapped = wrap(&KEY, "c", &plain, nonce).unwrap();
            prop_assert_eq!(unwrap(&KEY, "c", &wrapped).unwrap(), plain);
            let at = place.index(wrapped.len());
            prop_assert!(unwrap(&KEY, "c", &wrapped[..at]).is_err());
            let mut altered = wrapped;
            altered[at] ^= 1 << bit;
            prop_assert!(unwrap(&KEY, "c", &altered).is_err());
        }
    }
}
