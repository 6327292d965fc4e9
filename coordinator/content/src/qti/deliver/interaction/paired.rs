//! Interactions in which one makes pairs: rows with columns, choices with each other, words with gaps.

use protocol::{
    limits::{NAMED_MAX, OPTIONS_MAX},
    paper::{Gaps, Match, PartKind, Select},
};

use super::{
    super::{
        answered::{Form, Name},
        choices::{Choices, Rules, choices, identifier},
        limit,
        place::Within,
        reason::Reason,
    },
    Made, Of, Place, Walk,
};
use crate::{
    qti::{
        fault::Fault,
        value::{BaseType, Cardinality},
    },
    xml::Element,
};

const ONE_OR_SEVERAL: [Cardinality; 2] = [Cardinality::Single, Cardinality::Multiple];

/// Elements that stand in a gap match and are none of its text.
const WORDS: [&str; 2] = ["gapText", "gapImg"];

fn paired(is_shuffled: bool, max: usize) -> Rules {
    Rules {
        in_pairs: true,
        max,
        ..Rules::options(is_shuffled)
    }
}

pub(super) fn matching(walk: &mut Walk<'_>, of: &Of<'_>, place: Place) -> Result<Made, Fault> {
    of.expect(
        "pairs, source first (directedPair)",
        &ONE_OR_SEVERAL,
        &[BaseType::DirectedPair],
    )?;
    let is_shuffled = of.is_shuffled()?;
    let sets: Vec<&Element> = of.element.elements_named("simpleMatchSet").collect();
    let [first, second] = sets[..] else {
        return Err(Reason::NoChoices(of.element.name.clone()).at(of.element.line));
    };
    let rules = paired(is_shuffled, NAMED_MAX);
    let rows = choices(walk, first, &["simpleAssociableChoice"], rules, place)?;
    let columns = choices(walk, second, &["simpleAssociableChoice"], rules, place)?;
    let max = pairs_max(walk, of, rows.options.len() * columns.options.len())?;
    let form = Form::Pairs {
        from: rows.names,
        to: columns.names,
        max,
    };
    let kind = PartKind::Match(Match {
        rows: rows.options,
        columns: columns.options,
        max,
    });
    Ok(Made::new(kind, form).shuffled(is_shuffled))
}

pub(super) fn associate(walk: &mut Walk<'_>, of: &Of<'_>, place: Place) -> Result<Made, Fault> {
    of.expect("pairs in any order (pair)", &ONE_OR_SEVERAL, &[BaseType::Pair])?;
    let is_shuffled = of.is_shuffled()?;
    let rules = paired(is_shuffled, OPTIONS_MAX);
    let Choices { options, names } = choices(walk, of.element, &["simpleAssociableChoice"], rules, place)?;
    let max = pairs_max(walk, of, options.len() * options.len().saturating_sub(1) / 2)?;
    let min = limit::at_least(of.element, "minAssociations", max)?;
    let form = Form::Together { of: names, max };
    Ok(Made::new(PartKind::Associate(Select { options, min, max }), form).shuffled(is_shuffled))
}

/// How many pairs there may be: one where the file does not say and the key needs no more.
fn pairs_max(walk: &mut Walk<'_>, of: &Of<'_>, possible: usize) -> Result<u8, Fault> {
    if of.variable.cardinality == Cardinality::Single {
        return Ok(1);
    }
    let given = limit::whole(of.element, "maxAssociations")?;
    let is_limited = given.is_some_and(|max| (1..=u16::from(u8::MAX)).contains(&max));
    let possible = limit::pairs(of.element, possible.max(1), is_limited)?;
    limit::at_most(walk, of.element, "maxAssociations", 1, possible)
}

pub(super) fn gap_match(walk: &mut Walk<'_>, of: &Of<'_>, place: Place) -> Result<Made, Fault> {
    of.expect(
        "pairs of a word and a gap (directedPair)",
        &ONE_OR_SEVERAL,
        &[BaseType::DirectedPair],
    )?;
    let is_shuffled = of.is_shuffled()?;
    let words = choices(walk, of.element, &WORDS, paired(is_shuffled, NAMED_MAX), place)?;
    walk.gaps.clear();
    let mut body = Vec::new();
    let is_text = |name: &str| name != "prompt" && !WORDS.contains(&name);
    for part in of.element.elements().filter(|element| is_text(&element.name)) {
        body.extend(walk.one(part, place.within(Within::Gaps)));
    }
    let gaps = std::mem::take(&mut walk.gaps);
    let count = u8::try_from(gaps.len()).unwrap_or(u8::MAX);
    if count == 0 {
        return Err(Reason::NoChoices(of.element.name.clone()).at(of.element.line));
    }
    let max = match of.variable.cardinality {
        Cardinality::Single => 1,
        _ => limit::at_most(walk, of.element, "maxAssociations", 0, gaps.len())?,
    };
    let form = Form::Pairs {
        from: words.names,
        to: gaps,
        max,
    };
    let kind = PartKind::Gaps(Gaps {
        words: words.options,
        gaps: count,
    });
    let mut made = Made::new(kind, form).shuffled(is_shuffled);
    made.body = body;
    Ok(made)
}

/// The number of a gap. It takes one word.
pub(in crate::qti::deliver) fn gap(walk: &mut Walk<'_>, element: &Element) -> Result<u8, Fault> {
    let number = numbered(&mut walk.gaps, identifier(element)?, element, "gaps")?;
    if let Some(name) = walk.gaps.last_mut() {
        name.uses_max = 1;
    }
    Ok(number)
}

/// Takes a name into a list and tells its number.
pub(super) fn numbered(
    names: &mut Vec<Name>,
    identifier: &str,
    element: &Element,
    what: &'static str,
) -> Result<u8, Fault> {
    if names.iter().any(|name| name.identifier == identifier) {
        return Err(Reason::IdentifierTwice(identifier.to_owned()).at(element.line));
    }
    if names.len() == NAMED_MAX {
        let max = NAMED_MAX;
        return Err(Reason::TooMany { what, max }.at(element.line));
    }
    names.push(Name {
        identifier: identifier.to_owned(),
        uses_max: 0,
    });
    Ok(u8::try_from(names.len()).unwrap_or(u8::MAX))
}
