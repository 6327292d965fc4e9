//! Responses that are carried to the node in a file instead of being sent: they come long after they were given, often
//! when the node has had them already. Pure, like the other rules; asked by [`crate::import`].

use protocol::{epoch::Epoch, merge::Register, outline::Outline};

use super::{
    AnswerRequest, Verdict,
    save::{is_same, judge_answers},
};
use crate::attempts::slot::Held;

/// How carried responses stand to what is held of an attempt that a person handed in: nothing of it can be changed, but
/// what is held already need not be missed. [`Verdict::Save`] means here that it is not held.
pub fn compare_answers(
    held: &Held,
    outline: &Outline,
    epoch: Epoch,
    requests: &[AnswerRequest],
) -> Vec<Verdict> {
    let is_late = held.merged.submission().is_some();
    judge_answers(held, outline, epoch, is_late, requests).verdicts
}

/// Whether this is what an earlier stay gave and the device was only told when it took the attempt over: under its own
/// stay it would become a later response than it is.
pub fn is_of_earlier_stay(held: &Held, epoch: Epoch, request: &AnswerRequest) -> bool {
    let is_told = |register: &Register| {
        let has_content = |version: &protocol::merge::Version| is_same(&version.content, request);
        register.epoch < epoch.number
            && register.seq == request.seq
            && register.versions.iter().any(has_content)
    };
    let state = held.merged.items.get(&request.item);
    state.is_some_and(|state| state.latest.iter().chain(&state.in_time).any(is_told))
}
