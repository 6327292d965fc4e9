//! Interactions in which one picks: choices, choices within a line, words of a text, places of a picture, an order.

use protocol::{
    ids::OptionId,
    limits::{NAMED_MAX, OPTIONS_MAX},
    paper::{Area, AreaShape, Hotspots, Hottexts, Node, Order, PartKind, Select},
};

use super::{
    super::{
        answered::{Form, Name},
        choices::{Rules, choices, identifier},
        limit,
        place::Within,
        plain,
        reason::Reason,
    },
    Made, Of, Place, Walk,
};
use crate::{
    qti::{
        fault::{Fault, Problem, excerpt},
        value::{BaseType, Cardinality},
    },
    xml::Element,
};

const ONE_OR_SEVERAL: [Cardinality; 2] = [Cardinality::Single, Cardinality::Multiple];
const NAMES: [BaseType; 1] = [BaseType::Identifier];

pub(super) fn choice(walk: &mut Walk<'_>, of: &Of<'_>, place: Place) -> Result<Made, Fault> {
    of.expect("one or several identifiers", &ONE_OR_SEVERAL, &NAMES)?;
    let is_shuffled = of.is_shuffled()?;
    let read = choices(
        walk,
        of.element,
        &["simpleChoice"],
        Rules::options(is_shuffled),
        place,
    )?;
    let max = picks(walk, of, read.options.len())?;
    let form = Form::Options(read.identifiers());
    let options = read.options;
    let kind = if max == 1 {
        PartKind::Choice(options)
    } else {
        let min = limit::at_least(of.element, "minChoices", max)?;
        PartKind::Select(Select { options, min, max })
    };
    Ok(Made::new(kind, form).shuffled(is_shuffled))
}

/// How many may be picked.
fn picks(walk: &mut Walk<'_>, of: &Of<'_>, count: usize) -> Result<u8, Fault> {
    let max = limit::at_most(walk, of.element, "maxChoices", 1, count)?;
    if of.variable.cardinality == Cardinality::Single && max != 1 {
        let text = format!(
            "`{}` holds one value, so one choice may be made, whatever maxChoices says",
            of.variable.identifier
        );
        walk.remark(of.element.line, text);
        return Ok(1);
    }
    Ok(max)
}

pub(super) fn inline_choice(walk: &mut Walk<'_>, of: &Of<'_>, place: Place) -> Result<Made, Fault> {
    of.expect("one identifier", &[Cardinality::Single], &NAMES)?;
    let is_shuffled = of.is_shuffled()?;
    let rules = Rules {
        may_be_empty: true,
        ..Rules::options(is_shuffled)
    };
    let read = choices(walk, of.element, &["inlineChoice"], rules, place)?;
    let form = Form::Options(read.identifiers());
    Ok(Made::new(PartKind::Dropdown(read.options), form).shuffled(is_shuffled))
}

pub(super) fn order(walk: &mut Walk<'_>, of: &Of<'_>, place: Place) -> Result<Made, Fault> {
    of.expect("identifiers in an order", &[Cardinality::Ordered], &NAMES)?;
    let is_shuffled = of.is_shuffled()?;
    let read = choices(
        walk,
        of.element,
        &["simpleChoice"],
        Rules::options(is_shuffled),
        place,
    )?;
    // Without a limit all are put into an order.
    let max = limit::at_most(walk, of.element, "maxChoices", 0, read.options.len())?;
    let min = limit::at_least(of.element, "minChoices", max)?;
    let form = Form::Options(read.identifiers());
    let options = read.options;
    let kind = PartKind::Order(Order { options, min, max });
    Ok(Made::new(kind, form).shuffled(is_shuffled))
}

