//! Runs a [`Program`] on one candidate's responses. Pure and bounded: the same program, responses and seed give the same
//! outcomes on every machine, and no program and no response can make it run long, grow or panic.

mod assign;
mod machine;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::machine::Machine;
use super::{
    program::{Program, Role},
    real::Real,
    responses::Responses,
    value::Value,
};

/// Steps of one evaluation; an expression costs one, and one more for each value in its operands.
pub const STEPS_MAX: u32 = 100_000;
/// How often template rules begin again until their constraint holds.
pub const CONSTRAINT_TURNS_MAX: u32 = 100;

/// What came of an attempt at an item, or of a test.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Outcomes {
    /// Outcome and template variables by name.
    pub values: BTreeMap<String, Value>,
    /// Identifiers of the feedback that would be shown.
    pub feedback: Vec<String>,
    /// Whether every response that has a correct one is correct; `false` if none has.
    pub is_correct: bool,
    /// Whether something was answered.
    pub responded: bool,
    /// What did not go as its author will have meant.
    pub remarks: Vec<String>,
}

/// What a test's rules see of one item.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ItemResult {
    /// The item's name in the test.
    pub identifier: String,
    /// Its outcomes.
    pub values: BTreeMap<String, Value>,
    /// `normalMaximum` of its outcomes, where declared.
    pub maxima: BTreeMap<String, Real>,
    /// `normalMinimum` of its outcomes, where declared.
    pub minima: BTreeMap<String, Real>,
    /// As in [`Outcomes`].
    pub is_correct: bool,
    /// As in [`Outcomes`].
    pub responded: bool,
    /// Whether the candidate saw it.
    pub presented: bool,
}

/// Why an evaluation was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// Above [`STEPS_MAX`].
    #[error("the rules take more than {STEPS_MAX} steps; simplify them, repetitions first")]
    TooManySteps,
    /// Above [`super::value::MEMBERS_MAX`].
    #[error(
        "a container would hold more than {} values; simplify the rules",
        super::value::MEMBERS_MAX
    )]
    ContainerTooLarge,
    /// Deeper than any program that was compiled here.
    #[error("the rules stand too deep within each other; import the item again")]
    TooDeep,
}

/// Evaluates an item. The seed decides what its template rules draw; it belongs to the attempt.
pub fn evaluate(program: &Program, responses: &Responses, seed: u64) -> Result<Outcomes, EvaluationError> {
    let mut machine = Machine::new(program, seed, Vec::new());
    machine.instantiate()?;
    machine.take(responses);
    machine.run(&program.response_rules)?;
    machine.run(&program.outcome_rules)?;
    Ok(machine.outcomes())
}

/// Evaluates a test on what came of its items; an item without a result was not presented.
pub fn evaluate_test(program: &Program, results: &[ItemResult]) -> Result<Outcomes, EvaluationError> {
    let result_of = |name: &str| results.iter().find(|result| result.identifier == name).cloned();
    let aligned = program
        .items
        .iter()
        .map(|item| result_of(&item.identifier).unwrap_or_default());
    let mut machine = Machine::new(program, 0, aligned.collect());
    machine.run(&program.outcome_rules)?;
    Ok(machine.outcomes())
}

impl ItemResult {
    /// What a test sees of an item that was presented under this name.
    pub fn of(identifier: &str, program: &Program, outcomes: Outcomes) -> Self {
        let declared = || {
            program
                .variables
                .iter()
                .filter(|variable| variable.role == Role::Outcome)
        };
        let bound = |of: fn(&super::program::Variable) -> Option<Real>| {
            let bounds = declared().filter_map(|variable| Some((variable.identifier.clone(), of(variable)?)));
            bounds.collect()
        };
        Self {
            identifier: identifier.to_owned(),
            maxima: bound(|variable| variable.normal_maximum),
            minima: bound(|variable| variable.normal_minimum),
            values: outcomes.values,
            is_correct: outcomes.is_correct,
            responded: outcomes.responded,
            presented: true,
        }
    }
}
