//! The package: a QTI 2.1 test of two sections, an item of each kind that is delivered, and for each the rule of its marks
//! written by hand.

use std::io::{Cursor, Write as _};

use anyhow::Result;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use rust_decimal::Decimal;
use zip::write::SimpleFileOptions;

use super::seen::Seen;

const NAMESPACE: &str = "http://www.imsglobal.org/xsd/imsqti_v2p1";
const TEMPLATES: &str = "http://www.imsglobal.org/question/qti_v2p1/rptemplates";

/// A picture of one point.
const POINT_PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// An item of the package.
pub(crate) struct Question {
    /// A word of its stem.
    pub(crate) about: &'static str,
    /// The greatest marks, decimal.
    max: &'static str,
    /// Its declarations of responses and, last, its rules; `match` and `map` stand for the standard templates.
    declared: &'static str,
    rules: &'static str,
    body: &'static str,
    /// Responses that a person might give, as a list in JSON.
    pub(crate) likely: &'static str,
    /// The rule.
    pub(crate) marks: fn(&Seen) -> Decimal,
}

impl Question {
    /// The greatest marks.
    pub(crate) fn max(&self) -> Decimal {
        self.max.parse().expect("a decimal")
    }

    fn xml(&self, identifier: &str) -> String {
        let rules = match self.rules {
            "match" => format!("<responseProcessing template='{TEMPLATES}/match_correct'/>"),
            "map" => format!("<responseProcessing template='{TEMPLATES}/map_response'/>"),
            rules => format!("<responseProcessing>{rules}</responseProcessing>"),
        };
        format!(
            "<?xml version='1.0' encoding='UTF-8'?>\n<assessmentItem xmlns='{NAMESPACE}' identifier='{identifier}' \
             title='{identifier}' adaptive='false' timeDependent='false' xml:lang='en'>{}\
             <outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'><defaultValue><value>0</value>\
             </defaultValue></outcomeDeclaration><outcomeDeclaration identifier='MAXSCORE' cardinality='single' \
             baseType='float'><defaultValue><value>{}</value></defaultValue></outcomeDeclaration>\
             <itemBody>{}</itemBody>{rules}</assessmentItem>",
            self.declared, self.max, self.body
        )
    }
}

