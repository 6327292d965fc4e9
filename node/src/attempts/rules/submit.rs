//! Handing an attempt in: by the candidate, idempotent, and by the node when its time is over.

use protocol::{
    codec, deadline,
    hash::Hash,
    merge::LatePolicy,
    record::{Event, Submission, SubmissionId, SubmittedBy},
    time::Instant,
};

use crate::attempts::slot::Held;

/// What a candidate asks who hands in.
#[derive(Debug, Clone, Copy)]
pub struct SubmitRequest {
    /// Minted by the page, so that a second press is the same submission.
    pub id: SubmissionId,
    /// The digest of what the page believes it has given.
    pub digest: Hash,
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitOutcome {
    /// This is to be recorded.
    Record(Event),
    /// This very submission stands.
    Repeated,
    /// Another submission stands.
    Already,
}

/// Why an attempt cannot be handed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitRefusal {
    /// Nothing is known of it here.
    #[error("this exam was not started, or not at a node that this one knows of; start it here first")]
    NotStarted,
    /// The page and the node do not hold the same.
    #[error("not every response has arrived here; the page sends what is missing and submits again")]
    DigestDiffers {
        /// The digest of what the node holds.
        expected: Hash,
    },
}

/// Decides about a candidate's submission.
pub fn decide_submit(held: &Held, request: SubmitRequest) -> Result<SubmitOutcome, SubmitRefusal> {
    if let Some(standing) = held.merged.submission() {
        let same = standing.submission.id == request.id;
        return Ok(if same {
            SubmitOutcome::Repeated
        } else {
            SubmitOutcome::Already
        });
    }
    if held.merged.started.is_none() {
        return Err(SubmitRefusal::NotStarted);
    }
    let submission = handed_in(held, request.id, SubmittedBy::Candidate);
    if submission.digest != request.digest {
        return Err(SubmitRefusal::DigestDiffers {
            expected: submission.digest,
        });
    }
    Ok(SubmitOutcome::Record(Event::Submitted(submission)))
}

/// The event by which the node hands in an attempt whose time is over; `None` while it is not.
pub fn decide_expiry(held: &Held, now: Instant) -> Option<Event> {
    let deadline = held.merged.deadline()?;
    let is_open = held.merged.submission().is_none() && !held.merged.is_paused();
    (is_open && deadline::is_expired(now, deadline))
        .then(|| Event::Submitted(handed_in(held, deadline_submission(held), SubmittedBy::Deadline)))
}

fn handed_in(held: &Held, id: SubmissionId, by: SubmittedBy) -> Submission {
    let answered = held.merged.responses(LatePolicy::InTimeOnly).count();
    Submission {
        id,
        by,
        digest: held.merged.digest(LatePolicy::InTimeOnly),
        answered: u16::try_from(answered).unwrap_or(u16::MAX),
    }
}

/// The same at every node, so that two nodes that submit an expired attempt mean one submission. A reopening makes
/// another: the old one would stay undone for ever.
fn deadline_submission(held: &Held) -> SubmissionId {
    let mut input = codec::encode(&held.key).expect("an attempt's key has a fixed small size");
    for id in held.merged.reopened.keys() {
        input.extend_from_slice(&id.0.to_be_bytes());
    }
    let hash = Hash::blake3(&input);
    let (id, _) = hash
        .as_bytes()
        .split_first_chunk()
        .expect("a hash is longer than a submission's id");
    *id
}
