//! Packages become papers whole, or say what of them cannot be delivered.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use protocol::paper::{ItemKind, PaperOrder};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::{Marks, qti::conformance::shared};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        zip.start_file(*path, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn package(files: &[(&str, &str)]) -> Package {
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(path, text)| (*path, text.as_bytes()))
        .collect();
    Package::open(&zip(&files)).unwrap()
}

fn item(title: &str, body: &str) -> String {
    format!(
        "<assessmentItem identifier='{title}' title='{title}'><responseDeclaration identifier='RESPONSE' cardinality='single' \
         baseType='identifier'><correctResponse><value>A</value></correctResponse></responseDeclaration>\
         <outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/><itemBody><p>{title}?</p>{body}\
         <choiceInteraction responseIdentifier='RESPONSE'><simpleChoice identifier='A'>yes</simpleChoice><simpleChoice identifier='B'>no</simpleChoice>\
         </choiceInteraction></itemBody><responseProcessing template='http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct'/></assessmentItem>"
    )
}

fn test(sections: &str, rules: &str) -> String {
    format!(
        "<assessmentTest identifier='t' title='Rivers'><outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/>\
         <testPart identifier='p' navigationMode='linear' submissionMode='individual'>{sections}</testPart>{rules}</assessmentTest>"
    )
}

fn references(names: &[&str]) -> String {
    let all: Vec<String> = names
        .iter()
        .map(|name| format!("<assessmentItemRef identifier='{name}' href='items/{name}.xml'><weight identifier='W' value='2.5'/></assessmentItemRef>"))
        .collect();
    all.concat()
}

const WEIGHTED: &str = "<outcomeProcessing><setOutcomeValue identifier='SCORE'><sum><testVariables variableIdentifier='SCORE' \
    weightIdentifier='W'/></sum></setOutcomeValue></outcomeProcessing>";

fn with_test(test: &str) -> Package {
    let (a, b) = (item("a", ""), item("b", ""));
    package(&[("test.xml", test), ("items/a.xml", &a), ("items/b.xml", &b)])
}

fn refused(package: &Package) -> String {
    paper(package, "en", "T").unwrap_err().to_string()
}

#[test]
fn a_test_becomes_a_paper_with_its_sections_order_and_weights() {
    let sections = format!(
        "<assessmentSection identifier='s' title='North' visible='true'><rubricBlock view='candidate'><p>Read the <b>map</b>.</p></rubricBlock>\
         <ordering shuffle='true'/><timeLimits maxTime='60'/>{}</assessmentSection>",
        references(&["b", "a"])
    );
    let imported = paper(&with_test(&test(&sections, WEIGHTED)), "en", "").unwrap();
    let paper = &imported.paper;
    assert_eq!(
        (paper.title["en"].as_str(), paper.order),
        ("Rivers", PaperOrder::Sections)
    );
    let stems: Vec<&str> = paper.items.iter().map(|item| item.stem["en"].as_str()).collect();
    assert_eq!(stems, ["b?", "a?"]);
    assert!(
        paper
            .items
            .iter()
            .all(|item| item.section == "North" && item.stimulus == Some(0) && item.marks == "2.5")
    );
    assert_eq!(paper.stimuli.len(), 1);
    assert_eq!(imported.key.check(&paper.outline()), Ok(()));
    assert!(
        imported
            .key
            .items
            .values()
            .all(|key| key.marks == "2.5".parse::<Marks>().unwrap())
    );
    assert_eq!(imported.key.sections[0].items.len(), 2);
    assert!(
        imported
            .warnings
            .iter()
            .any(|warning| warning.problem.contains("the sitting's duration"))
    );
    let part = |order: &str, name: &str| {
        let names = references(&[name]);
        format!(
            "<assessmentSection identifier='{name}' title='Same' visible='true'>{order}{names}</assessmentSection>"
        )
    };
    let mixed = part("<ordering shuffle='true'/>", "a") + &part("", "b");
    let imported = super::paper(&with_test(&test(&mixed, "")), "en", "T").unwrap();
    assert_eq!(imported.paper.order, PaperOrder::Fixed);
    let sections: Vec<&str> = imported
        .paper
        .items
        .iter()
        .map(|item| item.section.as_str())
        .collect();
    assert_eq!(sections, ["Same", "Same (2)"]);
    assert!(
        imported
            .warnings
            .iter()
            .any(|warning| warning.problem.contains("only some items may be shuffled"))
    );
    assert!(
        imported
            .warnings
            .iter()
            .any(|warning| warning.problem.contains("plain sum"))
    );
}

