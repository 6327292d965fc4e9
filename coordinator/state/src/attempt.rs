//! Merged attempts in memory, small and near. The rules are `protocol::merge`'s alone: an item is unpacked, merged there,
//! and packed again.
//!
//! Unpacked, an attempt of 100 answered items takes about 26 KB (two registers of heap vectors an item); packed, 40 bytes
//! an item as long as one content was seen for it: 7.7 KB an attempt, measured with everything else that it needs.
//!
//! Answers come from all candidates in turn, so what one touches is in no cache: the cost of a merge is the number of
//! places that it looks at. They are four here (the map, the attempt, the item, its epoch at hand in the attempt), whatever
//! an attempt holds; looking for the item and the epoch through trees made an answer of a long exam twice as dear.

mod held;

use std::collections::BTreeMap;

use held::{Held, Plain};
use protocol::{
    epoch::Epoch,
    ids::{AttemptKey, CandidateId, ItemNo, NodeId, SittingId},
    merge::{LatePolicy, MergedAttempt},
    record::{Event, Record},
};

/// All attempts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Attempts {
    map: BTreeMap<AttemptKey, PackedAttempt>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PackedAttempt {
    /// The items in their order.
    items: Vec<(ItemNo, Held)>,
    /// The greatest of the epochs that the rest holds: nearly every answer is of it.
    epoch: Option<Epoch>,
    answers: Answers,
    /// Everything but the items.
    rest: Box<MergedAttempt>,
}

/// How many answers were merged, by the node that acknowledged them, in the order of the nodes; one or two as a rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Answers {
    first: Option<(NodeId, u32)>,
    others: Vec<(NodeId, u32)>,
}

