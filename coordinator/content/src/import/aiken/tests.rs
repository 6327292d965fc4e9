use proptest::prelude::*;

use super::*;

fn drafts(text: &str) -> Drafts {
    read(text.as_bytes(), "en").unwrap_or_else(|refusal| panic!("{refusal}"))
}

#[test]
fn questions_are_read_with_their_options_and_the_right_one() {
    let read =
        drafts("How many?\nCount them.\nA. one\nB) two\nANSWER: B\n\nWhich?\nA) x\nB) y\nC)\nANSWER: A\n");
    assert_eq!(read.refused, []);
    let lines: Vec<u64> = read.drafts.iter().map(|draft| draft.line).collect();
    assert_eq!(lines, [1, 7]);
    assert_eq!(read.drafts[0].stem["en"].written(), "How many?\nCount them.");
    let Interaction::Choice(options) = &read.drafts[0].interaction else {
        panic!("one choice")
    };
    let right: Vec<bool> = options
        .iter()
        .map(|option| option.fraction == Fraction::ALL)
        .collect();
    assert_eq!(right, [false, true]);
    assert_eq!(options[1].text["en"].written(), "two");
}

#[test]
fn a_faulty_question_is_told_by_line_and_leaves_the_others() {
    let text = "Q1\nA. a\nC. c\nANSWER: A\nQ2\nA. a\nB. b\nANSWER: C\nANSWER: A\nQ4\nA. a\nB. b\nwhat is this\nANSWER: A\nQ5\nA. a\nB. b\nANSWER: A, B\nQ6\nA. a\nB. b\nANSWER: B\nQ7\nA. a\nB. b\n";
    let read = drafts(text);
    assert_eq!(read.drafts.len(), 1);
    let told: Vec<String> = read.refused.iter().map(ToString::to_string).collect();
    for (refusal, expected) in told.iter().zip([
        "line 3: question `Q1`: option C stands where option B belongs",
        "line 8: question `Q2`: `C` is not one of the options",
        "line 9: a question: the question has no text",
        "line 13: question `Q4`: `what is this` stands after the options",
        "line 18: question `Q5`: `A, B` is not one of the options",
        "line 23: question `Q7`: the question has no line `ANSWER: `",
    ]) {
        assert!(refusal.starts_with(expected), "{refusal}\n  not {expected}");
    }
    assert_eq!(told.len(), 6);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(ANSWER: [A-C]\n|[A-Z][.)] x\n|[^\n]{0,5}\n|\n){0,20}") {
        let _ = read(text.as_bytes(), "en");
    }
}
