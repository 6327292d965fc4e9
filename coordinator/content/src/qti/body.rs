//! What stands in an item's body: its interactions, and its text with the values of printed variables.

use serde::{Deserialize, Serialize};

use super::{
    compile::Tag,
    evaluate::Outcomes,
    fault::{Faults, Problem},
};
use crate::xml::{Element, Node};

/// Interactions of one item.
const INTERACTIONS_MAX: usize = 200;

/// A way to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interaction {
    /// QTI's name for it, in the spelling of 2.x: `choiceInteraction`.
    pub name: String,
    /// The variable that holds the response.
    pub response: String,
    /// The line in the file.
    pub line: u32,
    /// What can be done with it.
    pub support: Support,
}

/// What can be done with an interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Support {
    /// Scored by the item's own rules.
    Scored,
    /// Kept, and marked by people.
    Marked,
}

/// Interactions whose responses are values that rules can judge.
const SCORED: [&str; 14] = [
    "associateInteraction",
    "choiceInteraction",
    "gapMatchInteraction",
    "graphicAssociateInteraction",
    "graphicGapMatchInteraction",
    "graphicOrderInteraction",
    "hotspotInteraction",
    "hottextInteraction",
    "inlineChoiceInteraction",
    "matchInteraction",
    "orderInteraction",
    "positionObjectInteraction",
    "selectPointInteraction",
    "sliderInteraction",
];

/// The interactions of a body in the spelling of 2.x, in their order; faults for those that cannot be taken.
pub(super) fn interactions(root: &Element, faults: &mut Faults) -> Vec<Interaction> {
    let mut found = Vec::new();
    if let Some(body) = root.first("itemBody") {
        collect(body, &mut found, faults);
    }
    found
}

fn collect(parent: &Element, found: &mut Vec<Interaction>, faults: &mut Faults) {
    for element in parent.elements() {
        if element.name.ends_with("Interaction") {
            match interaction(element) {
                Ok(interaction) if found.len() < INTERACTIONS_MAX => found.push(interaction),
                Ok(_) => {
                    let (what, max) = ("interactions", INTERACTIONS_MAX);
                    faults.add(Problem::TooMany { what, max }.at(element.line));
                    return;
                }
                Err(fault) => faults.add(fault),
            }
        }
        collect(element, found, faults);
    }
}

fn interaction(element: &Element) -> Result<Interaction, super::fault::Fault> {
    let tag = Tag(element);
    let support = match tag.name() {
        "textEntryInteraction" => Support::Scored,
        "extendedTextInteraction" => Support::Marked,
        name if SCORED.contains(&name) => Support::Scored,
        name => return Err(Problem::RefusedInteraction(name.to_owned()).at(tag.line())),
    };
    Ok(Interaction {
        name: tag.name().to_owned(),
        response: tag.required("responseIdentifier")?.to_owned(),
        line: tag.line(),
        support,
    })
}

/// The body's text, with the values of printed variables in their places.
pub(super) fn text(root: &Element, outcomes: &Outcomes) -> String {
    let mut text = String::new();
    if let Some(body) = root.first("itemBody") {
        write(body, outcomes, &mut text);
    }
    text
}

fn write(parent: &Element, outcomes: &Outcomes, text: &mut String) {
    for node in &parent.children {
        match node {
            Node::Text(piece) => text.push_str(piece),
            Node::Element(element) if element.name == "printedVariable" => {
                let name = element.attribute("identifier").unwrap_or_default();
                if let Some(value) = outcomes.values.get(name) {
                    text.push_str(&value.to_string());
                }
            }
            Node::Element(element) => write(element, outcomes, text),
        }
    }
}