fn marks(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

/// All or nothing.
fn if_so(is_right: bool, worth: &str) -> Decimal {
    if is_right { marks(worth) } else { Decimal::ZERO }
}

/// The sum of what each thing given is worth, never below zero.
fn summed(given: &[String], worth: &[(&str, &str)], otherwise: &str) -> Decimal {
    let of = |given: &String| {
        let found = worth.iter().find(|(thing, _)| thing == given);
        marks(found.map_or(otherwise, |(_, worth)| worth))
    };
    given.iter().map(of).sum::<Decimal>().max(Decimal::ZERO)
}

fn is_set(given: &[String], right: &[&str]) -> bool {
    given.len() == right.len() && right.iter().all(|right| given.iter().any(|given| given == right))
}

/// The items in the order of the test.
pub(crate) const QUESTIONS: &[Question] = &[
    Question {
        about: "capital",
        max: "1",
        declared: "<responseDeclaration identifier='RESPONSE' cardinality='single' baseType='identifier'>\
            <correctResponse><value>m</value></correctResponse></responseDeclaration>",
        rules: "match",
        body: "<choiceInteraction responseIdentifier='RESPONSE' shuffle='true' maxChoices='1'>\
            <prompt>Which city is the <em>capital</em> of Maharashtra?</prompt><simpleChoice identifier='p'>Pune</simpleChoice>\
            <simpleChoice identifier='m'>Mumbai</simpleChoice><simpleChoice identifier='n'>Nagpur</simpleChoice>\
            </choiceInteraction>",
        likely: r#"[{"choice":1},{"choice":2},{"choice":2}]"#,
        marks: |seen| if_so(seen[&1] == ["Mumbai"], "1"),
    },
    Question {
        about: "prime",
        max: "2",
        declared: "<responseDeclaration identifier='RESPONSE' cardinality='multiple' baseType='identifier'>\
            <correctResponse><value>b</value><value>d</value></correctResponse><mapping lowerBound='0' defaultValue='0'>\
            <mapEntry mapKey='a' mappedValue='-0.75'/><mapEntry mapKey='b' mappedValue='1'/><mapEntry mapKey='c' \
            mappedValue='-0.75'/><mapEntry mapKey='d' mappedValue='1'/></mapping></responseDeclaration>",
        rules: "map",
        body: "<p>Which numbers are prime?</p><choiceInteraction responseIdentifier='RESPONSE' maxChoices='3'>\
            <simpleChoice identifier='a'>4</simpleChoice><simpleChoice identifier='b'>7</simpleChoice>\
            <simpleChoice identifier='c'>9</simpleChoice><simpleChoice identifier='d'>11</simpleChoice></choiceInteraction>",
        likely: r#"[{"choices":[2,4]},{"choices":[2]},{"choices":[1,2,4]},{"choices":[3,4]}]"#,
        marks: |seen| summed(&seen[&1], &[("7", "1"), ("11", "1")], "-0.75"),
    },
    Question {
        about: "Godavari",
        max: "2",
        declared: "<responseDeclaration identifier='R1' cardinality='single' baseType='identifier'><correctResponse>\
            <value>t</value></correctResponse></responseDeclaration><responseDeclaration identifier='R2' cardinality='single' \
            baseType='identifier'><correctResponse><value>b</value></correctResponse></responseDeclaration>",
        rules: "<responseCondition><responseIf><match><variable identifier='R1'/><correct identifier='R1'/></match>\
            <setOutcomeValue identifier='SCORE'><sum><variable identifier='SCORE'/><baseValue baseType='float'>1</baseValue>\
            </sum></setOutcomeValue></responseIf></responseCondition><responseCondition><responseIf><match><variable \
            identifier='R2'/><correct identifier='R2'/></match><setOutcomeValue identifier='SCORE'><sum><variable \
            identifier='SCORE'/><baseValue baseType='float'>1</baseValue></sum></setOutcomeValue></responseIf>\
            </responseCondition>",
        body: "<p>The Godavari rises near <inlineChoiceInteraction responseIdentifier='R1' shuffle='false'><inlineChoice \
            identifier='t'>Trimbakeshwar</inlineChoice><inlineChoice identifier='m'>Mahabaleshwar</inlineChoice>\
            </inlineChoiceInteraction> and reaches the <inlineChoiceInteraction responseIdentifier='R2' shuffle='false'>\
            <inlineChoice identifier='a'>Arabian Sea</inlineChoice><inlineChoice identifier='b'>Bay of Bengal</inlineChoice>\
            </inlineChoiceInteraction>.</p>",
        likely: r#"[{"parts":{"1":{"choice":1},"2":{"choice":2}}},{"parts":{"2":{"choice":2}}},
            {"parts":{"1":{"choice":2},"2":{"choice":1}}}]"#,
        marks: |seen| {
            let is = |part, word: &str| seen.get(&part).is_some_and(|given| *given == [word]);
            if_so(is(1, "Trimbakeshwar"), "1") + if_so(is(2, "Bay of Bengal"), "1")
        },
    },
    Question {
        about: "gold",
        max: "2",
        declared: "<responseDeclaration identifier='RESPONSE' cardinality='single' baseType='string'><correctResponse>\
            <value>Au</value></correctResponse><mapping defaultValue='0'><mapEntry mapKey='Au' mappedValue='2' \
            caseSensitive='true'/><mapEntry mapKey='gold' mappedValue='0.5' caseSensitive='false'/></mapping>\
            </responseDeclaration>",
        rules: "map",
        body: "<p>The symbol of gold is <textEntryInteraction responseIdentifier='RESPONSE' expectedLength='4'/>.</p>",
        likely: r#"[{"parts":{"1":{"text":"Au"}}},{"parts":{"1":{"text":"GOLD"}}},{"parts":{"1":{"text":"au"}}}]"#,
        marks: |seen| match seen[&1][0].as_str() {
            "Au" => marks("2"),
            word if word.eq_ignore_ascii_case("gold") => marks("0.5"),
            _ => Decimal::ZERO,
        },
    },
    Question {
        about: "quarter",
        max: "1.5",
        declared: "<responseDeclaration identifier='RESPONSE' cardinality='single' baseType='float'><correctResponse>\
            <value>12.25</value></correctResponse></responseDeclaration>",
        rules: "<responseCondition><responseIf><equal toleranceMode='absolute' tolerance='0.05 0.05'><variable \
            identifier='RESPONSE'/><correct identifier='RESPONSE'/></equal><setOutcomeValue identifier='SCORE'><baseValue \
            baseType='float'>1.5</baseValue></setOutcomeValue></responseIf></responseCondition>",
        body: "<p>A quarter of 49 is <textEntryInteraction responseIdentifier='RESPONSE'/>.</p>",
        likely: r#"[{"parts":{"1":{"number":"12.25"}}},{"parts":{"1":{"number":"12.3"}}},
            {"parts":{"1":{"number":"12.2"}}},{"parts":{"1":{"number":"12.31"}}}]"#,
        marks: |seen| {
            let given = marks(&seen[&1][0]);
            if_so((marks("12.2")..=marks("12.3")).contains(&given), "1.5")
        },
    },
    Question {
        about: "nearest",
        max: "1",
        declared: "<responseDeclaration identifier='RESPONSE' cardinality='ordered' baseType='identifier'><correctResponse>\
            <value>v</value><value>e</value><value>j</value></correctResponse></responseDeclaration>",
        rules: "match",
        body: "<orderInteraction responseIdentifier='RESPONSE' shuffle='true'><prompt>Put them in order, the one nearest to \
            the sun first.</prompt><simpleChoice identifier='j'>Jupiter</simpleChoice><simpleChoice identifier='e'>Earth\
            </simpleChoice><simpleChoice identifier='v'>Venus</simpleChoice></orderInteraction>",
        likely: r#"[{"order":[3,2,1]},{"order":[3,2]},{"order":[1,2,3]}]"#,
        marks: |seen| if_so(seen[&1] == ["Venus", "Earth", "Jupiter"], "1"),
    },
    Question {
        about: "state",
        max: "3",
        declared: "<responseDeclaration identifier='RESPONSE' cardinality='multiple' baseType='directedPair'><correctResponse>\
            <value>b k</value><value>h t</value></correctResponse><mapping lowerBound='0' defaultValue='-0.5'><mapEntry \
            mapKey='b k' mappedValue='1.5'/><mapEntry mapKey='h t' mappedValue='1.5'/></mapping></responseDeclaration>",
        rules: "map",
        body: "<matchInteraction responseIdentifier='RESPONSE' shuffle='false' maxAssociations='2'><prompt>Which city is in \
            which state?</prompt><simpleMatchSet><simpleAssociableChoice identifier='b' matchMax='1'>Bengaluru\
            </simpleAssociableChoice><simpleAssociableChoice identifier='h' matchMax='1'>Hyderabad</simpleAssociableChoice>\
            </simpleMatchSet><simpleMatchSet><simpleAssociableChoice identifier='k' matchMax='2'>Karnataka\
            </simpleAssociableChoice><simpleAssociableChoice identifier='t' matchMax='2'>Telangana</simpleAssociableChoice>\
            </simpleMatchSet></matchInteraction>",
        likely: r#"[{"pairs":[[1,1],[2,2]]},{"pairs":[[1,1]]},{"pairs":[[1,2],[2,2]]}]"#,
        marks: |seen| {
            let right = [("Bengaluru > Karnataka", "1.5"), ("Hyderabad > Telangana", "1.5")];
            summed(&seen[&1], &right, "-0.5")
        },
    },
    Question {
        about: "rhyme",
        max: "1",
        declared: "<responseDeclaration identifier='RESPONSE' cardinality='multiple' baseType='pair'><correctResponse>\
            <value>c h</value><value>m s</value></correctResponse></responseDeclaration>",
        rules: "match",
        body: "<associateInteraction responseIdentifier='RESPONSE' shuffle='false' maxAssociations='2'><prompt>Which words \
            rhyme?</prompt><simpleAssociableChoice identifier='h' matchMax='1'>hat</simpleAssociableChoice>\
            <simpleAssociableChoice identifier='c' matchMax='1'>cat</simpleAssociableChoice><simpleAssociableChoice \
            identifier='m' matchMax='1'>moon</simpleAssociableChoice><simpleAssociableChoice identifier='s' matchMax='1'>\
            soon</simpleAssociableChoice></associateInteraction>",
        likely: r#"[{"pairs":[[1,2],[3,4]]},{"pairs":[[1,2]]},{"pairs":[[1,3],[2,4]]}]"#,
        marks: |seen| if_so(is_set(&seen[&1], &["hat > cat", "moon > soon"]), "1"),
    },
    Question {
        about: "season",
        max: "2",
        declared: "<responseDeclaration identifier='RESPONSE' cardinality='multiple' baseType='directedPair'><correctResponse>\
            <value>d G1</value><value>w G2</value></correctResponse><mapping lowerBound='0' defaultValue='-1'><mapEntry \
            mapKey='d G1' mappedValue='1'/><mapEntry mapKey='w G2' mappedValue='1'/></mapping></responseDeclaration>",
        rules: "map",
        body: "<gapMatchInteraction responseIdentifier='RESPONSE' shuffle='false'><gapText identifier='w' matchMax='1'>wet\
            </gapText><gapText identifier='d' matchMax='1'>dry</gapText><gapText identifier='c' matchMax='1'>cold</gapText>\
            <p>May is a <gap identifier='G1'/> month, July a <gap identifier='G2'/> one: each season has its weather.</p>\
            </gapMatchInteraction>",
        likely: r#"[{"pairs":[[2,1],[1,2]]},{"pairs":[[2,1]]},{"pairs":[[3,1],[1,2]]}]"#,
        marks: |seen| summed(&seen[&1], &[("dry > 1", "1"), ("wet > 2", "1")], "-1"),
    },
    Question {
        about: "verbs",
        max: "1",
        declared: "<responseDeclaration identifier='RESPONSE' cardinality='multiple' baseType='identifier'><correctResponse>\
            <value>h2</value><value>h4</value></correctResponse></responseDeclaration>",
        rules: "match",
        body: "<hottextInteraction responseIdentifier='RESPONSE' maxChoices='3'><prompt>Mark the verbs.</prompt><p>The \
            <hottext identifier='h1'>teacher</hottext> <hottext identifier='h2'>reads</hottext> while the <hottext \
            identifier='h3'>children</hottext> <hottext identifier='h4'>listen</hottext>.</p></hottextInteraction>",
        likely: r#"[{"choices":[2,4]},{"choices":[2]},{"choices":[1,2,4]}]"#,
        marks: |seen| if_so(is_set(&seen[&1], &["2", "4"]), "1"),
    },
    Question {
        about: "districts",
        max: "1",
        declared: "<responseDeclaration identifier='RESPONSE' cardinality='single' baseType='integer'><correctResponse>\
            <value>36</value></correctResponse></responseDeclaration>",
        rules: "match",
        body: "<sliderInteraction responseIdentifier='RESPONSE' lowerBound='0' upperBound='100' step='1'><prompt>How many \
            districts has Maharashtra?</prompt></sliderInteraction>",
        likely: r#"[{"number":"36"},{"number":"35"},{"number":"036"}]"#,
        marks: |seen| if_so(marks(&seen[&1][0]) == marks("36"), "1"),
    },
    Question {
        about: "coast",
        max: "1",
        declared: "<responseDeclaration identifier='RESPONSE' cardinality='single' baseType='identifier'><correctResponse>\
            <value>w</value></correctResponse></responseDeclaration>",
        rules: "match",
        body: "<hotspotInteraction responseIdentifier='RESPONSE' maxChoices='1'><prompt>On which side is the coast?</prompt>\
            <object type='image/png' data='images/map.png' width='100' height='60'>A map of the state</object><hotspotChoice \
            shape='rect' coords='0,0,30,60' identifier='w' hotspotLabel='the west'/><hotspotChoice shape='circle' \
            coords='80,30,15' identifier='e' hotspotLabel='the east'/></hotspotInteraction>",
        likely: r#"[{"choices":[1]},{"choices":[2]}]"#,
        marks: |seen| if_so(seen[&1] == ["1"], "1"),
    },
];

