//! The stays of an attempt that a file proves by their tokens: under which epoch and until which deadline a response was
//! given. Pure.

use std::collections::BTreeMap;

use protocol::{epoch::Epoch, hash::Hash, ids::AttemptKey, time::Instant};

use crate::tokens::{self, TokenError};

/// How long a token that has expired still proves a stay: the file's own key says who made it, and a stick may be found
/// in a pocket days later. The responses are late then, and policy decides about them.
const EXPIRED_FOR_MS: i64 = 7 * 24 * 3_600_000;

/// One stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stay {
    /// Its epoch.
    pub(super) epoch: Epoch,
    /// The attempt's deadline when the token was made.
    pub(super) deadline: Instant,
}

/// Why a stay is not proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum StayFault {
    /// There is no token.
    #[error("the file does not prove stay {0} of the attempt: its token is missing")]
    Missing(u16),
    /// There is none at all.
    #[error("the file has no token that proves the attempt")]
    NoToken,
    /// It cannot be opened, or is of something else.
    #[error("the file does not prove stay {0} of the attempt: its token is not one of this attempt")]
    Foreign(u16),
    /// Too old.
    #[error("the token of stay {0} expired more than 7 days ago")]
    Expired(u16),
}

/// All stays of a file.
pub(super) struct Stays(BTreeMap<u16, Result<Stay, StayFault>>);

impl Stays {
    /// Opens the tokens of a file that was sealed for `attempt`.
    pub(super) fn of(
        tokens: &BTreeMap<u16, String>,
        token_key: &Hash,
        attempt: AttemptKey,
        now: Instant,
    ) -> Self {
        let stays = tokens
            .iter()
            .map(|(number, token)| (*number, stay(*number, token, token_key, attempt, now)));
        Self(stays.collect())
    }

    /// A stay by its epoch's number.
    pub(super) fn get(&self, number: u16) -> Result<Stay, StayFault> {
        self.0
            .get(&number)
            .copied()
            .unwrap_or(Err(StayFault::Missing(number)))
    }

    /// The last stay: the one in which the attempt was handed in.
    pub(super) fn latest(&self) -> Result<Stay, StayFault> {
        self.0
            .last_key_value()
            .map_or(Err(StayFault::NoToken), |(_, stay)| *stay)
    }
}

fn stay(
    number: u16,
    token: &str,
    token_key: &Hash,
    attempt: AttemptKey,
    now: Instant,
) -> Result<Stay, StayFault> {
    let claims = tokens::open(token_key, token, now.plus_ms(-EXPIRED_FOR_MS));
    let claims = claims.map_err(|error| match error {
        TokenError::Invalid => StayFault::Foreign(number),
        TokenError::Expired => StayFault::Expired(number),
    })?;
    let claim = claims.attempt.filter(|claim| {
        let of = AttemptKey {
            sitting: claim.sitting,
            candidate: claims.candidate,
        };
        of == attempt && claim.epoch.number == number
    });
    let claim = claim.ok_or(StayFault::Foreign(number))?;
    Ok(Stay {
        epoch: claim.epoch,
        deadline: claim.deadline,
    })
}
