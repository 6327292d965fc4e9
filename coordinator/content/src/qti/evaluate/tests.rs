//! Evaluation: rules, templates, tests, and the bounds.

mod any_program;

use serde_json::json;

use super::*;
use crate::{
    qti::{
        compile,
        program::{Expression, Rule},
    },
    xml::parse,
};

fn program(inside: &str) -> Program {
    compile(&parse(format!("<assessmentItem identifier='i'>{inside}</assessmentItem>").as_bytes()).unwrap())
        .unwrap()
}

fn run(program: &Program, responses: &serde_json::Value, seed: u64) -> Outcomes {
    let responses = Responses::from_json(program, responses.as_object().unwrap());
    evaluate(program, &responses, seed).unwrap()
}

fn outcome(name: &str, base: &str) -> String {
    format!("<outcomeDeclaration identifier='{name}' cardinality='single' baseType='{base}'/>")
}

fn set(name: &str, expression: &str) -> String {
    format!("<setOutcomeValue identifier='{name}'>{expression}</setOutcomeValue>")
}

const RESPONSE: &str = "<responseDeclaration identifier='RESPONSE' cardinality='single' baseType='identifier'>\
    <correctResponse><value>A</value></correctResponse></responseDeclaration>";

#[test]
fn right_and_wrong_and_nothing_are_told_apart() {
    let item = program(&format!(
        "{RESPONSE}{}<responseProcessing template='match_correct'/>",
        outcome("SCORE", "float")
    ));
    for (given, score, correct, responded) in [
        (json!({"RESPONSE": "A"}), "1", true, true),
        (json!({"RESPONSE": "B"}), "0", false, true),
        (json!({}), "0", false, false),
    ] {
        let outcomes = run(&item, &given, 0);
        assert_eq!(outcomes.values["SCORE"].to_string(), score, "{given}");
        assert_eq!(
            (outcomes.is_correct, outcomes.responded),
            (correct, responded),
            "{given}"
        );
    }
}

#[test]
fn tenths_add_up_exactly() {
    let tenths =
        "<sum><baseValue baseType='float'>0.1</baseValue><baseValue baseType='float'>0.2</baseValue></sum>";
    let equal = format!("<equal>{tenths}<baseValue baseType='float'>0.3</baseValue></equal>");
    let item = program(&format!(
        "{}<responseProcessing>{}</responseProcessing>",
        outcome("B", "boolean"),
        set("B", &equal)
    ));
    assert_eq!(run(&item, &json!({}), 0).values["B"], Value::boolean(true));
}

#[test]
fn an_exit_ends_its_processing_and_no_other() {
    let one = "<baseValue baseType='integer'>1</baseValue>";
    let item = program(&format!(
        "{}{}<responseProcessing><responseCondition><responseElse>{}<exitResponse/></responseElse></responseCondition>{}</responseProcessing>\
         <outcomeProcessing>{}</outcomeProcessing>",
        outcome("A", "integer"),
        outcome("B", "integer"),
        set("A", one),
        set("A", "<null/>"),
        set("B", one)
    ));
    let outcomes = run(&item, &json!({}), 0);
    assert_eq!(
        (&outcomes.values["A"], &outcomes.values["B"]),
        (&Value::integer(1), &Value::integer(1))
    );
}

#[test]
fn a_value_of_another_type_is_null_and_remarked() {
    let half = "<baseValue baseType='float'>2.5</baseValue>";
    let item = program(&format!(
        "{}<responseProcessing>{}</responseProcessing>",
        outcome("SCORE", "integer"),
        set("SCORE", half)
    ));
    let outcomes = run(&item, &json!({}), 0);
    assert!(outcomes.values["SCORE"].is_null());
    assert!(outcomes.remarks[0].contains("`SCORE`"));
}

fn template(constraint: &str) -> Program {
    program(&format!(
        "<templateDeclaration identifier='X' cardinality='single' baseType='integer'><defaultValue><value>-1</value></defaultValue></templateDeclaration>\
         <responseDeclaration identifier='R' cardinality='single' baseType='integer'/>\
         <templateProcessing><setTemplateValue identifier='X'><randomInteger min='1' max='6'/></setTemplateValue>\
         <templateConstraint>{constraint}</templateConstraint>\
         <setCorrectResponse identifier='R'><variable identifier='X'/></setCorrectResponse></templateProcessing>"
    ))
}

