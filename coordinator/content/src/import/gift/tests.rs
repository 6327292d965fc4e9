use proptest::prelude::*;

use super::*;
use crate::import::draft::Fraction;

fn drafts(text: &str) -> Drafts {
    read(text.as_bytes(), "en").unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn refusals(text: &str) -> String {
    let refused = drafts(text).refused;
    refused
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn each_draft_knows_its_line_category_id_and_tags() {
    let read = drafts(
        "// a\n\n$CATEGORY: one/two\nFirst? {T}\n\n// [id:x 1] [tag:a] [tag:b]\n\nlost\n\n// [id:7]\n::N::Second? {\n=a\n}\n",
    );
    let lines: Vec<u64> = read.drafts.iter().map(|draft| draft.line).collect();
    assert_eq!(lines, [4, 8, 11]);
    assert!(
        read.drafts
            .iter()
            .all(|draft| draft.category.as_deref() == Some("one/two"))
    );
    // A comment belongs to the question that it touches.
    assert_eq!(
        (read.drafts[1].id.as_deref(), read.drafts[1].tags.len()),
        (None, 0)
    );
    assert_eq!(read.drafts[2].id.as_deref(), Some("7"));
    assert_eq!(read.drafts[2].title.as_deref(), Some("N"));
}

#[test]
fn a_fault_is_told_by_line_and_leaves_the_other_questions() {
    let text = "Good? {T}\n\n::Open::Never closed {\n=a\n\nBad weight? {\n=%500%a\n~b\n}\n\nTwo {T} sets {F}\n\n{T}\n\nSmall {true}\n\nPairs {=a -> b =c}\n\nNumber {#x}\n\nArrow {=a ->}\n\n::t: open";
    let read = drafts(text);
    assert_eq!(read.drafts.len(), 1);
    let told: Vec<String> = read.refused.iter().map(ToString::to_string).collect();
    for (refusal, expected) in told.iter().zip([
        "line 3: question `Open`: the brace that opens",
        "line 7: question `Bad weight? {`: `500` is not a percentage",
        "line 11: question `Two {T} sets {F}`: a brace stands where none belongs",
        "line 13: question `{T}`: the question has no text",
        "line 15: question `Small {true}`: `true` stands before the first answer",
        "line 17: question `Pairs {=a -> b =c}`: some answers are pairs",
        "line 19: question `Number {#x}`: `x` is not a plain number",
        "line 21: question `Arrow {=a ->}`: the pair `a` has no answer",
        "line 23: question `t: open`: the name between",
    ]) {
        assert!(refusal.starts_with(expected), "{refusal}\n  not {expected}");
    }
    assert_eq!(told.len(), 9);
}

#[test]
fn a_written_line_end_stays_and_one_of_the_file_is_a_space() {
    let read = drafts("one\ntwo\\nthree {T}\n\n[html]<p>a\nb</p> {T}\n\n[plain]a\nb {T}");
    let written: Vec<&str> = read
        .drafts
        .iter()
        .map(|draft| draft.stem["en"].written())
        .collect();
    assert_eq!(written, ["one two\nthree", "<p>a\nb</p>", "a\nb"]);
}

#[test]
fn feedback_is_kept_aside_and_never_part_of_what_is_shown() {
    let read =
        drafts("Which? {=right#SECRET one ~wrong#SECRET two ####SECRET three}\n\nT? {T#SECRET#SECRET}");
    for draft in &read.drafts {
        let shown = draft.shown();
        assert!(!shown.is_empty());
        for (part, texts) in shown {
            assert!(!texts["en"].written().contains("SECRET"), "{part}");
        }
    }
    let Interaction::Choice(options) = &read.drafts[0].interaction else {
        panic!("one choice")
    };
    assert_eq!(options[1].feedback.as_ref().unwrap().written(), "SECRET two");
    assert_eq!(
        read.drafts[0].feedback.as_ref().unwrap().written(),
        "SECRET three"
    );
}

#[test]
fn an_unescaped_equals_sign_within_html_is_refused_and_an_escaped_one_is_text() {
    let told = refusals("[html]Q {=<span lang=\"mr\">a</span> ~b}");
    assert!(told.contains("`<span lang`") && told.contains("\\="), "{told}");
    let read = drafts("[html]Q {=<span lang\\=\"mr\">a</span> ~b <c =d}");
    let Interaction::Choice(options) = &read.drafts[0].interaction else {
        panic!("one choice")
    };
    assert_eq!(options[0].text["en"].written(), "<span lang=\"mr\">a</span>");
    assert_eq!(options.len(), 3);
}

#[test]
fn percent_signs_that_are_no_weight_are_text() {
    let read = drafts("Which? {=%50% ~100% sure ~%a% b}");
    let Interaction::Choice(options) = &read.drafts[0].interaction else {
        panic!("one choice")
    };
    let read: Vec<(&str, Fraction)> = options
        .iter()
        .map(|option| (option.text["en"].written(), option.fraction))
        .collect();
    let half = "50".parse().unwrap();
    assert_eq!(
        read,
        [
            ("", half),
            ("100% sure", Fraction::NONE),
            ("%a% b", Fraction::NONE)
        ]
    );
}

#[test]
fn bounds_are_kept() {
    let answers = "~a".repeat(101);
    assert!(refusals(&format!("x {{{answers}}}")).contains("more than 100 answers"));
    assert!(refusals(&format!("{} {{T}}", "x".repeat(20_001))).contains("at most 20000 are read"));
    let many = "x {T}\n\n".repeat(crate::import::drafts::DRAFTS_MAX + 1);
    assert!(
        read(many.as_bytes(), "en")
            .err()
            .unwrap()
            .why
            .contains("at most 5000 questions")
    );
    assert!(
        read(b"\n// only a comment\n", "en")
            .err()
            .unwrap()
            .why
            .contains("no question")
    );
    let read = drafts(&"x {\n\n".repeat(300));
    assert_eq!((read.refused.len(), read.more_refused), (200, 100));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-c:{}=~#%>\\-\\\\n\n \\[\\]TF/$.0-9é]{0,200}") {
        if let Ok(read) = read(text.as_bytes(), "en") {
            let lines = text.lines().count() as u64;
            prop_assert!(read.drafts.iter().all(|draft| (1..=lines).contains(&draft.line)));
        }
    }
}
