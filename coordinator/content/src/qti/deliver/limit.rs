//! Limits that an interaction sets on its response: how many choices, how many pairs. 0 means any number; what the file does
//! not say is what QTI says, unless the item's own key could not be given then.

use super::{flow::Walk, reason::Reason};
use crate::{
    qti::{fault::Fault, value::Scalar},
    xml::Element,
};

/// The whole number of an attribute; `None` where it is absent.
pub(super) fn whole(element: &Element, attribute: &'static str) -> Result<Option<u16>, Fault> {
    let Some(text) = element
        .attribute(attribute)
        .map(str::trim)
        .filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| {
        let reason = Reason::Attribute {
            element: element.name.clone(),
            attribute,
            given: crate::qti::fault::excerpt(text),
            expected: "write a whole number",
        };
        reason.at(element.line)
    })
}

/// At most so many of `count`; `absent` where the file does not say, 0 for all.
pub(super) fn at_most(
    walk: &mut Walk<'_>,
    element: &Element,
    attribute: &'static str,
    absent: u16,
    count: usize,
) -> Result<u8, Fault> {
    let all = u8::try_from(count).unwrap_or(u8::MAX);
    let given = whole(element, attribute)?;
    let response = element.attribute("responseIdentifier").unwrap_or_default();
    let needed = walk.members_in_key(response);
    let max = match given {
        Some(max) => max,
        None if absent > 0 && needed > usize::from(absent) => {
            let text = format!(
                "`{}` has no {attribute}, and its key needs {needed}; any number may be given",
                element.name
            );
            walk.remark(element.line, text);
            0
        }
        None => absent,
    };
    if max > 0 && needed > usize::from(max) {
        let text = format!(
            "the key of `{response}` has {needed} values, but only {max} may be given; correct one of them"
        );
        walk.remark(element.line, text);
    }
    match u8::try_from(max) {
        Ok(0) | Err(_) => Ok(all),
        Ok(max) => Ok(max.min(all)),
    }
}

/// At least so many; shown, never enforced.
pub(super) fn at_least(element: &Element, attribute: &'static str, max: u8) -> Result<u8, Fault> {
    let min = whole(element, attribute)?.unwrap_or_default();
    Ok(u8::try_from(min).unwrap_or(u8::MAX).min(max))
}

/// Pairs that can be made, as far as they are kept.
pub(super) fn pairs(element: &Element, count: usize, is_limited: bool) -> Result<usize, Fault> {
    if count > usize::from(u8::MAX) && !is_limited {
        return Err(Reason::TooManyPairs(count).at(element.line));
    }
    Ok(count.min(usize::from(u8::MAX)))
}

impl Walk<'_> {
    /// How many values the correct response of a variable has.
    fn members_in_key(&self, response: &str) -> usize {
        let found = self.program.find(response);
        found.map_or(0, |(_, variable)| variable.correct.size())
    }

    /// How often an identifier stands in the pairs of a correct response, at most.
    pub(super) fn uses_in_keys(&self, identifier: &str) -> usize {
        let uses = |scalar: &Scalar| match scalar {
            Scalar::Pair(first, second) | Scalar::DirectedPair(first, second) => {
                usize::from(first == identifier) + usize::from(second == identifier)
            }
            _ => 0,
        };
        let of = |variable: &crate::qti::program::Variable| variable.correct.members().iter().map(uses).sum();
        self.program.variables.iter().map(of).max().unwrap_or_default()
    }
}
