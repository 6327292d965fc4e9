//! A small world to try commands in, and what must always hold: every step leaves the invariants whole, and the rows
//! that effects wrote are the rows of the state.

use std::collections::BTreeMap;

use bytes::Bytes;
use protocol::{
    epoch::Epoch,
    feed::CoordinatorEntry,
    frame::{EncodedRecord, Frame, FrameBuilder},
    hash::Hash,
    ids::{
        AttemptKey, CandidateId, CoordinatorId, DeviceTag, DistrictId, Incarnation, ItemNo, LogId, NodeId,
        OptionId, PaperId, PaperRef, PaperVersion, ResponseSeq, Sequence, SittingId,
    },
    outline::{ItemOutline, Outline, ResponseKind},
    record::{Event, Record, Submission, SubmittedBy},
    response::Response,
    roster::Candidate,
    time::{Instant, When},
};

use crate::{Command, Effects, NewNewcomer, NewSitting, Outcome, Rejection, Stamped, State};

mod consent;
mod delivery;
mod evidence;
mod feed;
mod gates;
mod marks;
mod reconciliation;
mod registry;
mod replay;
mod scores;

pub(crate) const PAPER: PaperRef = PaperRef {
    paper: PaperId(1),
    version: PaperVersion(1),
};
pub(crate) const MUMBAI: DistrictId = DistrictId(1);
pub(crate) const PUNE: DistrictId = DistrictId(2);
pub(crate) const SITTING: SittingId = SittingId(1);

/// A state with its history and its rows on "disk".
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) history: Vec<Stamped>,
    pub(crate) disk: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) frames: Vec<Frame>,
}

impl World {
    pub(crate) fn empty() -> Self {
        Self {
            state: State::new(),
            history: Vec::new(),
            disk: BTreeMap::new(),
            frames: Vec::new(),
        }
    }

    /// Two districts with a node each, three candidates, a paper, a sitting in Mumbai alone.
    pub(crate) fn ready() -> Self {
        let mut world = Self::empty();
        world.apply(init("Maharashtra"));
        for (number, name) in ["Mumbai", "Pune"].into_iter().enumerate() {
            world.apply(Command::AddDistrict { name: name.into() });
            world.apply(Command::MakeJoin {
                newcomer: NewNewcomer::NewNode {
                    name: format!("{name}-1"),
                    district: DistrictId(number as u16 + 1),
                },
                secret_hash: Hash::blake3(name.as_bytes()),
                expires: Instant(1000),
            });
        }
        let candidates = vec![candidate(1, MUMBAI), candidate(2, MUMBAI), candidate(3, PUNE)];
        world.apply(Command::ImportCandidates { candidates });
        world.publish(None, b"sealed");
        world.apply(Command::CreateSitting(sitting(vec![MUMBAI])));
        world
    }

    pub(crate) fn try_apply(&mut self, command: Command) -> Effects {
        let at = Instant(self.history.len() as i64);
        let stamped = Stamped {
            at,
            by: "test".into(),
            command,
        };
        let effects = self.state.apply(&stamped);
        for (key, value) in effects.rows.clone() {
            match value {
                Some(value) => self.disk.insert(key, value),
                None => self.disk.remove(&key),
            };
        }
        self.frames.extend(effects.frames.clone());
        assert_eq!(self.state.check(), Vec::<String>::new(), "after {stamped:?}");
        self.history.push(stamped);
        effects
    }

    pub(crate) fn apply(&mut self, command: Command) -> Outcome {
        self.try_apply(command).outcome.expect("the command is valid")
    }

    /// Refused, and nothing was written.
    pub(crate) fn refused(&mut self, command: Command) -> Rejection {
        let before = self.state.clone();
        let effects = self.try_apply(command);
        assert_eq!((effects.rows, effects.frames), (vec![], vec![]));
        assert_eq!(self.state, before);
        effects.outcome.expect_err("the command is not valid")
    }

