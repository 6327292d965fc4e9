//! A seeded, deterministic simulation of the pure rules: two nodes of a district, the link between them, three
//! coordinators, fifty candidates, and a storm of drops, duplicates, reorderings, crashes, partitions, clock jumps and one
//! lost disk. The rules of attempts, the merge, frames, cursors, district time and the centre's state are the real ones;
//! the disks are [`store::memory::MemoryLog`], which loses what was not synced; Raft is an ordered log.
//!
//! Called by `cargo run -p tests --bin simulate` and by the tests. Nothing here reads a clock or the machine's randomness:
//! the same seed gives the same history, byte for byte.

#![allow(
    missing_docs,
    reason = "the fields of events and tallies are named after what they are"
)]

pub mod answering;
pub mod candidate;
pub mod centre;
pub mod check;
pub mod deciding;
pub mod event;
pub mod exam;
pub mod history;
pub mod network;
pub mod node;
pub mod replication;
pub mod schedule;
pub mod shipping;
pub mod step;
mod storm;
pub mod world;

use std::fmt;

use protocol::hash::Hash;

pub use step::{BrokenRules, Tally};
pub use world::{Ended, World};

/// Events of one world's storm. A longer run is several worlds: a log that grows for ever tells nothing new.
const WORLD_EVENTS: u64 = 20_000;

/// A finished run.
pub struct Run {
    /// Of everything that happened.
    pub digest: Hash,
    /// What happened how often.
    pub tally: Tally,
    /// The first world that went wrong.
    pub failed: Option<Failed>,
}

/// What went wrong where.
pub struct Failed {
    pub world_seed: u64,
    pub wrong: Vec<String>,
    pub last_lines: String,
}

/// Runs at least `steps` events from a seed; stops at the first world that goes wrong.
pub fn simulate(seed: u64, steps: u64, broken: BrokenRules) -> Run {
    let mut run = Run {
        digest: Hash::ZERO,
        tally: Tally::default(),
        failed: None,
    };
    let mut world_number = 0u64;
    while run.tally.events < steps && run.failed.is_none() {
        let mixed = Hash::blake3(&[seed.to_be_bytes(), world_number.to_be_bytes()].concat());
        let (first, _) = mixed
            .as_bytes()
            .split_first_chunk()
            .expect("a hash is longer than 8 bytes");
        let world_seed = u64::from_be_bytes(*first);
        let events = WORLD_EVENTS.min(steps - run.tally.events);
        let ended = World::new(world_seed, broken).run(events);
        run.digest = Hash::blake3(&[run.digest.as_bytes().as_slice(), ended.digest.as_bytes()].concat());
        run.tally.add(&ended.tally);
        if !ended.wrong.is_empty() {
            let Ended {
                wrong, last_lines, ..
            } = ended;
            run.failed = Some(Failed {
                world_seed,
                wrong,
                last_lines,
            });
        }
        world_number += 1;
    }
    run
}

impl Run {
    /// Answers that were acknowledged and are gone, and answers that count twice.
    pub fn lost_and_twice(&self) -> (usize, usize) {
        let count = |word: &str| {
            let wrong = self.failed.iter().flat_map(|failed| &failed.wrong);
            wrong.filter(|what| what.starts_with(word)).count()
        };
        (count("LOST"), count("TWICE"))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "world {:#x} went wrong; its last events:", self.world_seed)?;
        for line in self.last_lines.lines() {
            writeln!(f, "  {}", line.chars().take(300).collect::<String>())?;
        }
        self.wrong
            .iter()
            .take(5)
            .try_for_each(|what| writeln!(f, "WRONG: {what}"))
    }
}
