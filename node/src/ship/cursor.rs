//! The cursor: how far one log was sent and how far the centre holds it. Pure; the shipper asks it what to send next and
//! tells it every answer; the simulation drives it the same way. It never skips a sequence, and what it sends twice the centre recognises.

use std::collections::VecDeque;

use protocol::{ids::Sequence, watermark::Watermark, wire::centre::Refusal};

/// Batches of one log that may be unanswered: keeps a long line and the centre busy (it proposes three at once), bounds what
/// is sent again after a cut: 1.5 MiB. Two more logs at the same speed still find room at the coordinator.
pub const IN_FLIGHT_MAX: usize = 6;

/// After a refusal that only time can mend the log rests for so long.
const REST_MS: u64 = 500;

/// After a refusal that a person must mend it is tried again after so long, in case somebody did.
const LONG_REST_MS: u64 = 30_000;

/// How one log stands with the centre.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cursor {
    /// What the centre acknowledged, ever. Never goes back.
    delivered: Watermark,
    /// Whether the centre said on this connection how far it has the log.
    is_known: bool,
    sent: Sequence,
    /// The last sequences of unanswered batches.
    in_flight: VecDeque<Sequence>,
    rests_until_ms: u64,
    fork: Option<Sequence>,
}

impl Cursor {
    /// A new connection: nothing is in flight, and the centre must be asked how far it is.
    pub fn reconnected(&mut self) {
        self.is_known = false;
        self.in_flight.clear();
        self.rests_until_ms = 0;
    }

    /// From where to send next, if anything may be sent now. `head` is how far the log goes here.
    pub fn next(&self, head: Sequence, now_ms: u64) -> Option<Sequence> {
        let may = self.is_known
            && self.fork.is_none()
            && now_ms >= self.rests_until_ms
            && self.in_flight.len() < IN_FLIGHT_MAX;
        (may && self.sent < head).then(|| self.sent.next())
    }

    /// How many records were not sent yet.
    pub fn unsent(&self, head: Sequence) -> u64 {
        head.0.saturating_sub(self.sent.0)
    }

    /// A batch that ends with `last` was sent.
    pub fn sent(&mut self, last: Sequence) {
        self.sent = self.sent.max(last);
        self.in_flight.push_back(last);
    }

    /// The answer to the question how far the centre has the log.
    pub fn watermark(&mut self, watermark: Watermark) {
        self.advance(watermark);
        if !self.is_known {
            self.is_known = true;
            self.sent = watermark.sequence;
        }
    }

    /// The centre holds the log up to here.
    pub fn delivered_to(&mut self, watermark: Watermark) {
        self.advance(watermark);
        while self
            .in_flight
            .front()
            .is_some_and(|last| *last <= watermark.sequence)
        {
            self.in_flight.pop_front();
        }
    }

    /// The centre did not take a batch.
    pub fn refused(&mut self, refusal: &Refusal, now_ms: u64) {
        // Batches behind the refused one are refused too; all of them are sent again.
        self.in_flight.clear();
        match refusal {
            Refusal::Busy(_) => {
                self.sent = self.delivered.sequence;
                self.rests_until_ms = now_ms + REST_MS;
            }
            Refusal::Gap(from) => self.sent = Sequence(from.0.saturating_sub(1)),
            Refusal::Fork(at) => self.fork = Some(*at),
            Refusal::Damaged(_) | Refusal::NotYours(_) => {
                self.sent = self.delivered.sequence;
                self.rests_until_ms = now_ms + LONG_REST_MS;
            }
        }
    }

    /// Whether batches are unanswered.
    pub fn is_under_way(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// How far the centre holds the log, as far as was heard.
    pub fn delivered(&self) -> Watermark {
        self.delivered
    }

    /// Where the centre holds another history, if it does.
    pub fn fork(&self) -> Option<Sequence> {
        self.fork
    }

    fn advance(&mut self, watermark: Watermark) {
        if watermark.sequence > self.delivered.sequence {
            self.delivered = watermark;
        }
        self.sent = self.sent.max(self.delivered.sequence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(sequence: u64) -> Watermark {
        Watermark {
            sequence: Sequence(sequence),
            ..Watermark::default()
        }
    }

    fn known_at(sequence: u64) -> Cursor {
        let mut cursor = Cursor::default();
        cursor.watermark(mark(sequence));
        cursor
    }

    #[test]
    fn nothing_is_sent_before_the_centre_says_where_to_go_on() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.next(Sequence(9), 0), None);
        cursor.watermark(mark(4));
        assert_eq!(cursor.next(Sequence(9), 0), Some(Sequence(5)));
        assert_eq!(cursor.next(Sequence(4), 0), None);
    }

    #[test]
    fn a_few_batches_are_in_flight_and_an_acknowledgement_makes_room() {
        let mut cursor = known_at(0);
        for last in 1..=IN_FLIGHT_MAX as u64 {
            assert_eq!(cursor.next(Sequence(99), 0), Some(Sequence(last)));
            cursor.sent(Sequence(last));
        }
        assert_eq!(cursor.next(Sequence(99), 0), None);
        cursor.delivered_to(mark(2));
        assert_eq!(
            cursor.next(Sequence(99), 0),
            Some(Sequence(IN_FLIGHT_MAX as u64 + 1))
        );
        cursor.delivered_to(mark(2));
        cursor.delivered_to(mark(1));
        assert_eq!(cursor.delivered(), mark(2));
    }

    #[test]
    fn after_a_cut_it_goes_on_from_what_the_centre_holds() {
        let mut cursor = known_at(0);
        cursor.sent(Sequence(10));
        cursor.sent(Sequence(20));
        cursor.delivered_to(mark(10));
        cursor.reconnected();
        assert_eq!(cursor.next(Sequence(30), 0), None);
        cursor.watermark(mark(10));
        assert_eq!(cursor.next(Sequence(30), 0), Some(Sequence(11)));
    }

    #[test]
    fn a_busy_centre_gets_the_same_again_after_a_rest() {
        let mut cursor = known_at(5);
        cursor.sent(Sequence(8));
        cursor.refused(&Refusal::Busy("no leader".into()), 1_000);
        assert_eq!(cursor.next(Sequence(9), 1_000), None);
        assert_eq!(cursor.next(Sequence(9), 1_000 + REST_MS), Some(Sequence(6)));
    }

    #[test]
    fn a_gap_is_filled_from_where_the_centre_says() {
        let mut cursor = known_at(5);
        cursor.sent(Sequence(8));
        cursor.refused(&Refusal::Gap(Sequence(3)), 0);
        assert_eq!(cursor.next(Sequence(9), 0), Some(Sequence(3)));
    }

    #[test]
    fn a_fork_stops_the_log() {
        let mut cursor = known_at(5);
        cursor.refused(&Refusal::Fork(Sequence(3)), 0);
        cursor.reconnected();
        cursor.watermark(mark(5));
        assert_eq!(
            (cursor.next(Sequence(9), u64::MAX), cursor.fork()),
            (None, Some(Sequence(3)))
        );
    }
}
