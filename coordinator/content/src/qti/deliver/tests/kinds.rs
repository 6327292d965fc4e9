//! Each interaction as it is delivered and judged.

use protocol::{paper::KindOf, response::ResponseOf};

use super::*;
use crate::Verdict;

const CHOICES: &str = "<simpleChoice identifier='SECRETA'>one</simpleChoice><simpleChoice identifier='SECRETB'>two</simpleChoice>\
    <simpleChoice identifier='SECRETC' fixed='true'>none of these</simpleChoice>";

#[test]
fn one_choice_and_several_are_judged_by_the_items_own_rules() {
    let single = made(&item_xml(
        &declared("single", "identifier", &["SECRETB"]),
        &format!(
            "<p>How <b>many</b>?</p><choiceInteraction responseIdentifier='RESPONSE' shuffle='true'><prompt>Choose.</prompt>{CHOICES}</choiceInteraction>"
        ),
    ));
    assert!(matches!(single.item.kind, ItemKind::Choice(_)) && !single.item.is_fixed);
    assert_eq!(single.item.stem["en"], "How many?\nChoose.");
    assert!(json(&single.item).contains(r#"{"tag":"b","content":["many"]}"#));
    assert_eq!(single.item.kind.options()[2].text["en"], "none of these");
    assert!(single.item.kind.options()[2].is_fixed);
    let right = option(&single.item.kind, "two");
    assert_eq!(
        score(&single, &format!(r#"{{"choice":{right}}}"#)).verdict,
        Verdict::Right
    );
    assert_eq!(score(&single, r#"{"choice":3}"#).verdict, Verdict::Wrong);
    let several = made(&item_xml(
        &declared("multiple", "identifier", &["SECRETA", "SECRETC"]),
        &format!(
            "<p>Which?</p><choiceInteraction responseIdentifier='RESPONSE' maxChoices='2' minChoices='1'>{CHOICES}</choiceInteraction>"
        ),
    ));
    let ItemKind::Select(select) = &several.item.kind else {
        panic!()
    };
    assert_eq!((select.min, select.max, several.item.is_fixed), (1, 2, true));
    assert_eq!(score(&several, r#"{"choices":[1,3]}"#).marks.to_string(), "1");
    assert_eq!(score(&several, r#"{"choices":[1]}"#).verdict, Verdict::Wrong);
    let too_many: Response = serde_json::from_str(r#"{"choices":[1,2,3]}"#).unwrap();
    assert!(too_many.check(&several.item.outline()).is_err());
}

#[test]
fn fields_within_a_line_are_parts_at_their_places() {
    let xml = item_xml(
        "<responseDeclaration identifier='A' cardinality='single' baseType='identifier'><mapping><mapEntry mapKey='SECRETA' mappedValue='-0.25'/><mapEntry mapKey='SECRETB' mappedValue='1.5'/></mapping></responseDeclaration>\
         <responseDeclaration identifier='B' cardinality='single' baseType='float'/>\
         <responseDeclaration identifier='C' cardinality='single' baseType='string'/>",
        "<p>It <inlineChoiceInteraction responseIdentifier='A'><inlineChoice identifier='SECRETA'>is</inlineChoice><inlineChoice identifier='SECRETB'>was</inlineChoice></inlineChoiceInteraction>\
         <textEntryInteraction responseIdentifier='B'/> or <textEntryInteraction responseIdentifier='C' expectedLength='9'/>.</p>",
    );
    let xml = xml.replace(
        "<responseProcessing template='http://www.imsglobal.org/question/qti_v2p2/rptemplates/match_correct'/>",
        "<responseProcessing><setOutcomeValue identifier='SCORE'><mapResponse identifier='A'/></setOutcomeValue>\
         <responseCondition><responseIf><equal toleranceMode='exact'><variable identifier='B'/><baseValue baseType='float'>2.5</baseValue></equal>\
         <setOutcomeValue identifier='SCORE'><sum><variable identifier='SCORE'/><baseValue baseType='float'>1</baseValue></sum></setOutcomeValue></responseIf></responseCondition>\
         <responseCondition><responseIf><stringMatch caseSensitive='false'><variable identifier='C'/><baseValue baseType='string'>Ganga</baseValue></stringMatch>\
         <setOutcomeValue identifier='SCORE'><sum><variable identifier='SCORE'/><baseValue baseType='float'>1</baseValue></sum></setOutcomeValue></responseIf></responseCondition>\
         </responseProcessing>",
    );
    let xml = xml.replace(
        "identifier='SCORE' cardinality",
        "identifier='SCORE' normalMaximum='3.5' cardinality",
    );
    let made = made(&xml);
    let ItemKind::Parts(parts) = &made.item.kind else {
        panic!()
    };
    assert!(matches!(
        (&parts[0].kind, &parts[1].kind, &parts[2].kind),
        (KindOf::Dropdown(_), KindOf::Number, KindOf::Text(_))
    ));
    assert_eq!(
        (made.item.stem["en"].as_str(), made.item.marks.as_str()),
        ("It __________ or _____.", "3.5")
    );
    let all = score(
        &made,
        r#"{"parts":{"1":{"choice":2},"2":{"number":"2.50"},"3":{"text":"GANGA"}}}"#,
    );
    assert_eq!(
        (all.marks.to_string().as_str(), all.verdict),
        ("3.5", Verdict::Right)
    );
    let some = score(&made, r#"{"parts":{"1":{"choice":1},"3":{"text":"ganga"}}}"#);
    assert_eq!(
        (some.marks.to_string().as_str(), some.verdict),
        ("0.75", Verdict::Partial)
    );
    // What is not answered is nothing for its rules.
    let one = score(&made, r#"{"parts":{"2":{"number":"2.5"}}}"#);
    assert_eq!(one.marks.to_string(), "1");
}

#[test]
fn pairs_keep_their_limits_and_a_response_beyond_them_waits_for_a_person() {
    let matched = made(&item_xml(
        &declared("multiple", "directedPair", &["R1 C2", "R2 C2"]),
        "<p>Match.</p><matchInteraction responseIdentifier='RESPONSE' maxAssociations='3'><simpleMatchSet><simpleAssociableChoice identifier='R1' matchMax='1'>a</simpleAssociableChoice>\
         <simpleAssociableChoice identifier='R2' matchMax='1'>b</simpleAssociableChoice></simpleMatchSet><simpleMatchSet><simpleAssociableChoice identifier='C1' matchMax='2'>c</simpleAssociableChoice>\
         <simpleAssociableChoice identifier='C2' matchMax='0'>d</simpleAssociableChoice></simpleMatchSet></matchInteraction>",
    ));
    let ItemKind::Match(kind) = &matched.item.kind else {
        panic!()
    };
    assert_eq!(
        (kind.max, kind.rows[0].uses_max, kind.columns[1].uses_max),
        (3, 1, 0)
    );
    assert_eq!(
        score(&matched, r#"{"pairs":[[1,2],[2,2]]}"#).verdict,
        Verdict::Right
    );
    assert_eq!(
        score(&matched, r#"{"pairs":[[1,1],[2,2]]}"#).verdict,
        Verdict::Wrong
    );
    let beyond = score(&matched, r#"{"pairs":[[1,1],[1,2],[2,2]]}"#);
    assert_eq!((beyond.verdict, beyond.marks.is_zero()), (Verdict::Review, true));
    let together = made(&item_xml(
        &declared("multiple", "pair", &["B A", "C D"]),
        "<p>Which belong together?</p><associateInteraction responseIdentifier='RESPONSE' maxAssociations='2'>\
         <simpleAssociableChoice identifier='A' matchMax='1'>a</simpleAssociableChoice><simpleAssociableChoice identifier='B' matchMax='1'>b</simpleAssociableChoice>\
         <simpleAssociableChoice identifier='C' matchMax='1'>c</simpleAssociableChoice><simpleAssociableChoice identifier='D' matchMax='1'>d</simpleAssociableChoice></associateInteraction>",
    ));
    assert_eq!(
        score(&together, r#"{"pairs":[[1,2],[3,4]]}"#).verdict,
        Verdict::Right
    );
    assert_eq!(
        score(&together, r#"{"pairs":[[2,1],[3,4]]}"#).verdict,
        Verdict::Review
    );
    assert_eq!(
        score(&together, r#"{"pairs":[[1,2],[2,3]]}"#).verdict,
        Verdict::Review
    );
}

#[test]
fn gaps_and_hot_texts_stand_in_the_text() {
    let gaps = made(&item_xml(
        &declared("multiple", "directedPair", &["W1 G2", "W2 G1"]),
        "<gapMatchInteraction responseIdentifier='RESPONSE'><prompt>Fill in.</prompt><gapText identifier='W1' matchMax='1'>sea</gapText><gapText identifier='W2' matchMax='1'>river</gapText>\
         <p>The <gap identifier='G1'/> flows into the <gap identifier='G2'/>.</p></gapMatchInteraction>",
    ));
    assert_eq!(gaps.item.stem["en"], "Fill in.\nThe _____ flows into the _____.");
    assert!(json(&gaps.item).contains(r#"{"gap":2}"#));
    assert_eq!(score(&gaps, r#"{"pairs":[[1,2],[2,1]]}"#).verdict, Verdict::Right);
    assert_eq!(
        score(&gaps, r#"{"pairs":[[1,1],[2,1]]}"#).verdict,
        Verdict::Review
    );
    let hot = made(&item_xml(
        &declared("single", "identifier", &["H2"]),
        "<hottextInteraction responseIdentifier='RESPONSE'><p><hottext identifier='H1'>Rivers</hottext> <hottext identifier='H2'>flows</hottext> down.</p></hottextInteraction>",
    ));
    assert_eq!(hot.item.stem["en"], "Rivers flows down.");
    assert_eq!(score(&hot, r#"{"choices":[2]}"#).verdict, Verdict::Right);
    assert_eq!(score(&hot, r#"{"choices":[1]}"#).verdict, Verdict::Wrong);
}

#[test]
fn places_of_a_picture_orders_and_scales_are_delivered() {
    let spots = made(&item_xml(
        &declared("single", "identifier", &["H1"]),
        "<hotspotInteraction responseIdentifier='RESPONSE' maxChoices='1'><prompt>Where?</prompt><object data='media/a.png' type='image/png' width='40' height='20'>A map</object>\
         <hotspotChoice identifier='H1' shape='circle' coords='1,2,3' hotspotLabel='North'/><hotspotChoice identifier='H2' shape='rect' coords='1,2,3,4'/></hotspotInteraction>",
    ));
    let ItemKind::Hotspot(kind) = &spots.item.kind else {
        panic!()
    };
    assert_eq!((kind.image.alt.as_str(), kind.image.width), ("A map", Some(40)));
    assert_eq!(
        (
            kind.areas[0].text["en"].as_str(),
            kind.areas[1].text["en"].as_str()
        ),
        ("North", "2")
    );
    assert!(spots.pictures.contains_key(&kind.image.name) && !json(&spots.item).contains("a.png"));
    assert_eq!(score(&spots, r#"{"choices":[1]}"#).verdict, Verdict::Right);
    let slider = made(&item_xml(
        &declared("single", "integer", &["14"]),
        "<sliderInteraction responseIdentifier='RESPONSE' lowerBound='8' upperBound='40' step='2'><prompt>How many?</prompt></sliderInteraction>",
    ));
    assert_eq!(score(&slider, r#"{"number":"14.0"}"#).verdict, Verdict::Right);
    assert_eq!(score(&slider, r#"{"number":"12"}"#).verdict, Verdict::Wrong);
    for beyond in [r#"{"number":"13"}"#, r#"{"number":"42"}"#] {
        assert_eq!(score(&slider, beyond).verdict, Verdict::Review, "{beyond}");
    }
    let hand = made(&item_xml(
        &declared("single", "string", &[]),
        "<p>Write about rivers.</p><extendedTextInteraction responseIdentifier='RESPONSE' expectedLines='12'/>",
    ));
    assert!(
        hand.item.is_marked_by_hand && matches!(&hand.item.kind, ItemKind::Text(field) if field.lines == 12)
    );
    assert_eq!(
        score(&hand, r#"{"text":"They flow."}"#).verdict,
        Verdict::Unmarked
    );
}

#[test]
fn the_order_of_shuffled_options_in_the_paper_is_not_that_of_the_file() {
    let names: Vec<String> = (1..=9).map(|number| format!("SECRET{number}")).collect();
    let choices: Vec<String> = (1..=9)
        .map(|number| format!("<simpleChoice identifier='SECRET{number}'>step {number}</simpleChoice>"))
        .collect();
    let choices = choices.concat();
    let correct: Vec<&str> = names.iter().map(String::as_str).collect();
    let of = |shuffle: &str| {
        made(&item_xml(
            &declared("ordered", "identifier", &correct),
            &format!(
                "<p>Order them.</p><orderInteraction responseIdentifier='RESPONSE' shuffle='{shuffle}'>{choices}</orderInteraction>"
            ),
        ))
    };
    let order = |made: &Delivered| -> Vec<String> {
        made.item
            .kind
            .options()
            .iter()
            .map(|option| option.text["en"].clone())
            .collect()
    };
    let (shuffled, as_written) = (of("true"), of("false"));
    let written = order(&as_written);
    assert!(written.is_sorted() && as_written.item.is_fixed);
    assert!(!order(&shuffled).is_sorted() && order(&shuffled) == order(&of("true")));
    let right: Vec<u8> = (1..=9)
        .map(|number| option(&shuffled.item.kind, &format!("step {number}")))
        .collect();
    let response = ResponseOf::Order(right.into_iter().map(protocol::ids::OptionId).collect());
    assert_eq!(judge_one(&shuffled.key, &response).verdict, Verdict::Right);
}

#[test]
fn nothing_that_is_right_and_no_name_of_the_file_is_in_what_candidates_get() {
    let made = made(
        &item_xml(
            "<responseDeclaration identifier='RESPONSE' cardinality='single' baseType='identifier'><correctResponse><value>SECRETB</value></correctResponse>\
             <mapping defaultValue='0.0625'><mapEntry mapKey='SECRETB' mappedValue='7.125'/></mapping></responseDeclaration>\
             <outcomeDeclaration identifier='SECRETFEEDBACK' cardinality='single' baseType='identifier'/>",
            &format!(
                "<rubricBlock view='scorer'><p>SECRETRUBRIC</p></rubricBlock><rubricBlock view='candidate'><p>Take your time.</p></rubricBlock>\
                 <feedbackBlock outcomeIdentifier='SECRETFEEDBACK' identifier='SECRETB' showHide='show'><p>SECRETPRAISE</p></feedbackBlock>\
                 <p id='SECRETID' class='SECRETCLASS' onclick='SECRETCODE'>Which?</p><choiceInteraction responseIdentifier='RESPONSE'>{}</choiceInteraction>",
                CHOICES.replace(">two<", ">two<feedbackInline outcomeIdentifier='SECRETFEEDBACK' identifier='SECRETB' showHide='show'>SECRETPRAISE</feedbackInline><")
            ),
        )
        .replace(
            "rptemplates/match_correct'/>",
            "rptemplates/map_response'/>\
             <modalFeedback outcomeIdentifier='SECRETFEEDBACK' identifier='SECRETB' showHide='show'>SECRETPRAISE</modalFeedback>",
        ),
    );
    assert_eq!(score(&made, r#"{"choice":2}"#).marks.to_string(), "7.125");
    let sent = json(&made.item);
    assert!(sent.contains("Take your time.") && sent.contains("two"), "{sent}");
    // The greatest marks are shown, the worth of an option is not.
    for secret in ["SECRET", "RESPONSE", "0.0625", "correct", "mapp", "SCORE"] {
        assert!(!sent.contains(secret), "{secret}: {sent}");
    }
    let shown = format!("{:?} {:?}", made.key, made.key.key);
    assert!(!shown.contains("SECRET"), "{shown}");
}

#[test]
fn a_key_is_stored_and_read_back_and_fits_its_item_alone() {
    let one = made(&item_xml(
        &declared("single", "identifier", &["SECRETB"]),
        &format!(
            "<p>Which?</p><choiceInteraction responseIdentifier='RESPONSE'>{CHOICES}</choiceInteraction>"
        ),
    ));
    let stored = serde_json::to_vec(&one.key).unwrap();
    let read: ItemKey = serde_json::from_slice(&stored).unwrap();
    assert!(read == one.key && read.fits(&one.item.outline()));
    let mut other = one.item.outline();
    other.kind = protocol::outline::ResponseKind::Choice { options: 4 };
    assert!(!read.fits(&other));
    other.kind = protocol::outline::ResponseKind::Number;
    assert!(!read.fits(&other));
}
