//! What is right as a spreadsheet's cell writes it. Papers from CSV files and corrections of keys read cells by it.
//!
//! | the item takes | the cell |
//! |---|---|
//! | one option | `B`; with shares `A=100%;B=50%;C=-25%` |
//! | several options | `A;C`; with shares (the chosen ones are added up) `A=50%;C=50%;D=-50%` |
//! | a number | `3.5` or `3.4..3.6`; several `3.4..3.6;3..4=50%` |
//! | a text | `New Delhi`; several `New Delhi\|Delhi*=50%`; `*` stands for any text |
//! | an order | `C;A;B` |
//! | pairs | `1-2;2-1`: row and column by their places |

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    ids::OptionId,
    outline::{ItemOutline, KindOf},
    response::is_number,
};

use super::{
    columns::letter,
    draft::{SHORT_TEXT_CHARS_MAX, each_of},
    fault::{Problem, excerpt},
};
use crate::{
    answer_key::{ACCEPTED_MAX, Key, NumberShare, PairsKey, Share, TextShare, TextsKey},
    marks::Marks,
    number::Number,
};

/// Whether capitals of an accepted text must be as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capitals {
    Matter,
    DoNotMatter,
}

/// The key of an item of this kind that a cell writes.
pub(crate) fn key_of(
    item: &ItemOutline,
    text: &str,
    marks: Marks,
    capitals: Capitals,
) -> Result<Key, Problem> {
    match &item.kind {
        KindOf::Choice { options } => choice(text, usize::from(*options)),
        KindOf::Choices { options } | KindOf::Select { options, .. } => choices(text, usize::from(*options)),
        KindOf::Number => number(text),
        KindOf::Text { .. } => texts(text, capitals),
        KindOf::Order { options, .. } => order(text, usize::from(*options)),
        KindOf::Pairs { from, to, .. } => pairs(text, *from, *to, marks),
        KindOf::Parts(_) => Err(Problem::KeyOfParts),
    }
}

/// A share at the end of a piece: `B=50%`.
fn with_share(piece: &str) -> Result<(&str, Option<Share>), Problem> {
    let Some((before, share)) = piece.strip_suffix('%').and_then(|rest| rest.rsplit_once('=')) else {
        return Ok((piece.trim(), None));
    };
    let share = share
        .trim()
        .parse()
        .map_err(|error: crate::answer_key::NotAShare| Problem::Share(error.to_string()))?;
    Ok((before.trim(), Some(share)))
}

fn option_of(text: &str, options: usize) -> Option<Result<OptionId, Problem>> {
    let mut chars = text.chars();
    let (Some(letter @ ('A'..='Z' | 'a'..='z')), None) = (chars.next(), chars.next()) else {
        return None;
    };
    let given = letter.to_ascii_uppercase();
    let place = given as usize - 'A' as usize;
    if place < options {
        Some(Ok(OptionId(place as u8 + 1)))
    } else {
        let last = super::columns::letter(options.saturating_sub(1));
        Some(Err(Problem::NoSuchOption { given, last }))
    }
}

/// Options by their letters; none of them twice.
fn listed(
    text: &str,
    options: usize,
    refused: impl Fn() -> Problem,
) -> Result<Vec<(OptionId, Option<Share>)>, Problem> {
    let mut list: Vec<(OptionId, Option<Share>)> = Vec::new();
    for piece in text.split(';') {
        let (name, share) = with_share(piece.trim())?;
        let option = option_of(name, options).ok_or_else(&refused)??;
        if list.iter().any(|(earlier, _)| *earlier == option) {
            return Err(Problem::OptionTwice(letter(usize::from(option.0 - 1))));
        }
        list.push((option, share));
    }
    Ok(list)
}

/// The shares, where at least one option has one: an option without brings everything.
fn shares(list: &[(OptionId, Option<Share>)]) -> Option<BTreeMap<OptionId, Share>> {
    list.iter().any(|(_, share)| share.is_some()).then(|| {
        list.iter()
            .map(|(option, share)| (*option, share.unwrap_or(Share::ALL)))
            .collect()
    })
}

fn brings_all(percent: rust_decimal::Decimal) -> Result<(), Problem> {
    if Share::is_nearly_all(percent) {
        Ok(())
    } else {
        Err(Problem::KeyBringsTooLittle)
    }
}

pub(crate) fn choice(text: &str, options: usize) -> Result<Key, Problem> {
    if !text.contains('%') {
        return option_of(text, options)
            .ok_or_else(|| Problem::KeyNotOneOption(excerpt(text)))?
            .map(Key::Choice);
    }
    let list = listed(text, options, || Problem::KeyNotOneOption(excerpt(text)))?;
    let shares = shares(&list).ok_or_else(|| Problem::KeyNotOneOption(excerpt(text)))?;
    brings_all(
        shares
            .values()
            .map(|share| share.percent())
            .max()
            .unwrap_or_default(),
    )?;
    Ok(Key::Shares(shares))
}