#[test]
fn a_test_that_is_no_sum_or_draws_its_items_is_refused_by_name() {
    let all = references(&["a", "b"]);
    let sections =
        format!("<assessmentSection identifier='s' title='S' visible='true'>{all}</assessmentSection>");
    let by = |value: &str| {
        let rules = format!(
            "<outcomeProcessing><setOutcomeValue identifier='SCORE'>{value}</setOutcomeValue></outcomeProcessing>"
        );
        with_test(&test(&sections, &rules))
    };
    let variables = |names: &[&str]| -> String {
        let all: Vec<String> = names
            .iter()
            .map(|name| format!("<variable identifier='{name}.SCORE'/>"))
            .collect();
        all.concat()
    };
    assert!(paper(&by(&format!("<sum>{}</sum>", variables(&["a", "b"]))), "en", "T").is_ok());
    assert!(refused(&by(&format!("<sum>{}</sum>", variables(&["a"])))).contains("leaves out the item `b`"));
    assert!(refused(&by(&format!("<sum>{}</sum>", variables(&["a", "b", "a"])))).contains("`a` twice"));
    assert!(
        refused(&by("<max><testVariables variableIdentifier='SCORE'/></max>"))
            .contains("no sum of its items")
    );
    assert!(refused(&by("<numberCorrect/>")).contains("no sum"));
    let drawn = sections.replace("visible='true'>", "visible='true'><selection select='1'/>");
    assert!(refused(&with_test(&test(&drawn, ""))).contains("test.xml, line 1: the test: `selection`"));
}

#[test]
fn a_package_is_taken_whole_or_each_item_that_cannot_be_is_named() {
    let manifest = "<manifest identifier='m'><resources><resource identifier='1' type='imsqti_item_xmlv2p1' href='q/two.xml'/>\
        <resource identifier='2' type='imsqti_item_xmlv2p1' href='q/one.xml'/><resource identifier='3' type='webcontent' href='q/x.css'/></resources></manifest>";
    let (one, two) = (item("one", ""), item("two", "<video src='a.mp4'/>"));
    let files = package(&[
        ("p/imsmanifest.xml", manifest),
        ("p/q/one.xml", &one),
        ("p/q/two.xml", &two),
        ("p/q/x.css", ""),
    ]);
    let told = paper(&files, "en", "T").unwrap_err();
    assert_eq!(
        (told.refused.len(), told.refused[0].file.as_str()),
        (1, "p/q/two.xml")
    );
    assert!(told.refused[0].what.contains("two") && told.refused[0].why.contains("`video`"));
    let partly = paper_partly(&files, "en", "T").unwrap();
    assert_eq!(
        (partly.imported.paper.items.len(), partly.refused.refused.len()),
        (1, 1)
    );
    assert_eq!(partly.imported.paper.order, PaperOrder::Fixed);
    for (files, why) in [
        (package(&[("a.txt", "x")]), "no QTI item"),
        (
            package(&[(
                "imsmanifest.xml",
                "<manifest><resources><resource type='imsqti_item' href='../x.xml'/></resources></manifest>",
            )]),
            "not a file within the package",
        ),
        (
            package(&[(
                "imsmanifest.xml",
                "<manifest><resources><resource type='imsqti_item' href='x.xml'/></resources></manifest>",
            )]),
            "is not in the package",
        ),
        (
            package(&[("imsmanifest.xml", "<manifest"), ("x.xml", &one)]),
            "imsmanifest.xml, line 1",
        ),
        (
            package(&[("a.xml", &test("", "")), ("b.xml", &test("", ""))]),
            "several tests",
        ),
        (package(&[("a.xml", "<assessmentItem identifier='i'")]), "a.xml"),
    ] {
        assert!(refused(&files).contains(why), "{why}: {}", refused(&files));
    }
    assert!(
        paper(&files, "en", &"x".repeat(201))
            .unwrap_err()
            .to_string()
            .contains("title")
    );
}

