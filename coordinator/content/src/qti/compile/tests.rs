//! Reading: what is taken, what is refused, and by which words.

use super::*;
use crate::{
    qti::program::{EXPRESSION_DEPTH_MAX, Expression, RULE_DEPTH_MAX, Rule},
    xml::parse,
};

const DECLARED: &str = "<responseDeclaration identifier='RESPONSE' cardinality='single' baseType='identifier'>\
    <correctResponse><value>A</value></correctResponse></responseDeclaration>\
    <outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/>";

fn item(inside: &str) -> Result<Program, Faults> {
    compile(
        &parse(format!("<assessmentItem identifier='i'>{DECLARED}\n{inside}</assessmentItem>").as_bytes())
            .unwrap(),
    )
}

fn setting(expression: &str) -> Result<Program, Faults> {
    item(&format!(
        "<responseProcessing><setOutcomeValue identifier='SCORE'>\n{expression}</setOutcomeValue></responseProcessing>"
    ))
}

fn refused(result: Result<Program, Faults>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn what_is_not_known_is_refused_by_name_with_its_line() {
    for (expression, named) in [
        (
            "<customOperator class='org.example.Sum'/>",
            "line 3: `customOperator org.example.Sum`",
        ),
        ("<sine><null/></sine>", "line 3: `sine` is not known"),
        (
            "<numberCorrect/>",
            "line 3: `numberCorrect` has a meaning in tests only",
        ),
        (
            "<variable identifier='X'/>",
            "line 3: the variable `X` is not declared",
        ),
        (
            "<correct identifier='SCORE'/>",
            "line 3: `SCORE` is not a response variable",
        ),
        (
            "<baseValue baseType='integer'>1.5</baseValue>",
            "line 3: `1.5` is not a value of base type integer",
        ),
        (
            "<baseValue baseType='number'>1</baseValue>",
            "baseType=\"number\"",
        ),
        (
            "<subtract><null/></subtract>",
            "line 3: `subtract` has 1 expressions inside, it takes 2",
        ),
        (
            "<mathOperator name='sinus'><null/></mathOperator>",
            "name=\"sinus\"",
        ),
        (
            "<patternMatch pattern='('><null/></patternMatch>",
            "line 3: the pattern `(` cannot be read",
        ),
        (
            "<inside shape='circle' coords='1,2'><null/></inside>",
            "line 3: the coordinates `1,2`",
        ),
        ("<roundTo figures='many'><null/></roundTo>", "figures=\"many\""),
        ("<anyN min='1'><null/></anyN>", "`anyN` lacks the attribute `max`"),
    ] {
        let said = refused(setting(expression));
        assert!(said.contains(named), "{expression}: {said}");
    }
}

#[test]
fn rules_stand_where_qti_has_them_and_every_fault_is_listed() {
    let said = refused(item(
        "<responseProcessing><responseElse/><setTemplateValue identifier='RESPONSE'/><fly/>\n\
         <responseCondition><responseElseIf><null/></responseElseIf></responseCondition>\
         <responseCondition><responseIf/></responseCondition>\
         <include href='other.xml'/></responseProcessing>",
    ));
    for named in [
        "`responseElse`",
        "`setTemplateValue`",
        "`fly` is not known",
        "line 3: `responseElseIf`",
        "`responseIf` has 0",
        "`other.xml` points",
    ] {
        assert!(said.contains(named), "{named}: {said}");
    }
    let exit = item(
        "<responseProcessing><exitResponse/></responseProcessing><outcomeProcessing><exitTest/></outcomeProcessing>",
    );
    assert_eq!(exit.unwrap().outcome_rules, [Rule::Exit]);
    assert!(
        refused(item("<responseProcessing><exitTest/></responseProcessing>"))
            .contains("`exitTest` must not stand here")
    );
}

#[test]
fn the_templates_are_known_in_every_spelling_and_no_other_is() {
    for address in [
        "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct",
        "http://www.imsglobal.org/question/qti_v2p2/rptemplates/match_correct.xml",
        "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml",
        "match_correct",
    ] {
        let program = item(&format!("<responseProcessing template='{address}'/>")).unwrap();
        assert!(
            matches!(program.response_rules[..], [Rule::Choose(_)]),
            "{address}"
        );
    }
    for address in [
        "http://example.org/match_correct",
        "http://www.imsglobal.org/question/qti_v2p1/rptemplates/best_of",
    ] {
        assert!(refused(item(&format!("<responseProcessing template='{address}'/>"))).contains(address));
    }
    let mapped = item("<responseProcessing template='map_response'/>").unwrap();
    assert!(mapped.remarks[0].text.contains("no mapping"));
    let without =
        parse(b"<assessmentItem><responseProcessing template='match_correct'/></assessmentItem>").unwrap();
    assert!(
        compile(&without)
            .unwrap_err()
            .to_string()
            .contains("needs a variable RESPONSE")
    );
}

#[test]
fn declarations_are_typed_and_their_faults_named() {
    for (declaration, named) in [
        (
            "<outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/>",
            "`SCORE` is declared twice",
        ),
        (
            "<outcomeDeclaration identifier='O' cardinality='one' baseType='float'/>",
            "cardinality=\"one\"",
        ),
        (
            "<outcomeDeclaration identifier='O' cardinality='single'/>",
            "lacks the attribute `baseType`",
        ),
        (
            "<outcomeDeclaration cardinality='single' baseType='float'/>",
            "lacks the attribute `identifier`",
        ),
        (
            "<outcomeDeclaration identifier='O' cardinality='single' baseType='float'><defaultValue><value>1</value><value>2</value></defaultValue></outcomeDeclaration>",
            "has 2 expressions inside",
        ),
        (
            "<responseDeclaration identifier='R' cardinality='single' baseType='point'><areaMapping><areaMapEntry shape='rect' coords='1' mappedValue='1'/></areaMapping></responseDeclaration>",
            "the coordinates `1`",
        ),
        (
            "<responseDeclaration identifier='R' cardinality='single' baseType='pair'><mapping><mapEntry mapKey='A' mappedValue='1'/></mapping></responseDeclaration>",
            "`A` is not a value of base type pair",
        ),
    ] {
        let said = refused(item(declaration));
        assert!(said.contains(named), "{declaration}: {said}");
    }
    let program =
        item("<outcomeDeclaration identifier='G' cardinality='single' baseType='identifier'/>").unwrap();
    let default = |name: &str| program.find(name).unwrap().1.default.clone();
    assert_eq!(default("SCORE").number(), Some(Real::ZERO));
    assert!(default("G").is_null());
}

#[test]
fn adaptive_items_other_roots_and_other_namespaces_are_refused() {
    let root = |text: &str| compile(&parse(text.as_bytes()).unwrap()).unwrap_err().to_string();
    assert!(root("<assessmentItem adaptive='true'/>").contains("adaptive"));
    assert!(root("<questestinterop/>").contains("`questestinterop`"));
    assert!(root("<assessmentItem xmlns='urn:else'/>").contains("`urn:else`"));
    for namespace in [
        "http://www.imsglobal.org/xsd/imsqti_v2p1",
        "http://www.imsglobal.org/xsd/imsqti_v2p2",
        "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    ] {
        let name = if namespace.contains("v3") {
            "qti-assessment-item"
        } else {
            "assessmentItem"
        };
        compile(&parse(format!("<{name} xmlns='{namespace}'/>").as_bytes()).unwrap()).unwrap();
    }
}

#[test]
fn both_versions_compile_to_the_same_program() {
    let two = setting("<mapResponsePoint identifier='RESPONSE'/>").unwrap();
    let three = "<qti-assessment-item identifier='i'><qti-response-declaration identifier='RESPONSE' cardinality='single' \
        base-type='identifier'><qti-correct-response><qti-value>A</qti-value></qti-correct-response></qti-response-declaration>\
        <qti-outcome-declaration identifier='SCORE' cardinality='single' base-type='float'/>\n<qti-response-processing>\
        <qti-set-outcome-value identifier='SCORE'>\n<qti-map-response-point identifier='RESPONSE'/></qti-set-outcome-value>\
        </qti-response-processing></qti-assessment-item>";
    assert_eq!(compile(&parse(three.as_bytes()).unwrap()).unwrap(), two);
}

#[test]
fn the_deepest_program_that_is_taken_is_stored_and_read_back() {
    let expression =
        |deep: usize| format!("{}<null/>{}", "<not>".repeat(deep - 1), "</not>".repeat(deep - 1));
    let nested = |rules: usize, deep: usize| {
        let mut inside = format!(
            "<setOutcomeValue identifier='SCORE'>{}</setOutcomeValue>",
            expression(deep)
        );
        for _ in 0..rules {
            inside =
                format!("<responseCondition><responseIf><null/>{inside}</responseIf></responseCondition>");
        }
        item(&format!("<responseProcessing>{inside}</responseProcessing>"))
    };
    let program = nested(RULE_DEPTH_MAX, EXPRESSION_DEPTH_MAX).unwrap();
    let stored = serde_json::to_vec(&program).unwrap();
    assert_eq!(serde_json::from_slice::<Program>(&stored).unwrap(), program);
    assert!(refused(nested(RULE_DEPTH_MAX + 1, 1)).contains("conditions stand within each other"));
    assert!(refused(nested(0, EXPRESSION_DEPTH_MAX + 1)).contains("expressions stand within each other"));
}

#[test]
fn a_file_of_too_many_rules_is_refused_and_faults_are_counted() {
    let many = "<sum>".to_owned() + &"<null/>".repeat(NODES_MAX.min(999)) + "</sum>";
    let rule = format!("<setOutcomeValue identifier='SCORE'>{many}</setOutcomeValue>");
    let said = refused(item(&format!(
        "<responseProcessing>{}</responseProcessing>",
        rule.repeat(NODES_MAX / 999 + 1)
    )));
    assert!(said.contains("more than 20000 rules and expressions"), "{said}");
    let faults = item(&format!(
        "<responseProcessing>{}</responseProcessing>",
        "<fly/>".repeat(150)
    ))
    .unwrap_err();
    assert_eq!((faults.faults.len(), faults.more), (100, 50));
}

#[test]
fn numbers_in_attributes_may_be_variables() {
    let program = setting("<roundTo roundingMode='decimalPlaces' figures='{SCORE}'><randomFloat min='SCORE' max='1'/></roundTo>").unwrap();
    let Rule::Set(_, Expression::Apply(_, operands)) = &program.response_rules[0] else {
        panic!("{program:?}");
    };
    assert!(matches!(operands[0], Expression::Variable(_)));
}

#[test]
fn a_test_lists_its_items_with_sections_categories_and_weights() {
    let test = "<assessmentTest identifier='t'><outcomeDeclaration identifier='T' cardinality='single' baseType='float'/>\
        <testPart identifier='P'><assessmentSection identifier='S'><assessmentItemRef identifier='a' href='a.xml' category='easy maths'>\
        <weight identifier='W' value='2.5'/></assessmentItemRef></assessmentSection></testPart>\
        <outcomeProcessing><setOutcomeValue identifier='T'><variable identifier='a.SCORE'/></setOutcomeValue></outcomeProcessing></assessmentTest>";
    let program = compile(&parse(test.as_bytes()).unwrap()).unwrap();
    assert_eq!(program.items[0].within, ["P", "S"]);
    assert_eq!(program.items[0].categories, ["easy", "maths"]);
    assert_eq!(program.items[0].weights["W"].to_string(), "2.5");
    let unknown = test.replace("a.SCORE", "b.SCORE");
    assert!(
        compile(&parse(unknown.as_bytes()).unwrap())
            .unwrap_err()
            .to_string()
            .contains("`b.SCORE`")
    );
    let elsewhere = test.replace(
        "<assessmentSection identifier='S'>",
        "<assessmentSectionRef href='s.xml'/><assessmentSection identifier='S'>",
    );
    assert!(
        compile(&parse(elsewhere.as_bytes()).unwrap())
            .unwrap_err()
            .to_string()
            .contains("`s.xml`")
    );
    for (refused, instead) in [
        ("<templateDefault/>", "<weight identifier='W' value='2.5'/>"),
        ("<branchRule/>", "<weight identifier='W' value='2.5'/>"),
        (
            "<assessmentSection identifier='S'><preCondition/>",
            "<assessmentSection identifier='S'>",
        ),
    ] {
        let said = compile(&parse(test.replace(instead, refused).as_bytes()).unwrap())
            .unwrap_err()
            .to_string();
        assert!(said.contains("makes the test depend"), "{refused}: {said}");
    }
}
