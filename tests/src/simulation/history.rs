//! What happened, as a digest and as its last lines. Every event goes in, with all that distinguishes it: two runs with
//! one digest were the same run.

use std::{collections::VecDeque, fmt::Write};

use protocol::hash::Hash;

use super::event::Event;

const CHUNK_BYTES: usize = 256 * 1024;
const LINES_KEPT: usize = 40;

/// A run's history.
pub struct History {
    digest: Hash,
    chunk: String,
    /// Where the last lines begin in the chunk.
    starts: VecDeque<usize>,
}

impl History {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            digest: Hash::ZERO,
            chunk: String::with_capacity(CHUNK_BYTES + 4096),
            starts: VecDeque::with_capacity(LINES_KEPT + 1),
        }
    }

    /// Adds an event.
    pub fn note(&mut self, at_ms: u64, event: &Event) {
        if self.chunk.len() >= CHUNK_BYTES {
            self.fold();
        }
        self.starts.push_back(self.chunk.len());
        if self.starts.len() > LINES_KEPT {
            self.starts.pop_front();
        }
        write!(self.chunk, "{at_ms} ").expect("a string takes everything");
        event.describe(&mut self.chunk);
        self.chunk.push('\n');
    }

    /// Adds bytes of an outcome.
    pub fn seal(&mut self, bytes: &[u8]) {
        self.fold();
        self.digest = Hash::blake3(&[self.digest.as_bytes().as_slice(), bytes].concat());
    }

    /// The digest of everything so far.
    pub fn digest(&mut self) -> Hash {
        self.fold();
        self.digest
    }

    /// The last events, for a person.
    pub fn last_lines(&self) -> &str {
        &self.chunk[self.starts.front().copied().unwrap_or(0)..]
    }

    fn fold(&mut self) {
        if self.chunk.is_empty() {
            return;
        }
        let bytes = [self.digest.as_bytes().as_slice(), self.chunk.as_bytes()].concat();
        self.digest = Hash::blake3(&bytes);
        self.chunk.clear();
        self.starts.clear();
    }
}

impl Default for History {
    fn default() -> Self {
        Self::new()
    }
}