#[test]
fn a_file_that_is_named_very_often_is_not_read_without_end() {
    let padding = format!("<!--{}-->", "x".repeat(3_000_000));
    let large = item("large", "").replace("<itemBody>", &format!("{padding}<itemBody>"));
    let names: Vec<String> = (0..400)
        .map(|number| format!("<assessmentItemRef identifier='i{number}' href='large.xml'/>"))
        .collect();
    let test = test(
        &format!(
            "<assessmentSection identifier='s' title='S' visible='true'>{}</assessmentSection>",
            names.concat()
        ),
        "",
    );
    let mut files = Package::single("large.xml", large.as_bytes());
    files.files.insert("test.xml".to_owned(), test.into_bytes());
    assert!(refused(&files).contains("as often as they are named"));
    let larger = large.replace("xxxx", "xxxxxxxx");
    assert!(refused(&Package::single("a.xml", larger.as_bytes())).contains("at most 4194304 are read"));
}

#[test]
fn pictures_and_shared_texts_are_taken_once_each() {
    let shown = "<img src='../m/a.png' alt='A map'/>";
    let shared = "<qti-assessment-stimulus xmlns='http://www.imsglobal.org/xsd/imsqtiasi_v3p0' identifier='s' title='s'><qti-stimulus-body>\
        <p>A long river.</p><img src='../m/a.png' alt='The river'/></qti-stimulus-body></qti-assessment-stimulus>";
    let with = |title: &str| {
        item(title, shown).replace(
            "<itemBody>",
            "<assessmentStimulusRef identifier='x' href='../s/s.xml'/><itemBody>",
        )
    };
    let (one, two) = (with("one"), with("two"));
    let bytes = zip(&[
        ("q/one.xml", one.as_bytes()),
        ("q/two.xml", two.as_bytes()),
        ("s/s.xml", shared.as_bytes()),
        ("m/a.png", PNG),
    ]);
    let imported = paper(&Package::open(&bytes).unwrap(), "mr", "T").unwrap();
    assert_eq!(
        (imported.paper.pictures.len(), imported.paper.stimuli.len()),
        (1, 1)
    );
    assert!(imported.paper.items.iter().all(|item| item.stimulus == Some(0)));
    assert_eq!(imported.paper.languages, ["mr"]);
    let json = serde_json::to_string(&imported.paper).unwrap();
    assert!(!json.contains("a.png") && json.contains("A long river."));
    let missing = package(&[("q/one.xml", &one)]);
    assert!(refused(&missing).contains("not in the package"));
}

#[test]
fn the_language_is_the_files_own_where_they_name_one() {
    let hindi = item("one", "").replace("<assessmentItem ", "<assessmentItem xml:lang='hi-IN' ");
    let imported = paper(&Package::single("one.xml", hindi.as_bytes()), "en", "T").unwrap();
    assert_eq!(imported.paper.languages, ["hi"]);
    assert_eq!(imported.paper.items[0].stem["hi"], "one?");
    let ItemKind::Choice(options) = &imported.paper.items[0].kind else {
        panic!()
    };
    assert_eq!(options[0].text["hi"], "yes");
}

#[test]
fn addresses_stay_within_the_package() {
    for (folder, href, path) in [
        ("q", "../m/a%20b.png", Some("m/a b.png")),
        ("", "a.png#top", Some("a.png")),
        ("q", "./x//y.png", Some("q/x/y.png")),
        ("q", "../../a.png", None),
        ("q", "%2e%2e/%2E%2E/a.png", None),
        ("", "/etc/passwd", None),
        ("", "http://host/a.png", None),
        ("", "a\\b.png", None),
        ("", "a%zz.png", None),
        ("", "..", None),
    ] {
        assert_eq!(resolve(folder, href).as_deref(), path, "{folder} {href}");
    }
}

