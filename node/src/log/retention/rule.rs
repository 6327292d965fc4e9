//! When a log may be removed. Pure: the keeper gathers the facts, this says yes or why not. Whatever is not known is a
//! reason to keep.

use protocol::{ids::Sequence, time::Instant, watermark::Watermark};

/// The furthest that somebody was ever heard to hold a log durably. What is heard later and says less changes nothing: a
/// watermark never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Furthest(Option<Watermark>);

impl Furthest {
    /// Somebody holds the log up to here.
    pub fn heard(&mut self, mark: Watermark) {
        if self.0.is_none_or(|held| mark.sequence > held.sequence) {
            self.0 = Some(mark);
        }
    }

    /// Whether it is exactly this log up to exactly here: whoever holds more holds something that is missing here, and
    /// whoever has another hash holds another history. Neither covers.
    pub fn covers(&self, head: Watermark) -> bool {
        self.0 == Some(head)
    }
}

/// Who else could hold a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Others {
    /// The directory has not come yet.
    Unknown,
    /// The district has no other node.
    None,
    /// What each of the others was heard to hold.
    Heard(Vec<Furthest>),
}

/// How the attempts of a log stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// At least one may still be written to, or is not known here.
    Open,
    /// All are submitted or their time is over, the last of them since then.
    Since(Instant),
}

/// What is known of one log on this disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether nobody writes it any more.
    pub is_closed: bool,
    /// How far it goes here.
    pub head: Watermark,
    /// The stamp of its last record; `None` when it cannot be read.
    pub last_record: Option<Instant>,
    /// What the centre was heard to hold.
    pub centre: Furthest,
    /// What the other nodes of the district were heard to hold.
    pub others: Others,
    /// Its attempts; `None` when they were not looked at, which is dear.
    pub attempts: Option<Over>,
}

/// What is to become of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may be removed.
    Remove,
    /// It stays.
    Keep(Why),
}

/// Why a log stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It may still be written.
    #[error("it may still be written")]
    Written,
    /// District time is only the operating system's.
    #[error("district time has not been measured since the start")]
    TimeUnmeasured,
    /// The centre lacks some of it.
    #[error("the centre does not hold it to its head")]
    NotDelivered,
    /// No peer holds all of it.
    #[error("no other node of the district holds it to its head")]
    NotCopied,
    /// Its end cannot be read.
    #[error("its last record cannot be read by this version")]
    Unreadable,
    /// The retention time has not passed.
    #[error("it is kept until {0}")]
    Until(Instant),
    /// Its attempts were not looked at yet.
    #[error("its attempts must be looked at")]
    AttemptsNotSeen,
    /// An attempt in it may still be written to.
    #[error("an attempt in it is still open")]
    AttemptOpen,
}

/// Whether the log may be removed at `now` (`None` while district time is not measured).
pub fn judge(facts: &Facts, now: Option<Instant>, retention_ms: i64) -> Verdict {
    match why_not(facts, now, retention_ms) {
        None => Verdict::Remove,
        Some(why) => Verdict::Keep(why),
    }
}