/// The package's bytes.
pub(crate) fn zip() -> Result<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, bytes: &[u8]| -> Result<()> {
        archive.start_file(name, SimpleFileOptions::default())?;
        archive.write_all(bytes)?;
        Ok(())
    };
    let names: Vec<String> = (1..=QUESTIONS.len()).map(|no| format!("item{no}")).collect();
    for (name, question) in names.iter().zip(QUESTIONS) {
        put(&format!("items/{name}.xml"), question.xml(name).as_bytes())?;
    }
    put("items/images/map.png", &BASE64_STANDARD.decode(POINT_PNG)?)?;
    put("test.xml", test(&names).as_bytes())?;
    put("imsmanifest.xml", manifest(&names).as_bytes())?;
    Ok(archive.finish()?.into_inner())
}

fn test(names: &[String]) -> String {
    let (first, second) = names.split_at(names.len() / 2);
    let section = |title: &str, names: &[String]| {
        let references: Vec<String> = names
            .iter()
            .map(|name| format!("<assessmentItemRef identifier='{name}' href='items/{name}.xml'/>"))
            .collect();
        format!(
            "<assessmentSection identifier='{title}' title='{title}' visible='true'>{}</assessmentSection>",
            references.concat()
        )
    };
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<assessmentTest xmlns='{NAMESPACE}' identifier='geography' title='Geography'>\
         <testPart identifier='part' navigationMode='nonlinear' submissionMode='simultaneous'>{}{}</testPart></assessmentTest>",
        section("Choices", first),
        section("Others", second)
    )
}

fn manifest(names: &[String]) -> String {
    let items: Vec<String> = names
        .iter()
        .map(|name| {
            format!(
                "<resource identifier='{name}' type='imsqti_item_xmlv2p1' href='items/{name}.xml'><file \
                 href='items/{name}.xml'/></resource>"
            )
        })
        .collect();
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<manifest xmlns='http://www.imsglobal.org/xsd/imscp_v1p1' \
         identifier='package'><organizations/><resources><resource identifier='test' type='imsqti_test_xmlv2p1' \
         href='test.xml'><file href='test.xml'/></resource>{}<resource identifier='map' type='webcontent' \
         href='items/images/map.png'><file href='items/images/map.png'/></resource></resources></manifest>",
        items.concat()
    )
}
