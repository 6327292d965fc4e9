//! Any program at all, also such as were never compiled: nothing makes the evaluation panic.

use proptest::prelude::*;

use super::{super::*, program};
use crate::qti::{
    program::{Branch, Expression, Rule, VariableId},
    value::{MEMBERS_MAX, Scalar},
};

/// An item that uses every operator; its trees are taken apart and put together at random below.
fn with_every_operator() -> Program {
    let null = "<null/>";
    let one = |names: &[&str]| -> String {
        names
            .iter()
            .map(|name| format!("<{name}>{null}</{name}>"))
            .collect::<Vec<_>>()
            .concat()
    };
    let two = |names: &[&str]| -> String {
        names
            .iter()
            .map(|name| format!("<{name}>{null}{null}</{name}>"))
            .collect::<Vec<_>>()
            .concat()
    };
    let all = [
        two(&["sum", "product", "subtract", "divide", "power", "integerDivide", "integerModulus", "mod", "max", "min", "gcd",
            "lcm", "lt", "gt", "lte", "gte", "equal", "match", "durationLT", "durationGTE", "and", "or", "isTypeOf",
            "multiple", "ordered", "index", "delete", "member", "contains", "stringMatch", "substring", "patternMatch"]),
        one(&["truncate", "round", "integerToFloat", "not", "isNull", "containerSize", "random", "mean", "sampleVariance",
            "sampleSD", "popVariance", "popSD"]),
        "<roundTo figures='2'><null/></roundTo><equalRounded figures='2'><null/><null/></equalRounded>".to_owned(),
        "<equal toleranceMode='relative' tolerance='1 2'><null/><null/></equal>".to_owned(),
        "<anyN min='1' max='2'><null/></anyN><index n='1'><null/></index><fieldValue fieldIdentifier='f'><null/></fieldValue>".to_owned(),
        "<substring><null/><null/><null/></substring><patternMatch pattern='[a-z]+'><null/></patternMatch>".to_owned(),
        "<inside shape='poly' coords='0,0,9,0,9,9'><null/></inside><mathOperator name='atan2'><null/><null/></mathOperator>".to_owned(),
        ["sin", "cot", "acsc", "coth", "log", "abs", "signum", "floor", "toDegrees"]
            .map(|name| format!("<mathOperator name='{name}'><null/></mathOperator>")).concat(),
        "<randomInteger min='0' max='9'/><randomFloat min='0' max='9'/><mapResponse identifier='P'/><mapResponsePoint identifier='P'/>".to_owned(),
    ]
    .concat();
    program(&format!(
        "<responseDeclaration identifier='P' cardinality='multiple' baseType='point'><areaMapping><areaMapEntry shape='circle' coords='0,0,5' mappedValue='1'/></areaMapping></responseDeclaration>\
         <outcomeDeclaration identifier='C' cardinality='ordered' baseType='float'/><outcomeDeclaration identifier='T' cardinality='single' baseType='string'/>\
         <outcomeDeclaration identifier='L' cardinality='single' baseType='integer'><matchTable defaultValue='1'><matchTableEntry sourceValue='1' targetValue='2'/></matchTable></outcomeDeclaration>\
         <responseProcessing><setOutcomeValue identifier='C'><multiple>{all}</multiple></setOutcomeValue></responseProcessing>"
    ))
}

fn scalars() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::integer),
        any::<f64>().prop_map(|value| Value::float(Real::from_f64(value)))
    ];
    let text = prop_oneof!["[a-c]{0,4}", r"[\[(*+?)a^$-]{0,6}"].prop_map(|text| Value::text(&text));
    let point = (any::<i32>(), any::<i32>())
        .prop_map(|(x, y)| Value::One(Scalar::Point(Real::from(i64::from(x)), Real::from(i64::from(y)))));
    prop_oneof![
        number,
        text,
        point,
        any::<bool>().prop_map(Value::boolean),
        Just(Value::Null)
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let many = (any::<bool>(), proptest::collection::vec(scalars(), 0..6)).prop_map(|(ordered, values)| {
        Value::many(ordered, values.iter().filter_map(Value::one).cloned().collect())
    });
    prop_oneof![3 => scalars(), 1 => many]
}

/// Any tree of any operators on any values, with operands in any number, and variables that do not exist.
fn expressions() -> impl Strategy<Value = Expression> {
    let every = with_every_operator();
    let Rule::Set(_, Expression::Apply(_, all)) = &every.response_rules[0] else {
        panic!("{every:?}");
    };
    let all = all.clone();
    let leaf = prop_oneof![
        4 => values().prop_map(Expression::Literal),
        1 => (0u16..6).prop_map(|id| Expression::Variable(VariableId(id))),
        1 => (0u16..6).prop_map(|id| Expression::MapResponsePoint(VariableId(id))),
    ];
    leaf.prop_recursive(5, 60, 4, move |inner| {
        let operands = proptest::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            8 => (proptest::sample::select(all.clone()), operands.clone()).prop_map(|(like, operands)| match like {
                Expression::Apply(operator, _) => Expression::Apply(operator, operands),
                other => other,
            }),
            1 => (inner, operands).prop_map(|(times, operands)| Expression::Repeat(Box::new(times), operands)),
        ]
    })
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let variable = || (0u16..6).prop_map(VariableId);
    let rule = prop_oneof![
        4 => (variable(), expressions()).prop_map(|(id, value)| Rule::Set(id, value)),
        1 => (variable(), expressions()).prop_map(|(id, value)| Rule::Lookup(id, value)),
        1 => (variable(), expressions()).prop_map(|(id, value)| Rule::SetDefault(id, value)),
        1 => expressions().prop_map(Rule::Constraint),
        1 => variable().prop_map(Rule::Reset),
    ];
    let choice = (expressions(), proptest::collection::vec(rule, 0..4)).prop_map(|(condition, rules)| {
        Rule::Choose(vec![Branch(Some(condition), rules.clone()), Branch(None, rules)])
    });
    proptest::collection::vec(choice, 0..4)
}

proptest! {
    #[test]
    fn no_program_makes_it_panic_and_each_gives_the_same_twice(
        template_rules in rules(), response_rules in rules(), seed in any::<u64>(), given in values(),
    ) {
        let program = Program { template_rules, response_rules, ..with_every_operator() };
        let responses = Responses::new().with("P", given);
        let outcomes = evaluate(&program, &responses, seed);
        prop_assert_eq!(&outcomes, &evaluate(&program, &responses, seed));
        if let Ok(outcomes) = outcomes {
            prop_assert!(outcomes.values.values().all(|value| value.size() <= MEMBERS_MAX));
        }
    }

    #[test]
    fn a_program_is_stored_and_read_back(response_rules in rules()) {
        let program = Program { response_rules, ..with_every_operator() };
        let stored = serde_json::to_vec(&program).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Program>(&stored).unwrap(), program);
    }
}
