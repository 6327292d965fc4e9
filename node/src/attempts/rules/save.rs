//! Saving responses: which of them become records, which are held already, and which are refused and why.

use std::collections::BTreeMap;

use protocol::{
    deadline,
    epoch::Epoch,
    ids::{ItemNo, ResponseSeq},
    merge::{Content, Register},
    outline::Outline,
    record::Event,
    response::{Response, ResponseError},
    time::Instant,
};

use super::is_closed_by_person;
use crate::attempts::slot::{Held, Place};

/// One response as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRequest {
    /// To which item.
    pub item: ItemNo,
    /// Its place among the device's responses.
    pub seq: ResponseSeq,
    /// What was given; `None` clears.
    pub response: Option<Response>,
    /// Whether it is marked for review.
    pub marked: bool,
}

/// Why one response is refused. The others of the request are not touched by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefusal {
    /// There is no such item.
    #[error("the paper has no item {0}")]
    UnknownItem(ItemNo),
    /// The response does not fit the item.
    #[error(transparent)]
    Invalid(#[from] ResponseError),
    /// The device used the seq for something else.
    #[error("seq {seq} of item {item} was used for another response already; give each change a greater seq")]
    SequenceReused {
        /// The item.
        item: ItemNo,
        /// The seq.
        seq: ResponseSeq,
    },
    /// Sequence numbers count from 1.
    #[error("a seq is 1 or greater; each change of a response gets a greater one")]
    SequenceZero,
}

/// Why no response at all can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SaveRefusal {
    /// The attempt was handed in.
    #[error("this exam was submitted; no response can be changed any more")]
    Submitted,
}

/// What becomes of one response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It becomes a record: the next of [`Decision::events`].
    Save {
        /// Whether it is late.
        late: bool,
    },
    /// The same was saved before.
    AlreadySaved {
        /// Whether that was late.
        late: bool,
        /// Where it lies; `None` when it is a record of this very request.
        place: Option<Place>,
    },
    /// A later response to the item is held; this one needs no record.
    Superseded,
    /// It cannot be taken.
    Refused(AnswerRefusal),
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// One for each response, in their order.
    pub verdicts: Vec<Verdict>,
    /// The records to make, in the order of the verdicts that say [`Verdict::Save`].
    pub events: Vec<Event>,
    /// Whether `epoch` is the one that holds the attempt.
    pub is_epoch_current: bool,
}

/// Decides about responses of `epoch`. `deadline` is that of the attempt, or of the token where the attempt is not
/// known here.
pub fn decide_answers(
    held: &Held,
    outline: &Outline,
    epoch: Epoch,
    deadline: Instant,
    requests: &[AnswerRequest],
    now: Instant,
) -> Result<Decision, SaveRefusal> {
    if is_closed_by_person(&held.merged) {
        return Err(SaveRefusal::Submitted);
    }
    let is_expired = held.merged.submission().is_some();
    let late = is_expired || (!held.merged.is_paused() && deadline::is_late(now, deadline));
    Ok(judge_answers(held, outline, epoch, late, requests))
}

/// The same for an attempt that may be written to, or as if it might; `late` is known.
pub(super) fn judge_answers(
    held: &Held,
    outline: &Outline,
    epoch: Epoch,
    late: bool,
    requests: &[AnswerRequest],
) -> Decision {
    let mut view = View {
        held,
        epoch,
        late,
        fresh: BTreeMap::new(),
    };
    let mut events = Vec::with_capacity(requests.len());
    let verdicts = requests
        .iter()
        .map(|request| {
            let verdict = match check(outline, request) {
                Ok(()) => view.judge(request),
                Err(refusal) => Verdict::Refused(refusal),
            };
            if matches!(verdict, Verdict::Save { .. }) {
                // Only a later one of the same request asks for it.
                if requests.len() > 1 {
                    view.fresh.insert(request.item, request);
                }
                events.push(event(request, epoch, late));
            }
            verdict
        })
        .collect();
    Decision {
        verdicts,
        events,
        is_epoch_current: held.merged.epoch().is_none_or(|current| current <= epoch),
    }
}

