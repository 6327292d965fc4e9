//! The service: takes an attempt's turn, lets the rules decide, has the log make the events durable, and answers.
//!
//! The book changes only by committed frames (the committer shows them to it before it wakes the waiter), so what is
//! read here afterwards holds what was just decided, and a caller that goes away in the middle changes nothing.

mod incident;
mod unlock;

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use protocol::{
    epoch::Epoch,
    frame::EncodedRecord,
    ids::{AttemptKey, DeviceTag, Sequence},
    outline::Outline,
    receipt::{Receipt, SignedReceipt},
    record::{Event, Record},
    time::{Instant, When},
};

use super::{
    Settings,
    book::{Book, Slot},
    rules::{
        AnswerRequest, Decision, SaveRefusal, StartRefusal, StartRequest, SubmitOutcome, SubmitRefusal,
        SubmitRequest, Verdict, decide_answers, decide_expiry, decide_start, decide_submit,
    },
    slot::Place,
    unlocks::Unlocks,
};
use crate::{
    district_time::DistrictTime,
    log::{AppendError, Committed, Durability, Log, Turn},
};

pub use self::unlock::NotUnlocked;

/// Attempts and what it takes to change them. Clones are the same service.
#[derive(Clone)]
pub struct Attempts {
    book: Book,
    log: Log,
    time: DistrictTime,
    signing_key: Arc<SigningKey>,
    unlocks: Arc<Unlocks>,
    move_needs_unlock: bool,
}

/// Why something was not done: the rules are against it, or the log did not take it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure<R: std::error::Error + 'static> {
    /// By the rules.
    #[error(transparent)]
    Refused(R),
    /// By the log; nothing was acknowledged, and it may be sent again.
    #[error(transparent)]
    Log(#[from] AppendError),
}

/// What became of responses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// On how many disks all of it is.
    pub durability: Durability,
    /// One for each response, in their order, with where it lies.
    pub answers: Vec<(Verdict, Option<Place>)>,
    /// Whether the epoch is the one that holds the attempt.
    pub is_epoch_current: bool,
    /// The attempt's deadline, as it was judged by.
    pub deadline: Instant,
}

/// A submission that stands, and its receipt by this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedIn {
    /// The receipt.
    pub receipt: SignedReceipt,
    /// Whether another submission than the one asked for stands.
    pub already: bool,
}

// === impl Attempts ===

impl Attempts {
    /// The service over a book that was filled from the log, and the log.
    pub fn new(
        book: Book,
        log: Log,
        time: DistrictTime,
        signing_key: SigningKey,
        settings: &Settings,
    ) -> Self {
        Self {
            book,
            log,
            time,
            signing_key: Arc::new(signing_key),
            unlocks: Arc::default(),
            move_needs_unlock: settings.move_needs_unlock,
        }
    }

    /// The attempts themselves, to read.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The log they are kept in.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Now, in district time.
    pub fn when(&self) -> When {
        self.time.when()
    }

    /// Notes that the candidate signed in, for each of these attempts.
    pub async fn signed_in(&self, keys: &[AttemptKey], device: DeviceTag) -> Result<(), AppendError> {
        if keys.is_empty() {
            return Ok(());
        }
        let when = self.when();
        let records = keys.iter().map(|key| {
            encoded(&Record {
                when,
                attempt: *key,
                event: Event::SignedIn { device },
            })
        });
        self.log.append(records.collect()).await.map(drop)
    }

    /// Begins, resumes or moves an attempt; afterwards the book holds its epoch and deadline.
    pub async fn start(
        &self,
        key: AttemptKey,
        request: StartRequest<'_>,
    ) -> Result<Arc<Slot>, Failure<StartRefusal>> {
        let (slot, turn) = self.turn_of(key).await;
        let when = self.when();
        let request = self.within_leave(key, request);
        let events = slot
            .read(|held| decide_start(held, request, when.at))
            .map_err(Failure::Refused)?;
        if events.is_empty() {
            return Ok(slot);
        }
        // Within the turn: of two devices that ask at once, one moves.
        let used = unlock::is_at_another(&slot, request.device).then(|| self.unlocks.take(key));
        let appended = self.append(key, when, events, turn).await;
        if let (Err(_), Some(until)) = (&appended, used.flatten()) {
            self.unlocks.give_back(key, until);
        }
        appended?;
        Ok(slot)
    }

    /// Saves responses. `token_deadline` counts only where the attempt's start is not known here.
    pub async fn save(
        &self,
        key: AttemptKey,
        outline: &Outline,
        (epoch, token_deadline): (Epoch, Instant),
        requests: &[AnswerRequest],
    ) -> Result<Saved, Failure<SaveRefusal>> {
        let (slot, turn) = self.turn_of(key).await;
        let when = self.when();
        let (deadline, decided) = slot.read(|held| {
            let deadline = held.merged.deadline().unwrap_or(token_deadline);
            let decided = decide_answers(held, outline, epoch, deadline, requests, when.at);
            (deadline, decided)
        });
        let mut decision = decided.map_err(Failure::Refused)?;
        let events = std::mem::take(&mut decision.events);
        let committed = if events.is_empty() {
            None
        } else {
            Some(self.append(key, when, events, turn).await?)
        };
        Ok(self.placed(&slot, decision, committed, (requests, deadline)))
    }

