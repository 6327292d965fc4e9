//! The choices of an interaction as options of an item: their texts, their numbers, what of them stays in place. Where the
//! file lets them be shuffled their order in the paper is another than in the file, in which authors put what is right
//! first, or the whole order that is asked for.

use protocol::{
    hash::Hash,
    ids::OptionId,
    limits::OPTIONS_MAX,
    paper::{Choice, Flow, Node, Text},
};

use super::{answered::Name, flow::Walk, place::Place, plain, reason::Reason};
use crate::{
    qti::{compile::Tag, fault::Fault},
    xml::Element,
};

/// Choices and the identifiers that they have in the file, in the same order.
pub(super) struct Choices {
    pub(super) options: Vec<Choice>,
    pub(super) names: Vec<Name>,
}

impl Choices {
    pub(super) fn identifiers(&self) -> Vec<String> {
        self.names.iter().map(|name| name.identifier.clone()).collect()
    }
}

/// How choices of one kind are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Whether the file lets them be shuffled.
    pub(super) is_shuffled: bool,
    /// Whether they stand in pairs, so that `matchMax` counts.
    pub(super) in_pairs: bool,
    /// Whether one without text may be there: the empty line of a list within a text.
    pub(super) may_be_empty: bool,
    /// How many there may be.
    pub(super) max: usize,
}

impl Rules {
    pub(super) fn options(is_shuffled: bool) -> Self {
        Self {
            is_shuffled,
            in_pairs: false,
            may_be_empty: false,
            max: OPTIONS_MAX,
        }
    }
}

/// Reads the choices of these names directly inside.
pub(super) fn choices(
    walk: &mut Walk<'_>,
    parent: &Element,
    names: &[&str],
    rules: Rules,
    place: Place,
) -> Result<Choices, Fault> {
    let elements: Vec<&Element> = parent
        .elements()
        .filter(|element| names.contains(&element.name.as_str()))
        .collect();
    if elements.is_empty() {
        return Err(Reason::NoChoices(parent.name.clone()).at(parent.line));
    }
    if elements.len() > rules.max {
        let (what, max) = ("choices in one interaction", rules.max);
        return Err(Reason::TooMany { what, max }.at(parent.line));
    }
    let mut read = Vec::with_capacity(elements.len());
    for element in elements {
        let identifier = identifier(element)?;
        if read
            .iter()
            .any(|(name, _): &(Name, Choice)| name.identifier == identifier)
        {
            return Err(Reason::IdentifierTwice(identifier.to_owned()).at(element.line));
        }
        read.push(choice(walk, element, identifier, rules, place)?);
    }
    if rules.is_shuffled {
        read = mixed(read, &walk.order_seed);
    }
    let numbered = (1..).map(OptionId).zip(read);
    let (names, options) = numbered
        .map(|(id, (name, choice))| (name, Choice { id, ..choice }))
        .unzip();
    Ok(Choices { options, names })
}

/// The element's identifier; refuses what depends on a template variable, or goes only with some others.
pub(super) fn identifier(element: &Element) -> Result<&str, Fault> {
    if element.attribute("templateIdentifier").is_some() {
        let (element, attribute, line) = (element.name.clone(), "templateIdentifier", element.line);
        return Err(Reason::Templated { element, attribute }.at(line));
    }
    if element
        .attribute("matchGroup")
        .is_some_and(|group| !group.trim().is_empty())
    {
        let (element, attribute, line) = (element.name.clone(), "matchGroup", element.line);
        return Err(Reason::Grouped { element, attribute }.at(line));
    }
    Tag(element).required("identifier")
}

fn choice(
    walk: &mut Walk<'_>,
    element: &Element,
    identifier: &str,
    rules: Rules,
    place: Place,
) -> Result<(Name, Choice), Fault> {
    let tag = Tag(element);
    let mut content = walk.content(element, place.inside());
    if plain::is_blank(&content) {
        if !rules.may_be_empty {
            return Err(Reason::EmptyChoice(identifier.to_owned()).at(element.line));
        }
        walk.remark(
            element.line,
            format!("the choice `{identifier}` has no text; a dash stands for it"),
        );
        content = vec![Node::Text("—".to_owned())];
    }
    let uses_max = if rules.in_pairs {
        uses_max(walk, element, identifier)?
    } else {
        0
    };
    let name = Name {
        identifier: identifier.to_owned(),
        uses_max,
    };
    let body = if plain::is_all(&content) {
        Vec::new()
    } else {
        content.clone()
    };
    let choice = Choice {
        id: OptionId(0),
        text: walk.worded(plain::text(&content)),
        body: walk.flow(body),
        is_fixed: tag.flag("fixed", false)?,
        uses_max,
    };
    Ok((name, choice))
}

/// `matchMax`: once where the file does not say, unless the key needs the choice more often.
fn uses_max(walk: &mut Walk<'_>, element: &Element, identifier: &str) -> Result<u8, Fault> {
    if let Some(max) = super::limit::whole(element, "matchMax")? {
        return Ok(u8::try_from(max).unwrap_or(u8::MAX));
    }
    let needed = walk.uses_in_keys(identifier);
    if needed > 1 {
        let text = format!(
            "`{identifier}` has no matchMax, and the key needs it {needed} times; it may stand in any number of pairs"
        );
        walk.remark(element.line, text);
        return Ok(0);
    }
    Ok(1)
}

/// Another order than the file's, the same at every import; fixed choices keep their places.
fn mixed(read: Vec<(Name, Choice)>, seed: &str) -> Vec<(Name, Choice)> {
    let fixed: Vec<bool> = read.iter().map(|(_, choice)| choice.is_fixed).collect();
    let (kept, mut moved): (Vec<_>, Vec<_>) = read.into_iter().partition(|(_, choice)| choice.is_fixed);
    moved.sort_by_cached_key(|(name, _)| Hash::sha256(format!("{seed}\n{}", name.identifier).as_bytes()));
    let (mut kept, mut moved) = (kept.into_iter(), moved.into_iter());
    let take = |is_fixed: bool| if is_fixed { kept.next() } else { moved.next() };
    fixed.into_iter().filter_map(take).collect()
}

impl Walk<'_> {
    /// A text in the language of the item.
    pub(super) fn worded(&self, text: String) -> Text {
        Text::from([(self.language.clone(), text)])
    }

    /// Content in the language of the item; none for none.
    pub(super) fn flow(&self, nodes: Vec<Node>) -> Flow {
        if nodes.is_empty() {
            return Flow::new();
        }
        Flow::from([(self.language.clone(), nodes)])
    }
}
