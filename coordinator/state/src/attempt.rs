//! Merged attempts in memory, small. The rules are `protocol::merge`'s alone: an item is unpacked, merged there, and
//! packed again.
//!
//! Unpacked, an attempt of 100 answered items takes about 26 KB (two registers of heap vectors an item); packed, 40 bytes
//! an item as long as one content was seen for it: 7.7 KB an attempt, measured with everything else that it needs.

use std::collections::BTreeMap;

use protocol::{
    epoch::Epoch,
    ids::{AttemptKey, CandidateId, DeviceTag, ItemNo, NodeId, OptionId, ResponseSeq, SittingId},
    merge::{Content, ItemState, MergedAttempt, Register, Version},
    record::{Event, Record},
    response::Response,
    time::Instant,
};

/// All attempts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Attempts {
    map: BTreeMap<AttemptKey, PackedAttempt>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PackedAttempt {
    /// Everything but the items.
    rest: MergedAttempt,
    /// The items in their order.
    items: Vec<(ItemNo, Held)>,
    /// How many answers were merged, by the node that acknowledged them; one or two nodes as a rule.
    answers: Vec<(NodeId, u32)>,
}

/// What is held of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Held {
    /// One content, in time or wholly late.
    Plain(Plain),
    /// Anything else.
    Full(Box<ItemState>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Plain {
    at: Instant,
    seq: ResponseSeq,
    device: DeviceTag,
    given: Given,
    epoch: u16,
    marked: bool,
    in_time: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    Cleared,
    Choice(OptionId),
    /// Bit n is option n; options are at most 26.
    Choices(u32),
}

impl Held {
    fn pack(state: ItemState) -> Self {
        match Plain::of(&state) {
            Some(plain) => Self::Plain(plain),
            None => Self::Full(Box::new(state)),
        }
    }

    fn unpack(&self) -> ItemState {
        match self {
            Self::Plain(plain) => plain.state(),
            Self::Full(state) => (**state).clone(),
        }
    }
}

impl Plain {
    fn of(state: &ItemState) -> Option<Self> {
        let latest = state.latest.as_ref()?;
        let in_time = match &state.in_time {
            Some(in_time) if in_time == latest => true,
            Some(_) => return None,
            None => false,
        };
        let [version] = latest.versions.as_slice() else {
            return None;
        };
        Some(Self {
            at: version.at,
            seq: latest.seq,
            device: version.content.device,
            given: Given::of(version.content.response.as_ref())?,
            epoch: latest.epoch,
            marked: version.content.marked,
            in_time,
        })
    }

    /// The content that an answer brings, if it is such a one.
    fn of_record(record: &Record) -> Option<(ItemNo, Epoch, Self)> {
        let Event::Answered {
            item,
            epoch,
            seq,
            response,
            marked,
            late,
        } = &record.event
        else {
            return None;
        };
        let plain = Self {
            at: record.when.at,
            seq: *seq,
            device: epoch.device,
            given: Given::of(response.as_ref())?,
            epoch: epoch.number,
            marked: *marked,
            in_time: !late,
        };
        Some((*item, *epoch, plain))
    }

    fn rank(&self) -> (u16, ResponseSeq) {
        (self.epoch, self.seq)
    }

    fn state(self) -> ItemState {
        let content = Content {
            device: self.device,
            response: self.given.response(),
            marked: self.marked,
        };
        let register = Register {
            epoch: self.epoch,
            seq: self.seq,
            versions: vec![Version { content, at: self.at }],
        };
        ItemState {
            in_time: self.in_time.then(|| register.clone()),
            latest: Some(register),
        }
    }
}

impl Given {
    fn of(response: Option<&Response>) -> Option<Self> {
        match response {
            None => Some(Self::Cleared),
            Some(Response::Choice(option)) => Some(Self::Choice(*option)),
            Some(Response::Choices(chosen)) => chosen
                .iter()
                .try_fold(0, |bits, option| Some(bits | 1u32.checked_shl(option.0.into())?))
                .map(Self::Choices),
            Some(Response::Number(_)) => None,
        }
    }

    fn response(self) -> Option<Response> {
        match self {
            Self::Cleared => None,
            Self::Choice(option) => Some(Response::Choice(option)),
            Self::Choices(bits) => {
                let chosen = (0..32u8).filter(|option| bits >> option & 1 == 1).map(OptionId);
                Some(Response::Choices(chosen.collect()))
            }
        }
    }
}

impl PackedAttempt {
    fn apply(&mut self, node: NodeId, record: &Record) {
        let Event::Answered { item, .. } = &record.event else {
            self.rest.apply(record);
            return;
        };
        let place = self.items.binary_search_by_key(item, |(no, _)| *no);
        if !self.apply_plainly(record, place) {
            self.apply_in_full(*item, record, place);
        }
        match self.answers.binary_search_by_key(&node, |(node, _)| *node) {
            Ok(index) => self.answers[index].1 += 1,
            Err(index) => self.answers.insert(index, (node, 1)),
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
        self.rest.epochs.insert(epoch);
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

    /// The attempt as the merge knows it.
    pub(crate) fn unpack(&self) -> MergedAttempt {
        let mut attempt = self.rest.clone();
        attempt.items = self.items.iter().map(|(no, held)| (*no, held.unpack())).collect();
        attempt
    }

    /// Everything but the items; cheap.
    pub(crate) fn rest(&self) -> &MergedAttempt {
        &self.rest
    }

    pub(crate) fn has_items(&self) -> bool {
        !self.items.is_empty()
    }

    pub(crate) fn answers(&self) -> &[(NodeId, u32)] {
        &self.answers
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
    use protocol::time::When;

    use super::*;

    fn any_answer() -> impl Strategy<Value = Record> {
        let response = prop_oneof![
            Just(None),
            (1..4u8).prop_map(|option| Some(Response::Choice(OptionId(option)))),
            (1..4u8).prop_map(|option| Some(Response::Choices([OptionId(option), OptionId(9)].into()))),
            Just(Some(Response::Number("2.5".into()))),
        ];
        let places = (1..3u16, 1..3u16, 1..3u32, 1..4u32);
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
        fn the_short_way_is_the_merge(records in prop::collection::vec(any_answer(), 0..12)) {
            let (mut packed, mut merged) = (PackedAttempt::default(), MergedAttempt::default());
            for record in &records {
                packed.apply(NodeId(1), record);
                merged.apply(record);
                prop_assert_eq!(&packed.unpack(), &merged);
            }
            prop_assert_eq!(packed.answers().iter().map(|(_, count)| *count as usize).sum::<usize>(), records.len());
        }
    }

    #[test]
    fn an_item_stays_small() {
        assert!(
            size_of::<(ItemNo, Held)>() <= 40,
            "{} bytes",
            size_of::<(ItemNo, Held)>()
        );
    }

    #[test]
    fn packing_loses_nothing() {
        let plain = |response: Option<Response>, in_time: bool| {
            let register = Register {
                epoch: 3,
                seq: ResponseSeq(9),
                versions: vec![Version {
                    content: Content {
                        device: DeviceTag(4),
                        response,
                        marked: true,
                    },
                    at: Instant(-5),
                }],
            };
            ItemState {
                in_time: in_time.then(|| register.clone()),
                latest: Some(register),
            }
        };
        for response in [
            None,
            Some(Response::Choice(OptionId(26))),
            Some(Response::Choices([OptionId(1), OptionId(26)].into())),
            Some(Response::Choices([OptionId(200)].into())),
            Some(Response::Number("2.50".into())),
        ] {
            for in_time in [true, false] {
                let state = plain(response.clone(), in_time);
                assert_eq!(Held::pack(state.clone()).unpack(), state);
            }
        }
    }
}
