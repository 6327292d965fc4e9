//! Questions in GIFT, the text format of Moodle and others. `parikshactl paper check` calls it.
//!
//! Read are: names, the markups `[html]`, `[moodle]`, `[plain]`, `[markdown]`, escapes (`\~ \= \# \{ \} \: \\ \n`),
//! categories, comments with ids and tags, one and several choices with weights, true and false, short texts, numbers with
//! tolerance and ranges, pairs, essays, texts without a question, answers within the stem, feedback (kept aside).
//! A question ends at a blank line, as in Moodle; the answers' braces must be closed before it.

mod answers;
mod blocks;
mod numbers;
mod rich;

use super::{
    draft::{Draft, Interaction, Markup, Passage, PassageFault, Passages},
    drafts::{Drafts, Reason, Refusal},
    text_file,
};
use blocks::Block;

/// Stands in a stem where its answer belongs.
const GAP: &str = "_____";

/// Reads a file; its texts are in this language.
pub fn read(bytes: &[u8], language: &str) -> Result<Drafts, Refusal> {
    let text = text_file::text(bytes)?;
    text_file::check_markup(bytes)?;
    let mut drafts = Drafts::default();
    let mut category = None;
    for mut block in blocks::blocks(&text) {
        if let Some(named) = block.take_category() {
            category = Some(named);
        }
        if block.is_empty() {
            continue;
        }
        drafts.check_room()?;
        let draft = question(&block, language).map(|draft| Draft {
            category: category.clone(),
            ..draft
        });
        drafts.add(draft.map_err(|Fault { line, reason }| Refusal::question(line, &block.name(), &reason)));
    }
    // A file of categories alone is a file of GIFT too.
    if category.is_some() {
        return Ok(drafts);
    }
    drafts.not_empty()
}

/// What is wrong, and where.
pub(super) struct Fault {
    line: u64,
    reason: Reason,
}

fn question(block: &Block<'_>, language: &str) -> Result<Draft, Fault> {
    let text = block.text.as_str();
    let whole = |reason| Fault {
        line: block.line_at(0),
        reason,
    };
    let (title, body_from) = rich::title(text).ok_or_else(|| whole(Reason::OpenTitle))?;
    let cut = rich::cut(text, body_from).map_err(|(place, reason)| Fault {
        line: block.line_at(place),
        reason,
    })?;
    let (markup, mut stem) = rich::rich(cut.before, Markup::Moodle);
    let interaction;
    let mut feedback = None;
    let mut is_embedded = false;
    if let Some((from, answers)) = cut.answers {
        let in_answers = |(place, reason)| Fault {
            line: block.line_at(from + place),
            reason,
        };
        let read = answers::read(answers, markup, language).map_err(in_answers)?;
        (interaction, feedback) = (read.interaction, read.feedback);
        if !cut.after.trim().is_empty() {
            is_embedded = true;
            stem = format!("{stem} {GAP} {}", rich::written(cut.after, markup));
        }
    } else {
        interaction = Interaction::Description;
    }
    if stem.is_empty() {
        return Err(whole(Reason::NoStem));
    }
    let stem = passage("the question", markup, &stem).map_err(whole)?;
    let mut draft = Draft::new(block.line_at(0), texts(language, stem), interaction);
    (draft.title, draft.feedback, draft.is_embedded) = (title, feedback, is_embedded);
    (draft.id, draft.tags) = (block.id.clone(), block.tags.clone());
    Ok(draft)
}

fn passage(part: &'static str, markup: Markup, written: &str) -> Result<Passage, Reason> {
    Passage::new(markup, written).map_err(|fault: PassageFault| Reason::Passage { part, fault })
}

fn texts(language: &str, passage: Passage) -> Passages {
    Passages::from([(language.to_owned(), passage)])
}

#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod tests;
