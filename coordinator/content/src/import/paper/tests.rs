use std::io::{Cursor, Write};

use protocol::paper::ItemKind;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

fn source<'a>(name: &'a str, bytes: &'a [u8]) -> Source<'a> {
    Source {
        name,
        bytes,
        format: None,
        language: "en",
        title: "T",
    }
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        zip.start_file(*path, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn told(name: &str, bytes: &[u8]) -> String {
    read(source(name, bytes)).unwrap_err().to_string()
}

#[test]
fn every_format_becomes_a_paper_whose_key_belongs_to_it() {
    let moodle = b"<quiz><question type='essay'><name><text>n</text></name><questiontext format='html'><text>Write</text></questiontext></question></quiz>";
    for (name, bytes, items) in [
        ("a.csv", &b"key,stem,a,b\nA,Q,x,y\n"[..], 1),
        (
            "a.gift",
            b"One? {=a ~b}\n\nTwo? {=a}\n\nThree? {=a -> b =c -> d}",
            3,
        ),
        ("a.txt", b"One?\nA. x\nB. y\nANSWER: B\n", 1),
        ("a.xml", moodle, 1),
    ] {
        let imported = read(source(name, bytes)).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(imported.paper.items.len(), items, "{name}");
        assert_eq!(imported.key.check(&imported.paper.outline()), Ok(()), "{name}");
        let json = serde_json::to_string(&imported.paper).unwrap();
        assert_eq!(
            serde_json::from_str::<Paper>(&json).unwrap(),
            imported.paper,
            "{name}"
        );
    }
}

#[test]
fn a_picture_beside_the_file_in_an_archive_is_taken_with_it() {
    let gift = b"[html]<img src\\=\"img/map.png\" alt\\=\"a map\"> Where? {=a ~b}";
    let png = b"\x89PNG\r\n\x1a\npicture";
    let bytes = zip(&[("q/paper.gift", gift), ("q/img/map.png", png)]);
    let imported = read(source("p.zip", &bytes)).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(imported.paper.pictures.len(), 1);
    let without = zip(&[("q/paper.gift", gift)]);
    assert!(told("p.zip", &without).contains("`img/map.png`, which is not in the file"));
    let two = zip(&[("a.gift", b"Q {T}"), ("b.gift", b"Q {F}")]);
    assert!(told("p.zip", &two).contains("the archive has 2 (a.gift, b.gift)"));
}

#[test]
fn a_qti_item_alone_and_in_a_package_is_delivered() {
    let item = "<assessmentItem xmlns='http://www.imsglobal.org/xsd/imsqti_v2p1' identifier='i' title='Rivers' adaptive='false' timeDependent='false'>\
                <responseDeclaration identifier='RESPONSE' cardinality='single' baseType='identifier'><correctResponse><value>B</value></correctResponse>\
                </responseDeclaration><outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/><itemBody>\
                <choiceInteraction responseIdentifier='RESPONSE' shuffle='false' maxChoices='1'><prompt>Which?</prompt><simpleChoice identifier='A'>x</simpleChoice>\
                <simpleChoice identifier='B'>y</simpleChoice></choiceInteraction></itemBody>\
                <responseProcessing template='http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct'/></assessmentItem>";
    for (name, bytes) in [
        ("item.xml", item.as_bytes().to_vec()),
        ("p.zip", zip(&[("item.xml", item.as_bytes())])),
    ] {
        let imported = read(source(name, &bytes)).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(matches!(imported.paper.items[0].kind, ItemKind::Choice(_)));
    }
}

#[test]
fn what_cannot_be_delivered_is_told_by_line_and_left_out_only_where_that_is_wanted() {
    let gift = b"One? {=a ~b}\n\nJust a text\n\nSame {=a ~a}\n\nOpen {\n";
    let errors = read(source("a.gift", gift)).unwrap_err();
    let lines: Vec<u64> = errors.errors.iter().map(|error| error.line).collect();
    assert_eq!(lines, [3, 5, 7], "{errors}");
    let partly = read_partly(source("a.gift", gift)).unwrap();
    assert_eq!(
        (partly.imported.paper.items.len(), partly.errors.errors.len()),
        (1, 3)
    );
    assert!(told("a.gift", b"Just a text").contains("nothing to answer"));
    assert!(told("a.pdf", b"x").contains("hold no questions"));
    assert!(told("", b"\0\0").contains("or say its format"));
    let other = Source {
        language: "English",
        ..source("a.gift", b"Q {T}")
    };
    assert!(
        read(other)
            .unwrap_err()
            .to_string()
            .contains("the language is not a code")
    );
}
