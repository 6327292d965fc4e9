//! What stands between the braces of a GIFT question: which kind of answers it is, and the answers.

use super::{
    numbers, passage,
    rich::{find, rich, unescaped, written},
    texts,
};
use crate::import::{
    draft::{
        ANSWERS_MAX, AcceptedText, ChoicesRule, DraftOption, Fraction, Interaction, Markup, Pair, Passage,
    },
    drafts::Reason,
    fault::excerpt,
};

/// The answers, and feedback to the question as a whole.
pub(super) struct Answers {
    pub(super) interaction: Interaction,
    pub(super) feedback: Option<Passage>,
}

/// One answer as it stands in the file.
pub(super) struct Answer<'a> {
    /// Where its text begins.
    pub(super) place: usize,
    /// Whether `=` stands before it, not `~`.
    pub(super) is_right: bool,
    /// What it brings.
    pub(super) fraction: Fraction,
    /// Its text.
    pub(super) text: &'a str,
    /// The feedback to it.
    pub(super) feedback: &'a str,
}

/// A fault and its place.
pub(super) type Misplaced = (usize, Reason);

/// Reads the text between the braces. Texts that name no markup have the question's.
pub(super) fn read(text: &str, markup: Markup, language: &str) -> Result<Answers, Misplaced> {
    let at_start = |reason| (0, reason);
    let (body, general) = match find(text, "####") {
        Some(place) => (&text[..place], &text[place + 4..]),
        None => (text, ""),
    };
    let feedback = feedback(general, markup).map_err(at_start)?;
    let interaction = if body.trim().is_empty() {
        Interaction::ExtendedText
    } else if let Some(numeric) = body.trim_start().strip_prefix('#') {
        let offset = body.len() - numeric.len();
        let accepted = numbers::read(numeric, markup).map_err(|(place, reason)| (offset + place, reason))?;
        Interaction::Number(accepted)
    } else if let Some(truth) = true_or_false(body, markup) {
        truth.map_err(at_start)?
    } else {
        listed(&split(body)?, markup, language)?
    };
    Ok(Answers {
        interaction,
        feedback,
    })
}

/// Feedback, where there is any.
pub(super) fn feedback(text: &str, markup: Markup) -> Result<Option<Passage>, Reason> {
    let (markup, text) = rich(text, markup);
    if text.is_empty() {
        return Ok(None);
    }
    passage("the feedback", markup, &text).map(Some)
}

fn true_or_false(body: &str, markup: Markup) -> Option<Result<Interaction, Reason>> {
    let mut parts = body.splitn(2, '#');
    let is_true = match parts.next()?.trim() {
        "T" | "TRUE" => true,
        "F" | "FALSE" => false,
        _ => return None,
    };
    let rest = parts.next().unwrap_or_default();
    let (first, second) = match find(rest, "#") {
        Some(place) => (&rest[..place], &rest[place + 1..]),
        None => (rest, ""),
    };
    Some(feedback(first, markup).and_then(|first| {
        let feedback = [first, feedback(second, markup)?];
        Ok(Interaction::TrueFalse { is_true, feedback })
    }))
}

/// Splits `=… ~…` into answers.
pub(super) fn split(body: &str) -> Result<Vec<Answer<'_>>, Misplaced> {
    let marks: Vec<usize> = unescaped(body)
        .filter(|(_, character)| matches!(character, '=' | '~'))
        .map(|(place, _)| place)
        .take(ANSWERS_MAX + 1)
        .collect();
    let before = &body[..marks.first().copied().unwrap_or(body.len())];
    if !before.trim().is_empty() {
        return Err((0, Reason::NotAnAnswer(excerpt(before.trim()))));
    }
    if marks.len() > ANSWERS_MAX {
        return Err((marks[ANSWERS_MAX], Reason::TooManyAnswers(ANSWERS_MAX)));
    }
    if let Some((mark, element)) = marks.iter().find_map(|mark| open_element(body, *mark)) {
        return Err((mark, Reason::EqualsInElement(excerpt(element))));
    }
    let ends = marks.iter().skip(1).copied().chain([body.len()]);
    marks
        .iter()
        .zip(ends)
        .map(|(mark, end)| answer(body, *mark, end))
        .collect()
}

