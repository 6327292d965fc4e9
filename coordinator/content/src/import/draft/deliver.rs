//! The rule that makes today's item and key of a draft, where they say the same; else it names what they cannot say. It
//! never rounds, guesses or leaves something out: a draft becomes an item that is shown and scored as the file means it.

use std::collections::BTreeSet;

use protocol::{
    ids::{ItemNo, OptionId},
    limits::OPTIONS_MAX,
    paper::{Choice, Item, ItemKind, Text},
};
use rust_decimal::Decimal;

use super::{
    AcceptedNumber, ChoicesRule, Draft, DraftOption, Fraction, Interaction, Passage, Passages, Shown,
    option_name,
};
use crate::{
    answer_key::{ItemKey, Key},
    import::{
        item::{OPTION_CHARS_MAX, SECTION_CHARS_MAX, STEM_CHARS_MAX},
        number_range,
    },
    marks::Marks,
};

/// What today's items cannot say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undeliverable {
    /// A kind of response that the page cannot take yet.
    #[error("{0} is read, but nodes cannot deliver it yet")]
    Interaction(&'static str),
    /// Nothing to answer.
    #[error("a description has nothing to answer; put its text into the questions that it belongs to")]
    Description,
    /// Formatted text.
    #[error("{part}: the element `{element}` cannot be shown yet; write it as plain text")]
    Markup {
        /// Of what.
        part: String,
        /// Which element.
        element: String,
    },
    /// Markdown.
    #[error("{0}: Markdown with markup in it cannot be shown yet; write plain text or HTML")]
    Markdown(String),
    /// No text.
    #[error("{0} has no text; write it")]
    Empty(String),
    /// A text that is too long to be shown.
    #[error("{part} has {held} characters, at most {max} are shown; shorten it")]
    TooLong {
        /// Of what.
        part: String,
        /// How many it has.
        held: usize,
        /// How many it may have.
        max: usize,
    },
    /// The number of options.
    #[error("the question has {0} options; 2 to {OPTIONS_MAX} can be delivered")]
    Options(usize),
    /// No option is right.
    #[error("no answer brings all marks; give the right one 100 %")]
    NoKey,
    /// Several single choices are right.
    #[error("several options are right but only one can be chosen; let several be chosen, or mark one")]
    SeveralRight,
    /// Part of the marks.
    #[error("{part} brings {fraction} of the marks; partial credit cannot be scored yet")]
    Partial {
        /// Which answer.
        part: String,
        /// What it brings.
        fraction: Fraction,
    },
    /// Wrong options that take differently much.
    #[error("wrong options take differently much; today each wrong response takes the same penalty")]
    UnequalPenalties,
    /// Several ranges.
    #[error("{0} different numbers or ranges are accepted; one can be scored today")]
    SeveralNumbers(usize),
    /// A bound that no response could be compared with.
    #[error("the accepted number has too many digits to be compared exactly; round it in the file")]
    NumberTooLong,
    /// The penalty is not marks.
    #[error("the penalty of {0} marks cannot be kept exactly; use at most four decimal places")]
    Penalty(Decimal),
    /// True and false in a language without words for it here.
    #[error("the language `{0}` has no words for true and false here; write the question with two options")]
    Language(String),
}

/// Today's item and key under this number.
pub fn item_of(draft: &Draft, no: ItemNo) -> Result<(Item, ItemKey), Undeliverable> {
    let stem = text("the question", &draft.stem, STEM_CHARS_MAX)?;
    let (kind, key, penalty) = answered(draft)?;
    let section: String = draft
        .category
        .iter()
        .flat_map(|name| name.chars())
        .take(SECTION_CHARS_MAX)
        .collect();
    let item = Item {
        section,
        marks: draft.marks.to_string(),
        penalty: penalty.to_string(),
        ..Item::plain(no, kind, stem)
    };
    let key = ItemKey {
        key,
        marks: draft.marks,
        penalty,
    };
    Ok((item, key))
}

fn answered(draft: &Draft) -> Result<(ItemKind, Key, Marks), Undeliverable> {
    match &draft.interaction {
        Interaction::Choice(options) => {
            let key = Key::Choice(only_right(options)?);
            let penalty = penalty_of_wrong(options, draft)?;
            Ok((ItemKind::Choice(choices(options)?), key, penalty))
        }
        Interaction::Choices(options, rule) => {
            let key = Key::Choices(right_set(options, *rule)?);
            Ok((ItemKind::Choices(choices(options)?), key, draft.penalty))
        }
        Interaction::TrueFalse { is_true, .. } => {
            let key = Key::Choice(OptionId(if *is_true { 1 } else { 2 }));
            Ok((ItemKind::Choice(true_and_false(&draft.stem)?), key, draft.penalty))
        }
        Interaction::Number(accepted) => Ok((ItemKind::Number, number_key(accepted)?, draft.penalty)),
        Interaction::ShortText { .. } => Err(Undeliverable::Interaction("a short text")),
        Interaction::Matching(_) => Err(Undeliverable::Interaction("matching")),
        Interaction::ExtendedText => Err(Undeliverable::Interaction("a long text")),
        Interaction::Description => Err(Undeliverable::Description),
    }
}

fn text(part: &str, passages: &Passages, chars_max: usize) -> Result<Text, Undeliverable> {
    let shown = passages.iter().map(|(language, passage)| {
        let text = plain(part, passage)?;
        let held = text.chars().count();
        match held {
            0 => Err(Undeliverable::Empty(part.to_owned())),
            held if held > chars_max => Err(Undeliverable::TooLong {
                part: part.to_owned(),
                held,
                max: chars_max,
            }),
            _ => Ok((language.clone(), text)),
        }
    });
    shown.collect()
}