fn check(outline: &Outline, request: &AnswerRequest) -> Result<(), AnswerRefusal> {
    let item = outline
        .items
        .get(&request.item)
        .ok_or(AnswerRefusal::UnknownItem(request.item))?;
    if request.seq.0 == 0 {
        return Err(AnswerRefusal::SequenceZero);
    }
    if let Some(response) = &request.response {
        response.check(item)?;
    }
    Ok(())
}

fn event(request: &AnswerRequest, epoch: Epoch, late: bool) -> Event {
    Event::Answered {
        item: request.item,
        epoch,
        seq: request.seq,
        response: request.response.clone(),
        marked: request.marked,
        late,
    }
}

/// What is held, with what this request has added so far.
struct View<'a> {
    held: &'a Held,
    epoch: Epoch,
    late: bool,
    fresh: BTreeMap<ItemNo, &'a AnswerRequest>,
}

impl View<'_> {
    fn judge(&self, request: &AnswerRequest) -> Verdict {
        if let Some(earlier) = self.fresh.get(&request.item) {
            return self.judge_against_fresh(earlier, request);
        }
        let state = self.held.merged.items.get(&request.item);
        let rank = (self.epoch.number, request.seq);
        let Some(latest) = state.and_then(|state| state.latest.as_ref()) else {
            return Verdict::Save { late: self.late };
        };
        if rank > rank_of(latest) {
            return Verdict::Save { late: self.late };
        }
        if rank == rank_of(latest) {
            return self.judge_same_rank(latest, request);
        }
        // An earlier response than the one held, which still is the greatest of those in time if the one held is late.
        let in_time = state.and_then(|state| state.in_time.as_ref());
        match in_time.map(rank_of) {
            _ if self.late => Verdict::Superseded,
            None => Verdict::Save { late: false },
            Some(held) if rank > held => Verdict::Save { late: false },
            Some(held) if rank == held => in_time.map_or(Verdict::Superseded, |in_time| {
                self.judge_same_rank(in_time, request)
            }),
            Some(_) => Verdict::Superseded,
        }
    }

    fn judge_same_rank(&self, register: &Register, request: &AnswerRequest) -> Verdict {
        let mut of_device = register
            .versions
            .iter()
            .filter(|version| version.content.device == self.epoch.device);
        match of_device.next() {
            // Another device under the same epoch number: both are kept, and a person decides.
            None => Verdict::Save { late: self.late },
            Some(version) if is_same(&version.content, request) => {
                let answer = self.held.answers.get(&request.item);
                let answer = answer.filter(|answer| answer.seq == request.seq);
                Verdict::AlreadySaved {
                    late: answer.is_some_and(|answer| answer.late),
                    place: answer.map(|answer| answer.place),
                }
            }
            Some(_) => reused(request),
        }
    }

    fn judge_against_fresh(&self, earlier: &AnswerRequest, request: &AnswerRequest) -> Verdict {
        match request.seq.cmp(&earlier.seq) {
            std::cmp::Ordering::Greater => Verdict::Save { late: self.late },
            std::cmp::Ordering::Less => Verdict::Superseded,
            std::cmp::Ordering::Equal if earlier == request => Verdict::AlreadySaved {
                late: self.late,
                place: None,
            },
            std::cmp::Ordering::Equal => reused(request),
        }
    }
}

fn reused(request: &AnswerRequest) -> Verdict {
    Verdict::Refused(AnswerRefusal::SequenceReused {
        item: request.item,
        seq: request.seq,
    })
}

fn rank_of(register: &Register) -> (u16, ResponseSeq) {
    (register.epoch, register.seq)
}

pub(super) fn is_same(content: &Content, request: &AnswerRequest) -> bool {
    content.response == request.response && content.marked == request.marked
}