#[test]
fn template_rules_draw_again_until_their_constraint_holds() {
    let six =
        template("<equal><variable identifier='X'/><baseValue baseType='integer'>6</baseValue></equal>");
    for seed in 0..20 {
        let outcomes = run(&six, &json!({"R": 6}), seed);
        assert_eq!(outcomes.values["X"], Value::integer(6), "seed {seed}");
        assert!(outcomes.is_correct, "seed {seed}");
    }
    let never = run(&template("<null/>"), &json!({"R": 6}), 1);
    assert_eq!(never.values["X"], Value::integer(-1));
    assert!(never.remarks[0].contains("100 turns") && !never.is_correct);
}

#[test]
fn the_same_seed_gives_the_same_item_and_others_give_others() {
    let any = template("<baseValue baseType='boolean'>true</baseValue>");
    let drawn = |seed| run(&any, &json!({}), seed).values["X"].whole().unwrap();
    let all: Vec<i64> = (0..50).map(drawn).collect();
    assert_eq!(all, (0..50).map(drawn).collect::<Vec<_>>());
    assert!((1..=6).all(|face| all.contains(&face)), "{all:?}");
}

#[test]
fn defaults_hold_until_the_candidate_gives_or_empties_something() {
    let item = program(&format!(
        "<responseDeclaration identifier='R' cardinality='single' baseType='integer'><defaultValue><value>5</value></defaultValue></responseDeclaration>{}\
         <responseProcessing>{}</responseProcessing>",
        outcome("O", "integer"),
        set("O", "<variable identifier='R'/>")
    ));
    assert_eq!(run(&item, &json!({}), 0).values["O"], Value::integer(5));
    assert_eq!(run(&item, &json!({"R": 7}), 0).values["O"], Value::integer(7));
    assert_eq!(run(&item, &json!({"R": null}), 0).values["O"], Value::Null);
}

#[test]
fn feedback_is_shown_or_hidden_by_its_outcome() {
    let item = program(&format!(
        "{}<responseProcessing>{}</responseProcessing><modalFeedback outcomeIdentifier='F' identifier='x' showHide='show'/>\
         <modalFeedback outcomeIdentifier='F' identifier='y' showHide='show'/><modalFeedback outcomeIdentifier='F' identifier='z' showHide='hide'/>",
        outcome("F", "identifier"),
        set("F", "<baseValue baseType='identifier'>x</baseValue>")
    ));
    assert_eq!(run(&item, &json!({}), 0).feedback, ["x", "z"]);
}

#[test]
fn rules_that_would_run_or_grow_without_end_are_stopped() {
    let stopped = |expression: &str| {
        let item = program(&format!(
            "<outcomeDeclaration identifier='C' cardinality='ordered' baseType='integer'/><responseProcessing>{}</responseProcessing>",
            set("C", expression)
        ));
        evaluate(&item, &Responses::new(), 0).unwrap_err()
    };
    let forever = "<repeat numberRepeats='1000000000'><null/></repeat>";
    assert_eq!(stopped(forever), EvaluationError::TooManySteps);
    let growing = "<repeat numberRepeats='1000000000'><baseValue baseType='integer'>1</baseValue></repeat>";
    assert_eq!(stopped(growing), EvaluationError::ContainerTooLarge);
    let doubled = "<ordered><variable identifier='C'/><variable identifier='C'/><baseValue baseType='integer'>1</baseValue></ordered>";
    let item = program(&format!(
        "<outcomeDeclaration identifier='C' cardinality='ordered' baseType='integer'/><responseProcessing>{}</responseProcessing>",
        set("C", doubled).repeat(40)
    ));
    assert_eq!(
        evaluate(&item, &Responses::new(), 0),
        Err(EvaluationError::ContainerTooLarge)
    );
    let mut deep = Expression::Literal(Value::Null);
    for _ in 0..1000 {
        deep = Expression::Repeat(Box::new(Expression::Literal(Value::integer(1))), vec![deep]);
    }
    let deep = Program {
        response_rules: vec![Rule::Constraint(deep)],
        ..item
    };
    assert_eq!(
        evaluate(&deep, &Responses::new(), 0),
        Err(EvaluationError::TooDeep)
    );
}