#[test]
fn the_shared_packages_become_papers_or_say_by_name_why_not() {
    for (place, items) in [
        ("qti2-packages-pie-qti/assessment-test", 4),
        ("qti2-packages-pie-qti/basic-interactions", 5),
        ("qti2-packages-pie-qti/math-assessment", 4),
        ("qti3-items-pie-qti", 4),
    ] {
        let Some(folder) = shared(place) else {
            println!("NOTICE: the folder shared/data/{place} is not there: it was not imported");
            continue;
        };
        let entries = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let files: Vec<(String, Vec<u8>)> = entries
            .map(|path| {
                (
                    path.file_name().unwrap().to_string_lossy().into_owned(),
                    std::fs::read(path).unwrap(),
                )
            })
            .collect();
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        let imported = paper(&Package::open(&zip(&files)).unwrap(), "en", "T")
            .unwrap_or_else(|refused| panic!("{place}: {refused}"));
        assert_eq!(imported.paper.items.len(), items, "{place}");
        assert_eq!(imported.key.check(&imported.paper.outline()), Ok(()));
        let bytes = imported.key.to_bytes().unwrap();
        assert!(
            crate::AnswerKey::from_bytes(&bytes).unwrap() == imported.key,
            "{place}"
        );
    }
    let Some(zip) = shared("qti21-qtiworks/packages") else {
        return;
    };
    let bytes = std::fs::read(zip.join("WebDeveloperTest1.zip")).unwrap();
    let partly = paper_partly(&Package::open(&bytes).unwrap(), "en", "");
    match partly {
        Ok(partly) => println!(
            "WebDeveloperTest1: {} items; refused: {}",
            partly.imported.paper.items.len(),
            partly.refused
        ),
        Err(refused) => println!("WebDeveloperTest1: {refused}"),
    }
}

/// Pieces of items, put together at random: most are none, some are deliverable.
const PIECES: [&str; 22] = [
    "<p>x</p>",
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<choiceInteraction responseIdentifier='RESPONSE' maxChoices='0' shuffle='true'>",
    "</choiceInteraction>",
    "<simpleChoice identifier='A'>a</simpleChoice>",
    "<simpleChoice identifier='B' fixed='true'>b</simpleChoice>",
    "<textEntryInteraction responseIdentifier='T'/>",
    "<textEntryInteraction responseIdentifier='N'/>",
    "<hottextInteraction responseIdentifier='RESPONSE'>",
    "</hottextInteraction>",
    "<hottext identifier='A'>a</hottext>",
    "<gapMatchInteraction responseIdentifier='P'><gapText identifier='W' matchMax='0'>w</gapText>",
    "</gapMatchInteraction>",
    "<gap identifier='G'/>",
    "<orderInteraction responseIdentifier='O'>",
    "</orderInteraction>",
    "<prompt>?</prompt>",
    "<img src='a.png' alt='a'/>",
    "<math><mi>x</mi></math>",
];

fn of_pieces(pieces: &[usize]) -> String {
    let body: Vec<&str> = pieces.iter().map(|piece| PIECES[*piece]).collect();
    let body = body.concat();
    format!(
        "<assessmentItem identifier='i' title='i'><responseDeclaration identifier='RESPONSE' cardinality='multiple' baseType='identifier'>\
         <correctResponse><value>A</value></correctResponse></responseDeclaration><responseDeclaration identifier='T' cardinality='single' baseType='string'/>\
         <responseDeclaration identifier='N' cardinality='single' baseType='float'/><responseDeclaration identifier='P' cardinality='multiple' baseType='directedPair'/>\
         <responseDeclaration identifier='O' cardinality='ordered' baseType='identifier'/><outcomeDeclaration identifier='SCORE' cardinality='single' \
         baseType='float' normalMaximum='1'/><itemBody>{body}</itemBody><responseProcessing template='match_correct'/></assessmentItem>"
    )
}

proptest! {
    #[test]
    fn what_becomes_a_paper_has_a_key_that_belongs_to_it(pieces in proptest::collection::vec(0..PIECES.len(), 1..12)) {
        let mut files = Package::single("item.xml", of_pieces(&pieces).as_bytes());
        files.files.insert("a.png".to_owned(), PNG.to_vec());
        if let Ok(imported) = paper(&files, "en", "T") {
            prop_assert_eq!(imported.key.check(&imported.paper.outline()), Ok(()));
        }
    }

    #[test]
    fn no_package_makes_it_panic(text in "[<>/a-z ='\"]{0,200}", name in "[a-z]{1,5}\\.xml") {
        for body in [text.clone(), item("a", &text), test(&text, &text), text.replace('a', "<assessmentItem ")] {
            let _ = paper_partly(&Package::single(&name, body.as_bytes()), "en", "T");
        }
    }
}
