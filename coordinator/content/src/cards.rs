//! Admit cards as values: what stands on a card, whatever typesets it. `parikshactl roster cards` writes a [`Job`] to the
//! program `pariksha-cards`, which reads it back; both build on these shapes. Cards hold access codes in the clear, so
//! nothing here is printed by `Debug`, and a job goes through a pipe, never over a disk or a command line.

mod job;
mod language;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::{
    job::{CARDS_MAX, Job, JobError, LINE_BYTES_MAX},
    language::{Language, UnknownLanguage},
};

/// What is the same on every card of a sitting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// What people call the sitting.
    pub title: String,
    /// In which language the card speaks; names stay as they are.
    pub language: Language,
    /// From when an attempt may be started, in milliseconds since 1970.
    pub opens_ms: i64,
    /// Until when.
    pub closes_ms: i64,
    /// Instructions instead of the ones that every card has; empty for those.
    pub instructions: Vec<String>,
}

/// One candidate's card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The number that they sign in with.
    pub number: u32,
    /// Name as it is shown.
    pub name: String,
    /// Roll number; empty for none, as all that follow up to the seat.
    pub roll: String,
    /// Which batch.
    pub batch: String,
    /// Which part of the day.
    pub slot: String,
    /// Where they are registered.
    pub district: String,
    /// Where they sit.
    pub centre: String,
    /// At which place there.
    pub seat: String,
    /// How long their attempt lasts, extra time in it.
    pub minutes: u32,
    /// The access code as it is printed.
    pub access_code: String,
    /// Where they sign in: what the QR code holds.
    pub address: String,
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Card(candidate {}, not shown)", self.number)
    }
}

#[cfg(test)]
mod tests;