    fn placed(
        &self,
        slot: &Slot,
        decision: Decision,
        committed: Option<Committed>,
        (requests, deadline): (&[AnswerRequest], Instant),
    ) -> Saved {
        let mut next = committed.map(|committed| committed.first);
        let mut durability = committed.map(|committed| committed.durability);
        let log = self.log.id();
        let mut answers = Vec::with_capacity(decision.verdicts.len());
        for (verdict, request) in decision.verdicts.into_iter().zip(requests) {
            let place = match &verdict {
                Verdict::Save { .. } => next.map(|sequence| {
                    next = Some(sequence.next());
                    Place { log, sequence }
                }),
                Verdict::AlreadySaved { place, .. } => {
                    // Saved by this very request: by now the book knows where.
                    place.or_else(|| slot.read(|held| held.answers.get(&request.item).map(|a| a.place)))
                }
                Verdict::Superseded | Verdict::Refused(_) => None,
            };
            if let (Verdict::AlreadySaved { .. }, Some(place)) = (&verdict, place) {
                let held = self.durability_of(place);
                durability = Some(durability.map_or(held, |other| weaker(other, held)));
            }
            answers.push((verdict, place));
        }
        Saved {
            durability: durability.unwrap_or(Durability::Node),
            answers,
            is_epoch_current: decision.is_epoch_current,
            deadline,
        }
    }

    /// How surely an answer is held that was found here. A copied frame left its own node before that node's sync, so
    /// only this disk can be vouched for.
    fn durability_of(&self, place: Place) -> Durability {
        if place.log == self.log.id() {
            self.log.durability_now(place.sequence)
        } else {
            Durability::Node
        }
    }

    /// Hands an attempt in for the candidate. Idempotent.
    pub async fn submit(
        &self,
        key: AttemptKey,
        request: SubmitRequest,
    ) -> Result<HandedIn, Failure<SubmitRefusal>> {
        let (slot, turn) = self.turn_of(key).await;
        let when = self.when();
        let outcome = slot
            .read(|held| decide_submit(held, request))
            .map_err(Failure::Refused)?;
        let already = outcome == SubmitOutcome::Already;
        match outcome {
            SubmitOutcome::Record(event) => {
                self.append(key, when, vec![event], turn).await?;
            }
            // The turn is free again for the receipt, which may need it.
            SubmitOutcome::Repeated | SubmitOutcome::Already => drop(turn),
        }
        let receipt = self.receipt(key).await?;
        let receipt = receipt.ok_or(Failure::Refused(SubmitRefusal::NotStarted))?;
        Ok(HandedIn { receipt, already })
    }

    /// Hands an attempt in whose time is over; does nothing while it is not.
    pub async fn expire(&self, key: AttemptKey) -> Result<(), AppendError> {
        let (slot, turn) = self.turn_of(key).await;
        let when = self.when();
        match slot.read(|held| decide_expiry(held, when.at)) {
            Some(event) => self.append(key, when, vec![event], turn).await.map(drop),
            None => Ok(()),
        }
    }

    /// The receipt of the submission that stands, signed by this node; `None` while there is none. A node signs only for
    /// its own log: a submission that lies in a peer's log is first noted in this one too, under the same identity.
    pub async fn receipt(&self, key: AttemptKey) -> Result<Option<SignedReceipt>, AppendError> {
        let Some(slot) = self.book.get(key) else {
            return Ok(None);
        };
        let own = self.book.own();
        // Noting it here may move its time, so what stands is read again after that.
        for _ in 0..2 {
            let standing = slot.read(|held| {
                let submitted = held.merged.submission()?.clone();
                let place = held.own_place_of(&submitted.submission.id, own);
                let place = place.and_then(|place| Some((place, held.frame_of(place)?)));
                Some((submitted, place, held.merged.started?.paper))
            });
            let Some((submitted, place, paper)) = standing else {
                return Ok(None);
            };
            let Some((place, checkpoint)) = place else {
                self.note_here(key, Event::Submitted(submitted.submission))
                    .await?;
                continue;
            };
            let receipt = Receipt {
                attempt: key,
                paper,
                digest: submitted.submission.digest,
                answered: submitted.submission.answered,
                by: submitted.submission.by,
                at: submitted.at,
                log: place.log,
                sequence: place.sequence,
                checkpoint,
            };
            return Ok(Some(receipt.sign(&self.signing_key)));
        }
        // A peer's earlier submission arrived in between: the client asks again.
        Err(AppendError::Busy)
    }

    async fn note_here(&self, key: AttemptKey, event: Event) -> Result<(), AppendError> {
        let (_, turn) = self.turn_of(key).await;
        self.append(key, self.when(), vec![event], turn).await.map(drop)
    }

    async fn turn_of(&self, key: AttemptKey) -> (Arc<Slot>, Turn) {
        let slot = self.book.slot(key);
        let turn = Arc::clone(&slot.turn).lock_owned().await;
        (slot, turn)
    }

    async fn append(
        &self,
        attempt: AttemptKey,
        when: When,
        events: Vec<Event>,
        turn: Turn,
    ) -> Result<Committed, AppendError> {
        // Of its own, because collecting in place would give most of it back by a call of the allocator.
        let mut records = Vec::with_capacity(events.len());
        records.extend(
            events
                .into_iter()
                .map(|event| encoded(&Record { when, attempt, event })),
        );
        self.log.append_in_turn(records, turn).await
    }
}

impl std::fmt::Debug for Attempts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attempts({:?})", self.log)
    }
}

/// What the rules let through is far below a record's limit: options and numbers are checked against the outline.
fn encoded(record: &Record) -> EncodedRecord {
    EncodedRecord::new(record).expect("the rules bound every part of a record")
}

fn weaker(one: Durability, other: Durability) -> Durability {
    match (one, other) {
        (Durability::District, Durability::District) => Durability::District,
        (Durability::Node, _) | (_, Durability::Node) => Durability::Node,
    }
}

/// The sequence by which an answer without a record is acknowledged.
pub const NO_SEQUENCE: Sequence = Sequence(0);

#[cfg(test)]
mod tests;
