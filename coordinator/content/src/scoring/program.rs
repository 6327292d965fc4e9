//! What a response to a QTI item is worth: the item's own rules say it. Full marks are right, part of them partial, none or
//! less wrong. What the rules cannot judge waits for a person.

use protocol::response::Response;
use rust_decimal::Decimal;

use super::{ItemScore, Verdict};
use crate::{answer_key::ItemKey, qti::ProgramKey};

pub(super) fn of_program(item: &ItemKey, rules: &ProgramKey, response: &Response) -> ItemScore {
    let Ok(marks) = rules.marks(response) else {
        return super::judge::waiting(Verdict::Review);
    };
    let verdict = if marks >= item.marks.decimal() {
        Verdict::Right
    } else if marks <= Decimal::ZERO {
        Verdict::Wrong
    } else {
        Verdict::Partial
    };
    ItemScore { marks, verdict }
}

/// What one response is worth, for tests of what makes keys.
#[cfg(test)]
pub(crate) fn judge_one(item: &ItemKey, response: &Response) -> ItemScore {
    super::judge::judge(item, response)
}
