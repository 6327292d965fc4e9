//! Candidates' tokens: PASETO v4.local under the key that the feed brings, so that every node of the state can check
//! one offline. Made at sign-in and start, checked by every other request. A token's text is never logged.

mod verified;

use pasetors::{
    keys::SymmetricKey,
    token::{Local, UntrustedToken},
    version4::{LocalToken, V4},
};
use protocol::{hash::Hash, time::Instant, token::Claims};

pub use verified::Verified;

/// Binds a token to its use: sealed under the same key for another purpose, it is not accepted.
const PURPOSE: &[u8] = b"pariksha candidate v1";

/// Bytes of a token: about 400 are used.
const TOKEN_BYTES_MAX: usize = 1024;

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not one of this cluster's, or it was altered.
    #[error("the token is not valid here; sign in again")]
    Invalid,
    /// It was good.
    #[error("the token has expired; sign in again, everything that was saved is still there")]
    Expired,
}

/// Seals claims under the token key.
pub fn seal(key: &Hash, claims: &Claims) -> Result<String, TokenError> {
    let key = SymmetricKey::<V4>::from(key.as_bytes()).map_err(|_| TokenError::Invalid)?;
    let text = serde_json::to_vec(claims).map_err(|_| TokenError::Invalid)?;
    LocalToken::encrypt(&key, &text, None, Some(PURPOSE)).map_err(|_| TokenError::Invalid)
}

/// Opens a token and checks its time.
pub fn open(key: &Hash, token: &str, now: Instant) -> Result<Claims, TokenError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::Invalid);
    }
    let key = SymmetricKey::<V4>::from(key.as_bytes()).map_err(|_| TokenError::Invalid)?;
    let untrusted = UntrustedToken::<Local, V4>::try_from(token).map_err(|_| TokenError::Invalid)?;
    let trusted =
        LocalToken::decrypt(&key, &untrusted, None, Some(PURPOSE)).map_err(|_| TokenError::Invalid)?;
    let claims: Claims = serde_json::from_str(trusted.payload()).map_err(|_| TokenError::Invalid)?;
    if claims.expires < now {
        return Err(TokenError::Expired);
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use protocol::{
        epoch::Epoch,
        ids::{CandidateId, DeviceTag, DistrictId, SittingId},
        token::AttemptClaim,
    };

    use super::*;

    fn claims() -> Claims {
        Claims {
            candidate: CandidateId(27_001),
            district: DistrictId(1),
            device: DeviceTag(u32::MAX),
            expires: Instant(2_000),
            attempt: Some(AttemptClaim {
                sitting: SittingId(1),
                epoch: Epoch::first(DeviceTag(u32::MAX)),
                deadline: Instant(1_500),
            }),
        }
    }

    #[test]
    fn a_token_is_opened_until_it_expires() {
        let key = Hash::blake3(b"token key");
        let token = seal(&key, &claims()).unwrap();
        assert!(token.starts_with("v4.local."), "{token}");
        assert!(token.len() < TOKEN_BYTES_MAX);
        assert_eq!(open(&key, &token, Instant(2_000)), Ok(claims()));
        assert_eq!(open(&key, &token, Instant(2_001)), Err(TokenError::Expired));
    }

    #[test]
    fn a_forged_or_foreign_token_is_refused() {
        let key = Hash::blake3(b"token key");
        let token = seal(&key, &claims()).unwrap();
        assert_eq!(open(&Hash::ZERO, &token, Instant(0)), Err(TokenError::Invalid));
        for at in [9, token.len() / 2, token.len() - 1] {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(open(&key, &altered, Instant(0)), Err(TokenError::Invalid), "{at}");
        }
        for text in [
            "",
            "v4.local.",
            "v4.local.AAAA",
            "v4.public.AAAA",
            "x",
            "v4.local.ą",
        ] {
            assert_eq!(open(&key, text, Instant(0)), Err(TokenError::Invalid), "{text}");
        }
        assert_eq!(
            open(&key, &"v4.local.".repeat(200), Instant(0)),
            Err(TokenError::Invalid)
        );
    }
}
