//! The importer against parses of the same files by another program, compared field by field in meaning.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::*;
use crate::import::draft::{DraftOption, Fraction, NumberRange};

/// A folder that some directory above the crate holds.
fn upward(folder: &str) -> Option<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|above| above.join(folder))
        .find(|path| path.is_dir())
}

#[test]
fn every_file_means_what_its_expected_parse_says() {
    let Some(folder) = upward("shared/data/gift-pegjs") else {
        println!("skipped: the folder shared/data/gift-pegjs is not there");
        return;
    };
    let mut equal = 0;
    let mut differing = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "gift") {
            continue;
        }
        let expected = std::fs::read(path.with_extension("expected.json")).unwrap();
        let expected: Vec<Value> = serde_json::from_slice(&expected).unwrap();
        // A category is a line of its own there; here each draft carries the one that it stands in.
        let categories: Vec<&Value> = expected
            .iter()
            .filter(|node| node["type"] == "Category")
            .collect();
        let expected: Vec<Value> = expected
            .iter()
            .filter(|node| node["type"] != "Category")
            .map(expected_meaning)
            .collect();
        let drafts = read(&std::fs::read(&path).unwrap(), "en").unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(drafts.refused, [], "{}", path.display());
        let ours: Vec<Value> = drafts.drafts.iter().map(meaning).collect();
        let are_categories_equal = drafts.drafts.iter().all(|draft| {
            draft.category.as_deref() == categories.first().and_then(|category| category["title"].as_str())
        });
        if ours == expected && are_categories_equal {
            equal += 1;
        } else {
            differing.push(format!(
                "{}\n  ours     {ours:?}\n  expected {expected:?}",
                path.display()
            ));
        }
    }
    println!("{equal} files equal");
    assert!(equal > 0 && differing.is_empty(), "{}", differing.join("\n"));
}

/// The fields that are compared: id, tags, type, title, stem (text and markup), whether the answer stands within it,
/// general feedback, and the answers with fraction, text, markup and feedback.
fn meaning(draft: &Draft) -> Value {
    let (kind, answers) = answers(&draft.interaction);
    json!({
        "id": draft.id,
        "tags": draft.tags,
        "type": kind,
        "title": draft.title,
        "stem": text(&draft.stem["en"]),
        "embedded": draft.is_embedded,
        "feedback": draft.feedback.as_ref().map(text),
        "answers": answers,
    })
}

fn text(passage: &Passage) -> Value {
    let markup = match passage.markup() {
        Markup::Plain => "plain",
        Markup::Html => "html",
        Markup::Markdown => "markdown",
        Markup::Moodle => "moodle",
    };
    json!({ "format": markup, "text": passage.written() })
}

fn answer(fraction: Fraction, answer: &Value, feedback: Option<&Passage>) -> Value {
    json!({ "percent": fraction.percent().to_string(), "answer": answer, "feedback": feedback.map(text) })
}

fn options(options: &[DraftOption]) -> Value {
    let option = |option: &DraftOption| {
        answer(
            option.fraction,
            &text(&option.text["en"]),
            option.feedback.as_ref(),
        )
    };
    options.iter().map(option).collect()
}

fn answers(interaction: &Interaction) -> (&'static str, Value) {
    match interaction {
        Interaction::Choice(listed) => ("MC, one", options(listed)),
        Interaction::Choices(listed, _) => ("MC, several", options(listed)),
        Interaction::TrueFalse { is_true, feedback } => {
            let feedback = feedback.each_ref().map(|feedback| feedback.as_ref().map(text));
            ("TF", json!([is_true, feedback]))
        }
        Interaction::Number(accepted) => {
            let number = |number: &crate::import::draft::AcceptedNumber| {
                answer(number.fraction, &range(&number.range), number.feedback.as_ref())
            };
            ("Numerical", accepted.iter().map(number).collect())
        }
        Interaction::ShortText { accepted, .. } => {
            let accepted = accepted.iter().map(|accepted| {
                answer(
                    accepted.fraction,
                    &text(&accepted.text),
                    accepted.feedback.as_ref(),
                )
            });
            ("Short", accepted.collect())
        }
        Interaction::Matching(pairs) => {
            let pairs = pairs.iter().map(|pair| {
                let prompt = pair.prompt.as_ref().map(text);
                json!([prompt, pair.answer.written()])
            });
            ("Matching", pairs.collect())
        }
        Interaction::MatchingRows(_) | Interaction::Order { .. } => unreachable!("GIFT has no such kinds"),
        Interaction::ExtendedText => ("Essay", Value::Null),
        Interaction::Description => ("Description", Value::Null),
    }
}