impl Answers {
    fn add(&mut self, node: NodeId) {
        match &mut self.first {
            None => self.first = Some((node, 1)),
            Some((first, count)) if *first == node => *count += 1,
            Some(first) => {
                let later = if node < first.0 {
                    self.others.insert(0, std::mem::replace(first, (node, 0)));
                    first
                } else {
                    let found = self.others.binary_search_by_key(&node, |(node, _)| *node);
                    let index = found.unwrap_or_else(|index| {
                        self.others.insert(index, (node, 0));
                        index
                    });
                    &mut self.others[index]
                };
                later.1 += 1;
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = (NodeId, u32)> {
        self.first.iter().chain(&self.others).copied()
    }
}

impl PackedAttempt {
    fn apply(&mut self, node: NodeId, record: &Record) {
        let Event::Answered { item, .. } = &record.event else {
            self.rest.apply(record);
            self.note_epoch();
            return;
        };
        let place = self.place(*item);
        if !self.apply_plainly(record, place) {
            self.apply_in_full(*item, record, place);
            self.note_epoch();
        }
        self.answers.add(node);
    }

    /// Where an item lies, or would. Items are numbered from 1 and answered in order as a rule: it lies where its number
    /// says, behind the last, or before where its number says.
    fn place(&self, item: ItemNo) -> Result<usize, usize> {
        let by_number = usize::from(item.0).saturating_sub(1);
        if self.items.get(by_number).is_some_and(|(no, _)| *no == item) {
            return Ok(by_number);
        }
        match self.items.last() {
            Some((last, _)) if *last < item => Err(self.items.len()),
            Some(_) => self.items.binary_search_by_key(&item, |(no, _)| *no),
            None => Err(0),
        }
    }

    /// What nearly every answer is, without unpacking: the first one of an item, or one that is later or earlier than the
    /// only one that is held, both in time or both late. The same as the merge makes of it. `false` for anything else.
    fn apply_plainly(&mut self, record: &Record, place: Result<usize, usize>) -> bool {
        let Some((item, epoch, plain)) = Plain::of_record(record) else {
            return false;
        };
        match place {
            Err(index) => self.items.insert(index, (item, Held::Plain(plain))),
            Ok(index) => match &mut self.items[index].1 {
                Held::Plain(held) if held.in_time == plain.in_time && held.rank() != plain.rank() => {
                    if plain.rank() > held.rank() {
                        *held = plain;
                    }
                }
                Held::Plain(_) | Held::Full(_) => return false,
            },
        }
        if self.epoch != Some(epoch) {
            self.rest.epochs.insert(epoch);
            self.note_epoch();
        }
        true
    }

    fn apply_in_full(&mut self, item: ItemNo, record: &Record, place: Result<usize, usize>) {
        if let Ok(index) = place {
            self.rest.items.insert(item, self.items[index].1.unpack());
        }
        self.rest.apply(record);
        if let Some(state) = self.rest.items.remove(&item) {
            let held = Held::pack(state);
            match place {
                Ok(index) => self.items[index].1 = held,
                Err(index) => self.items.insert(index, (item, held)),
            }
        }
    }

    fn note_epoch(&mut self) {
        self.epoch = self.rest.epochs.last().copied();
    }

    /// The attempt as the merge knows it.
    pub(crate) fn unpack(&self) -> MergedAttempt {
        self.with_items(Held::unpack)
    }

    /// The same with what counts under a policy alone: of each item the one register. For scoring, which asks for no more.
    pub(crate) fn unpack_under(&self, policy: LatePolicy) -> MergedAttempt {
        self.with_items(|held| held.unpack_under(policy))
    }

    fn with_items(&self, unpack: impl Fn(&Held) -> protocol::merge::ItemState) -> MergedAttempt {
        let mut attempt = (*self.rest).clone();
        attempt.items = self.items.iter().map(|(no, held)| (*no, unpack(held))).collect();
        attempt
    }

    /// Everything but the items; cheap.
    pub(crate) fn rest(&self) -> &MergedAttempt {
        &self.rest
    }

    pub(crate) fn has_items(&self) -> bool {
        !self.items.is_empty()
    }

    /// How many answers each node acknowledged, in the order of the nodes.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (NodeId, u32)> {
        self.answers.iter()
    }
}

impl Attempts {
    /// Folds one record of a node's log in. The caller sees to it that each (log, sequence) comes once.
    pub(crate) fn apply(&mut self, node: NodeId, record: &Record) {
        self.map.entry(record.attempt).or_default().apply(node, record);
    }

    pub(crate) fn get(&self, key: AttemptKey) -> Option<&PackedAttempt> {
        self.map.get(&key)
    }

    pub(crate) fn of(&self, sitting: SittingId) -> impl Iterator<Item = (CandidateId, &PackedAttempt)> {
        let key = |candidate| AttemptKey {
            sitting,
            candidate: CandidateId(candidate),
        };
        self.map
            .range(key(0)..=key(u32::MAX))
            .map(|(key, attempt)| (key.candidate, attempt))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&AttemptKey, &PackedAttempt)> {
        self.map.iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::{
        ids::{DeviceTag, OptionId, ResponseSeq},
        response::Response,
        time::{Instant, When},
    };

    use super::*;

    fn any_answer() -> impl Strategy<Value = Record> {
        let response = prop_oneof![
            Just(None),
            (1..4u8).prop_map(|option| Some(Response::Choice(OptionId(option)))),
            (1..4u8).prop_map(|option| Some(Response::Choices([OptionId(option), OptionId(9)].into()))),
            Just(Some(Response::Number("2.5".into()))),
        ];
        let places = (0..5u16, 1..3u16, 1..3u32, 1..4u32);
        (places, response, any::<bool>(), any::<bool>(), 0..5i64).prop_map(
            |((item, number, device, seq), response, marked, late, at)| Record {
                when: When {
                    at: Instant(at),
                    elapsed_ms: 0,
                    error_ms: 0,
                },
                attempt: AttemptKey {
                    sitting: SittingId(1),
                    candidate: CandidateId(1),
                },
                event: Event::Answered {
                    item: ItemNo(item),
                    epoch: Epoch {
                        number,
                        device: DeviceTag(device),
                    },
                    seq: ResponseSeq(seq),
                    response,
                    marked,
                    late,
                },
            },
        )
    }

    proptest! {
        #[test]
        fn the_short_way_is_the_merge(records in prop::collection::vec((1..5u32, any_answer()), 0..24)) {
            let (mut packed, mut merged) = (PackedAttempt::default(), MergedAttempt::default());
            let mut counts = BTreeMap::<NodeId, u32>::new();
            for (node, record) in &records {
                packed.apply(NodeId(*node), record);
                merged.apply(record);
                *counts.entry(NodeId(*node)).or_default() += 1;
                prop_assert_eq!(&packed.unpack(), &merged);
            }
            prop_assert_eq!(packed.answers().collect::<Vec<_>>(), counts.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn what_counts_under_a_policy_is_what_the_whole_attempt_says(records in prop::collection::vec(any_answer(), 0..24)) {
            let mut packed = PackedAttempt::default();
            for record in &records {
                packed.apply(NodeId(1), record);
            }
            for policy in [LatePolicy::InTimeOnly, LatePolicy::CountLate] {
                let (whole, part) = (packed.unpack(), packed.unpack_under(policy));
                prop_assert_eq!(whole.digest(policy), part.digest(policy));
                for (item, state) in &whole.items {
                    prop_assert_eq!(state.register(policy), part.items[item].register(policy));
                }
            }
        }

        #[test]
        fn the_order_in_which_records_come_leaves_no_trace(
            records in prop::collection::vec((1..4u32, any_answer()), 0..12)
        ) {
            let packed = |records: &mut dyn Iterator<Item = &(u32, Record)>| {
                let mut packed = PackedAttempt::default();
                records.for_each(|(node, record)| packed.apply(NodeId(*node), record));
                packed
            };
            prop_assert_eq!(packed(&mut records.iter()), packed(&mut records.iter().rev()));
        }
    }
    #[test]
    fn an_attempt_in_the_map_stays_small() {
        let bytes = size_of::<PackedAttempt>();
        assert!(bytes <= 96, "{bytes} bytes");
    }
}
