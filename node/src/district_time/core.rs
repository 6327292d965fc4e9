//! The rules of district time, without a clock or a disk: [`super::DistrictTime`] runs them on this machine's clock, the
//! simulation on its own. What is believed, and why, is reasoned in `docs/decisions/0010`.
//!
//! In one sentence: what was measured once is carried on by the monotonic clock, and only a majority of the coordinators
//! moves it further than clocks that are right can lie apart.

use protocol::{
    ids::{CoordinatorId, NodeId},
    time::{ClockEstimate, ClockSample, Instant},
    witness::{CLOCKS_APART_MAX_MS, Witnesses},
};

use super::floor::Floor;

/// The error that is shown while the time is only the operating system's.
const UNMEASURED_ERROR_MS: u32 = 60_000;

/// A correction back by more than this is no noise: time is set. Standing still for so long would keep candidates from
/// finishing.
const STEP_MS: i64 = 5_000;

/// How old what gossip brings may be.
const GOSSIP_AGE_MAX_MS: u32 = 10_000;

/// District time and everybody who has a word in it.
#[derive(Debug)]
pub struct TimeCore {
    pub(super) estimate: ClockEstimate,
    /// What words are judged by. Words that agree with it move the estimate, never this: so however many come, a single
    /// clock that creeps moves time no further than the bound. A majority sets it anew.
    anchor: ClockEstimate,
    start: Start,
    is_measured: bool,
    last: Instant,
    known: usize,
    coordinators: Witnesses<CoordinatorId>,
    peers: Witnesses<NodeId>,
}

/// What there was to start from.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// The operating system's clock alone.
    Wall,
    /// What was measured before the restart, carried over it by the operating system's clock.
    Kept {
        floor: ClockEstimate,
        /// The operating system's clock shows less than before the restart: it is no witness.
        wall_went_back: bool,
    },
}

/// What became of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It agrees with what was carried on.
    Believed,
    /// The first measurement after a start; it moved time by so many milliseconds.
    First(i64),
    /// A majority of the coordinators contradicts what was carried on: time was moved by so many milliseconds.
    Moved(i64),
    /// It contradicts, by so many milliseconds (positive: ahead), and does not count.
    SetAside(i64),
}

impl TimeCore {
    /// District time at a start, from the operating system's clock and what was kept.
    pub fn new(monotonic_ms: u64, wall_ms: i64, floor: Option<Floor>) -> Self {
        let estimate = |at: Instant, error_ms| ClockEstimate {
            origin: at.plus_ms(-(monotonic_ms as i64)),
            error_ms,
            measured_ms: monotonic_ms,
        };
        let (estimate, start) = match floor {
            Some(floor) => {
                let passed_ms = wall_ms.saturating_sub(floor.wall_ms);
                let kept = floor.carried(passed_ms);
                let wall_went_back = passed_ms < -i64::from(CLOCKS_APART_MAX_MS);
                let floor = estimate(floor.at, floor.error_ms);
                let start = Start::Kept {
                    floor,
                    wall_went_back,
                };
                (estimate(kept.at, kept.error_ms), start)
            }
            None => (estimate(Instant(wall_ms), UNMEASURED_ERROR_MS), Start::Wall),
        };
        Self {
            estimate,
            anchor: estimate,
            start,
            is_measured: false,
            last: floor.map_or(estimate.at(monotonic_ms), |floor| floor.at),
            known: 1,
            coordinators: Witnesses::default(),
            peers: Witnesses::default(),
        }
    }

    /// District time now; it never runs back.
    pub fn now(&mut self, monotonic_ms: u64) -> Instant {
        self.last = self.last.max(self.estimate.at(monotonic_ms));
        self.last
    }

    /// Whether it was measured since the start.
    pub fn is_measured(&self) -> bool {
        self.is_measured
    }

    /// How many coordinators there are, heard or not: a majority is more than half of them.
    pub fn know_coordinators(&mut self, count: usize) {
        self.known = count.max(1);
    }

    /// A node of the district told its district time, with its error.
    pub fn peer_said(&mut self, node: NodeId, at: Instant, error_ms: u32, heard_ms: u64) {
        let word = ClockEstimate {
            origin: at.plus_ms(-(heard_ms as i64)),
            error_ms: error_ms.saturating_add(GOSSIP_AGE_MAX_MS),
            measured_ms: heard_ms,
        };
        self.peers.hear(node, word);
    }