    pub(crate) fn publish(&mut self, paper: Option<PaperId>, sealed: &'static [u8]) -> PaperRef {
        self.apply(piece(sealed, 0, sealed));
        let command = publication(self.state.next_paper(paper).unwrap(), paper, sealed);
        match self.apply(command) {
            Outcome::Paper(paper) => paper,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn deliver(&mut self, frames: &[&Frame]) -> Effects {
        let frames = frames.iter().map(|frame| frame.bytes().clone()).collect();
        self.try_apply(Command::Frames { frames })
    }
}

pub(crate) fn init(name: &str) -> Command {
    Command::InitCluster {
        name: name.into(),
        ca_certificate: "certificate".into(),
        wrapped_ca_key: vec![1, 2],
        token_key: Hash::blake3(b"token"),
        code_key: Hash::blake3(b"code"),
        ops_token_hash: Hash::blake3(b"ops"),
    }
}

pub(crate) fn piece(whole: &[u8], offset: u32, bytes: &'static [u8]) -> Command {
    Command::PutBlob {
        hash: Hash::blake3(whole),
        offset,
        total: whole.len() as u32,
        bytes: Bytes::from_static(bytes),
    }
}

pub(crate) fn publication(named: PaperRef, paper: Option<PaperId>, sealed: &[u8]) -> Command {
    let items = (1..=3).map(|no| {
        let kind = ResponseKind::Choice { options: 4 };
        (ItemNo(no), ItemOutline { no: ItemNo(no), kind })
    });
    Command::PublishPaper {
        paper,
        title: "Sample".into(),
        blob: Hash::blake3(sealed),
        bytes: sealed.len() as u32,
        outline: Outline {
            paper: named,
            items: items.collect(),
        },
        wrapped_key: vec![7; 60],
        wrapped_answer_key: vec![8; 60],
    }
}

pub(crate) fn sitting(districts: Vec<DistrictId>) -> NewSitting {
    NewSitting {
        title: "Morning".into(),
        paper: PAPER,
        opens: Instant(0),
        closes: Instant(10_000),
        duration_ms: 5000,
        districts,
        batch: String::new(),
        order_secret: Hash::blake3(b"order"),
    }
}

pub(crate) fn candidate(id: u32, district: DistrictId) -> Candidate {
    Candidate {
        id: CandidateId(id),
        district,
        name: format!("Candidate {id}"),
        roll: String::new(),
        batch: String::new(),
        extra_permille: 0,
        code_hash: Hash::ZERO,
    }
}

pub(crate) fn coordinator(id: u64, address: &str) -> Command {
    Command::SetCoordinator {
        entry: CoordinatorEntry {
            id: CoordinatorId(id),
            link_address: address.into(),
        },
    }
}

pub(crate) fn log(node: u32) -> LogId {
    LogId {
        node: NodeId(node),
        incarnation: Incarnation(77),
    }
}

pub(crate) fn record(candidate: u32, at: i64, event: Event) -> Record {
    Record {
        when: When {
            at: Instant(at),
            elapsed_ms: 0,
            error_ms: 1,
        },
        attempt: AttemptKey {
            sitting: SITTING,
            candidate: CandidateId(candidate),
        },
        event,
    }
}

pub(crate) fn started(candidate: u32) -> Record {
    let event = Event::Started {
        epoch: Epoch::first(DeviceTag(9)),
        paper: PAPER,
        deadline: Instant(5000),
    };
    record(candidate, 1, event)
}

pub(crate) fn answered(candidate: u32, item: u16, seq: u32, option: u8) -> Record {
    let event = Event::Answered {
        item: ItemNo(item),
        epoch: Epoch::first(DeviceTag(9)),
        seq: ResponseSeq(seq),
        response: Some(Response::Choice(OptionId(option))),
        marked: false,
        late: false,
    };
    record(candidate, 2, event)
}

pub(crate) fn submitted(candidate: u32, digest: Hash) -> Record {
    let event = Event::Submitted(Submission {
        id: [candidate as u8; 16],
        by: SubmittedBy::Candidate,
        digest,
        answered: 1,
    });
    record(candidate, 3, event)
}

/// A chain of frames of one log, each with these records.
pub(crate) fn chain(log: LogId, frames: &[Vec<Record>]) -> Vec<Frame> {
    let mut next = (Sequence(1), Hash::ZERO);
    frames
        .iter()
        .map(|records| {
            let mut builder = FrameBuilder::new(log, next.0, next.1);
            for record in records {
                builder.push(&EncodedRecord::new(record).unwrap());
            }
            let frame = builder.finish().unwrap();
            next = (frame.last().next(), frame.hash());
            frame
        })
        .collect()
}
