//! An item's XML becomes an item of a paper and, apart from it, its key: what candidates see as checked content, what is
//! right as a compiled program. Called by the import of packages ([`super::package`]) and by `paper check`. What cannot be
//! delivered as it is meant is refused by line and name; feedback, identifiers, correct responses and rules never become
//! part of the item.

mod answered;
mod choices;
mod flow;
mod html;
mod images;
mod interaction;
mod keyed;
mod limit;
mod nodes;
mod pictures;
mod place;
mod plain;
mod program_key;
mod reason;
mod rules;
mod shape;
#[cfg(test)]
mod tests;
mod worth;

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    hash::Hash,
    paper::{Item, Node, Part, Picture},
};

pub(crate) use flow::is_for_candidates;
use flow::{Met, Walk};
pub(crate) use html::is_language;
pub use pictures::PICTURE_BYTES_MAX;
pub(crate) use pictures::Source;
use place::Place;
pub use program_key::{NotScored, ProgramKey, SCORE_PLACES_MAX};
pub(crate) use reason::Reason;

use self::answered::Answered;
use super::{
    compile::compile_normalised,
    evaluate::evaluate,
    fault::Faults,
    names::Normalised,
    program::{Program, Remark, Role},
    real::Real,
    responses::Responses,
    value::Value,
};
use crate::{answer_key::ItemKey, xml::Element};

/// How an item is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// The paper's language.
    pub(crate) language: &'a str,
    /// Where its pictures are.
    pub(crate) source: Source<'a>,
    /// Its weight in the test.
    pub(crate) weight: Real,
}

/// A deliverable item.
pub(crate) struct Delivered {
    /// What candidates see; it has no number yet.
    pub(crate) item: Item,
    /// What stays at the centre.
    pub(crate) key: ItemKey,
    /// By name.
    pub(crate) pictures: BTreeMap<String, Picture>,
    /// Pictures that it names, where none were looked for.
    pub(crate) references: BTreeSet<String>,
    /// Shared stimuli that it names, and where.
    pub(crate) stimuli: Vec<(String, u32)>,
    /// Pictures without a text for those who do not see them.
    pub(crate) wordless: Vec<Remark>,
    /// What a person should look at.
    pub(crate) remarks: Vec<Remark>,
}

/// Makes a deliverable item of an assessment item.
pub(crate) fn item(normalised: &Normalised, wanted: Wanted<'_>) -> Result<Delivered, Faults> {
    let root = &normalised.root;
    let program = compile_normalised(normalised)?;
    check_chance(&program, root)?;
    let seed = Hash::sha256(&serde_json::to_vec(&program).unwrap_or_default()).to_string();
    let mut walk = Walk::new(wanted.source, &program, wanted.language, seed);
    walk.templates = values_of_templates(&program, root)?;
    let body = match root.first("itemBody") {
        Some(body) => walk.content(body, Place::TOP),
        None => Vec::new(),
    };
    let has_rules = !(program.response_rules.is_empty() && program.outcome_rules.is_empty());
    let marked = marking(&walk.parts, root, &mut walk.faults);
    if marked == Some(Marking::ByRules) && !has_rules {
        walk.faults.add(Reason::NoRules.at(root.line));
    }
    if walk.parts.is_empty() && walk.faults.is_empty() {
        walk.faults.add(Reason::NothingToAnswer.at(root.line));
    }
    remark_on_item(&mut walk, root);
    if !walk.faults.is_empty() {
        return Err(walk.faults);
    }
    let parts = std::mem::take(&mut walk.parts);
    let (mut item, answered) = shape::shaped(&mut walk, body, parts, root)?;
    let Walk {
        pictures,
        references,
        wordless,
        mut remarks,
        ..
    } = walk;
    item.is_marked_by_hand = marked == Some(Marking::ByHand);
    let key = keyed::key(
        program.clone(),
        answered,
        &mut item,
        wanted.weight,
        root,
        &mut remarks,
    )?;
    remarks.extend(program.remarks);
    Ok(Delivered {
        item,
        key,
        pictures,
        references,
        stimuli: stimuli_of(root),
        wordless,
        remarks,
    })
}

