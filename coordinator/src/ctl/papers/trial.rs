//! `parikshactl paper import --dry-run`: what an import would publish, read here and by nobody else. It shows how many
//! questions of which kind there are and what is wrong; what is right stands in the file alone.

use std::collections::BTreeMap;

use content::import::paper::{self, Source};
use protocol::paper::{ItemKind, KindOf};
use serde::Serialize;

use super::input::Input;
use crate::{
    ctl::{failure::Failure, output::Output},
    ops::{input_errors, shapes::InputError},
};

/// What would be published.
#[derive(Debug, Serialize)]
struct Trial {
    title: String,
    format: &'static str,
    items: usize,
    kinds: BTreeMap<&'static str, usize>,
    languages: Vec<String>,
    sections: Vec<String>,
    /// The greatest total, decimal.
    marks: String,
    marked_by_hand: usize,
    pictures: usize,
    warnings: Vec<InputError>,
    skipped: Vec<InputError>,
}

/// Reads and shows; with `partial` what would be left out is listed, without it that is a failure.
pub(super) fn run(
    input: &Input,
    language: &str,
    title: &str,
    partial: bool,
    output: &Output,
) -> Result<(), Failure> {
    let source = Source {
        name: "",
        bytes: &input.bytes,
        format: Some(input.format),
        language,
        title,
    };
    let refused = |errors| Failure::Input {
        message: "nothing would be published".to_owned(),
        errors: input_errors(errors),
    };
    let partly = paper::read_partly(source).map_err(refused)?;
    if !partial && !partly.errors.is_empty() {
        return Err(refused(partly.errors));
    }
    let imported = partly.imported;
    let mut kinds = BTreeMap::new();
    for item in &imported.paper.items {
        *kinds.entry(name_of(&item.kind)).or_default() += 1;
    }
    let mut sections: Vec<String> = Vec::new();
    for item in &imported.paper.items {
        if !item.section.is_empty() && !sections.contains(&item.section) {
            sections.push(item.section.clone());
        }
    }
    let trial = Trial {
        title: title.to_owned(),
        format: input.format.name(),
        items: imported.paper.items.len(),
        kinds,
        languages: imported.paper.languages.clone(),
        sections,
        marks: imported.key.max().normalize().to_string(),
        marked_by_hand: imported
            .paper
            .items
            .iter()
            .filter(|item| item.is_marked_by_hand)
            .count(),
        pictures: imported.paper.pictures.len(),
        warnings: imported.warnings.into_iter().map(InputError::from).collect(),
        skipped: input_errors(partly.errors),
    };
    told(output, "would be left out:", &trial.skipped);
    told(output, "look at these:", &trial.warnings);
    output.show(&trial, text)
}

/// Lines about an input, under a heading; nothing where there are none.
pub(super) fn told(output: &Output, heading: &str, errors: &[InputError]) {
    if !errors.is_empty() {
        output.note(heading);
        output.input_errors(errors);
    }
}

fn text(trial: &Trial) -> String {
    let kinds: Vec<String> = trial
        .kinds
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    let mut lines = vec![
        format!(
            "{} items ({}), {} marks",
            trial.items,
            kinds.join(", "),
            trial.marks
        ),
        format!("languages: {}", trial.languages.join(", ")),
    ];
    if !trial.sections.is_empty() {
        lines.push(format!("sections: {}", trial.sections.join(", ")));
    }
    if trial.marked_by_hand > 0 {
        lines.push(format!("{} items are marked by hand", trial.marked_by_hand));
    }
    if trial.pictures > 0 {
        lines.push(format!("{} pictures", trial.pictures));
    }
    lines.push("Nothing was sent.".to_owned());
    lines.join("\n")
}

fn name_of(kind: &ItemKind) -> &'static str {
    match kind {
        KindOf::Choice(_) => "choice",
        KindOf::Choices(_) | KindOf::Select(_) => "choices",
        KindOf::Number => "number",
        KindOf::Dropdown(_) => "dropdown",
        KindOf::Text(_) => "text",
        KindOf::Order(_) => "order",
        KindOf::Match(_) => "match",
        KindOf::Associate(_) => "associate",
        KindOf::Gaps(_) => "gaps",
        KindOf::Hottext(_) => "hottext",
        KindOf::Hotspot(_) => "hotspot",
        KindOf::Slider(_) => "slider",
        KindOf::Parts(_) => "parts",
    }
}