    /// Takes a measurement of a coordinator's clock in.
    pub fn observe(&mut self, sample: ClockSample, from: CoordinatorId) -> Verdict {
        let now_ms = sample.heard_ms;
        let word = ClockEstimate::from_sample(sample);
        self.coordinators.hear(from, word);
        let aside = Verdict::SetAside(word.ahead_of_ms(&self.estimate, now_ms));
        match self.coordinators.majority(self.known, now_ms) {
            Some(majority) if word.agrees_with(&majority, now_ms) => self.follow(word, now_ms),
            // The others have spoken: they are followed, and this one is not.
            Some(majority) => match self.follow(majority, now_ms) {
                Verdict::Believed => aside,
                moved => moved,
            },
            None if self.is_measured && word.agrees_with(&self.anchor, now_ms) => {
                self.refine(word, now_ms);
                Verdict::Believed
            }
            None if !self.is_measured && self.may_be_first(&word, now_ms) => self.set(word, now_ms),
            None => aside,
        }
    }

    /// Takes over what a majority stands for.
    fn follow(&mut self, word: ClockEstimate, now_ms: u64) -> Verdict {
        if !self.is_measured || !word.agrees_with(&self.anchor, now_ms) {
            return self.set(word, now_ms);
        }
        self.refine(word, now_ms);
        self.anchor = self.estimate;
        Verdict::Believed
    }

    fn refine(&mut self, word: ClockEstimate, now_ms: u64) {
        self.estimate = self.estimate.better(word, now_ms);
        // A rough first measurement must not stay what all others are judged by.
        if self.anchor.error_ms > CLOCKS_APART_MAX_MS {
            self.anchor = self.estimate;
        }
    }

    fn set(&mut self, word: ClockEstimate, now_ms: u64) -> Verdict {
        let by_ms = word.ahead_of_ms(&self.estimate, now_ms);
        (self.estimate, self.anchor) = (word, word);
        if self.last.since_ms(word.at(now_ms)) > STEP_MS {
            self.last = word.at(now_ms);
        }
        if std::mem::replace(&mut self.is_measured, true) {
            Verdict::Moved(by_ms)
        } else {
            Verdict::First(by_ms)
        }
    }

    /// Whether one coordinator's word may be the first measurement after a start.
    fn may_be_first(&self, word: &ClockEstimate, now_ms: u64) -> bool {
        let of_peers = self.peers.agreeing(word, now_ms);
        match self.start {
            Start::Wall => of_peers >= self.peers.contradicting(word, now_ms).len(),
            Start::Kept { .. } if word.agrees_with(&self.estimate, now_ms) => true,
            Start::Kept {
                floor,
                wall_went_back,
            } => match of_peers.cmp(&self.peers.agreeing(&self.estimate, now_ms)) {
                std::cmp::Ordering::Greater => true,
                std::cmp::Ordering::Less => false,
                // Word against word. Time was at the floor once, so one that lies below it is wrong; of two that do not,
                // the earlier takes no time away from a candidate.
                std::cmp::Ordering::Equal => {
                    let is_late_enough = word.ahead_of_ms(&floor, now_ms) >= -i64::from(CLOCKS_APART_MAX_MS);
                    let is_earlier = word.ahead_of_ms(&self.estimate, now_ms) < 0;
                    is_late_enough && (wall_went_back || is_earlier)
                }
            },
        }
    }

    /// Coordinators whose clocks contradict district time, and by how many milliseconds they are ahead of it. Before the
    /// first measurement too: then their words were set aside.
    pub fn doubted_coordinators(&self, now_ms: u64) -> Vec<(CoordinatorId, i64)> {
        let judge = if self.is_measured {
            &self.anchor
        } else {
            &self.estimate
        };
        self.coordinators.contradicting(judge, now_ms)
    }

    /// Nodes of the district whose district time contradicts this one's, and by how much they are ahead.
    pub fn doubted_peers(&self, now_ms: u64) -> Vec<(NodeId, i64)> {
        self.peers.contradicting(&self.estimate, now_ms)
    }
}

#[cfg(test)]
mod tests;
