use std::path::Path;

use super::*;
use crate::import::{csv, gift, moodle};

fn found(drafts: &[Draft]) -> Vec<(Severity, u64, String)> {
    let found = findings(drafts).into_iter();
    found
        .map(|finding| (finding.severity, finding.line, finding.problem))
        .collect()
}

fn of_gift(text: &str) -> Vec<(Severity, u64, String)> {
    found(
        &gift::read(text.as_bytes(), "en")
            .unwrap_or_else(|refusal| panic!("{refusal}"))
            .drafts,
    )
}

fn of_csv(text: &str) -> Vec<(Severity, u64, String)> {
    let drafts = csv::drafts(text.as_bytes());
    assert_eq!(drafts.refused, []);
    found(&drafts.drafts)
}

fn assert_found(found: &[(Severity, u64, String)], expected: &[(Severity, u64, &str)]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!((found.0, found.1), (expected.0, expected.1), "{found:?}");
        assert!(found.2.contains(expected.2), "{found:?}\n  not {}", expected.2);
    }
}

#[test]
fn a_question_that_stands_twice_blocks_and_a_text_with_other_answers_warns() {
    let text = "Same? {=a ~b}\n\nSame?  {~b =a}\n\nSame? {=a ~c}\n\nThe text\n\nThe text\n\nNumber? {#1}\n\nNumber? {#2}";
    assert_found(
        &of_gift(text),
        &[
            (Severity::Blocks, 3, "line 1 already"),
            (Severity::Warns, 5, "line 1 with other answers"),
            (Severity::Blocks, 13, "line 11 already"),
        ],
    );
}

#[test]
fn options_that_say_the_same_block_when_one_of_them_is_right() {
    assert_found(
        &of_gift("Q {=a ~a ~b ~b ~B}"),
        &[
            (Severity::Blocks, 1, "option A and option B say the same, but"),
            (Severity::Warns, 1, "option C and option D say the same;"),
        ],
    );
}

#[test]
fn a_question_without_anything_right_blocks() {
    let text =
        "Q1 {~a ~b}\n\nQ2 {~%-50%a ~%-50%b}\n\nQ3 {#=%0%1 =%0%2}\n\nQ4 {=%0%a}\n\nQ5 {= -> b}\n\nEssay {}";
    let expected: Vec<(Severity, u64, &str)> = [1, 3, 5, 7, 9]
        .map(|line| (Severity::Blocks, line, "no answer b"))
        .into();
    assert_found(&of_gift(text), &expected);
}

#[test]
fn other_numbers_in_another_language_block() {
    let text = "key,stem,a,b,stem_hi,a_hi,b_hi\n\
                A,1 + 2.5 = ?,3.5,4,१ + २.५ = ?,३.५,4\n\
                A,What is 12% of 50?,6,7,50 का 21% क्या है?,6,8\n";
    assert_found(
        &of_csv(text),
        &[
            (
                Severity::Blocks,
                3,
                "stem has the numbers 12, 50 in `en` but 21, 50 in `hi`",
            ),
            (
                Severity::Blocks,
                3,
                "option B has the numbers 7 in `en` but 8 in `hi`",
            ),
        ],
    );
}

#[test]
fn a_language_that_only_some_questions_have_blocks() {
    let mut drafts =
        csv::drafts(b"key,stem,a,b,stem_hi,a_hi,b_hi\nA,Q1,x,y,Q1,x,y\nA,Q2,x,y,Q2,x,y\n").drafts;
    drafts[1].stem.remove("hi");
    assert_found(
        &found(&drafts),
        &[(Severity::Blocks, 3, "stem has no text in `hi`")],
    );
}

#[test]
fn images_must_be_there_and_must_be_described() {
    let text = "<quiz><question type=\"essay\"><questiontext format=\"html\"><text><![CDATA[\
                <img src=\"@@PLUGINFILE@@/a.png\" alt=\"A map\"><img src=\"b.png\"><img src=\"http://x.example/c.png\" alt=\"c\">\
                ]]></text><file name=\"a.png\" encoding=\"base64\">QUJD</file></questiontext></question></quiz>";
    let drafts = moodle::read(text.as_bytes(), "en").unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_found(
        &found(&drafts.drafts),
        &[
            (Severity::Blocks, 1, "`b.png`, which is not in the file"),
            (Severity::Blocks, 1, "`b.png` has no text"),
            (Severity::Blocks, 1, "an image from elsewhere"),
        ],
    );
}

#[test]
fn the_local_systems_sample_paper_has_nothing_that_blocks() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/local/sample/paper.csv");
    let drafts = csv::drafts(&std::fs::read(path).unwrap());
    assert_eq!(drafts.drafts.len(), 30);
    assert_eq!(found(&drafts.drafts), []);
}
