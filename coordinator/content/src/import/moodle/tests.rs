use proptest::prelude::*;

use super::*;
use crate::import::draft::{ChoicesRule, Fraction, Markup};

fn quiz(questions: &str) -> String {
    format!("<?xml version=\"1.0\"?>\n<quiz>\n{questions}\n</quiz>")
}

fn drafts(questions: &str) -> Drafts {
    read(quiz(questions).as_bytes(), "en").unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn one(questions: &str) -> Draft {
    let read = drafts(questions);
    assert_eq!(read.refused, []);
    assert_eq!(read.drafts.len(), 1);
    read.drafts.into_iter().next().unwrap()
}

fn refusal(kind: &str, inside: &str) -> String {
    let read = drafts(&format!(
        "<question type=\"{kind}\"><questiontext><text>Q</text></questiontext>{inside}</question>"
    ));
    assert_eq!((read.drafts.len(), read.refused.len()), (0, 1), "{inside}");
    read.refused[0].to_string()
}

const CHOICE: &str = r#"<question type="category"><category><text>$course$/Geography</text></category></question>
<question type="multichoice">
  <name><text>Rivers</text></name>
  <questiontext format="html"><text><![CDATA[<p>Which is <b>longest</b>?<img src="@@PLUGINFILE@@/map.png"></p>]]></text>
    <file name="map.png" path="/" encoding="base64">QUJD</file></questiontext>
  <generalfeedback format="html"><text>SECRET</text></generalfeedback>
  <defaultgrade>2.0000000</defaultgrade><penalty>0.3333333</penalty><hidden>0</hidden><idnumber>R1</idnumber>
  <single>true</single>
  <answer fraction="100" format="plain_text"><text>Godavari</text><feedback format="html"><text>SECRET</text></feedback></answer>
  <answer fraction="-33.33333" format="plain_text"><text>Tapi</text></answer>
  <tags><tag><text>rivers</text></tag></tags>
</question>"#;

#[test]
fn a_choice_is_read_with_everything_that_it_says() {
    let draft = one(CHOICE);
    assert_eq!(
        (draft.line, draft.title.as_deref(), draft.id.as_deref()),
        (4, Some("Rivers"), Some("R1"))
    );
    assert_eq!(
        (draft.category.as_deref(), draft.tags.as_slice()),
        (Some("$course$/Geography"), &["rivers".to_owned()][..])
    );
    assert_eq!(draft.marks.to_string(), "2");
    assert_eq!((draft.files.len(), draft.files[0].bytes), (1, 3));
    let images = draft.stem["en"].images();
    assert_eq!(
        (images[0].name.as_str(), images[0].text.as_str()),
        ("map.png", "")
    );
    let Interaction::Choice(options) = &draft.interaction else {
        panic!("one choice")
    };
    assert_eq!(options[1].fraction, "-33.33333".parse().unwrap());
    assert_eq!(options[1].text["en"].markup(), Markup::Plain);
    for (part, texts) in draft.shown() {
        assert!(!texts["en"].written().contains("SECRET"), "{part}");
    }
}

#[test]
fn every_type_that_is_documented_is_read() {
    let text = "<questiontext><text>Q</text></questiontext>";
    let kinds = [
        (
            "multichoice",
            "<single>false</single><answer fraction=\"50\"><text>a</text></answer><answer fraction=\"50\"><text>b</text></answer>",
            "choices",
        ),
        (
            "truefalse",
            "<answer fraction=\"0\"><text>true</text></answer><answer fraction=\"100\"><text>false</text></answer>",
            "true-false",
        ),
        (
            "shortanswer",
            "<usecase>1</usecase><answer fraction=\"100\"><text>Pune</text></answer>",
            "short-text",
        ),
        (
            "numerical",
            "<answer fraction=\"100\"><text>3.14</text><tolerance>0.01</tolerance></answer><answer fraction=\"0\"><text>*</text></answer>",
            "number",
        ),
        (
            "matching",
            "<subquestion><text>a</text><answer><text>1</text></answer></subquestion><subquestion><text/><answer><text>2</text></answer></subquestion>",
            "matching",
        ),
        ("essay", "", "extended-text"),
        ("description", "", "description"),
    ];
    for (kind, inside, name) in kinds {
        let draft = one(&format!("<question type=\"{kind}\">{text}{inside}</question>"));
        assert_eq!(draft.interaction.name(), name);
        match draft.interaction {
            Interaction::Choices(options, rule) => {
                assert!(rule == ChoicesRule::SumOfFractions && options.len() == 2);
            }
            Interaction::TrueFalse { is_true, .. } => assert!(!is_true),
            Interaction::ShortText {
                accepted,
                is_case_sensitive,
            } => {
                assert!(is_case_sensitive && accepted[0].fraction == Fraction::ALL);
            }
            Interaction::Number(accepted) => assert_eq!(accepted.len(), 1),
            Interaction::Matching(pairs) => {
                assert!(pairs[1].prompt.is_none() && pairs[0].answer.written() == "1");
            }
            Interaction::Choice(_)
            | Interaction::MatchingRows(_)
            | Interaction::Order { .. }
            | Interaction::ExtendedText
            | Interaction::Description => {}
        }
    }
}

#[test]
fn what_is_not_imported_is_refused_by_name_and_line() {
    let answer = |inside: &str| format!("<answer fraction=\"100\"><text>5</text>{inside}</answer>");
    for (kind, inside, expected) in [
        ("cloze", String::new(), "line 3: a question: questions of type cloze are not imported"),
        ("ddwtos", String::new(), "type ddwtos"),
        ("numerical", format!("{}<units><unit><multiplier>1</multiplier></unit></units>", answer("")), "units"),
        ("numerical", answer("<tolerance>1e-2</tolerance>"), "`1e-2` is not a plain number"),
        ("multichoice", "<answer fraction=\"101\"><text>a</text></answer>".to_owned(), "`101` is not a percentage"),
        ("multichoice", "<single>maybe</single>".to_owned(), "`single` is `maybe`"),
        ("truefalse", "<answer fraction=\"100\"><text>perhaps</text></answer>".to_owned(), "neither true nor false"),
        ("essay", "<defaultgrade>-1</defaultgrade>".to_owned(), "is not marks"),
        ("essay", "<generalfeedback><text/><file name=\"a\" encoding=\"base64\">?</file></generalfeedback><file name=\"x.png\" encoding=\"hex\">00</file>".to_owned(), "is not base64"),
    ] {
        let told = refusal(kind, &inside);
        assert!(told.contains(expected), "{kind}\n  gave {told}");
    }
    let multilang = "<question type=\"essay\"><questiontext><text>&lt;span class=\"multilang\"&gt;</text></questiontext></question>";
    assert!(drafts(multilang).refused[0].why.contains("several languages"));
}

#[test]
fn a_file_that_is_no_quiz_is_refused_whole() {
    let why = |text: &str| read(text.as_bytes(), "en").err().expect(text).to_string();
    assert!(why("<html/>").contains("`html`, not `quiz`"));
    assert!(why("<quiz>\n<question>").starts_with("line 2: the file:"));
    assert!(why("<quiz/>").contains("no question"));
    let bomb = "<!DOCTYPE quiz [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><quiz>&b;</quiz>";
    assert!(why(bomb).contains("DOCTYPE"));
    let outside = "<!DOCTYPE quiz SYSTEM \"file:///etc/passwd\"><quiz>&x;</quiz>";
    assert!(!why(outside).contains("root:"));
    assert!(why(&"<quiz>".repeat(200)).contains("within each other"));
}

proptest! {
    #[test]
    fn no_damage_makes_the_reader_panic(places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = quiz(CHOICE).into_bytes();
        for (place, byte) in places {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = read(&bytes, "en");
    }
}