pub(super) fn hot_text(walk: &mut Walk<'_>, of: &Of<'_>, place: Place) -> Result<Made, Fault> {
    of.expect("one or several identifiers", &ONE_OR_SEVERAL, &NAMES)?;
    walk.hottexts.clear();
    let mut body = Vec::new();
    for part in of.element.elements().filter(|element| element.name != "prompt") {
        body.extend(walk.one(part, place.within(Within::Hottexts)));
    }
    let names = std::mem::take(&mut walk.hottexts);
    if names.is_empty() {
        return Err(Reason::NoChoices(of.element.name.clone()).at(of.element.line));
    }
    let max = picks(walk, of, names.len())?;
    let kind = PartKind::Hottext(Hottexts {
        count: u8::try_from(names.len()).unwrap_or(u8::MAX),
        max,
    });
    let form = Form::Options(names.into_iter().map(|name| name.identifier).collect());
    let mut made = Made::new(kind, form);
    made.body = body;
    Ok(made)
}

/// The number of a text that can be picked.
pub(in crate::qti::deliver) fn hottext(
    walk: &mut Walk<'_>,
    element: &Element,
    content: &[Node],
) -> Result<u8, Fault> {
    let identifier = identifier(element)?;
    if plain::is_blank(content) {
        return Err(Reason::EmptyChoice(identifier.to_owned()).at(element.line));
    }
    super::paired::numbered(&mut walk.hottexts, identifier, element, "texts to choose from")
}

pub(super) fn hotspot(walk: &mut Walk<'_>, of: &Of<'_>) -> Result<Made, Fault> {
    of.expect("one or several identifiers", &ONE_OR_SEVERAL, &NAMES)?;
    let element = of.element;
    let image = match (element.first("object"), element.first("img")) {
        (Some(object), _) => walk.picture(object, "data"),
        (None, Some(img)) => walk.picture(img, "src"),
        (None, None) => return Err(Reason::NoPicture.at(element.line)),
    };
    let mut names: Vec<Name> = Vec::new();
    let mut areas = Vec::new();
    for choice in element.elements_named("hotspotChoice") {
        let number = super::paired::numbered(&mut names, identifier(choice)?, choice, "places")?;
        if areas.len() == OPTIONS_MAX {
            let (what, max) = ("places of one picture", OPTIONS_MAX);
            return Err(Reason::TooMany { what, max }.at(choice.line));
        }
        areas.push(area(walk, choice, number)?);
    }
    if areas.is_empty() {
        return Err(Reason::NoChoices(element.name.clone()).at(element.line));
    }
    // A picture that cannot be delivered has been refused by its own name already: that fault stands for the interaction.
    let refused = |walk: &mut Walk<'_>| walk.faults.faults.pop();
    let image = image.ok_or_else(|| refused(walk).unwrap_or_else(|| Reason::NoPicture.at(element.line)))?;
    let max = picks(walk, of, areas.len())?;
    let form = Form::Options(names.into_iter().map(|name| name.identifier).collect());
    Ok(Made::new(PartKind::Hotspot(Hotspots { image, areas, max }), form))
}

fn area(walk: &Walk<'_>, choice: &Element, number: u8) -> Result<Area, Fault> {
    let shape = match choice.attribute("shape").unwrap_or("default") {
        "circle" => AreaShape::Circle,
        "rect" => AreaShape::Rect,
        "poly" => AreaShape::Poly,
        "default" => AreaShape::Default,
        other => return Err(Reason::Shape(excerpt(other)).at(choice.line)),
    };
    let written = choice.attribute("coords").unwrap_or_default();
    let coordinates: Option<Vec<i32>> = written
        .split([',', ' '])
        .filter(|part| !part.is_empty())
        .take(2 * NAMED_MAX)
        .map(|part| part.parse().ok())
        .collect();
    let fits = |count: usize| match shape {
        AreaShape::Circle => count == 3,
        AreaShape::Rect => count == 4,
        AreaShape::Poly => count >= 6 && count.is_multiple_of(2) && count < 2 * NAMED_MAX,
        AreaShape::Default => true,
    };
    let coordinates = coordinates
        .filter(|numbers| fits(numbers.len()))
        .ok_or_else(|| Problem::BadCoordinates(excerpt(written)).at(choice.line))?;
    let named = choice.attribute("hotspotLabel");
    let text = named.map_or_else(|| number.to_string(), |label| label.trim().to_owned());
    Ok(Area {
        id: OptionId(number),
        text: walk.worded(text),
        shape,
        coordinates,
    })
}
