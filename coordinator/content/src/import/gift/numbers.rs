//! The numeric answers of GIFT: `#3`, `#3:0.5`, `#1..5`, or several of them with weights and feedback.

use super::{
    answers::{Misplaced, feedback, split},
    rich::find,
};
use crate::import::{
    draft::{AcceptedNumber, Fraction, Markup, NumberRange},
    drafts::Reason,
    number_range,
};

/// Reads what stands behind the first `#`.
pub(super) fn read(text: &str, markup: Markup) -> Result<Vec<AcceptedNumber>, Misplaced> {
    let body = text.trim();
    if !body.starts_with(['=', '~']) {
        let (number, comment) = match find(body, "#") {
            Some(place) => (&body[..place], &body[place + 1..]),
            None => (body, ""),
        };
        let at_start = |reason| (0, reason);
        return Ok(vec![AcceptedNumber {
            range: range(number).map_err(at_start)?,
            fraction: Fraction::ALL,
            feedback: feedback(comment, markup).map_err(at_start)?,
        }]);
    }
    let mut accepted = Vec::new();
    for answer in split(text)? {
        // `~#…` is only feedback to every other number.
        if !answer.is_right && answer.text.trim().is_empty() {
            continue;
        }
        let at_it = |reason| (answer.place, reason);
        accepted.push(AcceptedNumber {
            range: range(answer.text).map_err(at_it)?,
            fraction: answer.fraction,
            feedback: feedback(answer.feedback, markup).map_err(at_it)?,
        });
    }
    Ok(accepted)
}

fn range(text: &str) -> Result<NumberRange, Reason> {
    let text = text.trim();
    if let Some((from, to)) = text.split_once("..") {
        return number_range::between(from, to);
    }
    match text.split_once(':') {
        Some((number, tolerance)) => number_range::within(number, tolerance),
        None => number_range::exactly(text),
    }
}
