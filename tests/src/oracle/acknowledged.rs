//! Pure: every acknowledged answer against the records that the centre holds. Its own tests show that it sees a loss.

use std::collections::{BTreeMap, BTreeSet};

use local::teacher::{Acknowledged, Given};
use protocol::{
    ids::{CandidateId, Sequence, SittingId},
    record::{Event, Record},
};

use super::CentralLogs;
use crate::crowd::Memories;

/// What was found of the acknowledged answers.
#[derive(Debug, Default)]
pub struct Found {
    /// Places (log, sequence) that were acknowledged.
    pub places: usize,
    /// Acknowledged answers that are not at their place, in words.
    pub lost: Vec<String>,
    /// Places that were acknowledged for two different answers, in words.
    pub twice: Vec<String>,
}

/// Looks every acknowledged answer up at its place.
pub fn look_up(memories: &Memories, sitting: SittingId, logs: &CentralLogs) -> Found {
    let mut found = Found::default();
    let mut places: BTreeMap<(&str, u64), BTreeSet<String>> = BTreeMap::new();
    for (candidate, memory) in memories {
        for told in &memory.acknowledged {
            let record = logs
                .get(&told.log)
                .and_then(|log| log.records.get(&Sequence(told.sequence)));
            if !record.is_some_and(|record| holds(record, *candidate, sitting, &told.given)) {
                found.lost.push(in_words(*candidate, told, record));
            }
            // The same answer may be acknowledged twice for one place (a resent request), never two answers.
            let answer = format!("candidate {candidate}, {:?}", told.given);
            places
                .entry((&told.log, told.sequence))
                .or_default()
                .insert(answer);
        }
    }
    found.places = places.len();
    let doubled = places.into_iter().filter(|(_, answers)| answers.len() > 1);
    found.twice = doubled
        .map(|(place, answers)| format!("{place:?} was acknowledged for {answers:?}"))
        .collect();
    found
}

fn holds(record: &Record, candidate: CandidateId, sitting: SittingId, given: &Given) -> bool {
    record.attempt.candidate == candidate
        && record.attempt.sitting == sitting
        && is_answer(&record.event, given)
}

/// Whether an event is this answer, word for word.
pub fn is_answer(event: &Event, given: &Given) -> bool {
    matches!(event, Event::Answered { item, seq, response, marked, .. }
        if (item, seq.0, response, marked) == (&given.item, given.seq, &given.response, &given.marked))
}

fn in_words(candidate: CandidateId, told: &Acknowledged, record: Option<&Record>) -> String {
    format!(
        "candidate {candidate}, {} {}: told {:?}, the centre holds {record:?}",
        told.log, told.sequence, told.given
    )
}

#[cfg(test)]
mod tests {
    use local::teacher::Memory;
    use protocol::{
        epoch::Epoch,
        ids::{AttemptKey, DeviceTag, ItemNo, OptionId, ResponseSeq},
        response::Response,
        time::{Instant, When},
    };

    use super::*;
    use crate::oracle::CentralLog;

    const SITTING: SittingId = SittingId(1);
    const CANDIDATE: CandidateId = CandidateId(5);

    fn given(option: u8) -> Given {
        Given {
            item: ItemNo(1),
            seq: 1,
            response: Some(Response::Choice(OptionId(option))),
            marked: false,
        }
    }

    fn record(option: u8) -> Record {
        Record {
            when: When {
                at: Instant(0),
                elapsed_ms: 0,
                error_ms: 0,
            },
            attempt: AttemptKey {
                sitting: SITTING,
                candidate: CANDIDATE,
            },
            event: Event::Answered {
                item: ItemNo(1),
                epoch: Epoch::first(DeviceTag(1)),
                seq: ResponseSeq(1),
                response: given(option).response,
                marked: false,
                late: false,
            },
        }
    }

    fn told(answers: &[(u64, u8)]) -> Memories {
        let acknowledged = answers.iter().map(|(sequence, option)| Acknowledged {
            given: given(*option),
            log: "a".into(),
            sequence: *sequence,
            durability: "node".into(),
        });
        let memory = Memory {
            candidate: CANDIDATE,
            acknowledged: acknowledged.collect(),
            ..Memory::default()
        };
        Memories::from([(CANDIDATE, memory)])
    }

    fn held(records: &[(u64, u8)]) -> CentralLogs {
        let records = records
            .iter()
            .map(|(sequence, option)| (Sequence(*sequence), record(*option)));
        let log = CentralLog {
            records: records.collect(),
            ..CentralLog::default()
        };
        CentralLogs::from([("a".to_owned(), log)])
    }

    #[test]
    fn what_is_there_is_neither_lost_nor_twice_and_a_resent_answer_is_one() {
        let found = look_up(
            &told(&[(1, 2), (1, 2), (2, 3)]),
            SITTING,
            &held(&[(1, 2), (2, 3)]),
        );
        assert_eq!(
            (found.places, found.lost.len(), found.twice.len()),
            (2, 0, 0),
            "{found:?}"
        );
    }

    #[test]
    fn a_record_that_is_missing_or_another_is_a_loss() {
        assert_eq!(
            look_up(&told(&[(1, 2), (2, 3)]), SITTING, &held(&[(1, 2)]))
                .lost
                .len(),
            1
        );
        assert_eq!(look_up(&told(&[(1, 2)]), SITTING, &held(&[(1, 4)])).lost.len(), 1);
        assert_eq!(
            look_up(&told(&[(1, 2)]), SittingId(9), &held(&[(1, 2)]))
                .lost
                .len(),
            1
        );
        assert_eq!(
            look_up(&told(&[(1, 2)]), SITTING, &CentralLogs::new()).lost.len(),
            1
        );
    }

    #[test]
    fn a_place_that_was_acknowledged_for_two_answers_is_named() {
        let found = look_up(&told(&[(1, 2), (1, 3)]), SITTING, &held(&[(1, 2)]));
        assert_eq!(
            (found.places, found.lost.len(), found.twice.len()),
            (1, 1, 1),
            "{found:?}"
        );
    }
}
