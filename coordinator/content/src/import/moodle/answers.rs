//! The answers of each type of Moodle question that is read.

use super::{own_text, texts};
use crate::{
    import::{
        draft::{
            ANSWERS_MAX, AcceptedNumber, AcceptedText, ChoicesRule, DraftOption, Fraction, Interaction,
            Markup, Pair, Passage,
        },
        drafts::Reason,
        fault::excerpt,
        number_range,
    },
    xml::Element,
};

/// `answer` elements, bounded.
fn listed<'a>(question: &'a Element, name: &'a str) -> Result<Vec<&'a Element>, Reason> {
    let found: Vec<&Element> = question.elements_named(name).take(ANSWERS_MAX + 1).collect();
    if found.len() > ANSWERS_MAX {
        return Err(Reason::TooManyAnswers(ANSWERS_MAX));
    }
    Ok(found)
}

fn fraction(answer: &Element) -> Result<Fraction, Reason> {
    Ok(answer.attribute("fraction").unwrap_or("0").trim().parse()?)
}

/// A switch such as `<single>true</single>`.
fn is_on(question: &Element, name: &'static str, when_absent: bool) -> Result<bool, Reason> {
    let Some(element) = question.first(name) else {
        return Ok(when_absent);
    };
    match element.text().trim() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other => Err(Reason::ElementValue {
            element: name,
            given: excerpt(other),
            expected: "true or false",
        }),
    }
}

pub(super) fn choices(question: &Element, language: &str) -> Result<Interaction, Reason> {
    let options = listed(question, "answer")?.into_iter().map(|answer| {
        Ok(DraftOption {
            text: texts::of(language, texts::passage("an option", answer, &mut Vec::new())?),
            fraction: fraction(answer)?,
            feedback: texts::feedback(answer, "feedback")?,
        })
    });
    let options = options.collect::<Result<Vec<DraftOption>, Reason>>()?;
    if is_on(question, "single", true)? {
        Ok(Interaction::Choice(options))
    } else {
        Ok(Interaction::Choices(options, ChoicesRule::SumOfFractions))
    }
}

pub(super) fn true_false(question: &Element) -> Result<Interaction, Reason> {
    let mut right = None;
    let mut feedback = [None, None];
    for answer in listed(question, "answer")? {
        let says = match own_text(answer, "text").as_str() {
            "true" => true,
            "false" => false,
            _ => return Err(Reason::NotTrueFalse),
        };
        feedback[usize::from(!says)] = texts::feedback(answer, "feedback")?;
        if fraction(answer)? == Fraction::ALL && right.replace(says).is_some() {
            return Err(Reason::NotTrueFalse);
        }
    }
    let is_true = right.ok_or(Reason::NotTrueFalse)?;
    Ok(Interaction::TrueFalse { is_true, feedback })
}

pub(super) fn short_text(question: &Element) -> Result<Interaction, Reason> {
    let accepted = listed(question, "answer")?.into_iter().map(|answer| {
        let part = "an answer";
        let written = own_text(answer, "text");
        Ok(AcceptedText {
            // What is typed is compared as it stands, whatever the format says.
            text: Passage::new(Markup::Plain, &written).map_err(|fault| Reason::Passage { part, fault })?,
            fraction: fraction(answer)?,
            feedback: texts::feedback(answer, "feedback")?,
        })
    });
    Ok(Interaction::ShortText {
        accepted: accepted.collect::<Result<Vec<AcceptedText>, Reason>>()?,
        is_case_sensitive: is_on(question, "usecase", false)?,
    })
}

pub(super) fn numbers(question: &Element) -> Result<Interaction, Reason> {
    let has_units = question
        .first("units")
        .is_some_and(|units| units.elements().next().is_some());
    if has_units {
        return Err(Reason::Units);
    }
    let mut accepted = Vec::new();
    for answer in listed(question, "answer")? {
        let number = own_text(answer, "text");
        let fraction = fraction(answer)?;
        // `*` is every other number; it brings nothing and is there for its feedback.
        if number == "*" && fraction == Fraction::NONE {
            continue;
        }
        let tolerance = answer.first("tolerance").map(Element::text).unwrap_or_default();
        let range = match tolerance.trim() {
            "" | "0" => number_range::exactly(&number)?,
            tolerance => number_range::within(&number, tolerance)?,
        };
        accepted.push(AcceptedNumber {
            range,
            fraction,
            feedback: texts::feedback(answer, "feedback")?,
        });
    }
    Ok(Interaction::Number(accepted))
}

pub(super) fn pairs(question: &Element) -> Result<Interaction, Reason> {
    let pairs = listed(question, "subquestion")?.into_iter().map(|pair| {
        let part = "a pair";
        let prompt = texts::passage(part, pair, &mut Vec::new())?;
        let given = pair
            .first("answer")
            .map(|answer| own_text(answer, "text"))
            .unwrap_or_default();
        if given.is_empty() {
            return Err(Reason::PairWithoutAnswer(excerpt(prompt.written())));
        }
        Ok(Pair {
            prompt: Some(prompt).filter(|prompt| !prompt.is_empty()),
            answer: Passage::new(Markup::Plain, &given).map_err(|fault| Reason::Passage { part, fault })?,
        })
    });
    Ok(Interaction::Matching(
        pairs.collect::<Result<Vec<Pair>, Reason>>()?,
    ))
}
