//! Questions in Moodle's XML. `parikshactl paper check` and [`super::paper`] call it. Read are multichoice, truefalse,
//! shortanswer, numerical, matching, essay, description and category; every other type is refused by its name. Files
//! within the questions are kept, for the pictures that a text shows.

mod answers;
mod texts;

use super::{
    draft::{Draft, Interaction, PASSAGE_CHARS_MAX},
    drafts::{Drafts, Reason, Refusal},
    fault::excerpt,
    text_file,
};
use crate::{
    marks::Marks,
    xml::{self, Element},
};

/// Tags of one question.
const TAGS_MAX: usize = 50;

/// Reads a file; its texts are in this language.
pub fn read(bytes: &[u8], language: &str) -> Result<Drafts, Refusal> {
    text_file::check_markup(bytes)?;
    let root = xml::parse(bytes).map_err(|error| Refusal {
        line: u64::from(error.line),
        ..Refusal::file(&Reason::Xml(error.fault))
    })?;
    if root.name != "quiz" {
        return Err(Refusal::file(&Reason::NotMoodle(excerpt(&root.name))));
    }
    let mut drafts = Drafts::default();
    let mut category = None;
    for element in root.elements_named("question") {
        drafts.check_room()?;
        if element.attribute("type") == Some("category") {
            category = element
                .first("category")
                .map(|category| own_text(category, "text"));
            continue;
        }
        let name = element
            .first("name")
            .map(|name| own_text(name, "text"))
            .unwrap_or_default();
        let draft = question(element, language).map(|draft| Draft {
            title: Some(name.clone()).filter(|name| !name.is_empty()),
            category: category.clone(),
            ..draft
        });
        drafts.add(draft.map_err(|reason| Refusal::question(u64::from(element.line), &name, &reason)));
    }
    if category.is_some() {
        return Ok(drafts);
    }
    drafts.not_empty()
}

/// The trimmed text of an element inside, cut where no name is longer.
fn own_text(element: &Element, name: &str) -> String {
    let text = element.first(name).map(Element::text).unwrap_or_default();
    text.trim().chars().take(PASSAGE_CHARS_MAX).collect()
}

fn question(element: &Element, language: &str) -> Result<Draft, Reason> {
    let interaction = interaction(element, language)?;
    let mut files = Vec::new();
    let stem = match element.first("questiontext") {
        Some(text) => texts::passage("the question", text, &mut files)?,
        None => return Err(Reason::NoStem),
    };
    if stem.is_empty() {
        return Err(Reason::NoStem);
    }
    texts::count_files(element, &mut files)?;
    let mut draft = Draft::new(u64::from(element.line), texts::of(language, stem), interaction);
    draft.files = files;
    draft.feedback = texts::feedback(element, "generalfeedback")?;
    draft.id = Some(own_text(element, "idnumber")).filter(|id| !id.is_empty());
    draft.marks = marks(element)?;
    if let Some(tags) = element.first("tags") {
        draft.tags = tags
            .elements_named("tag")
            .take(TAGS_MAX)
            .map(|tag| own_text(tag, "text"))
            .collect();
    }
    Ok(draft)
}

fn interaction(element: &Element, language: &str) -> Result<Interaction, Reason> {
    match element.attribute("type").unwrap_or_default() {
        "multichoice" => answers::choices(element, language),
        "truefalse" => answers::true_false(element),
        "shortanswer" => answers::short_text(element),
        "numerical" => answers::numbers(element),
        "matching" => answers::pairs(element),
        "essay" => Ok(Interaction::ExtendedText),
        "description" => Ok(Interaction::Description),
        other => Err(Reason::UnknownType(excerpt(other))),
    }
}

/// Moodle's `penalty` is taken for another try, which there is not here; only the grade counts.
fn marks(element: &Element) -> Result<Marks, Reason> {
    let text = own_text(element, "defaultgrade");
    if text.is_empty() {
        return Ok(Marks::ONE);
    }
    // Moodle writes seven places.
    let shortened = match text.split_once('.') {
        Some((whole, places)) => format!("{whole}.{}", places.trim_end_matches('0')),
        None => text,
    };
    Ok(shortened.parse()?)
}

#[cfg(test)]
mod tests;