/// What a test asks, and what comes of it for the items below.
const QUERIES: [(&str, &str, &str); 12] = [
    (
        "ALL",
        "<sum><testVariables variableIdentifier='SCORE'/></sum>",
        "2.5",
    ),
    (
        "FIRST",
        "<sum><testVariables variableIdentifier='SCORE' sectionIdentifier='S1'/></sum>",
        "1.5",
    ),
    (
        "WEIGHED",
        "<sum><testVariables variableIdentifier='SCORE' weightIdentifier='W'/></sum>",
        "4.5",
    ),
    (
        "EASY",
        "<sum><testVariables variableIdentifier='SCORE' includeCategory='easy'/></sum>",
        "1",
    ),
    (
        "OTHERS",
        "<sum><testVariables variableIdentifier='SCORE' excludeCategory='easy'/></sum>",
        "1.5",
    ),
    (
        "MOST",
        "<outcomeMaximum outcomeIdentifier='SCORE' sectionIdentifier='S1'/>",
        "3",
    ),
    ("RIGHT", "<integerToFloat><numberCorrect/></integerToFloat>", "1"),
    (
        "WRONG",
        "<integerToFloat><numberIncorrect/></integerToFloat>",
        "1",
    ),
    (
        "GIVEN",
        "<integerToFloat><numberResponded/></integerToFloat>",
        "2",
    ),
    ("SEEN", "<integerToFloat><numberPresented/></integerToFloat>", "3"),
    (
        "CHOSEN",
        "<integerToFloat><numberSelected/></integerToFloat>",
        "3",
    ),
    (
        "ONE",
        "<variable identifier='a.SCORE' weightIdentifier='W'/>",
        "3",
    ),
];

#[test]
fn a_test_sums_counts_and_weighs_its_items() {
    let test = "<assessmentTest identifier='t'>OUTCOMES<testPart identifier='P'><assessmentSection identifier='S1'>\
        <assessmentItemRef identifier='a' href='a.xml' category='easy'><weight identifier='W' value='3'/></assessmentItemRef>\
        <assessmentItemRef identifier='b' href='b.xml'/></assessmentSection><assessmentSection identifier='S2'>\
        <assessmentItemRef identifier='c' href='c.xml'/></assessmentSection></testPart><outcomeProcessing>RULES</outcomeProcessing></assessmentTest>";
    let outcomes: String = QUERIES.iter().map(|(name, ..)| outcome(name, "float")).collect();
    let rules: String = QUERIES.iter().map(|(name, query, _)| set(name, query)).collect();
    let test = test.replace("OUTCOMES", &outcomes).replace("RULES", &rules);
    let test = compile(&parse(test.as_bytes()).unwrap()).unwrap();
    let result = |identifier: &str, score: &str, is_correct, responded| ItemResult {
        identifier: identifier.to_owned(),
        values: BTreeMap::from([("SCORE".to_owned(), Value::float(Real::parse(score)))]),
        maxima: BTreeMap::from([("SCORE".to_owned(), Real::parse("1.5").unwrap())]),
        minima: BTreeMap::new(),
        is_correct,
        responded,
        presented: true,
    };
    let results = [
        result("c", "1", false, false),
        result("a", "1", true, true),
        result("b", "0.5", false, true),
    ];
    let came = evaluate_test(&test, &results).unwrap();
    for (name, _, expected) in QUERIES {
        assert_eq!(came.values[name].to_string(), expected, "{name}");
    }
    assert!(evaluate_test(&test, &[]).unwrap().values["ALL"].is_null());
}

#[test]
fn a_test_sees_of_an_item_what_the_item_declares() {
    let item = program(&format!(
        "{RESPONSE}<outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float' normalMaximum='1'/>\
         <responseProcessing template='match_correct'/>"
    ));
    let result = ItemResult::of("a", &item, run(&item, &json!({"RESPONSE": "A"}), 0));
    assert!(result.presented && result.responded && result.is_correct);
    assert_eq!(result.maxima["SCORE"].to_string(), "1");
    assert_eq!(result.values["SCORE"].to_string(), "1");
}
