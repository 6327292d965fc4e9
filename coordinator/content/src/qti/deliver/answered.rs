//! How a response in our form becomes the response that QTI's rules judge: options, rows and gaps have numbers here and
//! identifiers there. Kept with the program beside the answer key; nothing of it is in the paper.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{ids::OptionId, outline::KindOf, response::ResponseOf};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{number::Number, qti::real::Real};

/// An interaction: the variable that it fills, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answered {
    /// The response variable.
    pub(crate) variable: String,
    /// Also filled, with the text as it was typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) as_typed: Option<String>,
    /// What a response is made of.
    pub(crate) form: Form,
}

/// What a response is made of. Stored as JSON: variants and fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// One or several of these; also an order of them.
    Options(Vec<String>),
    /// One of the first with one of the second.
    Pairs {
        /// What stands first.
        from: Vec<Name>,
        /// What stands second.
        to: Vec<Name>,
        /// How many pairs there may be.
        max: u8,
    },
    /// Two of these, either first.
    Together {
        /// They.
        of: Vec<Name>,
        /// How many pairs there may be.
        max: u8,
    },
    /// A number, on a scale where there is one.
    Number(Option<Scale>),
    /// A text.
    Text,
}

/// The identifier of something that stands in pairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Name {
    /// QTI's.
    pub(crate) identifier: String,
    /// In how many pairs it may stand; 0 for any number.
    #[serde(default)]
    pub(crate) uses_max: u8,
}

/// The numbers that can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scale {
    /// The least.
    pub(crate) from: Real,
    /// The greatest.
    pub(crate) to: Real,
    /// Their distance.
    pub(crate) step: Real,
}

/// A response that no page of ours would send: a person must look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BeyondLimits;

impl Answered {
    /// The response as JSON has it for [`crate::qti::Responses::from_json`].
    pub(crate) fn json<P>(&self, response: &ResponseOf<P>) -> Result<Json, BeyondLimits> {
        match (&self.form, response) {
            (Form::Options(names), ResponseOf::Choice(option)) => Ok(Json::from(named(names, *option)?)),
            (Form::Options(names), ResponseOf::Choices(chosen)) => options(names, chosen.iter()),
            (Form::Options(names), ResponseOf::Order(order)) => {
                let distinct: BTreeSet<&OptionId> = order.iter().collect();
                if distinct.len() != order.len() {
                    return Err(BeyondLimits);
                }
                options(names, order.iter())
            }
            (Form::Pairs { from, to, max }, ResponseOf::Pairs(given)) => pairs(from, to, *max, given),
            (Form::Together { of, max }, ResponseOf::Pairs(given)) => together(of, *max, given),
            (Form::Number(scale), ResponseOf::Number(text)) => number(*scale, text),
            (Form::Text, ResponseOf::Text(text)) => Ok(Json::from(text.as_str())),
            _ => Err(BeyondLimits),
        }
    }

    /// Whether this is how a response of the outline's kind is read.
    pub(crate) fn fits<P>(&self, kind: &KindOf<P>) -> bool {
        let count = |length: usize, count: u8| length == usize::from(count);
        match (&self.form, kind) {
            (
                Form::Options(names),
                KindOf::Choice { options }
                | KindOf::Choices { options }
                | KindOf::Select { options, .. }
                | KindOf::Order { options, .. },
            ) => count(names.len(), *options),
            (
                Form::Pairs { from, to, .. },
                KindOf::Pairs {
                    from: first,
                    to: second,
                    ..
                },
            ) => count(from.len(), *first) && count(to.len(), *second),
            (Form::Together { of, .. }, KindOf::Pairs { from, to, .. }) => {
                count(of.len(), *from) && from == to
            }
            (Form::Number(_), KindOf::Number) | (Form::Text, KindOf::Text { .. }) => true,
            _ => false,
        }
    }
}

fn at<T>(list: &[T], option: OptionId) -> Result<&T, BeyondLimits> {
    let index = usize::from(option.0).checked_sub(1).ok_or(BeyondLimits)?;
    list.get(index).ok_or(BeyondLimits)
}

fn named(names: &[String], option: OptionId) -> Result<&str, BeyondLimits> {
    at(names, option).map(String::as_str)
}

fn options<'a>(names: &[String], chosen: impl Iterator<Item = &'a OptionId>) -> Result<Json, BeyondLimits> {
    let list: Result<Vec<Json>, BeyondLimits> = chosen
        .map(|option| named(names, *option).map(Json::from))
        .collect();
    list.map(Json::Array)
}

fn pairs(
    from: &[Name],
    to: &[Name],
    max: u8,
    given: &BTreeSet<(OptionId, OptionId)>,
) -> Result<Json, BeyondLimits> {
    let mut uses = [BTreeMap::new(), BTreeMap::new()];
    let mut list = Vec::new();
    for (one, other) in given {
        let (first, second) = (at(from, *one)?, at(to, *other)?);
        use_once(&mut uses[0], *one, first)?;
        use_once(&mut uses[1], *other, second)?;
        list.push(Json::from(format!("{} {}", first.identifier, second.identifier)));
    }
    within(list, max)
}

/// Either may come first: the page sends the smaller number first, and a pair that comes both ways is none of its.
fn together(of: &[Name], max: u8, given: &BTreeSet<(OptionId, OptionId)>) -> Result<Json, BeyondLimits> {
    let mut uses = BTreeMap::new();
    let mut list = Vec::new();
    for (one, other) in given {
        if one > other {
            return Err(BeyondLimits);
        }
        let (first, second) = (at(of, *one)?, at(of, *other)?);
        use_once(&mut uses, *one, first)?;
        use_once(&mut uses, *other, second)?;
        list.push(Json::from(format!("{} {}", first.identifier, second.identifier)));
    }
    within(list, max)
}

fn within(list: Vec<Json>, max: u8) -> Result<Json, BeyondLimits> {
    if list.len() > usize::from(max) {
        return Err(BeyondLimits);
    }
    Ok(Json::Array(list))
}

fn use_once(uses: &mut BTreeMap<OptionId, u8>, option: OptionId, name: &Name) -> Result<(), BeyondLimits> {
    let count = uses.entry(option).or_default();
    *count = count.saturating_add(1);
    if name.uses_max > 0 && *count > name.uses_max {
        return Err(BeyondLimits);
    }
    Ok(())
}

/// The number by its value: `5.`, `05` and `5.0` are `5`.
fn number(scale: Option<Scale>, text: &str) -> Result<Json, BeyondLimits> {
    let number: Number = text.parse().map_err(|_| BeyondLimits)?;
    let shown = number.to_string();
    if let Some(scale) = scale
        && !Real::parse(&shown).is_some_and(|value| scale.holds(value))
    {
        return Err(BeyondLimits);
    }
    Ok(Json::from(shown))
}

impl Scale {
    /// Whether the number can be set.
    pub(crate) fn holds(self, value: Real) -> bool {
        let is_on_step = || {
            let steps = value.subtract(self.from)?.divide(self.step)?.round()?;
            Some(steps.multiply(self.step)?.add(self.from)? == value)
        };
        value >= self.from && value <= self.to && is_on_step() == Some(true)
    }
}