/// Who marks an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marking {
    ByRules,
    ByHand,
}

fn marking(parts: &[(Part, Answered, Met)], root: &Element, faults: &mut Faults) -> Option<Marking> {
    let by_hand = parts.iter().filter(|(_, _, met)| met.is_by_hand).count();
    match by_hand {
        _ if parts.is_empty() => None,
        0 => Some(Marking::ByRules),
        all if all == parts.len() => Some(Marking::ByHand),
        _ => {
            faults.add(Reason::PartlyByHand.at(root.line));
            None
        }
    }
}

fn check_chance(program: &Program, root: &Element) -> Result<(), Faults> {
    let mut faults = Faults::default();
    if rules::draw(&program.template_rules) {
        faults.add(Reason::RandomTemplate.at(root.line));
    }
    let of_score = [&program.response_rules, &program.outcome_rules];
    if of_score.iter().any(|rules| rules::draw(rules)) {
        faults.add(Reason::RandomScore.at(root.line));
    }
    if let Some((id, _)) = program.find("duration")
        && of_score.iter().any(|rules| rules::use_variable(rules, id))
    {
        faults.add(Reason::Duration.at(root.line));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn values_of_templates(program: &Program, root: &Element) -> Result<BTreeMap<String, Value>, Faults> {
    let outcomes = evaluate(program, &Responses::new(), 0)
        .map_err(|error| Faults::from(Reason::Evaluation(error.to_string()).at(root.line)))?;
    Ok(outcomes.values)
}

fn remark_on_item(walk: &mut Walk<'_>, root: &Element) {
    if root.first("stylesheet").is_some() {
        walk.remark(root.line, "its stylesheet is not used: papers look alike");
    }
    if root.first("companionMaterialsInfo").is_some() {
        walk.remark(root.line, "it names materials beside it (a calculator, a ruler): give them to the candidates, or remove that");
    }
    let program = walk.program;
    for (id, variable) in program.variables.iter().enumerate() {
        let id = super::program::VariableId(u16::try_from(id).unwrap_or(u16::MAX));
        let is_filled = walk.parts.iter().any(|(_, answered, _)| {
            answered.variable == variable.identifier
                || answered.as_typed.as_ref() == Some(&variable.identifier)
        });
        if variable.role == Role::Response
            && !is_filled
            && !matches!(variable.identifier.as_str(), "duration" | "numAttempts")
            && rules::use_variable(&program.response_rules, id)
        {
            let text = format!(
                "no interaction fills `{}`, which the rules use; it is nothing for everybody",
                variable.identifier
            );
            walk.remark(root.line, text);
        }
    }
}

fn stimuli_of(root: &Element) -> Vec<(String, u32)> {
    let all = root.elements_named("assessmentStimulusRef");
    all.map(|element| {
        (
            element.attribute("href").unwrap_or_default().to_owned(),
            element.line,
        )
    })
    .collect()
}

/// Text that stands above items: nodes, their pictures, what a person should look at.
#[derive(Default)]
pub(crate) struct Content {
    pub(crate) nodes: Vec<Node>,
    pub(crate) pictures: BTreeMap<String, Picture>,
    /// What a person should look at, pictures without a text among it.
    pub(crate) remarks: Vec<Remark>,
}

impl Content {
    /// Adds what comes after it.
    pub(crate) fn add(&mut self, more: Self) {
        self.nodes.extend(more.nodes);
        self.pictures.extend(more.pictures);
        self.remarks.extend(more.remarks);
    }
}

/// The content of elements in which nothing is answered: rubrics, shared stimuli.
pub(crate) fn content(elements: &[&Element], wanted: Wanted<'_>) -> Result<Content, Faults> {
    let nothing = Program::default();
    let mut walk = Walk::new(wanted.source, &nothing, wanted.language, String::new());
    let mut nodes = Vec::new();
    for element in elements {
        nodes.extend(walk.content(element, Place::TOP.inside()));
    }
    if !walk.faults.is_empty() {
        return Err(walk.faults);
    }
    Ok(Content {
        nodes,
        pictures: walk.pictures,
        remarks: [walk.wordless, walk.remarks].concat(),
    })
}
