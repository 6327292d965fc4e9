//! How every log on this disk stands with the centre: one cursor each, and who is next. Pure.
//!
//! The own log goes first: copies are sent only when it has nothing to send, and only those of which the centre lacks
//! frames and has got none for a while, because their own nodes deliver them otherwise.

use std::collections::BTreeMap;

use protocol::{
    ids::{LogId, Sequence},
    watermark::Watermark,
    wire::centre::Refusal,
};

use super::cursor::Cursor;

/// So long the oldest new record waits for company before a batch leaves: nobody waits for the centre, and at the pace of
/// an exam a batch for each record would be more packet than record. In milliseconds.
pub const LINGER_MS: u64 = 50;

/// So many records wait for nothing.
const COMPANY: u64 = 512;

/// All cursors.
#[derive(Debug)]
pub struct Stand {
    own: LogId,
    patience_ms: u64,
    logs: BTreeMap<LogId, Tracked>,
}

#[derive(Debug, Default)]
struct Tracked {
    cursor: Cursor,
    head: Sequence,
    /// Since when the centre has lacked frames and got none.
    lacking_since_ms: Option<u64>,
    /// Since when a record has waited to be sent.
    unsent_since_ms: Option<u64>,
}

impl Tracked {
    fn is_behind(&self) -> bool {
        self.cursor.delivered().sequence < self.head
    }

    /// From where to send, if anything may be sent and has company enough or has waited.
    fn next(&self, now_ms: u64) -> Option<Sequence> {
        let from = self.cursor.next(self.head, now_ms)?;
        let has_waited = self
            .unsent_since_ms
            .is_some_and(|since| now_ms.saturating_sub(since) >= LINGER_MS);
        (has_waited || self.cursor.unsent(self.head) >= COMPANY).then_some(from)
    }

    fn look(&mut self, before: Sequence, now_ms: u64) {
        if self.cursor.unsent(self.head) == 0 {
            self.unsent_since_ms = None;
        } else {
            self.unsent_since_ms.get_or_insert(now_ms);
        }
        let moved = self.cursor.delivered().sequence > before;
        if !self.is_behind() || moved {
            self.lacking_since_ms = self.is_behind().then_some(now_ms);
        } else {
            self.lacking_since_ms.get_or_insert(now_ms);
        }
    }
}

impl Stand {
    /// Only the own log is tracked yet. A copy of which the centre gets nothing for `patience_ms` is shipped from here.
    pub fn new(own: LogId, patience_ms: u64) -> Self {
        let logs = BTreeMap::from([(own, Tracked::default())]);
        Self {
            own,
            patience_ms,
            logs,
        }
    }

    /// A log on this disk goes so far.
    pub fn head(&mut self, log: LogId, head: Sequence, now_ms: u64) {
        let tracked = self.logs.entry(log).or_default();
        tracked.head = tracked.head.max(head);
        let before = tracked.cursor.delivered().sequence;
        tracked.look(before, now_ms);
    }

    /// Logs that are on this disk besides the own one; what is not among them any more is forgotten.
    pub fn keep_only(&mut self, others: &[LogId]) {
        let own = self.own;
        self.logs.retain(|log, _| *log == own || others.contains(log));
    }

    /// A new connection: the centre must be asked how far it has every log.
    pub fn reconnected(&mut self) {
        for tracked in self.logs.values_mut() {
            tracked.cursor.reconnected();
            tracked.lacking_since_ms = None;
        }
    }

    /// The centre's answer how far it has a log.
    pub fn watermark(&mut self, log: LogId, watermark: Watermark, now_ms: u64) {
        self.change(log, now_ms, |cursor| cursor.watermark(watermark));
    }

    /// The centre took frames and holds the log up to here.
    pub fn delivered_to(&mut self, log: LogId, watermark: Watermark, now_ms: u64) {
        self.change(log, now_ms, |cursor| cursor.delivered_to(watermark));
    }

    /// The centre did not take a batch.
    pub fn refused(&mut self, log: LogId, refusal: &Refusal, now_ms: u64) {
        self.change(log, now_ms, |cursor| cursor.refused(refusal, now_ms));
    }

    /// A batch that ends with `last` was sent.
    pub fn sent(&mut self, log: LogId, last: Sequence) {
        if let Some(tracked) = self.logs.get_mut(&log) {
            tracked.cursor.sent(last);
            if tracked.cursor.unsent(tracked.head) == 0 {
                tracked.unsent_since_ms = None;
            }
        }
    }

    /// What to send next: a log and from where.
    pub fn next(&self, now_ms: u64) -> Option<(LogId, Sequence)> {
        let own = self.logs.get(&self.own);
        if let Some(from) = own.and_then(|own| own.next(now_ms)) {
            return Some((self.own, from));
        }
        let copies = self.logs.iter().filter(|(log, _)| **log != self.own);
        let orphans = copies.filter(|(log, tracked)| self.is_orphan(**log, tracked, now_ms));
        orphans
            .into_iter()
            .find_map(|(log, tracked)| Some((*log, tracked.next(now_ms)?)))
    }

    /// How long until something of the own log that may be sent has waited enough; `None` when there is nothing.
    pub fn wakes_in_ms(&self, now_ms: u64) -> Option<u64> {
        let own = self.logs.get(&self.own)?;
        own.cursor.next(own.head, now_ms)?;
        let since = own.unsent_since_ms?;
        Some((since + LINGER_MS).saturating_sub(now_ms))
    }

