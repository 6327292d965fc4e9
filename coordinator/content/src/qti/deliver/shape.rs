//! What an item is answered by: its one interaction, or parts; and its text with that.

use protocol::{
    ids::ItemNo,
    paper::{Item, ItemKind, Node, Part, PartKind},
};

use super::{
    answered::Answered,
    flow::{Met, Walk},
    plain,
    reason::Reason,
};
use crate::{qti::fault::Faults, xml::Element};

/// One interaction at the end of the text is the item's own; several, or one within the text, are its parts.
pub(super) fn shaped(
    walk: &mut Walk<'_>,
    body: Vec<Node>,
    parts: Vec<(Part, Answered, Met)>,
    root: &Element,
) -> Result<(Item, Vec<Answered>), Faults> {
    let is_own = matches!(&parts[..], [(_, _, met)] if !met.is_inline) && ends_with_part(&body);
    let (list, answered): (Vec<Part>, Vec<Answered>) = parts
        .into_iter()
        .map(|(part, answered, _)| (part, answered))
        .unzip();
    let (nodes, is_fixed, kind) = match (is_own, list) {
        (true, list) if list.len() == 1 => {
            let mut list = list.into_iter();
            let part = list
                .next()
                .ok_or_else(|| Faults::from(Reason::NothingToAnswer.at(root.line)))?;
            let prompt = part.body.into_values().next().unwrap_or_default();
            (with_prompt(body, &prompt), part.is_fixed, lifted(part.kind))
        }
        (_, list) => (body, false, ItemKind::Parts(list)),
    };
    let stem = stem(&nodes, &kind, root);
    if stem.is_empty() {
        return Err(Reason::NoText.at(root.line).into());
    }
    let is_plain = plain::is_all(&nodes);
    let mut item = Item::plain(ItemNo(0), kind, walk.worded(stem));
    item.is_fixed = is_fixed;
    item.body = walk.flow(if is_plain { Vec::new() } else { nodes });
    Ok((item, answered))
}

/// The question as plain text; what is asked may stand in the parts.
fn stem(nodes: &[Node], kind: &ItemKind, root: &Element) -> String {
    let text = plain::text(nodes);
    if plain::is_blank(nodes) {
        return String::new();
    }
    if text.chars().any(|c| c != '_' && !c.is_whitespace()) {
        return text;
    }
    let ItemKind::Parts(parts) = kind else {
        // A picture without words: its title is the best that there is.
        return root.attribute("title").unwrap_or_default().trim().to_owned();
    };
    let prompts = parts.iter().flat_map(|part| part.body.values());
    let prompts: Vec<String> = prompts.map(|nodes| plain::text(nodes)).collect();
    prompts.join("\n").trim().to_owned()
}

/// Whether nothing is to be seen after the one part.
fn ends_with_part(nodes: &[Node]) -> bool {
    let Some(last) = nodes
        .iter()
        .rposition(|node| !plain::is_blank(std::slice::from_ref(node)))
    else {
        return false;
    };
    match &nodes[last] {
        Node::Part { .. } => true,
        Node::Element(element) => {
            matches!(element.tag.as_str(), "div" | "p" | "span" | "blockquote")
                && ends_with_part(&element.content)
        }
        Node::Text(_) | Node::Image(_) | Node::Gap { .. } | Node::Hottext { .. } => false,
    }
}

/// The body with the interaction's own text where the interaction stands.
fn with_prompt(nodes: Vec<Node>, prompt: &[Node]) -> Vec<Node> {
    let mut made = Vec::with_capacity(nodes.len());
    for node in nodes {
        match node {
            Node::Part { .. } => made.extend(prompt.iter().cloned()),
            Node::Element(mut element) => {
                element.content = with_prompt(element.content, prompt);
                made.push(Node::Element(element));
            }
            other => made.push(other),
        }
    }
    made
}

fn lifted(kind: PartKind) -> ItemKind {
    match kind {
        PartKind::Choice(options) => ItemKind::Choice(options),
        PartKind::Choices(options) => ItemKind::Choices(options),
        PartKind::Number => ItemKind::Number,
        PartKind::Select(select) => ItemKind::Select(select),
        PartKind::Dropdown(options) => ItemKind::Dropdown(options),
        PartKind::Text(field) => ItemKind::Text(field),
        PartKind::Order(order) => ItemKind::Order(order),
        PartKind::Match(matched) => ItemKind::Match(matched),
        PartKind::Associate(select) => ItemKind::Associate(select),
        PartKind::Gaps(gaps) => ItemKind::Gaps(gaps),
        PartKind::Hottext(words) => ItemKind::Hottext(words),
        PartKind::Hotspot(spots) => ItemKind::Hotspot(spots),
        PartKind::Slider(slider) => ItemKind::Slider(slider),
        PartKind::Parts(never) => match never {},
    }
}
