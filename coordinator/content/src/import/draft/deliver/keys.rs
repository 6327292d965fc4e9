//! What is right in a draft as a key: the plainest one that says the same. Nothing is rounded; a third stays what the file
//! writes.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    ids::OptionId,
    paper::{Choice, Text},
};
use rust_decimal::Decimal;

use super::Undeliverable;
use crate::{
    answer_key::{Key, NumberShare, Share, TextShare, TextsKey},
    import::{
        draft::{AcceptedNumber, AcceptedText, ChoicesRule, Draft, DraftOption, Fraction, Passages},
        number_range,
    },
    marks::Marks,
};

/// Characters that a field for a short text takes. The same for all: a width would tell of the key.
pub(crate) const SHORT_TEXT_CHARS_MAX: u16 = 500;

/// A key, and what a wrong response takes beside what the key says.
pub(super) type Rule = (Key, Marks);

/// The options' fractions by their ids; how many options there may be has been checked.
fn with_ids(options: &[DraftOption]) -> impl Iterator<Item = (OptionId, Fraction)> {
    let ids = (1..=u8::MAX).map(OptionId);
    ids.zip(options.iter().map(|option| option.fraction))
}

fn share(fraction: Fraction) -> Result<Share, Undeliverable> {
    Share::of_percent(fraction.percent()).map_err(|_| Undeliverable::Fraction(fraction))
}

/// An option that brings nothing needs no share.
fn shares(options: &[DraftOption]) -> Result<BTreeMap<OptionId, Share>, Undeliverable> {
    with_ids(options)
        .filter(|(_, fraction)| *fraction != Fraction::NONE)
        .map(|(id, fraction)| Ok((id, share(fraction)?)))
        .collect()
}

/// One option is right and the others take the same: a plain key. Else each option has its share.
pub(super) fn of_choice(options: &[DraftOption], draft: &Draft) -> Result<Rule, Undeliverable> {
    let (right, others): (Vec<_>, Vec<_>) = with_ids(options).partition(|(_, one)| brings_all(*one));
    if right.is_empty() {
        return Err(Undeliverable::NoKey);
    }
    let taken: BTreeSet<Decimal> = others.iter().map(|(_, one)| -one.percent()).collect();
    let most = taken.last().copied().unwrap_or_default().max(Decimal::ZERO);
    // At most 100 % of at most 1000 marks, with few places: exact.
    let penalty = (Share::of(most, draft.marks) + draft.penalty.decimal()).normalize();
    if let ([(only, _)], true, Ok(penalty)) = (
        right.as_slice(),
        taken.len() <= 1 && taken.iter().all(|one| *one >= Decimal::ZERO),
        penalty.to_string().parse(),
    ) {
        return Ok((Key::Choice(*only), penalty));
    }
    Ok((Key::Shares(shares(options)?), draft.penalty))
}

/// All or nothing; or a sum, unless that is the same: one option brings everything and each other one takes everything.
pub(super) fn of_choices(
    options: &[DraftOption],
    rule: ChoicesRule,
    draft: &Draft,
) -> Result<Rule, Undeliverable> {
    let positive: Vec<(OptionId, Fraction)> =
        with_ids(options).filter(|(_, one)| one.is_positive()).collect();
    let others_take_all = with_ids(options)
        .filter(|(_, one)| !one.is_positive())
        .all(|(_, one)| -one.percent() == Decimal::ONE_HUNDRED);
    let brought: Decimal = positive.iter().map(|(_, one)| one.percent()).sum();
    let key = match (rule, positive.as_slice()) {
        (_, []) => return Err(Undeliverable::NoKey),
        (ChoicesRule::AllOrNothing, _) => Key::Choices(positive.iter().map(|(id, _)| *id).collect()),
        (ChoicesRule::SumOfFractions, [(only, fraction)])
            if *fraction == Fraction::ALL && others_take_all =>
        {
            Key::Choices([*only].into())
        }
        (ChoicesRule::SumOfFractions, _) if !Share::is_nearly_all(brought) => {
            return Err(Undeliverable::TooLittle(brought));
        }
        (ChoicesRule::SumOfFractions, _) => Key::Sum(shares(options)?),
    };
    Ok((key, draft.penalty))
}

/// Numbers that bring nothing are there for their feedback alone.
pub(super) fn of_numbers(accepted: &[AcceptedNumber]) -> Result<Key, Undeliverable> {
    let counted: Vec<&AcceptedNumber> = accepted
        .iter()
        .filter(|number| number.fraction != Fraction::NONE)
        .collect();
    if !counted.iter().any(|number| brings_all(number.fraction)) {
        return Err(Undeliverable::NoKey);
    }
    let bounds =
        |number: &AcceptedNumber| number_range::bounds(&number.range).ok_or(Undeliverable::NumberTooLong);
    if let [number] = counted.as_slice() {
        let (from, to) = bounds(number)?;
        return Ok(Key::Number { from, to });
    }
    let numbers = counted.into_iter().map(|number| {
        let (from, to) = bounds(number)?;
        let share = share(number.fraction)?;
        Ok(NumberShare { from, to, share })
    });
    Ok(Key::Numbers(numbers.collect::<Result<_, Undeliverable>>()?))
}

fn brings_all(fraction: Fraction) -> bool {
    Share::is_nearly_all(fraction.percent())
}

pub(super) fn of_texts(accepted: &[AcceptedText], is_case_sensitive: bool) -> Result<Key, Undeliverable> {
    if !accepted.iter().any(|text| brings_all(text.fraction)) {
        return Err(Undeliverable::NoKey);
    }
    let texts = accepted.iter().map(|text| {
        let written = text.text.text();
        let held = written.chars().count();
        if held > usize::from(SHORT_TEXT_CHARS_MAX) {
            return Err(Undeliverable::TooLong {
                part: "an accepted text".to_owned(),
                held,
                max: SHORT_TEXT_CHARS_MAX.into(),
            });
        }
        Ok(TextShare {
            text: written,
            share: share(text.fraction)?,
        })
    });
    Ok(Key::Texts(TextsKey {
        accepted: texts.collect::<Result<_, Undeliverable>>()?,
        is_case_sensitive,
    }))
}

/// What each of so many pairs brings: its part of the marks, cut to four places.
pub(crate) fn each_of(marks: Marks, pairs: usize) -> Marks {
    let part = marks.decimal() / Decimal::from(pairs.max(1));
    let cut = part.trunc_with_scale(crate::marks::MARKS_PLACES_MAX);
    // A part of marks is within their bounds.
    cut.normalize().to_string().parse().unwrap_or(Marks::ZERO)
}

pub(super) fn true_and_false(stem: &Passages) -> Result<Vec<Choice>, Undeliverable> {
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
