//! The values of all variables while the rules run, and the value of each expression.

use super::{EvaluationError, ItemResult, Outcomes, STEPS_MAX, assign::conform};
use crate::qti::{
    operators::Generator,
    program::{Expression, Program, Role, Variable, VariableId},
    real::Real,
    responses::Responses,
    value::{Container, MEMBERS_MAX, Scalar, Value},
};

/// Expressions and conditions within each other: above both bounds of a compiled program, below what a stack holds.
pub(super) const DEPTH_MAX: usize = 60;
/// Remarks of one evaluation.
const REMARKS_MAX: usize = 20;
/// Bytes of text that cost a step.
const BYTES_A_STEP: usize = 256;

pub(super) struct Machine<'a> {
    pub(super) program: &'a Program,
    /// By [`VariableId`], as are the others.
    pub(super) values: Vec<Value>,
    pub(super) defaults: Vec<Value>,
    pub(super) corrects: Vec<Value>,
    pub(super) generator: Generator,
    results: Vec<ItemResult>,
    steps: u32,
    remarks: Vec<String>,
    responded: bool,
}

impl<'a> Machine<'a> {
    pub(super) fn new(program: &'a Program, seed: u64, results: Vec<ItemResult>) -> Self {
        let defaults: Vec<Value> = program
            .variables
            .iter()
            .map(|variable| variable.default.clone())
            .collect();
        Self {
            program,
            values: defaults.clone(),
            defaults,
            corrects: program
                .variables
                .iter()
                .map(|variable| variable.correct.clone())
                .collect(),
            generator: Generator::new(seed),
            results,
            steps: 0,
            remarks: Vec::new(),
            responded: false,
        }
    }

    /// Gives the response variables what the candidate gave, the others their defaults (which template rules may have
    /// changed).
    pub(super) fn take(&mut self, responses: &Responses) {
        for (index, variable) in self.program.variables.iter().enumerate() {
            let given = responses
                .get(&variable.identifier)
                .filter(|_| variable.role == Role::Response);
            match (variable.role, given) {
                (Role::Template, _) => {}
                (Role::Response, Some(given)) => {
                    self.responded |= !given.is_null();
                    self.values[index] = conform(given.clone(), variable).unwrap_or_default();
                }
                (Role::Response | Role::Outcome, _) => self.values[index] = self.defaults[index].clone(),
            }
        }
    }

