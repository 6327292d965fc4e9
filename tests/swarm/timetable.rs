//! When one teacher does what, fixed before anything is sent: so that a slow system cannot put off the load, and every
//! latency counts from the moment at which the request should have been sent. Pure.

use std::time::Duration;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::scenario::Scenario;

/// The parts of a day, the same for every teacher of a slot. Times from the beginning of the scenario.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Hours {
    sign_in: Duration,
    sign_in_within: Duration,
    opens: Duration,
    start_within: Duration,
    answer_for: Duration,
    think: Duration,
    submit_within: Duration,
    submit_together: bool,
}

/// One teacher's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timetable {
    /// Signing in.
    pub sign_in: Duration,
    /// Fetching the sealed paper.
    pub paper: Duration,
    /// Starting.
    pub start: Duration,
    /// Each answer.
    pub answers: Vec<Duration>,
    /// Handing in.
    pub submit: Duration,
}

// === impl Hours ===

impl Hours {
    /// The hours of a slot.
    pub(crate) fn of(scenario: &Scenario, slot: usize) -> Self {
        let seconds = |seconds: f64| Duration::from_secs_f64(scenario.compressed(seconds));
        let (pace, opens) = (&scenario.pace, scenario.slots[slot].opens_seconds);
        Self {
            sign_in: seconds(opens - pace.lobby_seconds - pace.sign_in_seconds),
            sign_in_within: seconds(pace.sign_in_seconds),
            opens: seconds(opens),
            start_within: seconds(pace.start_within_seconds),
            answer_for: seconds(pace.answer_seconds),
            think: seconds(pace.think_seconds),
            submit_within: seconds(pace.submit_within_seconds),
            submit_together: pace.submit_together,
        }
    }

    /// When the last of the slot has handed in.
    pub(crate) fn end(&self) -> Duration {
        self.opens + self.start_within + self.answer_for + self.submit_within
    }
}

// === impl Timetable ===

impl Timetable {
    /// A teacher's day; `items_max` bounds the answers.
    pub(crate) fn draw(hours: &Hours, items_max: usize, random: &mut impl Rng) -> Self {
        let mut within = |from: Duration, length: Duration| from + length.mul_f64(random.random());
        let sign_in = within(hours.sign_in, hours.sign_in_within);
        // The page fetches it as soon as it knows of it; those who wait long do not all come at the opening.
        let paper = within(sign_in, (hours.opens.saturating_sub(sign_in)) / 2);
        let start = within(hours.opens, hours.start_within);
        let last = start + hours.answer_for;
        let hand_in_from = if hours.submit_together {
            hours.opens + hours.start_within + hours.answer_for
        } else {
            last
        };
        let submit = within(hand_in_from, hours.submit_within);
        let mut answers = Vec::new();
        let mut at = start;
        loop {
            at += hours.think.mul_f64(random.random_range(0.5..1.5));
            if at > last || answers.len() == items_max {
                break;
            }
            answers.push(at);
        }
        Self {
            sign_in,
            paper,
            start,
            answers,
            submit,
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn a_day_is_in_order_and_the_same_for_the_same_seed() {
        let scenario = Scenario::read("steady").unwrap();
        let hours = Hours::of(&scenario, 0);
        for seed in 0..200 {
            let day = Timetable::draw(&hours, 100, &mut StdRng::seed_from_u64(seed));
            assert_eq!(
                day,
                Timetable::draw(&hours, 100, &mut StdRng::seed_from_u64(seed))
            );
            let order: Vec<Duration> = [day.sign_in, day.paper, day.start]
                .into_iter()
                .chain(day.answers.clone())
                .chain([day.submit])
                .collect();
            assert!(order.is_sorted(), "seed {seed}: {order:?}");
            assert!(day.submit <= hours.end());
            assert!(
                (4..=12).contains(&day.answers.len()),
                "seed {seed}: {}",
                day.answers.len()
            );
        }
    }

    #[test]
    fn in_a_rush_nobody_hands_in_before_the_last_has_answered() {
        let scenario = Scenario::read("submit-rush").unwrap();
        let hours = Hours::of(&scenario, 0);
        let earliest = hours.end().saturating_sub(hours.submit_within);
        for seed in 0..100 {
            let day = Timetable::draw(&hours, 100, &mut StdRng::seed_from_u64(seed));
            assert!(day.submit >= earliest, "seed {seed}");
        }
    }
}
