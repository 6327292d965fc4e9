//! What cannot be delivered as it is meant is refused by line and name.

use super::*;

fn refused(xml: &str) -> String {
    match try_item(xml) {
        Ok(made) => panic!("delivered: {}", json(&made.item)),
        Err(faults) => faults.to_string(),
    }
}

fn choice(body: &str) -> String {
    item_xml(
        &declared("single", "identifier", &["A"]),
        &body.replace("CHOICE", "<choiceInteraction responseIdentifier='RESPONSE'><simpleChoice identifier='A'>a</simpleChoice></choiceInteraction>"),
    )
}

#[test]
fn elements_that_cannot_be_shown_to_everybody_are_refused_with_their_line() {
    for (body, why) in [
        (
            "<p>x</p>\nCHOICE<video src='a.mp4'/>",
            "line 6: `video` is sound, film",
        ),
        (
            "<object data='a.html' type='text/html'/>CHOICE",
            "shared stimulus",
        ),
        ("<svg/>CHOICE", "`svg` is not delivered"),
        ("<img src='a.svg' alt='x'/>CHOICE", "SVG"),
        ("<img src='none.png' alt='x'/>CHOICE", "not in the package"),
        (
            "<img src='https://host/a.png' alt='x'/>CHOICE",
            "outside the package",
        ),
        (
            "<p>x <printedVariable identifier='SCORE'/></p>CHOICE",
            "shows a value",
        ),
        (
            "<templateInline templateIdentifier='T' identifier='x'/>CHOICE",
            "template variable",
        ),
        (
            "<feedbackBlock showHide='hide' outcomeIdentifier='SCORE' identifier='x'/>CHOICE",
            "before an answer",
        ),
        ("<math><maction/></math>CHOICE", "`maction`"),
        (
            "<p>x</p><graphicOrderInteraction responseIdentifier='RESPONSE'/>",
            "`graphicOrderInteraction` cannot be answered",
        ),
        ("<p>x</p>", "no interaction"),
        ("CHOICE", "no text"),
        ("<p>x</p>CHOICE<p>y</p>CHOICE", "answered by two interactions"),
        (
            "<p>x</p><textEntryInteraction responseIdentifier='RESPONSE'/>",
            "declared as single identifier",
        ),
    ] {
        let told = refused(&choice(body));
        assert!(told.contains(why), "{body}: {told}");
    }
    let deep = "<div>".repeat(41) + "x" + &"</div>".repeat(41) + "CHOICE";
    assert!(refused(&choice(&deep)).contains("40 deep"));
}

#[test]
fn choices_that_depend_on_something_or_say_nothing_are_refused() {
    let with = |choices: &str| {
        refused(&item_xml(
            &declared("single", "identifier", &["A"]),
            &format!(
                "<p>x</p><choiceInteraction responseIdentifier='RESPONSE'>{choices}</choiceInteraction>"
            ),
        ))
    };
    assert!(with("").contains("nothing to choose from"));
    assert!(with("<simpleChoice identifier='A'> </simpleChoice>").contains("`A` has no text"));
    let twice = "<simpleChoice identifier='A'>a</simpleChoice>".repeat(2);
    assert!(with(&twice).contains("`A` stands twice"));
    assert!(
        with("<simpleChoice identifier='A' templateIdentifier='T'>a</simpleChoice>")
            .contains("template variable")
    );
    let many: Vec<String> = (0..27)
        .map(|n| format!("<simpleChoice identifier='A{n}'>a{n}</simpleChoice>"))
        .collect();
    assert!(with(&many.concat()).contains("more than 26 choices"));
}

#[test]
fn rules_that_say_no_marks_or_say_them_by_chance_are_refused() {
    let good = choice("<p>x</p>CHOICE");
    assert!(try_item(&good).is_ok());
    let rules = "<responseProcessing template='http://www.imsglobal.org/question/qti_v2p2/rptemplates/match_correct'/>";
    assert!(good.contains(rules));
    let by = |rule: &str| {
        let set = format!(
            "<responseProcessing><setOutcomeValue identifier='SCORE'>{rule}</setOutcomeValue></responseProcessing>"
        );
        refused(&good.replace(rules, &set))
    };
    assert!(refused(&good.replace(rules, "")).contains("no rules"));
    assert!(by("<baseValue baseType='float'>1</baseValue>").contains("give 1 for no response"));
    assert!(by("<randomFloat min='0' max='1'/>").contains("by chance"));
    assert!(by("<baseValue baseType='float'>0</baseValue>").contains("at most"));
    assert!(by("<baseValue baseType='float'>2000</baseValue>").contains("is not marks"));
    assert!(by("<baseValue baseType='float'>0.00001</baseValue>").contains("is not marks"));
    assert!(refused(&good.replace("identifier='SCORE' cardinality", "identifier='POINTS' cardinality").replace(rules,
        "<responseProcessing><setOutcomeValue identifier='POINTS'><baseValue baseType='float'>1</baseValue></setOutcomeValue></responseProcessing>"))
        .contains("no outcome SCORE"));
    let mixed = item_xml(
        &(declared("single", "identifier", &["A"])
            + "<responseDeclaration identifier='T' cardinality='single' baseType='string'/>"),
        "<p>x</p><choiceInteraction responseIdentifier='RESPONSE'><simpleChoice identifier='A'>a</simpleChoice></choiceInteraction><extendedTextInteraction responseIdentifier='T'/>",
    );
    assert!(refused(&mixed).contains("by hand in part"));
    let random = good.replace("<itemBody>", "<templateDeclaration identifier='T' cardinality='single' baseType='integer'/><templateProcessing>\
        <setTemplateValue identifier='T'><randomInteger min='1' max='9'/></setTemplateValue></templateProcessing><itemBody>");
    assert!(refused(&random).contains("different questions"));
}
