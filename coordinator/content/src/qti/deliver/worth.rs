//! What an item is worth at most, by the first of these that says something:
//!
//! 1. the outcome `MAXSCORE`, as the rules leave it when the correct responses are given;
//! 2. `normalMaximum` of the outcome `SCORE`;
//! 3. what the correct responses bring (where there is none, the values that the mapping holds for best), or the greatest
//!    number that the rules write into `SCORE` where they only write numbers, whichever is more.

use super::{program_key::SCORE, rules};
use crate::qti::{
    evaluate::{EvaluationError, evaluate},
    program::{Program, Role, Variable},
    real::Real,
    responses::Responses,
    value::{Cardinality, Scalar, Value},
};

/// An outcome that says what an item is worth at most.
const MAXSCORE: &str = "MAXSCORE";

/// What the file states (1 and 2 above).
pub(super) fn stated(program: &Program) -> Result<Option<Real>, EvaluationError> {
    let outcome = |name: &str| {
        let found = program.find(name).map(|(_, variable)| variable);
        found.filter(|variable| variable.role == Role::Outcome)
    };
    if outcome(MAXSCORE).is_some() {
        let outcomes = evaluate(program, &best(program), 0)?;
        let stated = outcomes.values.get(MAXSCORE).and_then(Value::number);
        if let Some(stated) = stated.filter(|stated| *stated > Real::ZERO) {
            return Ok(Some(stated));
        }
    }
    Ok(outcome(SCORE).and_then(|variable| variable.normal_maximum))
}

/// What the item is worth at most; `None` where nothing says it.
pub(super) fn maximum(program: &Program) -> Result<Option<Real>, EvaluationError> {
    if let Some(stated) = stated(program)? {
        return Ok(Some(stated));
    }
    let outcomes = evaluate(program, &best(program), 0)?;
    let by_key = outcomes.values.get(SCORE).and_then(Value::number);
    let written = program
        .find(SCORE)
        .and_then(|(id, _)| rules::greatest_written(program, id));
    Ok(by_key.max(written).filter(|score| *score > Real::ZERO))
}

/// The correct responses; of a variable without one, what its mapping holds for best.
fn best(program: &Program) -> Responses {
    let responses = program
        .variables
        .iter()
        .filter(|variable| variable.role == Role::Response);
    responses.fold(Responses::new(), |best, variable| {
        best.with(&variable.identifier, best_of(variable))
    })
}

fn best_of(variable: &Variable) -> Value {
    if !variable.correct.is_null() {
        return variable.correct.clone();
    }
    let entries = variable.mapping.iter().flat_map(|mapping| &mapping.entries);
    let good = entries.filter(|entry| entry.worth > Real::ZERO);
    match variable.cardinality {
        Cardinality::Single => {
            let best = good.max_by_key(|entry| entry.worth);
            best.map_or(Value::Null, |entry| Value::One(entry.key.clone()))
        }
        Cardinality::Multiple | Cardinality::Ordered => {
            let members: Vec<Scalar> = good.map(|entry| entry.key.clone()).collect();
            Value::many(variable.cardinality == Cardinality::Ordered, members)
        }
        Cardinality::Record => Value::Null,
    }
}
