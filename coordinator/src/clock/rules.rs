//! The rules of a coordinator's time, without a clock: readings come in, the time comes out.

use protocol::{
    ids::CoordinatorId,
    time::{ClockEstimate, ClockSample, Instant},
    witness::Witnesses,
};

use super::{ClockDoubt, ClockReading};

/// A correction back by more than this is set; a smaller one lets time stand still until it is caught up.
const STEP_MS: i64 = 5_000;

/// The time, and what all machines' clocks show.
#[derive(Debug)]
pub(super) struct Rules {
    own: CoordinatorId,
    held: ClockEstimate,
    last: Instant,
    walls: Witnesses<CoordinatorId>,
    times: Witnesses<CoordinatorId>,
}

impl Rules {
    pub(super) fn new(own: CoordinatorId, monotonic_ms: u64, wall: Instant) -> Self {
        Self {
            own,
            held: exact(monotonic_ms, wall),
            last: wall,
            walls: Witnesses::default(),
            times: Witnesses::default(),
        }
    }

    /// The time now. It follows what the machine's clock shows as long as that agrees with what was carried on, and never
    /// runs back.
    pub(super) fn now(&mut self, monotonic_ms: u64, wall: Instant) -> Instant {
        let word = exact(monotonic_ms, wall);
        self.walls.hear(self.own, word);
        if word.agrees_with(&self.held, monotonic_ms) {
            self.held = word;
        }
        self.last = self.last.max(self.held.at(monotonic_ms));
        self.last
    }

    /// Another coordinator's reading, asked for and come at these monotonic times. Gives the step, when a majority of the
    /// machines' clocks contradicts the time: then theirs is taken.
    pub(super) fn heard(
        &mut self,
        who: CoordinatorId,
        reading: ClockReading,
        (sent_ms, heard_ms): (u64, u64),
        known: usize,
    ) -> Option<i64> {
        let word = |theirs| {
            ClockEstimate::from_sample(ClockSample {
                sent_ms,
                theirs,
                heard_ms,
            })
        };
        self.walls.hear(who, word(reading.wall));
        self.times.hear(who, word(reading.time));
        let majority = self.walls.majority(known, heard_ms)?;
        if majority.agrees_with(&self.held, heard_ms) {
            return None;
        }
        let by_ms = majority.ahead_of_ms(&self.held, heard_ms);
        self.held = majority;
        if self.last.since_ms(majority.at(heard_ms)) > STEP_MS {
            self.last = majority.at(heard_ms);
        }
        Some(by_ms)
    }

    pub(super) fn doubts(&self, now_ms: u64) -> Vec<ClockDoubt> {
        let told = self.times.contradicting(&self.held, now_ms);
        let doubted = self.walls.contradicting(&self.held, now_ms).into_iter();
        doubted
            .map(|(coordinator, ahead_ms)| ClockDoubt {
                coordinator,
                ahead_ms,
                is_told: told.iter().any(|(who, _)| *who == coordinator),
            })
            .collect()
    }
}

/// What this machine's own clock shows.
fn exact(monotonic_ms: u64, wall: Instant) -> ClockEstimate {
    ClockEstimate {
        origin: wall.plus_ms(-(monotonic_ms as i64)),
        error_ms: 1,
        measured_ms: monotonic_ms,
    }
}

#[cfg(test)]
mod tests;