fn plain(part: &str, passage: &Passage) -> Result<String, Undeliverable> {
    match passage.shown() {
        Shown::Plain(text) => Ok(text.trim().to_owned()),
        Shown::Html(fragment) => fragment.plain().map_err(|element| Undeliverable::Markup {
            part: part.to_owned(),
            element,
        }),
        Shown::Unrendered => Err(Undeliverable::Markdown(part.to_owned())),
    }
}

fn choices(options: &[DraftOption]) -> Result<Vec<Choice>, Undeliverable> {
    if !(2..=OPTIONS_MAX).contains(&options.len()) {
        return Err(Undeliverable::Options(options.len()));
    }
    let named = (1..).zip(options).enumerate();
    named
        .map(|(place, (id, option))| {
            let text = text(&option_name(place), &option.text, OPTION_CHARS_MAX)?;
            Ok(Choice::plain(OptionId(id), text))
        })
        .collect()
}

/// The options with their ids; beyond the ids there are no options, [`choices`] has counted them.
fn with_ids(options: &[DraftOption]) -> impl Iterator<Item = (usize, OptionId, Fraction)> {
    let ids = (1..=u8::MAX).map(OptionId);
    options
        .iter()
        .enumerate()
        .zip(ids)
        .map(|((place, option), id)| (place, id, option.fraction))
}

fn only_right(options: &[DraftOption]) -> Result<OptionId, Undeliverable> {
    let mut right = None;
    for (place, id, fraction) in with_ids(options) {
        if fraction == Fraction::ALL {
            if right.replace(id).is_some() {
                return Err(Undeliverable::SeveralRight);
            }
        } else if fraction.is_positive() {
            return Err(partial(place, fraction));
        }
    }
    right.ok_or(Undeliverable::NoKey)
}

fn partial(place: usize, fraction: Fraction) -> Undeliverable {
    Undeliverable::Partial {
        part: option_name(place),
        fraction,
    }
}

/// What each wrong option takes; all the same, or it cannot be said.
fn penalty_of_wrong(options: &[DraftOption], draft: &Draft) -> Result<Marks, Undeliverable> {
    let taken: BTreeSet<Decimal> = options
        .iter()
        .filter(|option| !option.fraction.is_positive())
        .map(|option| -option.fraction.percent())
        .collect();
    let mut taken = taken.into_iter();
    let (first, second) = (taken.next().unwrap_or_default(), taken.next());
    if second.is_some() {
        return Err(Undeliverable::UnequalPenalties);
    }
    if first.is_zero() {
        return Ok(draft.penalty);
    }
    // At most 100 % of at most 1000 marks, with few places: exact.
    let penalty =
        (first * draft.marks.decimal() / Decimal::ONE_HUNDRED + draft.penalty.decimal()).normalize();
    penalty
        .to_string()
        .parse()
        .map_err(|_| Undeliverable::Penalty(penalty))
}

/// The options that must be chosen together. A sum of fractions is all or nothing only where one option brings everything
/// and each other one takes everything.
fn right_set(options: &[DraftOption], rule: ChoicesRule) -> Result<BTreeSet<OptionId>, Undeliverable> {
    let mut right = BTreeSet::new();
    for (place, id, fraction) in with_ids(options) {
        let takes_all = -fraction.percent() == Decimal::ONE_HUNDRED;
        match rule {
            ChoicesRule::SumOfFractions if fraction != Fraction::ALL && !takes_all => {
                return Err(partial(place, fraction));
            }
            ChoicesRule::SumOfFractions | ChoicesRule::AllOrNothing => {}
        }
        if fraction.is_positive() {
            right.insert(id);
        }
    }
    match (rule, right.len()) {
        (_, 0) => Err(Undeliverable::NoKey),
        (ChoicesRule::SumOfFractions, 2..) => Err(Undeliverable::SeveralRight),
        (ChoicesRule::SumOfFractions | ChoicesRule::AllOrNothing, _) => Ok(right),
    }
}

fn true_and_false(stem: &Passages) -> Result<Vec<Choice>, Undeliverable> {
    let (mut yes, mut no) = (Text::new(), Text::new());
    for language in stem.keys() {
        let (right, wrong) = match language.as_str() {
            "en" => ("True", "False"),
            "hi" => ("सही", "गलत"),
            "mr" => ("बरोबर", "चूक"),
            other => return Err(Undeliverable::Language(other.to_owned())),
        };
        yes.insert(language.clone(), right.to_owned());
        no.insert(language.clone(), wrong.to_owned());
    }
    Ok(vec![
        Choice::plain(OptionId(1), yes),
        Choice::plain(OptionId(2), no),
    ])
}

/// Numbers that bring nothing are there for their feedback alone.
fn number_key(accepted: &[AcceptedNumber]) -> Result<Key, Undeliverable> {
    let counted: Vec<&AcceptedNumber> = accepted
        .iter()
        .filter(|number| number.fraction != Fraction::NONE)
        .collect();
    if let Some(other) = counted.iter().find(|number| number.fraction != Fraction::ALL) {
        return Err(Undeliverable::Partial {
            part: "an accepted number".to_owned(),
            fraction: other.fraction,
        });
    }
    match counted.as_slice() {
        [] => Err(Undeliverable::NoKey),
        [number] => {
            let (from, to) = number_range::bounds(&number.range).ok_or(Undeliverable::NumberTooLong)?;
            Ok(Key::Number { from, to })
        }
        several => Err(Undeliverable::SeveralNumbers(several.len())),
    }
}

#[cfg(test)]
mod tests;