fn range(range: &NumberRange) -> Value {
    match range {
        NumberRange::Exactly(number) => json!({ "number": number }),
        NumberRange::Within { number, tolerance } => json!({ "number": number, "tolerance": tolerance }),
        NumberRange::Between { from, to } => json!({ "from": from, "to": to }),
    }
}

fn expected_meaning(node: &Value) -> Value {
    let kind = node["type"].as_str().unwrap();
    let choices = node["choices"].as_array();
    let (kind, answers) = match kind {
        "MC" => {
            let choices = choices.unwrap();
            let is_single = choices.iter().any(|choice| choice["isCorrect"] == true);
            let kind = if is_single { "MC, one" } else { "MC, several" };
            (
                kind,
                choices
                    .iter()
                    .map(|choice| expected_answer(choice, &choice["text"]))
                    .collect(),
            )
        }
        "Short" => {
            let answers = choices.unwrap().iter();
            (
                "Short",
                answers
                    .map(|choice| expected_answer(choice, &choice["text"]))
                    .collect(),
            )
        }
        "Numerical" => ("Numerical", expected_numbers(&node["choices"])),
        "TF" => (
            "TF",
            json!([node["isTrue"], [node["trueFeedback"], node["falseFeedback"]]]),
        ),
        "Matching" => {
            let pairs = node["matchPairs"].as_array().unwrap().iter();
            ("Matching", pairs.map(expected_pair).collect())
        }
        "Essay" => ("Essay", Value::Null),
        "Description" => ("Description", Value::Null),
        other => panic!("the expected parse has an unknown type {other}"),
    };
    json!({
        "id": node["id"],
        "tags": node["tags"].as_array().cloned().unwrap_or_default(),
        "type": kind,
        "title": node["title"],
        "stem": node["stem"],
        "embedded": node["hasEmbeddedAnswers"],
        "feedback": node["globalFeedback"],
        "answers": answers,
    })
}

/// A weight is what the answer brings; without one a right answer brings everything and another nothing.
fn expected_answer(choice: &Value, answer: &Value) -> Value {
    let percent = match &choice["weight"] {
        Value::Null if choice["isCorrect"] == true => "100".to_owned(),
        Value::Null => "0".to_owned(),
        weight => weight.to_string(),
    };
    json!({ "percent": percent, "answer": answer, "feedback": choice["feedback"] })
}

fn expected_numbers(choices: &Value) -> Value {
    match choices.as_array() {
        Some(several) => several
            .iter()
            .map(|choice| expected_answer(choice, &expected_range(&choice["text"])))
            .collect(),
        None => json!([{ "percent": "100", "answer": expected_range(choices), "feedback": null }]),
    }
}

fn expected_range(range: &Value) -> Value {
    let number = |name: &str| range[name].to_string();
    match range["type"].as_str().unwrap() {
        "simple" => json!({ "number": number("number") }),
        "range" => json!({ "number": number("number"), "tolerance": number("range") }),
        "high-low" => json!({ "from": number("numberLow"), "to": number("numberHigh") }),
        other => panic!("the expected parse has an unknown range {other}"),
    }
}

fn expected_pair(pair: &Value) -> Value {
    let prompt = &pair["subquestion"];
    // No text is no prompt.
    let prompt = if prompt["text"] == "" {
        &Value::Null
    } else {
        prompt
    };
    json!([prompt, pair["subanswer"]])
}
