//! From QTI's interactions to the kinds that nodes deliver: each with the limits that the file sets, and with what its
//! rules need to read the response. What cannot be answered by everybody alike is refused by name.

mod fields;
mod paired;
mod picked;

pub(super) use paired::gap;
pub(super) use picked::hottext;

use protocol::paper::{Part, PartKind};

use super::{
    answered::{Answered, Form},
    flow::{Met, Walk},
    place::Place,
    reason::Reason,
};
use crate::{
    qti::{
        compile::Tag,
        fault::{Fault, Problem},
        program::{Role, Variable},
        value::{BaseType, Cardinality},
    },
    xml::Element,
};

/// What was made of an interaction, beside its prompt.
struct Made {
    kind: PartKind,
    form: Form,
    is_fixed: bool,
    /// Content of its own: with gaps or hot texts in it.
    body: Vec<protocol::paper::Node>,
    as_typed: Option<String>,
}

impl Made {
    fn new(kind: PartKind, form: Form) -> Self {
        Self {
            kind,
            form,
            is_fixed: true,
            body: Vec::new(),
            as_typed: None,
        }
    }

    fn shuffled(mut self, is_shuffled: bool) -> Self {
        self.is_fixed = !is_shuffled;
        self
    }
}

/// The part that an interaction becomes.
pub(super) fn part(
    walk: &mut Walk<'_>,
    element: &Element,
    place: Place,
) -> Result<(Part, Answered, Met), Fault> {
    let of = Of::new(walk, element)?;
    let made = match element.name.as_str() {
        "choiceInteraction" => picked::choice(walk, &of, place),
        "inlineChoiceInteraction" => picked::inline_choice(walk, &of, place),
        "hottextInteraction" => picked::hot_text(walk, &of, place),
        "hotspotInteraction" => picked::hotspot(walk, &of),
        "orderInteraction" => picked::order(walk, &of, place),
        "matchInteraction" => paired::matching(walk, &of, place),
        "associateInteraction" => paired::associate(walk, &of, place),
        "gapMatchInteraction" => paired::gap_match(walk, &of, place),
        "textEntryInteraction" => fields::text_entry(walk, &of),
        "extendedTextInteraction" => fields::extended_text(&of),
        "sliderInteraction" => fields::slider(walk, &of),
        name => Err(Reason::Interaction(name.to_owned()).at(element.line)),
    }?;
    let mut body = walk.prompt(element);
    body.extend(made.body);
    // `label` is the author's own and may say what is right.
    let label = element.attribute("aria-label");
    let label = label
        .map(|label| walk.worded(label.trim().to_owned()))
        .unwrap_or_default();
    let part = Part {
        label,
        body: walk.flow(body),
        is_fixed: made.is_fixed,
        kind: made.kind,
    };
    let answered = Answered {
        variable: of.variable.identifier.clone(),
        as_typed: made.as_typed,
        form: made.form,
    };
    let met = Met {
        is_inline: matches!(
            element.name.as_str(),
            "inlineChoiceInteraction" | "textEntryInteraction"
        ),
        is_by_hand: element.name == "extendedTextInteraction",
    };
    Ok((part, answered, met))
}

/// An interaction and the variable that it fills.
struct Of<'a> {
    element: &'a Element,
    variable: Variable,
}

impl<'a> Of<'a> {
    fn new(walk: &mut Walk<'_>, element: &'a Element) -> Result<Self, Fault> {
        let tag = Tag(element);
        let identifier = tag.required("responseIdentifier")?;
        let declared = walk.program.find(identifier).map(|(_, variable)| variable);
        let variable = declared
            .filter(|variable| variable.role == Role::Response)
            .ok_or_else(|| Problem::UnknownVariable(identifier.to_owned()).at(element.line))?;
        if !variable.default.is_null() {
            let text = format!(
                "`{identifier}` has a default; candidates are shown none, and a field left alone is no response"
            );
            walk.remark(element.line, text);
        }
        Ok(Self {
            element,
            variable: variable.clone(),
        })
    }

    fn tag(&self) -> Tag<'a> {
        Tag(self.element)
    }

    /// Whether the file lets the choices be shuffled.
    fn is_shuffled(&self) -> Result<bool, Fault> {
        self.tag().flag("shuffle", false)
    }

    /// Refuses a variable of another type or cardinality than the interaction gives.
    fn expect(
        &self,
        given: &'static str,
        cardinalities: &[Cardinality],
        bases: &[BaseType],
    ) -> Result<(), Fault> {
        let Variable {
            cardinality, base, ..
        } = &self.variable;
        if cardinalities.contains(cardinality) && base.is_none_or(|base| bases.contains(&base)) {
            return Ok(());
        }
        let base = base.map_or("record", BaseType::name);
        let reason = Reason::Declared {
            variable: self.variable.identifier.clone(),
            declared: format!("{} {base}", format!("{cardinality:?}").to_lowercase()),
            interaction: self.element.name.clone(),
            given,
        };
        Err(reason.at(self.element.line))
    }
}