pub(crate) fn choices(text: &str, options: usize) -> Result<Key, Problem> {
    let list = listed(text, options, || Problem::KeyNotOptions(excerpt(text)))?;
    let Some(shares) = shares(&list) else {
        return Ok(Key::Choices(list.into_iter().map(|(option, _)| option).collect()));
    };
    let positive = shares.values().map(|share| share.percent());
    brings_all(positive.filter(rust_decimal::Decimal::is_sign_positive).sum())?;
    Ok(Key::Sum(shares))
}

pub(crate) fn number(text: &str) -> Result<Key, Problem> {
    let mut numbers = Vec::new();
    for piece in text.split(';') {
        let (written, share) = with_share(piece.trim())?;
        let (from, to) = range(written, text)?;
        let share = share.unwrap_or(Share::ALL);
        numbers.push(NumberShare { from, to, share });
    }
    brings_all(
        numbers
            .iter()
            .map(|one| one.share.percent())
            .max()
            .unwrap_or_default(),
    )?;
    match numbers.as_slice() {
        [one] => Ok(Key::Number {
            from: one.from.clone(),
            to: one.to.clone(),
        }),
        several if several.len() > ACCEPTED_MAX => Err(Problem::TooManyAccepted(ACCEPTED_MAX)),
        _ => Ok(Key::Numbers(numbers)),
    }
}

fn range(written: &str, cell: &str) -> Result<(Number, Number), Problem> {
    let refused = || Problem::KeyNotNumber(excerpt(cell));
    let (from, to) = written.split_once("..").unwrap_or((written, written));
    let (from, to) = (from.trim(), to.trim());
    // `3...5` splits into `3` and `.5`, which is hardly what was meant.
    if to.starts_with('.') || !is_number(from) || !is_number(to) {
        return Err(refused());
    }
    let from: Number = from.parse().map_err(|_| refused())?;
    let to: Number = to.parse().map_err(|_| refused())?;
    if from > to {
        return Err(Problem::KeyRangeEmpty(excerpt(cell)));
    }
    Ok((from, to))
}

pub(crate) fn texts(text: &str, capitals: Capitals) -> Result<Key, Problem> {
    let mut accepted = Vec::new();
    for piece in text.split('|') {
        let (written, share) = with_share(piece.trim())?;
        let held = written.chars().count();
        if held == 0 {
            return Err(Problem::EmptyCell("write a text between the signs |"));
        }
        if held > usize::from(SHORT_TEXT_CHARS_MAX) {
            return Err(Problem::TooLong {
                held,
                max: SHORT_TEXT_CHARS_MAX.into(),
            });
        }
        accepted.push(TextShare {
            text: written.to_owned(),
            share: share.unwrap_or(Share::ALL),
        });
    }
    if accepted.len() > ACCEPTED_MAX {
        return Err(Problem::TooManyAccepted(ACCEPTED_MAX));
    }
    brings_all(
        accepted
            .iter()
            .map(|one| one.share.percent())
            .max()
            .unwrap_or_default(),
    )?;
    Ok(Key::Texts(TextsKey {
        accepted,
        is_case_sensitive: capitals == Capitals::Matter,
    }))
}

/// Every option stands in it.
pub(crate) fn order(text: &str, options: usize) -> Result<Key, Problem> {
    let refused = || Problem::KeyNotAnOrder(excerpt(text));
    let list = listed(text, options, refused)?;
    if list.len() != options || list.iter().any(|(_, share)| share.is_some()) {
        return Err(refused());
    }
    Ok(Key::Order(list.into_iter().map(|(option, _)| option).collect()))
}

fn pairs(text: &str, rows: u8, columns: u8, marks: Marks) -> Result<Key, Problem> {
    let refused = || Problem::KeyNotPairs(excerpt(text));
    let mut pairs = BTreeSet::new();
    for piece in text.split(';') {
        let (row, column) = piece.trim().split_once('-').ok_or_else(refused)?;
        let place = |text: &str, max: u8| {
            let place: u8 = text.trim().parse().map_err(|_| refused())?;
            if (1..=max).contains(&place) {
                Ok(OptionId(place))
            } else {
                Err(refused())
            }
        };
        if !pairs.insert((place(row, rows)?, place(column, columns)?)) {
            return Err(refused());
        }
    }
    let each = each_of(marks, pairs.len());
    Ok(Key::Pairs(PairsKey { pairs, each }))
}

#[cfg(test)]
mod tests;
