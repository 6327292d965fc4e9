//! An item's key: its rules, or a person; and what it is worth at most.

use protocol::paper::{Item, ItemKind};

use super::{
    answered::Answered,
    program_key::{ProgramKey, SCORE},
    reason::Reason,
    worth,
};
use crate::{
    answer_key::{ItemKey, Key},
    marks::Marks,
    qti::{
        evaluate::EvaluationError,
        fault::Faults,
        program::{Program, Remark, Role},
        real::Real,
        value::{BaseType, Cardinality},
    },
    xml::Element,
};

/// The key, and the item's marks by it.
pub(super) fn key(
    program: Program,
    answered: Vec<Answered>,
    item: &mut Item,
    weight: Real,
    root: &Element,
    remarks: &mut Vec<Remark>,
) -> Result<ItemKey, Faults> {
    let refused = |reason: Reason| Faults::from(reason.at(root.line));
    let stopped = |error: EvaluationError| refused(Reason::Evaluation(error.to_string()));
    let mut remark = |text: String| {
        remarks.push(Remark {
            line: root.line,
            text,
        });
    };
    let has_parts = matches!(item.kind, ItemKind::Parts(_));
    let rules = ProgramKey::new(program, answered, has_parts, weight);
    let maximum = if item.is_marked_by_hand {
        let stated = worth::stated(rules.program()).map_err(stopped)?;
        stated.unwrap_or_else(|| {
            remark(
                "nothing says what it is worth; one mark is taken (declare MAXSCORE to change it)".to_owned(),
            );
            Real::from(1)
        })
    } else {
        check_score(rules.program()).map_err(refused)?;
        let maximum = worth::maximum(rules.program()).map_err(stopped)?;
        maximum.ok_or_else(|| refused(Reason::NoMaximum))?
    };
    let marks: Marks = rules
        .weighed(maximum)
        .and_then(|maximum| maximum.to_string().parse().ok())
        .ok_or_else(|| refused(Reason::BadMaximum(maximum.to_string())))?;
    item.marks = marks.to_string();
    if item.is_marked_by_hand {
        return Ok(ItemKey::new(Key::ByHand, marks, Marks::ZERO));
    }
    if let Some(score) = rules.for_nothing().filter(|score| !score.is_zero()) {
        return Err(refused(Reason::ForNothing(score.to_string())));
    }
    Ok(ItemKey::new(Key::Program(Box::new(rules)), marks, Marks::ZERO))
}

fn check_score(program: &Program) -> Result<(), Reason> {
    let score = program.find(SCORE).map(|(_, variable)| variable);
    let is_number = score.is_some_and(|score| {
        score.role == Role::Outcome
            && score.cardinality == Cardinality::Single
            && score.base.is_some_and(BaseType::is_numeric)
    });
    if is_number { Ok(()) } else { Err(Reason::NoScore) }
}
