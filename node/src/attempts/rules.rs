//! The rules of an attempt, pure: what is held, what is asked and the time go in; events or a refusal come out. The
//! service makes the events durable; nothing here changes anything, and no clock is read.

mod carried;
mod save;
mod start;
mod submit;

pub use carried::{compare_answers, is_of_earlier_stay};
pub use save::{AnswerRefusal, AnswerRequest, Decision, SaveRefusal, Verdict, decide_answers};
pub use start::{Elsewhere, ReleaseState, StartRefusal, StartRequest, decide_start};
pub use submit::{SubmitOutcome, SubmitRefusal, SubmitRequest, decide_expiry, decide_submit};

use protocol::{merge::MergedAttempt, record::SubmittedBy};

/// Whether the candidate or an invigilator handed the attempt in. What the deadline handed in still takes responses that
/// were on their way: they are kept and marked late, and policy decides at scoring.
pub fn is_closed_by_person(merged: &MergedAttempt) -> bool {
    merged
        .submission()
        .is_some_and(|submitted| match submitted.submission.by {
            SubmittedBy::Candidate | SubmittedBy::Invigilator => true,
            SubmittedBy::Deadline => false,
        })
}

#[cfg(test)]
mod tests;
