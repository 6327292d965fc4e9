//! A paper's key in shares, so that officers can open it in a district that the centre cannot reach: Shamir's scheme over
//! GF(256), byte by byte. Any `need` shares of one deal give the key; fewer give nothing, every key is as likely as before.
//! Dealt by a coordinator, put together by a node. Pure: the random coefficients come in. Never logs or shows a value.

mod field;
mod words;

use crate::{
    hash::Hash,
    ids::{PaperId, PaperRef, PaperVersion},
};

/// Officers that one key may be dealt to.
pub const OFFICERS_MAX: u8 = 16;

/// A share alone must never be the key.
pub const NEED_MIN: u8 = 2;

/// What a key's check value is made with; the same key of another paper has another.
const COMMITMENT_CONTEXT: &str = "pariksha 2026-11 check value of a paper's key";

/// One officer's share.
#[derive(Clone, PartialEq, Eq)]
pub struct Share {
    /// Of which paper's key.
    pub paper: PaperRef,
    /// Of which dealing: shares of two dealings do not fit.
    pub deal: u16,
    /// How many are needed.
    pub need: u8,
    /// Which one, from 1.
    pub number: u8,
    value: [u8; 32],
}

/// Why a key was not dealt or not put together. Says nothing of any key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SharesError {
    /// The numbers make no sense.
    #[error(
        "a key is dealt to {NEED_MIN} to {OFFICERS_MAX} officers, of whom at least {NEED_MIN} are needed; give other numbers"
    )]
    Numbers,
    /// Nothing to put together.
    #[error("no share was given; {NEED_MIN} at least are needed")]
    None,
    /// Of another paper.
    #[error("share {number} is of paper {given}, not of {asked}; take the shares of {asked}")]
    OtherPaper {
        /// Which share.
        number: u8,
        /// Of which paper it is.
        given: PaperRef,
        /// Which was asked for.
        asked: PaperRef,
    },
    /// Of another dealing.
    #[error("the shares are of different dealings of this key; use those that were printed together")]
    OtherDeal,
    /// The same number with another content.
    #[error("share {0} was given twice with different words; one of them is wrong")]
    Contradiction(u8),
    /// Not enough.
    #[error("{have} different shares were given, {need} are needed")]
    TooFew {
        /// How many there are.
        have: u8,
        /// How many are needed.
        need: u8,
    },
    /// They give another key than the paper's.
    #[error("these shares do not give this paper's key: at least one of them is not genuine")]
    Wrong,
}

/// Words that are not a share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAShare {
    /// Too many or too few words.
    #[error("a share has {expected} words of five letters; {given} were given")]
    Length {
        /// How many it has.
        expected: usize,
        /// How many came.
        given: usize,
    },
    /// Not one of the words.
    #[error("word {0} is not a word of a share; compare it with the paper")]
    Word(usize),
    /// The check words do not fit.
    #[error(
        "the share has a typing error: its last words do not fit the others; compare each word with the paper"
    )]
    Check,
    /// Of another format.
    #[error("the share is of a format that is not known here; use a newer program")]
    Format,
}

/// The value by which a key is recognised without giving it away: the key is 256 random bits and cannot be guessed.
pub fn commitment(paper: PaperRef, key: &[u8; 32]) -> Hash {
    let mut hasher = blake3::Hasher::new_derive_key(COMMITMENT_CONTEXT);
    hasher.update(&paper_bytes(paper));
    hasher.update(key);
    Hash(*hasher.finalize().as_bytes())
}

/// Whether this is the key that the check value was made of. Compared in constant time.
pub fn is_key(paper: PaperRef, key: &[u8; 32], check: &Hash) -> bool {
    blake3::Hash::from(commitment(paper, key).0) == blake3::Hash::from(check.0)
}

/// Deals a key. `coefficients` are fresh random bytes, one row less than are needed; `deal` tells dealings apart.
pub fn deal(
    key: &[u8; 32],
    paper: PaperRef,
    officers: u8,
    deal: u16,
    coefficients: &[[u8; 32]],
) -> Result<Vec<Share>, SharesError> {
    let need = u8::try_from(coefficients.len() + 1).map_err(|_| SharesError::Numbers)?;
    if !(NEED_MIN..=OFFICERS_MAX).contains(&officers) || !(NEED_MIN..=officers).contains(&need) {
        return Err(SharesError::Numbers);
    }
    let share = |number: u8| {
        let mut value = [0; 32];
        for (place, byte) in value.iter_mut().enumerate() {
            // Horner's rule from the highest coefficient down to the secret.
            let higher = coefficients.iter().rev();
            let sum = higher.fold(0, |sum, row| field::multiply(sum, number) ^ row[place]);
            *byte = field::multiply(sum, number) ^ key[place];
        }
        Share {
            paper,
            deal,
            need,
            number,
            value,
        }
    };
    Ok((1..=officers).map(share).collect())
}

/// Puts a key together and checks it. Shares beyond those that are needed must be right too.
pub fn combine(shares: &[Share], paper: PaperRef, check: &Hash) -> Result<[u8; 32], SharesError> {
    let chosen = distinct(shares, paper)?;
    let need = chosen.first().ok_or(SharesError::None)?.need;
    let have = u8::try_from(chosen.len()).unwrap_or(u8::MAX);
    if have < need {
        return Err(SharesError::TooFew { have, need });
    }
    let mut key = [0; 32];
    for (place, byte) in key.iter_mut().enumerate() {
        *byte = chosen.iter().fold(0, |sum, share| {
            sum ^ field::multiply(share.value[place], weight(&chosen, share.number))
        });
    }
    if is_key(paper, &key, check) {
        Ok(key)
    } else {
        Err(SharesError::Wrong)
    }
}

fn distinct(shares: &[Share], paper: PaperRef) -> Result<Vec<&Share>, SharesError> {
    let mut chosen: Vec<&Share> = Vec::new();
    for share in shares {
        if share.paper != paper {
            return Err(SharesError::OtherPaper {
                number: share.number,
                given: share.paper,
                asked: paper,
            });
        }
        if chosen
            .iter()
            .any(|held| (held.deal, held.need) != (share.deal, share.need))
        {
            return Err(SharesError::OtherDeal);
        }
        match chosen.iter().find(|held| held.number == share.number) {
            Some(held) if held.value != share.value => {
                return Err(SharesError::Contradiction(share.number));
            }
            Some(_) => {}
            None => chosen.push(share),
        }
    }
    Ok(chosen)
}

/// Lagrange's weight of a share at zero.
fn weight(shares: &[&Share], number: u8) -> u8 {
    let others = shares
        .iter()
        .map(|share| share.number)
        .filter(|other| *other != number);
    others.fold(1, |product, other| {
        field::multiply(product, field::divide(other, other ^ number))
    })
}

fn paper_bytes(paper: PaperRef) -> [u8; 6] {
    let mut bytes = [0; 6];
    bytes[..4].copy_from_slice(&paper.paper.0.to_be_bytes());
    bytes[4..].copy_from_slice(&paper.version.0.to_be_bytes());
    bytes
}

fn paper_of(bytes: [u8; 6]) -> PaperRef {
    let (mut paper, mut version) = ([0; 4], [0; 2]);
    paper.copy_from_slice(&bytes[..4]);
    version.copy_from_slice(&bytes[4..]);
    PaperRef {
        paper: PaperId(u32::from_be_bytes(paper)),
        version: PaperVersion(u16::from_be_bytes(version)),
    }
}

/// Never the value.
impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Share({} of {}, value not shown)", self.number, self.paper)
    }
}

#[cfg(test)]
mod tests;
