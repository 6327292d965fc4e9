//! Which clock to believe when several say different things: a word that contradicts what was carried on counts only where
//! a majority of the known coordinators stands for it. Used by the node for district time and by the coordinator for its
//! own; the reasons stand in `docs/decisions/0010`. Pure: readings come in as values, all by one monotonic clock.

use std::collections::BTreeMap;

use crate::time::ClockEstimate;

/// How far two clocks that are both right may lie apart, besides the errors of measuring, in milliseconds. Clocks that
/// are kept by NTP differ by tens of milliseconds; the smallest fault that matters is far larger.
pub const CLOCKS_APART_MAX_MS: u32 = 1_000;

/// How long a word counts, in milliseconds of the listener's monotonic clock. Short: what a clock said before it was put
/// right must not stand with another that goes wrong later.
pub const WORD_LASTS_MS: u64 = 60_000;

/// Words that are kept: more than a cluster has coordinators and a district nodes. Further ones are not listened to.
pub const WORDS_MAX: usize = 64;

impl ClockEstimate {
    /// By how many milliseconds this estimate is ahead of another (negative: behind) at our monotonic `now_ms`.
    pub fn ahead_of_ms(&self, other: &Self, now_ms: u64) -> i64 {
        self.at(now_ms).since_ms(other.at(now_ms))
    }

    /// Whether both can be right at our monotonic `now_ms`, by both errors and [`CLOCKS_APART_MAX_MS`].
    pub fn agrees_with(&self, other: &Self, now_ms: u64) -> bool {
        let errors = u64::from(self.error_at(now_ms))
            + u64::from(other.error_at(now_ms))
            + u64::from(CLOCKS_APART_MAX_MS);
        self.ahead_of_ms(other, now_ms).unsigned_abs() <= errors
    }
}

/// The last word of each clock that was heard.
#[derive(Debug, Clone)]
pub struct Witnesses<W> {
    words: BTreeMap<W, ClockEstimate>,
}

impl<W> Default for Witnesses<W> {
    fn default() -> Self {
        Self {
            words: BTreeMap::new(),
        }
    }
}

impl<W: Copy + Ord> Witnesses<W> {
    /// Takes a clock's word in the place of its earlier one.
    pub fn hear(&mut self, who: W, word: ClockEstimate) {
        if self.words.len() >= WORDS_MAX && !self.words.contains_key(&who) {
            let now_ms = word.measured_ms;
            self.words.retain(|_, held| counts(held, now_ms));
        }
        if self.words.len() < WORDS_MAX || self.words.contains_key(&who) {
            self.words.insert(who, word);
        }
    }

    /// The words that still count.
    pub fn fresh(&self, now_ms: u64) -> impl Iterator<Item = (W, ClockEstimate)> {
        let words = self.words.iter();
        words
            .filter(move |(_, word)| counts(word, now_ms))
            .map(|(who, word)| (*who, *word))
    }

    /// How many words that count agree with an estimate.
    pub fn agreeing(&self, with: &ClockEstimate, now_ms: u64) -> usize {
        self.fresh(now_ms)
            .filter(|(_, word)| word.agrees_with(with, now_ms))
            .count()
    }

    /// Who contradicts an estimate, and by how many milliseconds they are ahead of it.
    pub fn contradicting(&self, with: &ClockEstimate, now_ms: u64) -> Vec<(W, i64)> {
        self.fresh(now_ms)
            .filter(|(_, word)| !word.agrees_with(with, now_ms))
            .map(|(who, word)| (who, word.ahead_of_ms(with, now_ms)))
            .collect()
    }

    /// The time that more than half of `known` clocks stand for, and two at least: of their words the one with the
    /// smallest error. `None` while no such majority was heard: one clock alone is never a majority.
    pub fn majority(&self, known: usize, now_ms: u64) -> Option<ClockEstimate> {
        let known = known.max(self.fresh(now_ms).count());
        self.fresh(now_ms)
            .map(|(_, word)| (self.agreeing(&word, now_ms), word))
            .filter(|(agreeing, _)| *agreeing >= 2 && agreeing * 2 > known)
            .min_by_key(|(agreeing, word)| (usize::MAX - agreeing, word.error_at(now_ms)))
            .map(|(_, word)| word)
    }
}

fn counts(word: &ClockEstimate, now_ms: u64) -> bool {
    now_ms.saturating_sub(word.measured_ms) <= WORD_LASTS_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    fn word(origin: i64, measured_ms: u64) -> ClockEstimate {
        ClockEstimate {
            origin: Instant(origin),
            error_ms: 5,
            measured_ms,
        }
    }

    fn heard(origins: &[i64]) -> Witnesses<usize> {
        let mut witnesses = Witnesses::default();
        for (who, origin) in origins.iter().enumerate() {
            witnesses.hear(who, word(*origin, 0));
        }
        witnesses
    }

    #[test]
    fn only_more_than_half_of_the_known_and_two_at_least_are_a_majority() {
        let hour = 3_600_000;
        assert_eq!(heard(&[hour]).majority(1, 0), None, "one clock alone");
        assert_eq!(heard(&[0, hour]).majority(2, 0), None, "one against one");
        assert_eq!(heard(&[0, 3]).majority(5, 0), None, "two of five");
        let of_three = heard(&[0, hour, 700]).majority(3, 0).unwrap();
        assert!(of_three.origin.0 < 1_000);
        assert!(heard(&[0, 3]).majority(3, 0).is_some());
    }

    #[test]
    fn a_word_counts_for_a_minute() {
        let witnesses = heard(&[0, 3, 5]);
        assert!(witnesses.majority(3, WORD_LASTS_MS).is_some());
        assert!(witnesses.majority(3, WORD_LASTS_MS + 1).is_none());
    }

    #[test]
    fn contradictions_are_told_with_their_sign() {
        let witnesses = heard(&[0, 3_600_000, -7_200_000]);
        assert_eq!(
            witnesses.contradicting(&word(2, 0), 0),
            [(1, 3_599_998), (2, -7_200_002)]
        );
    }

    #[test]
    fn a_flood_of_names_ends_at_the_bound_and_does_not_push_known_ones_out() {
        let mut witnesses = Witnesses::default();
        for who in 0..WORDS_MAX * 2 {
            witnesses.hear(who, word(0, 0));
        }
        witnesses.hear(0, word(9, 1));
        assert_eq!(witnesses.fresh(1).count(), WORDS_MAX);
        assert_eq!(witnesses.fresh(1).next().unwrap().1.origin, Instant(9));
    }
}
