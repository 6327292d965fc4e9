//! Keys that no candidate can give: a correct response or a mapped value that names a choice which does not exist.

use std::collections::BTreeSet;

use crate::{
    qti::{
        body::Interaction,
        program::{Program, Remark, Variable},
        value::Scalar,
    },
    xml::Element,
};

/// Interactions whose responses are identifiers of what stands inside them.
const OF_CHOICES: [&str; 10] = [
    "associateInteraction",
    "choiceInteraction",
    "gapMatchInteraction",
    "graphicGapMatchInteraction",
    "graphicOrderInteraction",
    "hotspotInteraction",
    "hottextInteraction",
    "inlineChoiceInteraction",
    "matchInteraction",
    "orderInteraction",
];

/// A remark for each name in a key that no choice has.
pub(super) fn without_choice(root: &Element, program: &Program, interactions: &[Interaction]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for interaction in interactions
        .iter()
        .filter(|of| OF_CHOICES.contains(&of.name.as_str()))
    {
        let mut choices = BTreeSet::new();
        collect(root, &interaction.response, false, &mut choices);
        let Some((_, variable)) = program.find(&interaction.response) else {
            continue;
        };
        let missing: BTreeSet<&str> = named(variable).filter(|name| !choices.contains(name)).collect();
        remarks.extend(missing.into_iter().map(|name| Remark {
            line: interaction.line,
            text: format!(
                "the key of `{}` names `{name}`, which is none of its choices; correct it",
                variable.identifier
            ),
        }));
    }
    remarks
}

/// The identifiers inside the interactions of this response variable.
fn collect<'a>(parent: &'a Element, response: &str, inside: bool, choices: &mut BTreeSet<&'a str>) {
    for element in parent.elements() {
        let inside = inside || element.attribute("responseIdentifier") == Some(response);
        if inside && let Some(identifier) = element.attribute("identifier") {
            choices.insert(identifier.trim());
        }
        collect(element, response, inside, choices);
    }
}

fn named(variable: &Variable) -> impl Iterator<Item = &str> {
    let mapped = variable
        .mapping
        .iter()
        .flat_map(|mapping| mapping.entries.iter().map(|entry| &entry.key));
    variable.correct.members().iter().chain(mapped).flat_map(names_in)
}

fn names_in(scalar: &Scalar) -> Vec<&str> {
    match scalar {
        Scalar::Identifier(name) => vec![name],
        Scalar::Pair(first, second) | Scalar::DirectedPair(first, second) => vec![first, second],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::qti::examine;

    #[test]
    fn a_key_that_names_no_choice_is_remarked() {
        let item = |key: &str| {
            format!(
                "<assessmentItem identifier='i'><responseDeclaration identifier='R' cardinality='single' baseType='directedPair'>\
                 <correctResponse><value>{key}</value></correctResponse></responseDeclaration><itemBody>\n<matchInteraction \
                 responseIdentifier='R'><simpleMatchSet><simpleAssociableChoice identifier='A'/></simpleMatchSet><simpleMatchSet>\
                 <simpleAssociableChoice identifier='B'/></simpleMatchSet></matchInteraction></itemBody></assessmentItem>"
            )
        };
        assert!(examine(item("A B").as_bytes()).unwrap().remarks.is_empty());
        let remarks = examine(item("A C").as_bytes()).unwrap().remarks;
        assert_eq!((remarks.len(), remarks[0].line), (1, 2));
        assert!(remarks[0].text.contains("`C`"));
    }
}
