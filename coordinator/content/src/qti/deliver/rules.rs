//! What an item's rules use, without running them: chance, the time taken, values that are only ever written down.

use crate::qti::{
    operators::Operator,
    program::{Branch, Expression, Program, Rule, VariableId},
    real::Real,
    value::Value,
};

/// Whether anything is drawn by chance.
pub(super) fn draw(rules: &[Rule]) -> bool {
    any(rules, &mut |expression| {
        matches!(expression, Expression::Apply(Operator::Random(_), _))
    })
}

/// Whether the variable's value is used.
pub(super) fn use_variable(rules: &[Rule], wanted: VariableId) -> bool {
    any(rules, &mut |expression| match expression {
        Expression::Variable(id) | Expression::MapResponse(id) | Expression::MapResponsePoint(id) => {
            *id == wanted
        }
        _ => false,
    })
}

/// The greatest number that a variable is given, if it is only ever given written ones.
pub(super) fn greatest_written(program: &Program, wanted: VariableId) -> Option<Real> {
    let mut greatest = None;
    let mut is_written = true;
    let rules = program.response_rules.iter().chain(&program.outcome_rules);
    for rule in rules {
        sets(rule, wanted, &mut |expression| match expression {
            Some(Expression::Literal(Value::Null)) => {}
            Some(Expression::Literal(value)) => greatest = greatest.max(value.number()),
            Some(_) | None => is_written = false,
        });
    }
    greatest.filter(|_| is_written)
}

/// Calls with what the variable is given; with `None` where a table gives it.
fn sets(rule: &Rule, wanted: VariableId, found: &mut dyn FnMut(Option<&Expression>)) {
    match rule {
        Rule::Set(id, expression) if *id == wanted => found(Some(expression)),
        Rule::Lookup(id, _) if *id == wanted => found(None),
        Rule::Choose(branches) => {
            for Branch(_, rules) in branches {
                for rule in rules {
                    sets(rule, wanted, found);
                }
            }
        }
        Rule::Set(..)
        | Rule::Lookup(..)
        | Rule::SetCorrect(..)
        | Rule::SetDefault(..)
        | Rule::Reset(_)
        | Rule::Constraint(_)
        | Rule::Exit => {}
    }
}

fn any(rules: &[Rule], is: &mut dyn FnMut(&Expression) -> bool) -> bool {
    rules.iter().any(|rule| match rule {
        Rule::Set(_, expression)
        | Rule::SetCorrect(_, expression)
        | Rule::SetDefault(_, expression)
        | Rule::Lookup(_, expression)
        | Rule::Constraint(expression) => any_in(expression, is),
        Rule::Choose(branches) => branches.iter().any(|Branch(condition, rules)| {
            condition.as_ref().is_some_and(|condition| any_in(condition, is)) || any(rules, is)
        }),
        Rule::Reset(_) | Rule::Exit => false,
    })
}

fn any_in(expression: &Expression, is: &mut dyn FnMut(&Expression) -> bool) -> bool {
    if is(expression) {
        return true;
    }
    match expression {
        Expression::Apply(_, operands) => operands.iter().any(|operand| any_in(operand, is)),
        Expression::Repeat(times, operands) => {
            any_in(times, is) || operands.iter().any(|operand| any_in(operand, is))
        }
        Expression::Literal(_)
        | Expression::Variable(_)
        | Expression::Correct(_)
        | Expression::Default(_)
        | Expression::MapResponse(_)
        | Expression::MapResponsePoint(_)
        | Expression::Test(_) => false,
    }
}