    /// Whether nobody else delivers this log. An earlier log of this node has nobody else.
    fn is_orphan(&self, log: LogId, tracked: &Tracked, now_ms: u64) -> bool {
        log.node == self.own.node
            || tracked
                .lacking_since_ms
                .is_some_and(|since| now_ms.saturating_sub(since) >= self.patience_ms)
            || tracked.cursor.is_under_way()
    }

    /// Every log that is tracked.
    pub fn logs(&self) -> Vec<LogId> {
        self.logs.keys().copied().collect()
    }

    /// The logs besides the own one, whose watermarks must be asked for because others may move them.
    pub fn others(&self) -> Vec<LogId> {
        self.logs.keys().copied().filter(|log| *log != self.own).collect()
    }

    /// How far the centre holds a log, as far as was heard.
    pub fn delivered(&self, log: &LogId) -> Watermark {
        self.logs
            .get(log)
            .map(|tracked| tracked.cursor.delivered())
            .unwrap_or_default()
    }

    /// Where the centre holds another history of the own log, if it does.
    pub fn own_fork(&self) -> Option<Sequence> {
        self.logs.get(&self.own).and_then(|own| own.cursor.fork())
    }

    fn change(&mut self, log: LogId, now_ms: u64, change: impl FnOnce(&mut Cursor)) {
        // An answer for a log that is not ours to ship is not expected and changes nothing.
        if let Some(tracked) = self.logs.get_mut(&log) {
            let before = tracked.cursor.delivered().sequence;
            change(&mut tracked.cursor);
            tracked.look(before, now_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::{Incarnation, NodeId};

    use super::*;

    const OWN: LogId = LogId {
        node: NodeId(1),
        incarnation: Incarnation(1),
    };
    const EARLIER: LogId = LogId {
        node: NodeId(1),
        incarnation: Incarnation(7),
    };
    const PEER: LogId = LogId {
        node: NodeId(2),
        incarnation: Incarnation(1),
    };

    fn mark(sequence: u64) -> Watermark {
        Watermark {
            sequence: Sequence(sequence),
            ..Watermark::default()
        }
    }

    fn stand(heads: &[(LogId, u64)]) -> Stand {
        let mut stand = Stand::new(OWN, 3_000);
        for (log, head) in heads {
            stand.head(*log, Sequence(*head), 0);
            stand.watermark(*log, mark(0), 0);
        }
        stand
    }

    #[test]
    fn a_record_waits_a_little_for_company_and_a_backlog_does_not() {
        let mut stand = stand(&[(OWN, 1)]);
        assert_eq!(stand.next(LINGER_MS - 1), None);
        stand.head(OWN, Sequence(2), LINGER_MS - 1);
        assert_eq!(
            stand.next(LINGER_MS),
            Some((OWN, Sequence(1))),
            "the oldest has waited"
        );
        stand.sent(OWN, Sequence(2));
        stand.head(OWN, Sequence(3), LINGER_MS);
        assert_eq!(stand.next(LINGER_MS + 1), None, "the next batch waits anew");
        stand.head(OWN, Sequence(3 + COMPANY), LINGER_MS + 1);
        assert_eq!(stand.next(LINGER_MS + 1), Some((OWN, Sequence(3))));
        stand.sent(OWN, Sequence(4));
        stand.reconnected();
        stand.watermark(OWN, mark(0), LINGER_MS + 2);
        assert_eq!(stand.next(LINGER_MS + 2), Some((OWN, Sequence(1))));
    }

    #[test]
    fn a_copy_is_sent_only_when_the_centre_got_nothing_of_it_for_a_while() {
        let mut stand = stand(&[(PEER, 10)]);
        assert_eq!(stand.next(2_999), None);
        stand.watermark(PEER, mark(4), 2_999);
        assert_eq!(stand.next(5_000), None, "its own node delivers it");
        assert_eq!(stand.next(6_000), Some((PEER, Sequence(5))));
    }

    #[test]
    fn a_copy_that_is_being_sent_goes_on_without_a_pause() {
        let mut stand = stand(&[(PEER, 10)]);
        stand.sent(PEER, Sequence(2));
        stand.sent(PEER, Sequence(4));
        stand.delivered_to(PEER, mark(2), 3_100);
        assert_eq!(stand.next(3_101), Some((PEER, Sequence(5))));
    }

    #[test]
    fn the_own_log_goes_first_and_its_earlier_lives_need_no_patience() {
        let mut stand = stand(&[(OWN, 1), (EARLIER, 3), (PEER, 10)]);
        assert_eq!(stand.next(9_000), Some((OWN, Sequence(1))));
        stand.sent(OWN, Sequence(1));
        assert_eq!(stand.next(LINGER_MS), Some((EARLIER, Sequence(1))));
    }

    #[test]
    fn what_the_centre_holds_is_never_sent() {
        let mut stand = stand(&[(OWN, 5), (PEER, 10)]);
        stand.delivered_to(OWN, mark(5), 0);
        stand.watermark(PEER, mark(10), 0);
        assert_eq!(stand.next(1_000_000), None);
        assert!(stand.delivered(&PEER).sequence == Sequence(10));
    }
}
