//! What a response is worth under an item's keys. Called for decided responses only; [`super`] looks after the rest.

use std::collections::BTreeMap;

use protocol::{ids::OptionId, response::Response};
use rust_decimal::Decimal;

use super::{ItemScore, Verdict, texts};
use crate::{
    answer_key::{ItemKey, Key, NumberShare, PairsKey, Share, TextsKey},
    number::Number,
};

/// The best of what the item's keys say; the first of those that say the same.
pub(super) fn judge(item: &ItemKey, response: &Response) -> ItemScore {
    let mut best = judge_by(&item.key, item, response);
    for key in &item.also {
        let other = judge_by(key, item, response);
        let is_better = other.marks > best.marks
            || (other.marks == best.marks
                && other.verdict == Verdict::Right
                && best.verdict != Verdict::Right);
        if is_better {
            best = other;
        }
    }
    best
}

/// By one key.
fn judge_by(key: &Key, item: &ItemKey, response: &Response) -> ItemScore {
    match (key, response) {
        (Key::Choice(right), Response::Choice(given)) => all_or_nothing(item, right == given),
        (Key::Choices(right), Response::Choices(given)) => all_or_nothing(item, right == given),
        (Key::Order(right), Response::Order(given)) => all_or_nothing(item, right == given),
        (Key::Number { from, to }, Response::Number(text)) => match text.parse::<Number>() {
            Ok(given) => all_or_nothing(item, (from..=to).contains(&&given)),
            Err(_) => waiting(Verdict::Review),
        },
        (Key::Shares(shares), Response::Choice(given)) => {
            let percent = shares.get(given).map_or(Decimal::ZERO, |share| share.percent());
            of_percent(item, percent)
        }
        (Key::Sum(shares), Response::Choices(given)) => sum(item, shares, given),
        (Key::Texts(texts), Response::Text(given)) => of_text(item, texts, given),
        (Key::Numbers(numbers), Response::Number(text)) => of_number(item, numbers, text),
        (Key::Pairs(right), Response::Pairs(given)) => of_pairs(item, right, given),
        (Key::ByHand, _) => waiting(Verdict::Unmarked),
        (Key::Program(rules), response) => super::program::of_program(item, rules, response),
        (
            Key::Choice(_)
            | Key::Choices(_)
            | Key::Number { .. }
            | Key::Shares(_)
            | Key::Sum(_)
            | Key::Texts(_)
            | Key::Numbers(_)
            | Key::Order(_)
            | Key::Pairs(_),
            _,
        ) => waiting(Verdict::Review),
    }
}

/// No marks until a person decides.
pub(super) fn waiting(verdict: Verdict) -> ItemScore {
    ItemScore {
        marks: Decimal::ZERO,
        verdict,
    }
}

fn right(item: &ItemKey) -> ItemScore {
    ItemScore {
        marks: item.marks.decimal(),
        verdict: Verdict::Right,
    }
}

/// Takes the penalty, and what the response itself takes (not positive).
fn wrong(item: &ItemKey, taken: Decimal) -> ItemScore {
    ItemScore {
        marks: taken - item.penalty.decimal(),
        verdict: Verdict::Wrong,
    }
}

fn all_or_nothing(item: &ItemKey, is_right: bool) -> ItemScore {
    if is_right {
        right(item)
    } else {
        wrong(item, Decimal::ZERO)
    }
}

/// So many per cent of the marks.
fn of_percent(item: &ItemKey, percent: Decimal) -> ItemScore {
    if Share::is_nearly_all(percent) {
        return right(item);
    }
    let marks = Share::of(percent, item.marks);
    if percent <= Decimal::ZERO {
        return wrong(item, marks);
    }
    ItemScore {
        marks,
        verdict: Verdict::Partial,
    }
}

/// The sum of the chosen options' shares: never below nothing, the penalty apart.
fn sum(
    item: &ItemKey,
    shares: &BTreeMap<OptionId, Share>,
    given: &std::collections::BTreeSet<OptionId>,
) -> ItemScore {
    let percent: Decimal = given
        .iter()
        .filter_map(|option| shares.get(option))
        .map(|share| share.percent())
        .sum();
    of_percent(item, percent.max(Decimal::ZERO))
}

/// A text of nothing but spaces is no response.
fn of_text(item: &ItemKey, key: &TextsKey, given: &str) -> ItemScore {
    let given = texts::comparable(given);
    if given.is_empty() {
        return waiting(Verdict::Omitted);
    }
    let accepted = key
        .accepted
        .iter()
        .find(|one| texts::is_accepted(&given, &one.text, key.is_case_sensitive));
    of_percent(item, accepted.map_or(Decimal::ZERO, |one| one.share.percent()))
}

fn of_number(item: &ItemKey, numbers: &[NumberShare], text: &str) -> ItemScore {
    let Ok(given) = text.parse::<Number>() else {
        return waiting(Verdict::Review);
    };
    let accepted = numbers.iter().find(|one| (&one.from..=&one.to).contains(&&given));
    of_percent(item, accepted.map_or(Decimal::ZERO, |one| one.share.percent()))
}

/// Each right pair brings its marks. What stands first in several pairs brings nothing: naming everything is no answer.
fn of_pairs(
    item: &ItemKey,
    key: &PairsKey,
    given: &std::collections::BTreeSet<(OptionId, OptionId)>,
) -> ItemScore {
    if *given == key.pairs {
        return right(item);
    }
    let wanted = |first: OptionId| key.pairs.iter().filter(|(one, _)| *one == first).count();
    let named = |first: OptionId| given.iter().filter(|(one, _)| *one == first).count();
    let counted = given
        .intersection(&key.pairs)
        .filter(|(first, _)| named(*first) <= wanted(*first))
        .count();
    if counted == 0 {
        return wrong(item, Decimal::ZERO);
    }
    let marks = key.each.decimal() * Decimal::from(counted);
    ItemScore {
        marks: marks.min(item.marks.decimal()),
        verdict: Verdict::Partial,
    }
}
