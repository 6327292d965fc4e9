//! A job as it goes through the pipe: a line of JSON for what all cards share, then one for each card.

use std::{
    fmt,
    io::{self, BufRead, Read, Write},
};

use serde::{Serialize, de::DeserializeOwned};

use super::{Card, Sheet};

/// Cards of one job: a roster of the whole state.
pub const CARDS_MAX: usize = crate::import::roster::ROSTER_ROWS_MAX;

/// Bytes of one line.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// Cards to be made.
#[derive(Clone, PartialEq, Eq)]
pub struct Job {
    /// What they share.
    pub sheet: Sheet,
    /// In the order in which they are printed.
    pub cards: Vec<Card>,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Job({} cards, not shown)", self.cards.len())
    }
}

/// Why a job cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The pipe broke.
    #[error("the cards cannot be read: {0}")]
    Pipe(#[from] io::Error),
    /// A line that is not what it should be. What is in it is not told: it may be a code.
    #[error(
        "line {line} of the cards is not what `parikshactl roster cards` writes ({kind}); use both of one version"
    )]
    Line {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        kind: &'static str,
    },
    /// No cards.
    #[error("there are no cards to make")]
    Empty,
    /// Too many.
    #[error("there are more than {CARDS_MAX} cards; make them in parts")]
    TooMany,
}

impl Job {
    /// Writes it.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        line_out(out, &self.sheet)?;
        self.cards.iter().try_for_each(|card| line_out(out, card))
    }

    /// Reads it to its end.
    pub fn read(mut from: impl BufRead) -> Result<Self, JobError> {
        let sheet = line_in(&mut from, 1)?.ok_or(JobError::Empty)?;
        let mut cards = Vec::new();
        while let Some(card) = line_in(&mut from, cards.len() + 2)? {
            if cards.len() == CARDS_MAX {
                return Err(JobError::TooMany);
            }
            cards.push(card);
        }
        if cards.is_empty() {
            return Err(JobError::Empty);
        }
        Ok(Self { sheet, cards })
    }
}

fn line_out(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    out.write_all(&line)
}

fn line_in<T: DeserializeOwned>(from: &mut impl BufRead, line: usize) -> Result<Option<T>, JobError> {
    let mut bytes = Vec::new();
    from.take(LINE_BYTES_MAX as u64 + 1)
        .read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.len() > LINE_BYTES_MAX {
        return Err(JobError::Line {
            line,
            kind: "it is too long",
        });
    }
    let value = serde_json::from_slice(&bytes).map_err(|_| JobError::Line {
        line,
        kind: "it has another form",
    })?;
    Ok(Some(value))
}
