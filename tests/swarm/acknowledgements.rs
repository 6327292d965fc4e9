//! What a teacher's page remembers of its answers, in sixteen bytes an answer: what was given, and where the node said
//! that it is safe. From it come the digest that is handed in and, at the end, the memory that the oracle judges.

use std::collections::BTreeMap;

use local::teacher::{Acknowledged, Given, Memory};
use protocol::{
    digest,
    hash::Hash,
    ids::{CandidateId, ItemNo, OptionId},
    outline::ResponseKind,
    response::Response,
};
use rand::Rng;
use serde::{Deserialize, Serialize};

/// The code of an answer that was cleared.
const CLEARED: u8 = u8::MAX;

/// Numbers that teachers type are below this.
const NUMBERS: u8 = 100;

/// A response in one byte, read by the kind of its item: an option, a set of options as bits, a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice(u8);

/// One answer, and where it is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Acknowledgement {
    /// Its place in the log; 0 when no record was needed.
    pub sequence: u64,
    /// The item.
    pub item: u16,
    /// Its place among the device's answers.
    pub seq: u16,
    /// Which log, by its number in the share.
    pub log: u16,
    /// What was given.
    pub choice: Choice,
    /// [`MARKED`], [`BY_TWO`].
    pub flags: u8,
}

/// It was marked for review.
pub(crate) const MARKED: u8 = 1;

/// Two nodes had it when it was acknowledged.
pub(crate) const BY_TWO: u8 = 2;

/// All of a teacher's.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Acknowledgements(Vec<Acknowledgement>);

const OF_SAMPLE: &str = "the swarm sits the sample paper, which has choices and numbers";

// === impl Choice ===

impl Choice {
    /// Any response to an item of this kind; one of thirty-two is cleared.
    pub(crate) fn any(kind: &ResponseKind, random: &mut impl Rng) -> Self {
        if random.random_ratio(1, 32) {
            return Self(CLEARED);
        }
        Self(match kind {
            ResponseKind::Choice { options } => random.random_range(1..=*options),
            ResponseKind::Choices { options } => {
                let bits = (*options).min(7);
                (random.random_range(0..1_u16 << bits) as u8) | 1 << random.random_range(0..bits)
            }
            ResponseKind::Number => random.random_range(0..NUMBERS),
            _ => unreachable!("{OF_SAMPLE}"),
        })
    }

    /// The response.
    pub(crate) fn response(self, kind: &ResponseKind) -> Option<Response> {
        (self.0 != CLEARED).then(|| match kind {
            ResponseKind::Choice { .. } => Response::Choice(OptionId(self.0)),
            ResponseKind::Choices { .. } => {
                let chosen = (1..=7).filter(|option| self.0 >> (option - 1) & 1 == 1);
                Response::Choices(chosen.map(OptionId).collect())
            }
            ResponseKind::Number => Response::Number(self.0.to_string()),
            _ => unreachable!("{OF_SAMPLE}"),
        })
    }

    /// The response as the API takes it.
    pub(crate) fn json(self, kind: &ResponseKind) -> String {
        match (self.0, kind) {
            (CLEARED, _) => "null".into(),
            (option, ResponseKind::Choice { .. }) => format!(r#"{{"choice":{option}}}"#),
            (number, ResponseKind::Number) => format!(r#"{{"number":"{number}"}}"#),
            (bits, ResponseKind::Choices { .. }) => {
                let chosen = (1..=7).filter(|option| bits >> (option - 1) & 1 == 1);
                let chosen: Vec<String> = chosen.map(|option: u8| option.to_string()).collect();
                format!(r#"{{"choices":[{}]}}"#, chosen.join(","))
            }
            _ => unreachable!("{OF_SAMPLE}"),
        }
    }
}

// === impl Acknowledgements ===

impl Acknowledgements {
    /// Notes one.
    pub(crate) fn push(&mut self, acknowledgement: Acknowledgement) {
        self.0.push(acknowledgement);
    }

    /// The answers that stand: of each item the one with the greatest place.
    fn standing(&self) -> BTreeMap<u16, Acknowledgement> {
        let mut standing: BTreeMap<u16, Acknowledgement> = BTreeMap::new();
        for one in &self.0 {
            let held = standing.entry(one.item).or_insert(*one);
            if one.seq >= held.seq {
                *held = *one;
            }
        }
        standing
    }

    /// The digest of the answers that stand.
    pub(crate) fn digest(&self, kinds: &BTreeMap<u16, ResponseKind>) -> Hash {
        let standing = self.standing();
        let responses: Vec<(ItemNo, Response)> = standing
            .iter()
            .filter_map(|(item, one)| Some((ItemNo(*item), one.choice.response(&kinds[item])?)))
            .collect();
        digest::of_responses(responses.iter().map(|(item, response)| (*item, response)))
    }

    /// The memory that the oracle judges. `logs` are those of the share that these were made in.
    pub(crate) fn memory(
        &self,
        candidate: CandidateId,
        logs: &[String],
        kinds: &BTreeMap<u16, ResponseKind>,
    ) -> Memory {
        let given = |one: &Acknowledgement| Given {
            item: ItemNo(one.item),
            seq: one.seq.into(),
            response: one.choice.response(&kinds[&one.item]),
            marked: one.flags & MARKED != 0,
        };
        let recorded = self.0.iter().filter(|one| one.sequence > 0);
        let acknowledged = recorded.map(|one| Acknowledged {
            given: given(one),
            log: logs[usize::from(one.log)].clone(),
            sequence: one.sequence,
            durability: if one.flags & BY_TWO == 0 {
                "node"
            } else {
                "district"
            }
            .into(),
        });
        let standing = self.standing();
        Memory {
            candidate,
            acknowledged: acknowledged.collect(),
            standing: standing
                .iter()
                .map(|(item, one)| (ItemNo(*item), given(one)))
                .collect(),
            ..Memory::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    const KINDS: [ResponseKind; 3] = [
        ResponseKind::Choice { options: 4 },
        ResponseKind::Choices { options: 5 },
        ResponseKind::Number,
    ];

    #[test]
    fn an_answer_takes_sixteen_bytes() {
        assert_eq!(size_of::<Acknowledgement>(), 16);
    }

    #[test]
    fn what_is_sent_is_what_is_remembered() {
        let mut random = StdRng::seed_from_u64(7);
        for kind in KINDS {
            for _ in 0..300 {
                let choice = Choice::any(&kind, &mut random);
                let sent: Option<Response> = serde_json::from_str(&choice.json(&kind)).unwrap();
                assert_eq!(sent, choice.response(&kind), "{kind:?} {choice:?}");
                assert!(sent != Some(Response::Choices([].into())));
            }
        }
    }

    #[test]
    fn the_answer_given_last_stands_and_a_cleared_one_leaves_no_line() {
        let kinds = BTreeMap::from([(1, KINDS[0].clone()), (2, KINDS[0].clone())]);
        let one = |item, seq, choice| Acknowledgement {
            sequence: u64::from(seq) + 10,
            item,
            seq,
            log: 0,
            choice: Choice(choice),
            flags: 0,
        };
        let all = Acknowledgements(vec![one(1, 1, 2), one(1, 3, 4), one(2, 2, 1), one(2, 4, CLEARED)]);
        assert_eq!(all.digest(&kinds), Hash::sha256(b"1:c4\n"));
        let memory = all.memory(CandidateId(9), &["log".into()], &kinds);
        assert_eq!(memory.digest(), all.digest(&kinds));
        assert_eq!(memory.acknowledged.len(), 4);
    }
}
