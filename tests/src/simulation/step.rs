//! What a part of the world gets when an event reaches it: the time, the dice, the rules that hold; and where it puts
//! what it wants to happen next.

use rand::{Rng, rngs::StdRng};

use super::event::{Event, Party};

/// Rules that may be broken on purpose, to show that the checks notice. All false is the real thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BrokenRules {
    /// Answers are acknowledged when they are written, not when they are on the disk.
    pub acknowledge_before_sync: bool,
    /// A log is continued after a crash although a peer may have more of it.
    pub reuse_incarnation: bool,
    /// A coordinator notes that it applied an entry before what it applied is on the disk.
    pub applied_apart: bool,
}

/// What happened how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub events: u64,
    pub acknowledged: u64,
    pub district: u64,
    pub submitted: u64,
    pub frames: u64,
    pub crashes: u64,
    pub power_cuts: u64,
    pub wipes: u64,
    pub excused: u64,
    pub centre_crashes: u64,
    pub snapshots: u64,
    pub partitions: u64,
    pub clock_jumps: u64,
    pub dropped: u64,
    pub duplicated: u64,
    pub worlds: u64,
    /// The centre had a frame by way of the peer before the own disk had it.
    pub ahead: u64,
}

impl Tally {
    /// Adds another world's.
    pub fn add(&mut self, other: &Self) {
        let Self {
            events,
            acknowledged,
            district,
            submitted,
            frames,
            crashes,
            power_cuts,
            wipes,
            excused,
            centre_crashes,
            snapshots,
            partitions,
            clock_jumps,
            dropped,
            duplicated,
            worlds,
            ahead,
        } = other;
        self.events += events;
        self.acknowledged += acknowledged;
        self.district += district;
        self.submitted += submitted;
        self.frames += frames;
        self.crashes += crashes;
        self.power_cuts += power_cuts;
        self.wipes += wipes;
        self.excused += excused;
        self.centre_crashes += centre_crashes;
        self.snapshots += snapshots;
        self.partitions += partitions;
        self.clock_jumps += clock_jumps;
        self.dropped += dropped;
        self.duplicated += duplicated;
        self.worlds += worlds;
        self.ahead += ahead;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "worlds {}, events {}, acknowledged {}, district {}, submitted {}, frames {}, kills {}, power cuts {}, \
             disks lost {}, excused {}, coordinator crashes {}, snapshots {}, partitions {}, clock jumps {}, dropped {}, \
             doubled {}, peer ahead {}",
            self.worlds,
            self.events,
            self.acknowledged,
            self.district,
            self.submitted,
            self.frames,
            self.crashes,
            self.power_cuts,
            self.wipes,
            self.excused,
            self.centre_crashes,
            self.snapshots,
            self.partitions,
            self.clock_jumps,
            self.dropped,
            self.duplicated,
            self.ahead,
        )
    }
}

/// Something that is to happen.
pub enum Out {
    /// A timer of the part itself.
    After(u64, Event),
    /// A message: the network decides when, how often and whether at all.
    Send(Party, Party, Event),
}

/// One event's surroundings.
pub struct Step<'a> {
    pub now_ms: u64,
    pub rng: &'a mut StdRng,
    pub outs: &'a mut Vec<Out>,
    pub broken: BrokenRules,
    pub tally: &'a mut Tally,
    pub wrong: &'a mut Vec<String>,
}

impl Step<'_> {
    /// Plans an own timer.
    pub fn after(&mut self, ms: u64, event: Event) {
        self.outs.push(Out::After(ms, event));
    }

    /// Sends something.
    pub fn send(&mut self, from: Party, to: Party, event: Event) {
        self.outs.push(Out::Send(from, to, event));
    }

    /// Whether one of `of` chances comes true.
    pub fn one_in(&mut self, of: u32) -> bool {
        self.rng.random_range(0..of) == 0
    }

    /// A number from `low` to below `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        self.rng.random_range(low..high)
    }

    /// Notes that something that must always hold does not.
    pub fn wrong(&mut self, what: String) {
        self.wrong.push(what);
    }
}
