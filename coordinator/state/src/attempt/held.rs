//! What is held of one item, small: 40 bytes with its number as long as one content was seen for it. What it means is
//! the merge's to say: it packs and unpacks and judges nothing.

use protocol::{
    epoch::Epoch,
    ids::{DeviceTag, ItemNo, OptionId, ResponseSeq},
    merge::{Content, ItemState, LatePolicy, Register, Version},
    record::{Event, Record},
    response::Response,
    time::Instant,
};

/// What is held of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Held {
    /// One content, in time or wholly late.
    Plain(Plain),
    /// Anything else.
    Full(Box<ItemState>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plain {
    at: Instant,
    seq: ResponseSeq,
    device: DeviceTag,
    given: Given,
    epoch: u16,
    marked: bool,
    pub(super) in_time: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    Cleared,
    Choice(OptionId),
    /// Bit n is option n; options are at most 26.
    Choices(u32),
}

impl Held {
    pub(super) fn pack(state: ItemState) -> Self {
        match Plain::of(&state) {
            Some(plain) => Self::Plain(plain),
            None => Self::Full(Box::new(state)),
        }
    }

    pub(super) fn unpack(&self) -> ItemState {
        match self {
            Self::Plain(plain) => plain.state(),
            Self::Full(state) => (**state).clone(),
        }
    }

    /// With the register alone that counts under a policy.
    pub(super) fn unpack_under(&self, policy: LatePolicy) -> ItemState {
        let register = match self {
            Self::Plain(plain) => plain.register_under(policy),
            Self::Full(state) => state.register(policy).cloned(),
        };
        match policy {
            LatePolicy::InTimeOnly => ItemState {
                in_time: register,
                latest: None,
            },
            LatePolicy::CountLate => ItemState {
                in_time: None,
                latest: register,
            },
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
    pub(super) fn of_record(record: &Record) -> Option<(ItemNo, Epoch, Self)> {
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

    pub(super) fn rank(&self) -> (u16, ResponseSeq) {
        (self.epoch, self.seq)
    }

    fn state(self) -> ItemState {
        let register = self.register();
        ItemState {
            in_time: self.in_time.then(|| register.clone()),
            latest: Some(register),
        }
    }

    fn register_under(self, policy: LatePolicy) -> Option<Register> {
        match policy {
            LatePolicy::InTimeOnly => self.in_time.then(|| self.register()),
            LatePolicy::CountLate => Some(self.register()),
        }
    }

    fn register(self) -> Register {
        let content = Content {
            device: self.device,
            response: self.given.response(),
            marked: self.marked,
        };
        Register {
            epoch: self.epoch,
            seq: self.seq,
            versions: vec![Version { content, at: self.at }],
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
            Some(
                Response::Number(_)
                | Response::Text(_)
                | Response::Order(_)
                | Response::Pairs(_)
                | Response::Parts(_),
            ) => None,
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

#[cfg(test)]
mod tests {
    use super::*;

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