/// The beginning of an element that is still open where an answer is said to begin: `<span class` before `="x">`.
fn open_element(body: &str, mark: usize) -> Option<(usize, &str)> {
    let before = &body[..mark];
    let open = before.rfind('<').filter(|open| !before[*open..].contains('>'))?;
    let is_element = before[open + 1..].starts_with(|first: char| first.is_ascii_alphabetic());
    let is_attribute = body[mark..].starts_with("=\"") || body[mark..].starts_with("='");
    (is_element && is_attribute).then_some((mark, &before[open..]))
}

fn answer(body: &str, mark: usize, end: usize) -> Result<Answer<'_>, Misplaced> {
    let is_right = body[mark..].starts_with('=');
    let text = &body[mark + 1..end];
    let (weight, text) = weight(text);
    let fraction = match weight {
        Some(weight) => weight.parse().map_err(|error| (mark, Reason::Fraction(error)))?,
        None if is_right => Fraction::ALL,
        None => Fraction::NONE,
    };
    let (text, feedback) = match find(text, "#") {
        Some(place) => (&text[..place], &text[place + 1..]),
        None => (text, ""),
    };
    Ok(Answer {
        place: mark,
        is_right,
        fraction,
        text,
        feedback,
    })
}

/// `%50%` at the beginning of an answer. Percent signs that are not around a number are text.
fn weight(text: &str) -> (Option<&str>, &str) {
    let weighed = text
        .trim_start()
        .strip_prefix('%')
        .and_then(|rest| rest.split_once('%'));
    match weighed {
        Some((weight, rest))
            if weight
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+')) =>
        {
            (Some(weight), rest)
        }
        Some(_) | None => (None, text),
    }
}

fn listed(answers: &[Answer<'_>], markup: Markup, language: &str) -> Result<Interaction, Misplaced> {
    if answers.iter().any(|answer| !answer.is_right) {
        return choices(answers, markup, language);
    }
    let pairs = answers
        .iter()
        .filter(|answer| find(answer.text, "->").is_some())
        .count();
    if pairs == answers.len() {
        return matching(answers, markup);
    }
    if pairs > 0 {
        return Err((answers[0].place, Reason::MixedPairs));
    }
    let accepted = answers.iter().map(|answer| {
        let (markup_of_it, text) = rich(answer.text, markup);
        Ok(AcceptedText {
            text: passage("an answer", markup_of_it, &text)?,
            fraction: answer.fraction,
            feedback: feedback(answer.feedback, markup)?,
        })
    });
    let accepted: Result<Vec<AcceptedText>, Reason> = accepted.collect();
    Ok(Interaction::ShortText {
        accepted: accepted.map_err(|reason| (answers[0].place, reason))?,
        is_case_sensitive: false,
    })
}

fn choices(answers: &[Answer<'_>], markup: Markup, language: &str) -> Result<Interaction, Misplaced> {
    let options = answers.iter().map(|answer| {
        let (markup_of_it, text) = rich(answer.text, markup);
        let text = passage("an option", markup_of_it, &text).map_err(|reason| (answer.place, reason))?;
        let feedback = feedback(answer.feedback, markup).map_err(|reason| (answer.place, reason))?;
        Ok(DraftOption {
            text: texts(language, text),
            fraction: answer.fraction,
            feedback,
        })
    });
    let options = options.collect::<Result<Vec<DraftOption>, Misplaced>>()?;
    // Without an answer that is right by itself, several are chosen: so Moodle reads it too.
    if answers.iter().any(|answer| answer.is_right) {
        Ok(Interaction::Choice(options))
    } else {
        Ok(Interaction::Choices(options, ChoicesRule::SumOfFractions))
    }
}

fn matching(answers: &[Answer<'_>], markup: Markup) -> Result<Interaction, Misplaced> {
    let pair = |answer: &Answer<'_>| {
        let arrow = find(answer.text, "->").unwrap_or(answer.text.len());
        let (prompt, rest) = answer.text.split_at(arrow);
        let given = written(rest.trim_start_matches("->"), Markup::Moodle);
        if given.is_empty() {
            return Err(Reason::PairWithoutAnswer(excerpt(prompt.trim())));
        }
        let (markup_of_it, prompt) = rich(prompt, markup);
        let prompt = match prompt.as_str() {
            "" => None,
            prompt => Some(passage("a pair", markup_of_it, prompt)?),
        };
        Ok(Pair {
            prompt,
            answer: passage("a pair", Markup::Plain, &given)?,
        })
    };
    let pairs = answers
        .iter()
        .map(|answer| pair(answer).map_err(|reason| (answer.place, reason)));
    pairs
        .collect::<Result<Vec<Pair>, Misplaced>>()
        .map(Interaction::Matching)
}
