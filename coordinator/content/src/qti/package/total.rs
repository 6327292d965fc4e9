//! What a test makes of its items' scores. A paper's result is the sum of its items; a test is delivered if its rules say
//! the same: nothing, a sum of all SCOREs, or a weighted sum. Another rule is refused, since results would differ from it.

use std::collections::BTreeMap;

use crate::qti::{
    fault::Fault,
    program::{Branch, Expression, Program, Remark, Rule, VariableId},
    real::Real,
    test_query::TestQuery,
    value::Value,
};

const SCORE: &str = "SCORE";

/// The weight of each item of the test, in its order.
pub(super) fn weights(program: &Program, line: u32) -> Result<(Vec<Real>, Vec<Remark>), Fault> {
    let mut remarks = Vec::new();
    let mut remark = |text: &str| {
        remarks.push(Remark {
            line,
            text: text.to_owned(),
        });
    };
    let all_one = || vec![Real::from(1); program.items.len()];
    if program.outcome_rules.is_empty() {
        if program.items.iter().any(|item| !item.weights.is_empty()) {
            remark("no rule uses the items' weights: the result is the plain sum of their scores");
        }
        return Ok((all_one(), remarks));
    }
    let refused = |problem: String| Fault { line, problem };
    let (id, terms) = sum_of_scores(program).ok_or_else(|| {
        refused(
            "the test's outcome processing is no sum of its items' SCORE, and results would not be what it says; \
             make it a sum (with weights, if need be) or remove it"
                .to_owned(),
        )
    })?;
    if program
        .outcome_rules
        .iter()
        .map(|rule| times_set(rule, id))
        .sum::<usize>()
        > 1
    {
        return Err(refused(
            "the test's total is set by more than one rule; make it one sum of the items' SCORE".to_owned(),
        ));
    }
    if program.outcome_rules.len() > 1 {
        remark("other outcomes of the test than its sum of scores are not computed");
    }
    in_order(program, &terms)
        .map(|weights| (weights, remarks))
        .map_err(refused)
}

/// Each item's weight; the sum must have each once.
fn in_order(program: &Program, terms: &[(String, Real)]) -> Result<Vec<Real>, String> {
    let mut by_item: BTreeMap<&str, Real> = BTreeMap::new();
    for (item, weight) in terms {
        if by_item.insert(item, *weight).is_some() {
            return Err(format!(
                "the test's sum counts the item `{item}` twice; count each once"
            ));
        }
    }
    let weight = |identifier: &str| {
        let weight = by_item.get(identifier).copied();
        weight
            .filter(|weight| *weight > Real::ZERO)
            .ok_or_else(|| format!("the test's sum leaves out the item `{identifier}`, or takes it away by its weight; add it, or remove the item"))
    };
    program
        .items
        .iter()
        .map(|item| weight(&item.identifier))
        .collect()
}

/// The outcome that a rule gives the sum of scores: SCORE if it is one of them.
fn sum_of_scores(program: &Program) -> Option<(VariableId, Vec<(String, Real)>)> {
    let sums = program.outcome_rules.iter().filter_map(|rule| match rule {
        Rule::Set(id, expression) => {
            Some((*id, terms(program, expression)?)).filter(|(_, terms)| !terms.is_empty())
        }
        _ => None,
    });
    let sums: Vec<_> = sums.collect();
    let score = program.find(SCORE).map(|(id, _)| id);
    let is_set = score.is_some_and(|id| program.outcome_rules.iter().any(|rule| times_set(rule, id) > 0));
    sums.into_iter().find(|(id, _)| !is_set || Some(*id) == score)
}

/// The items that an expression adds up, with their weights; `None` if it is no such sum.
fn terms(program: &Program, expression: &Expression) -> Option<Vec<(String, Real)>> {
    let one = Real::from(1);
    let weight_of = |item: &crate::qti::ItemReference, name: Option<&String>| {
        name.and_then(|name| item.weights.get(name).copied())
            .unwrap_or(one)
    };
    match expression {
        Expression::Apply(operator, operands) if operator.is_sum() => {
            let all: Option<Vec<_>> = operands.iter().map(|operand| terms(program, operand)).collect();
            Some(all?.into_iter().flatten().collect())
        }
        Expression::Test(TestQuery::Variables(subset, variable, _)) if variable == SCORE => {
            let items = program.items.iter().filter(|item| subset.holds(item));
            Some(
                items
                    .map(|item| (item.identifier.clone(), weight_of(item, subset.weight.as_ref())))
                    .collect(),
            )
        }
        Expression::Test(TestQuery::Item {
            item,
            variable,
            weight,
        }) if variable == SCORE => {
            let listed = program.items.iter().find(|listed| listed.identifier == *item)?;
            Some(vec![(item.clone(), weight_of(listed, weight.as_ref()))])
        }
        Expression::Literal(Value::One(scalar)) if scalar.number() == Some(Real::ZERO) => Some(Vec::new()),
        _ => None,
    }
}

fn times_set(rule: &Rule, wanted: VariableId) -> usize {
    match rule {
        Rule::Set(id, _) | Rule::Lookup(id, _) => usize::from(*id == wanted),
        Rule::Choose(branches) => branches
            .iter()
            .flat_map(|Branch(_, rules)| rules)
            .map(|rule| times_set(rule, wanted))
            .sum(),
        Rule::SetCorrect(..) | Rule::SetDefault(..) | Rule::Reset(_) | Rule::Constraint(_) | Rule::Exit => 0,
    }
}