    pub(super) fn variable(&self, id: VariableId) -> Option<&'a Variable> {
        self.program.variable(id)
    }

    pub(super) fn get(values: &[Value], id: VariableId) -> Value {
        values.get(usize::from(id.0)).cloned().unwrap_or_default()
    }

    /// A value in its variable's own type; NULL, with a remark, where it cannot be.
    pub(super) fn conformed(&mut self, id: VariableId, value: Value) -> Value {
        let Some(variable) = self.variable(id) else {
            return Value::Null;
        };
        conform(value, variable).unwrap_or_else(|| {
            self.remark(format!(
                "`{}` was given a value that is not of its type; it is NULL",
                variable.identifier
            ));
            Value::Null
        })
    }

    pub(super) fn remark(&mut self, text: String) {
        if self.remarks.len() < REMARKS_MAX && !self.remarks.contains(&text) {
            self.remarks.push(text);
        }
    }

    pub(super) fn step(&mut self, cost: usize) -> Result<(), EvaluationError> {
        self.steps = self.steps.saturating_add(u32::try_from(cost).unwrap_or(u32::MAX));
        if self.steps > STEPS_MAX {
            return Err(EvaluationError::TooManySteps);
        }
        Ok(())
    }

    /// The value of an expression that stands this deep.
    pub(super) fn value(&mut self, expression: &Expression, depth: usize) -> Result<Value, EvaluationError> {
        if depth > DEPTH_MAX {
            return Err(EvaluationError::TooDeep);
        }
        let value = match expression {
            Expression::Literal(value) => value.clone(),
            Expression::Variable(id) => Self::get(&self.values, *id),
            Expression::Correct(id) => Self::get(&self.corrects, *id),
            Expression::Default(id) => Self::get(&self.defaults, *id),
            Expression::MapResponse(id) => self.mapped(*id)?,
            Expression::MapResponsePoint(id) => self.mapped_by_place(*id)?,
            Expression::Apply(operator, operands) => {
                let mut values = Vec::with_capacity(operands.len().min(MEMBERS_MAX));
                for operand in operands {
                    values.push(self.value(operand, depth + 1)?);
                }
                self.step(operator.cost(&values) + values.iter().map(cost).sum::<usize>())?;
                operator.apply(&values, &mut self.generator)
            }
            Expression::Repeat(times, operands) => self.repeated(times, operands, depth)?,
            Expression::Test(query) => {
                self.step(self.results.len())?;
                query.answer(&self.program.items, &self.results)
            }
        };
        if value.size() > MEMBERS_MAX {
            return Err(EvaluationError::ContainerTooLarge);
        }
        self.step(1 + cost(&value))?;
        Ok(value)
    }

    /// A response without a table to look it up in is worth nothing.
    fn mapped(&mut self, id: VariableId) -> Result<Value, EvaluationError> {
        let response = Self::get(&self.values, id);
        let mut worth = None;
        if let Some((variable, mapping)) = self.variable(id).and_then(|of| Some((of, of.mapping.as_ref()?))) {
            self.step(mapping.cost(&response))?;
            worth = mapping.worth(&response, variable.cardinality);
        }
        Ok(Value::float(Some(worth.unwrap_or(Real::ZERO))))
    }

    fn mapped_by_place(&mut self, id: VariableId) -> Result<Value, EvaluationError> {
        let response = Self::get(&self.values, id);
        let mut worth = None;
        if let Some((variable, areas)) = self.variable(id).and_then(|of| Some((of, of.areas.as_ref()?))) {
            self.step(areas.cost(&response))?;
            worth = areas.worth(&response, variable.cardinality);
        }
        Ok(Value::float(Some(worth.unwrap_or(Real::ZERO))))
    }

    fn repeated(
        &mut self,
        times: &Expression,
        operands: &[Expression],
        depth: usize,
    ) -> Result<Value, EvaluationError> {
        let times = self.value(times, depth + 1)?.whole().unwrap_or(0);
        let mut members: Vec<Scalar> = Vec::new();
        let mut had_null = false;
        for _ in 0..times {
            self.step(1)?;
            for operand in operands {
                let value = self.value(operand, depth + 1)?;
                had_null |= value.is_null();
                members.extend_from_slice(value.members());
            }
            if members.len() > MEMBERS_MAX {
                return Err(EvaluationError::ContainerTooLarge);
            }
        }
        if members.is_empty() {
            return Ok(Value::Null);
        }
        Ok(Value::Many(Container {
            ordered: true,
            members,
            had_null,
        }))
    }

    /// What came of it.
    pub(super) fn outcomes(self) -> Outcomes {
        let program = self.program;
        let named = program.variables.iter().zip(&self.values);
        let feedback = program.feedback.iter().filter(|feedback| {
            let holds = Self::get(&self.values, feedback.outcome)
                .members()
                .iter()
                .any(|member| member.as_text() == Some(&feedback.identifier));
            holds == feedback.show
        });
        Outcomes {
            values: named
                .clone()
                .filter(|(variable, _)| variable.role != Role::Response)
                .map(|(variable, value)| (variable.identifier.clone(), value.clone()))
                .collect(),
            feedback: feedback.map(|feedback| feedback.identifier.clone()).collect(),
            is_correct: self.is_correct(),
            responded: self.responded,
            remarks: self.remarks,
        }
    }

    fn is_correct(&self) -> bool {
        let responses = self
            .program
            .variables
            .iter()
            .enumerate()
            .filter(|(_, variable)| variable.role == Role::Response);
        let mut with_key = responses
            .filter(|(index, _)| !self.corrects[*index].is_null())
            .peekable();
        let same = |(index, _): (usize, _)| {
            let both = [self.values[index].clone(), self.corrects[index].clone()];
            crate::qti::operators::matches().apply(&both, &mut Generator::new(0)) == Value::boolean(true)
        };
        with_key.peek().is_some() && with_key.all(same)
    }
}

/// What a value costs to look at, in steps.
fn cost(value: &Value) -> usize {
    let bytes: usize = value
        .members()
        .iter()
        .filter_map(Scalar::as_text)
        .map(str::len)
        .sum();
    value.size() + bytes / BYTES_A_STEP
}
