//! What a node decides about a request by the real rules, and what it then tells the candidate.

use node::{
    attempts::{
        rules::{
            Decision, ReleaseState, StartRefusal, StartRequest, SubmitOutcome, SubmitRefusal, SubmitRequest,
            Verdict, decide_answers, decide_start, decide_submit,
        },
        slot::Place,
    },
    log::Durability,
};
use protocol::{
    ids::{AttemptKey, NodeId, Sequence},
    record::Event as RecordEvent,
};
use store::frames::FrameStore;

use super::{
    event::{Request, Saved, Told, Wish},
    exam::{self, key_of},
    node::Live,
};

/// Records to make and, for a save, what becomes of each answer; or what to say at once.
type Decided = Result<(Vec<RecordEvent>, Option<Decision>), Told>;

impl Live {
    /// Decides by the rules.
    pub fn decide(&mut self, node: NodeId, key: AttemptKey, request: &Request, now_ms: u64) -> Decided {
        let now = self.now(now_ms);
        let slot = self.book.slot(key);
        slot.read(|held| match &request.wish {
            Wish::Start(elsewhere) => {
                let sitting = exam::sitting();
                let start = StartRequest {
                    sitting: &sitting,
                    extra_permille: 0,
                    device: request.device,
                    node,
                    elsewhere: *elsewhere,
                    release: ReleaseState::Released,
                };
                let mut events = decide_start(held, start, now).map_err(|refusal| Told::NotStarted {
                    is_elsewhere: refusal == StartRefusal::OpenElsewhere,
                })?;
                if held.merged.signed_in.is_none() && !events.is_empty() {
                    let device = request.device;
                    events.insert(0, RecordEvent::SignedIn { device });
                }
                Ok((events, None))
            }
            Wish::Save {
                epoch,
                deadline,
                answers,
            } => {
                let deadline = held.merged.deadline().unwrap_or(*deadline);
                let decision = decide_answers(held, exam::outline(), *epoch, deadline, answers, now)
                    .map_err(|_| Told::Over)?;
                Ok((decision.events.clone(), Some(decision)))
            }
            Wish::Submit { id, digest } => {
                let submit = SubmitRequest {
                    id: *id,
                    digest: *digest,
                };
                match decide_submit(held, submit) {
                    Ok(SubmitOutcome::Record(event)) => Ok((vec![event], None)),
                    Ok(SubmitOutcome::Repeated | SubmitOutcome::Already) => Ok((Vec::new(), None)),
                    Err(SubmitRefusal::DigestDiffers { expected }) => Err(Told::DigestDiffers { expected }),
                    Err(SubmitRefusal::NotStarted) => Err(Told::NotStarted { is_elsewhere: false }),
                }
            }
        })
    }

    /// What a candidate is told of what was decided, with where its records lie.
    pub fn told(
        &self,
        request: &Request,
        decision: Option<&Decision>,
        first: Option<Sequence>,
        durability: Durability,
    ) -> Told {
        let slot = self.book.slot(key_of(request.candidate));
        match (&request.wish, decision) {
            (Wish::Save { epoch, answers, .. }, Some(decision)) => {
                let mut next = first;
                let log = self.own.id();
                let answers = decision.verdicts.iter().zip(answers).map(|(verdict, answer)| {
                    let place = match verdict {
                        Verdict::Save { .. } => next.map(|sequence| {
                            next = Some(sequence.next());
                            Place { log, sequence }
                        }),
                        Verdict::AlreadySaved { place, .. } => *place,
                        Verdict::Superseded | Verdict::Refused(_) => None,
                    };
                    Saved {
                        answer: answer.clone(),
                        verdict: verdict.clone(),
                        place,
                    }
                });
                Told::Saved {
                    epoch: *epoch,
                    durability,
                    answers: answers.collect(),
                    is_epoch_current: decision.is_epoch_current,
                }
            }
            (Wish::Submit { id, .. }, _) => slot.read(|held| {
                let standing = held.merged.submission().map(|standing| standing.submission.id);
                let id = standing.unwrap_or(*id);
                let own = held.own_place_of(&id, self.own.id().node);
                let any = held
                    .submissions
                    .get(&id)
                    .and_then(|places| places.first().copied());
                Told::HandedIn {
                    id,
                    place: first
                        .map(|sequence| Place {
                            log: self.own.id(),
                            sequence,
                        })
                        .or(own)
                        .or(any),
                    durability,
                }
            }),
            (Wish::Start(_) | Wish::Save { .. }, _) => {
                slot.read(|held| match (held.merged.epoch(), held.merged.deadline()) {
                    (Some(epoch), Some(deadline)) => Told::Started {
                        epoch,
                        deadline,
                        next_seq: held.next_seq(),
                    },
                    _ => Told::NotStarted { is_elsewhere: false },
                })
            }
        }
    }
}
