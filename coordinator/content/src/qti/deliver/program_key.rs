//! The answer key of a QTI item: its compiled rules, and how a response becomes what they judge. Made by the import, kept
//! with the answer key, run at scoring. It holds correct responses; nothing of it is in a paper, a log line or `Debug`.

use std::fmt;

use protocol::{outline::ResponseKind, response::Response};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::answered::{Answered, BeyondLimits};
use crate::{
    marks::MARKS_MAX,
    qti::{
        evaluate::{EvaluationError, evaluate},
        program::Program,
        real::Real,
        responses::Responses,
        value::Value,
    },
};

/// The outcome that an item is worth.
pub(super) const SCORE: &str = "SCORE";

/// Decimal places of a score; a third has no end, and is cut here, a half away from zero.
pub const SCORE_PLACES_MAX: u32 = 14;

/// The rules of one item.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ProgramKey {
    /// What judges.
    program: Program,
    /// The interactions: one, or one for each part.
    answered: Vec<Answered>,
    /// Whether the item has parts.
    has_parts: bool,
    /// The item's weight in its test.
    weight: Real,
}

/// No value in a program is unequal to itself: its numbers are finite.
impl Eq for ProgramKey {}

/// Why a response was not scored: a person must look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotScored {
    /// It is none that the item's own page would send.
    #[error("the response is of another form than the item takes, or beyond its limits")]
    Form,
    /// The rules were stopped.
    #[error("{0}")]
    Evaluation(#[from] EvaluationError),
    /// The rules gave a number that is no marks.
    #[error("the rules gave a score beyond 1000 marks")]
    BeyondMarks,
}

impl From<BeyondLimits> for NotScored {
    fn from(_: BeyondLimits) -> Self {
        Self::Form
    }
}

impl ProgramKey {
    pub(super) fn new(program: Program, answered: Vec<Answered>, has_parts: bool, weight: Real) -> Self {
        Self {
            program,
            answered,
            has_parts,
            weight,
        }
    }

    #[cfg(test)]
    pub(super) fn answered(&self) -> &[Answered] {
        &self.answered
    }

    pub(super) fn program(&self) -> &Program {
        &self.program
    }

    /// What the rules say of an item that nobody answered.
    pub(super) fn for_nothing(&self) -> Option<Decimal> {
        let mut given = Map::new();
        for one in &self.answered {
            put(&mut given, one, Json::Null);
        }
        let responses = Responses::from_json(&self.program, &given);
        let outcomes = evaluate(&self.program, &responses, 0).ok()?;
        let score = outcomes.values.get(SCORE).and_then(Value::number);
        self.weighed(score.unwrap_or(Real::ZERO))
    }

    /// Whether responses of this kind are what the rules judge.
    pub fn fits(&self, kind: &ResponseKind) -> bool {
        match (self.has_parts, kind) {
            (true, ResponseKind::Parts(kinds)) => {
                kinds.len() == self.answered.len()
                    && self
                        .answered
                        .iter()
                        .zip(kinds)
                        .all(|(answered, kind)| answered.fits(kind))
            }
            (false, kind) => matches!(&self.answered[..], [answered] if answered.fits(kind)),
            (true, _) => false,
        }
    }

    /// The marks that a response brings by the rules, exactly; below zero where the rules take marks.
    pub fn marks(&self, response: &Response) -> Result<Decimal, NotScored> {
        let responses = self.responses(response)?;
        // No rule of a deliverable item draws by chance: any seed gives the same.
        let outcomes = evaluate(&self.program, &responses, 0)?;
        let score = outcomes.values.get(SCORE).and_then(Value::number);
        self.weighed(score.unwrap_or(Real::ZERO))
            .ok_or(NotScored::BeyondMarks)
    }

    /// The score under the item's weight, in marks.
    pub(super) fn weighed(&self, score: Real) -> Option<Decimal> {
        let decimal = score.multiply(self.weight)?.to_decimal()?;
        let rounded =
            decimal.round_dp_with_strategy(SCORE_PLACES_MAX, RoundingStrategy::MidpointAwayFromZero);
        (rounded.abs() <= Decimal::from(MARKS_MAX)).then(|| rounded.normalize())
    }

    /// The response as the rules read it. What was not answered is nothing, whatever the file's default says.
    fn responses(&self, response: &Response) -> Result<Responses, NotScored> {
        let mut given = Map::new();
        match (self.has_parts, response, &self.answered[..]) {
            (true, Response::Parts(parts), answered) => {
                for one in answered {
                    put(&mut given, one, Json::Null);
                }
                for (no, part) in parts {
                    let index = usize::from(no.0).checked_sub(1).ok_or(NotScored::Form)?;
                    let one = answered.get(index).ok_or(NotScored::Form)?;
                    put(&mut given, one, one.json(part)?);
                }
            }
            (false, response, [one]) => put(&mut given, one, one.json(response)?),
            _ => return Err(NotScored::Form),
        }
        Ok(Responses::from_json(&self.program, &given))
    }
}

fn put(given: &mut Map<String, Json>, answered: &Answered, value: Json) {
    if let Some(name) = &answered.as_typed {
        given.insert(name.clone(), value.clone());
    }
    given.insert(answered.variable.clone(), value);
}

impl fmt::Debug for ProgramKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProgramKey(not shown)")
    }
}