fn why_not(facts: &Facts, now: Option<Instant>, retention_ms: i64) -> Option<Why> {
    if !facts.is_closed {
        return Some(Why::Written);
    }
    let Some(now) = now else {
        return Some(Why::TimeUnmeasured);
    };
    if facts.head.sequence == Sequence(0) {
        return None; // There is nothing in it.
    }
    if !facts.centre.covers(facts.head) {
        return Some(Why::NotDelivered);
    }
    let is_copied = match &facts.others {
        Others::Unknown => false,
        Others::None => true,
        Others::Heard(marks) => marks.iter().any(|mark| mark.covers(facts.head)),
    };
    if !is_copied {
        return Some(Why::NotCopied);
    }
    let until = |since: Instant| {
        let until = since.plus_ms(retention_ms);
        (now < until).then_some(Why::Until(until))
    };
    let Some(last_record) = facts.last_record else {
        return Some(Why::Unreadable);
    };
    until(last_record).or_else(|| match facts.attempts {
        None => Some(Why::AttemptsNotSeen),
        Some(Over::Open) => Some(Why::AttemptOpen),
        Some(Over::Since(since)) => until(since),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::hash::Hash;

    use super::*;

    const NOW: Instant = Instant(1_800_000_000_000);
    const RETENTION_MS: i64 = 1_000;

    fn mark(sequence: u64) -> Watermark {
        Watermark {
            sequence: Sequence(sequence),
            hash: Hash::blake3(&sequence.to_be_bytes()),
        }
    }

    fn furthest(sequence: u64) -> Furthest {
        let mut furthest = Furthest::default();
        furthest.heard(mark(sequence));
        furthest
    }

    fn removable() -> Facts {
        Facts {
            is_closed: true,
            head: mark(10),
            last_record: Some(NOW.plus_ms(-RETENTION_MS)),
            centre: furthest(10),
            others: Others::Heard(vec![furthest(3), furthest(10)]),
            attempts: Some(Over::Since(NOW.plus_ms(-RETENTION_MS))),
        }
    }

    fn why(change: impl FnOnce(&mut Facts)) -> Verdict {
        let mut facts = removable();
        change(&mut facts);
        judge(&facts, Some(NOW), RETENTION_MS)
    }

    #[test]
    fn a_log_goes_when_all_is_well_and_stays_for_each_single_reason() {
        use Verdict::{Keep, Remove};
        assert_eq!(why(|_| {}), Remove);
        assert_eq!(why(|facts| facts.others = Others::None), Remove);
        assert_eq!(why(|facts| facts.is_closed = false), Keep(Why::Written));
        assert_eq!(judge(&removable(), None, RETENTION_MS), Keep(Why::TimeUnmeasured));
        assert_eq!(why(|facts| facts.centre = furthest(9)), Keep(Why::NotDelivered));
        assert_eq!(why(|facts| facts.centre = furthest(11)), Keep(Why::NotDelivered));
        assert_eq!(why(|facts| facts.others = Others::Unknown), Keep(Why::NotCopied));
        assert_eq!(
            why(|facts| facts.others = Others::Heard(vec![])),
            Keep(Why::NotCopied)
        );
        assert_eq!(why(|facts| facts.last_record = None), Keep(Why::Unreadable));
        assert_eq!(why(|facts| facts.attempts = None), Keep(Why::AttemptsNotSeen));
        assert_eq!(
            why(|facts| facts.attempts = Some(Over::Open)),
            Keep(Why::AttemptOpen)
        );
        let just_over = NOW.plus_ms(1 - RETENTION_MS);
        let until = Keep(Why::Until(NOW.plus_ms(1)));
        assert_eq!(why(|facts| facts.last_record = Some(just_over)), until);
        assert_eq!(
            why(|facts| facts.attempts = Some(Over::Since(just_over))),
            until,
            "an attempt that ended later keeps the log in which it began"
        );
        let empty = |facts: &mut Facts| {
            facts.head = Watermark::default();
            facts.centre = Furthest::default();
            facts.others = Others::Unknown;
        };
        assert_eq!(why(empty), Remove, "an empty log holds nothing");
    }

    #[test]
    fn another_history_of_the_same_length_covers_nothing() {
        let other = Watermark {
            hash: Hash::ZERO,
            ..mark(10)
        };
        let mut centre = Furthest::default();
        centre.heard(other);
        assert_eq!(
            why(|facts| facts.centre = centre),
            Verdict::Keep(Why::NotDelivered)
        );
    }

    fn others() -> impl Strategy<Value = Others> {
        let marks = proptest::collection::vec(proptest::collection::vec(0..12_u64, 0..4), 0..4);
        prop_oneof![
            Just(Others::Unknown),
            Just(Others::None),
            marks.prop_map(|nodes| Others::Heard(nodes.iter().map(|heard| all(heard)).collect())),
        ]
    }

    fn all(heard: &[u64]) -> Furthest {
        let mut furthest = Furthest::default();
        for at in heard {
            furthest.heard(mark(*at));
        }
        furthest
    }

    fn over() -> impl Strategy<Value = Option<Over>> {
        prop_oneof![
            Just(None),
            Just(Some(Over::Open)),
            (-3_000..3_000_i64).prop_map(|ms| Some(Over::Since(NOW.plus_ms(ms)))),
        ]
    }

    prop_compose! {
        fn facts()(
            is_closed in any::<bool>(),
            head in 1..12_u64,
            last in proptest::option::of(-3_000..3_000_i64),
            centre in proptest::collection::vec(0..12_u64, 0..4),
            others in others(),
            attempts in over(),
        ) -> Facts {
            let last_record = last.map(|ms| NOW.plus_ms(ms));
            Facts { is_closed, head: mark(head), last_record, centre: all(&centre), others, attempts }
        }
    }

    proptest! {
        #[test]
        fn nothing_goes_that_is_open_or_below_a_watermark_or_before_its_time(
            facts in facts(),
            retention_ms in 0..4_000_i64,
        ) {
            if judge(&facts, Some(NOW), retention_ms) == Verdict::Remove {
                prop_assert!(facts.is_closed);
                prop_assert_eq!(facts.centre, furthest(facts.head.sequence.0));
                match &facts.others {
                    Others::Unknown => prop_assert!(false, "nobody was asked"),
                    Others::None => {}
                    Others::Heard(marks) => prop_assert!(marks.contains(&furthest(facts.head.sequence.0))),
                }
                prop_assert!(NOW.since_ms(facts.last_record.unwrap()) >= retention_ms);
                let Some(Over::Since(since)) = facts.attempts else {
                    return Err(TestCaseError::fail("an attempt was open"));
                };
                prop_assert!(NOW.since_ms(since) >= retention_ms);
            }
        }

        #[test]
        fn time_alone_never_makes_a_log_stay_that_might_have_gone(facts in facts(), later_ms in 0..10_000_i64) {
            if judge(&facts, Some(NOW), RETENTION_MS) == Verdict::Remove {
                prop_assert_eq!(judge(&facts, Some(NOW.plus_ms(later_ms)), RETENTION_MS), Verdict::Remove);
            }
        }

        #[test]
        fn watermarks_that_go_back_do_not_matter(
            facts in facts(),
            back in proptest::collection::vec(0..12_u64, 0..6),
        ) {
            let before = judge(&facts, Some(NOW), RETENTION_MS);
            let mut after = facts.clone();
            let head = facts.head.sequence.0;
            let lower = |furthest: &mut Furthest| {
                // What was heard is at most what was heard before.
                let known = (0..12).find(|at| furthest.covers(mark(*at))).unwrap_or(0);
                for at in back.iter().filter(|at| **at <= known) {
                    furthest.heard(mark(*at));
                }
            };
            lower(&mut after.centre);
            if let Others::Heard(marks) = &mut after.others {
                marks.iter_mut().for_each(lower);
            }
            if head > 0 && before == Verdict::Remove {
                prop_assert_eq!(judge(&after, Some(NOW), RETENTION_MS), before);
            }
            if judge(&after, Some(NOW), RETENTION_MS) == Verdict::Remove {
                prop_assert_eq!(before, Verdict::Remove, "hearing less never removes more");
            }
        }
    }
}
