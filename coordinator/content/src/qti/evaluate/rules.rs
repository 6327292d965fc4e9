//! The rules, one after the other.

use super::{
    CONSTRAINT_TURNS_MAX, EvaluationError,
    machine::{DEPTH_MAX, Machine},
};
use crate::qti::{
    mapping::Table,
    program::{Branch, Expression, Role, Rule, VariableId},
    value::Value,
};

/// How a rule ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// The next one follows.
    Next,
    /// No other follows.
    Exit,
    /// A constraint does not hold.
    Again,
}

impl Machine<'_> {
    /// Runs the template rules, again and again until their constraint holds.
    pub(super) fn instantiate(&mut self) -> Result<(), EvaluationError> {
        for _ in 0..CONSTRAINT_TURNS_MAX {
            if self.rules(&self.program.template_rules, 0)? != Flow::Again {
                return Ok(());
            }
            self.forget();
        }
        self.remark(format!(
            "the template's constraint held in none of {CONSTRAINT_TURNS_MAX} turns; its defaults are used"
        ));
        Ok(())
    }

    /// Undoes what the template rules did, but for the numbers drawn.
    fn forget(&mut self) {
        for (index, variable) in self.program.variables.iter().enumerate() {
            self.defaults[index] = variable.default.clone();
            self.corrects[index] = variable.correct.clone();
            self.values[index] = variable.default.clone();
        }
    }

    /// Runs the rules of one processing.
    pub(super) fn run(&mut self, rules: &[Rule]) -> Result<(), EvaluationError> {
        self.rules(rules, 0).map(|_| ())
    }

    fn rules(&mut self, rules: &[Rule], depth: usize) -> Result<Flow, EvaluationError> {
        if depth > DEPTH_MAX {
            return Err(EvaluationError::TooDeep);
        }
        for rule in rules {
            self.step(1)?;
            let flow = self.rule(rule, depth)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn rule(&mut self, rule: &Rule, depth: usize) -> Result<Flow, EvaluationError> {
        match rule {
            Rule::Set(id, expression) => {
                let value = self.conforming(*id, expression)?;
                put(&mut self.values, *id, value);
            }
            Rule::SetCorrect(id, expression) => {
                let value = self.conforming(*id, expression)?;
                put(&mut self.corrects, *id, value);
            }
            Rule::SetDefault(id, expression) => {
                let value = self.conforming(*id, expression)?;
                put(&mut self.defaults, *id, value.clone());
                if self
                    .variable(*id)
                    .is_some_and(|variable| variable.role != Role::Template)
                {
                    put(&mut self.values, *id, value);
                }
            }
            Rule::Reset(id) => {
                let value = Self::get(&self.defaults, *id);
                put(&mut self.values, *id, value);
            }
            Rule::Lookup(id, expression) => {
                let source = self.value(expression, 0)?;
                let table = self.variable(*id).and_then(|variable| variable.table.as_ref());
                self.step(table.map_or(0, Table::cost))?;
                let target = table.map_or(Value::Null, |table| table.look_up(&source));
                let value = self.conformed(*id, target);
                put(&mut self.values, *id, value);
            }
            Rule::Choose(branches) => return self.choose(branches, depth),
            Rule::Constraint(expression) => {
                if self.value(expression, 0)?.truth() != Some(true) {
                    return Ok(Flow::Again);
                }
            }
            Rule::Exit => return Ok(Flow::Exit),
        }
        Ok(Flow::Next)
    }

    fn choose(&mut self, branches: &[Branch], depth: usize) -> Result<Flow, EvaluationError> {
        for Branch(condition, rules) in branches {
            let holds = match condition {
                None => true,
                Some(condition) => self.value(condition, 0)?.truth() == Some(true),
            };
            if holds {
                return self.rules(rules, depth + 1);
            }
        }
        Ok(Flow::Next)
    }

    fn conforming(&mut self, id: VariableId, expression: &Expression) -> Result<Value, EvaluationError> {
        let value = self.value(expression, 0)?;
        Ok(self.conformed(id, value))
    }
}

fn put(values: &mut [Value], id: VariableId, value: Value) {
    if let Some(held) = values.get_mut(usize::from(id.0)) {
        *held = value;
    }
}
