//! A paper from a CSV file, or from the first sheet of an Excel workbook. `parikshactl paper import` and the ops API call it.
//!
//! The first line names the columns, in any order:
//!
//! | column | what | when left out |
//! |---|---|---|
//! | `item` | the item's number, from 1 | the rows are counted |
//! | `section` | the section it stands in | no section |
//! | `kind` | `choice`, `choices`, `number`, `text`, `order`, `match` or `long` | `choice` |
//! | `marks` | marks for a right response, e.g. `1` or `0.5` | 1 |
//! | `penalty` | marks taken for a wrong response, without a sign | 0 |
//! | `key` | `B`; `A;C`; `3.5` or `3.4..3.6`, both ends included; more in [`super::key_text`] | required, but for `match` and `long` |
//! | `case` | `yes` where capitals of a text must be as in the key | `no` |
//! | `minimum` | the least that the item's section asks for | none |
//! | `stem` | the question, in English | required |
//! | `a` to `z` | the options, from `a` without a gap; of a match its pairs, `Pune -> Mula` | |
//! | `stem_hi`, `a_hi` … | the same in another language (`hi`, `mr`, …) | the paper has not that language |
//!
//! A language that has columns must be complete. A file without such a line whose rows are
//! `question,A,B,C,D,letter` is recognised too: one choice, one mark, no penalty.

mod drafts;

use std::collections::BTreeMap;

pub use drafts::drafts;
use protocol::{
    ids::{ItemNo, PaperId, PaperRef, PaperVersion},
    limits::ITEMS_MAX,
    paper::{Item, Paper, PaperOrder, Text},
};

use super::{
    columns::{Columns, MAIN_LANGUAGE, letter},
    fault::{ImportErrors, Problem, RowError},
    item::{self, ItemRow},
    sheet,
    table::{self, Row, Table},
};
use crate::{
    answer_key::{AnswerKey, ItemKey, Section},
    archive::{Archive, ArchiveLimits},
    marks::Marks,
};

/// Characters of a paper's title.
const TITLE_CHARS_MAX: usize = 200;

const WHAT_IT_NEEDS: &str = "at least `stem` and `key`, see the description of the format";

/// An imported paper and, apart from it, its answer key. Both have the number 0v0 until [`Imported::numbered`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// What candidates see.
    pub paper: Paper,
    /// What stays at the centre.
    pub key: AnswerKey,
    /// What is allowed but looks like a slip, e.g. two options that say the same.
    pub warnings: Vec<RowError>,
}

impl Imported {
    /// The same paper and key under the number that the centre gave.
    #[must_use]
    pub fn numbered(mut self, paper: PaperRef) -> Self {
        self.paper.paper = paper;
        self.key.paper = paper;
        self
    }
}

/// What could be imported of a file with faults, and the faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartlyImported {
    /// The items without a fault.
    pub imported: Imported,
    /// The others; none for a faultless file.
    pub errors: ImportErrors,
}

/// Imports a paper whole, or not at all.
pub fn paper(bytes: &[u8], title: &str) -> Result<Imported, ImportErrors> {
    let partly = paper_partly(bytes, title)?;
    if partly.errors.is_empty() {
        Ok(partly.imported)
    } else {
        Err(partly.errors)
    }
}

/// Imports the rows without a fault and lists the others. Fails when there is none, or the file is wrong as a whole.
pub fn paper_partly(bytes: &[u8], title: &str) -> Result<PartlyImported, ImportErrors> {
    check_title(title)?;
    let Read {
        languages,
        items,
        mut errors,
    } = read(bytes)?;
    if items.is_empty() {
        if errors.is_empty() {
            errors.add(1, "", &Problem::Empty);
        }
        return Err(errors);
    }
    Ok(PartlyImported {
        imported: assemble(title, languages, items),
        errors,
    })
}

/// A file that has been read: its rows without a fault, and the faults of the others.
struct Read {
    languages: Vec<String>,
    items: BTreeMap<ItemNo, ItemRow>,
    errors: ImportErrors,
}

fn read(bytes: &[u8]) -> Result<Read, ImportErrors> {
    let table = table_of(bytes)?;
    let (columns, rows) = columns_of(&table)?;
    let mut errors = table.errors.clone();
    let mut items = BTreeMap::new();
    for (place, row) in (1..).zip(rows) {
        if let Some(read) = item::read(row, place, &columns, &mut errors) {
            keep(read, &mut items, &mut errors);
        }
    }
    check_minimums(&items, &mut errors);
    errors.sort();
    if items.len() > ITEMS_MAX {
        return Err(ImportErrors::only(1, &Problem::TooManyRows(ITEMS_MAX)));
    }
    Ok(Read {
        languages: columns.languages(),
        items,
        errors,
    })
}

/// The rows of a CSV file, or of a workbook's first sheet.
fn table_of(bytes: &[u8]) -> Result<Table, ImportErrors> {
    // One more for the header.
    let rows_max = ITEMS_MAX + 1;
    if !Archive::is_one(bytes) {
        return table::read(bytes, rows_max);
    }
    let archive = Archive::open(bytes, ArchiveLimits::default())
        .map_err(|error| ImportErrors::only(1, &Problem::Archive(error)))?;
    sheet::read(archive, rows_max)
}

pub(crate) fn check_title(title: &str) -> Result<(), ImportErrors> {
    let held = title.chars().count();
    let problem = if title.trim().is_empty() {
        Problem::EmptyCell("give the paper a title")
    } else if held > TITLE_CHARS_MAX {
        Problem::TooLong {
            held,
            max: TITLE_CHARS_MAX,
        }
    } else {
        return Ok(());
    };
    let mut errors = ImportErrors::default();
    errors.add(0, "title", &problem);
    Err(errors)
}

/// The columns, and the rows that hold items.
fn columns_of(table: &Table) -> Result<(Columns, &[Row]), ImportErrors> {
    let (first, rest) = table.first()?;
    if Columns::are_named_by(first) {
        return Ok((Columns::of_header(first)?, rest));
    }
    if Columns::are_six_in(first) {
        return Ok((Columns::six(), &table.rows));
    }
    let problem = match table::other_separator(first) {
        Some(separator) => Problem::OtherSeparator(separator),
        None => Problem::NoHeader(WHAT_IT_NEEDS),
    };
    Err(ImportErrors::only(first.line, &problem))
}

fn keep(read: ItemRow, items: &mut BTreeMap<ItemNo, ItemRow>, errors: &mut ImportErrors) {
    let no = read.item.no;
    match items.get(&no) {
        Some(standing) => errors.add(
            read.line,
            "item",
            &Problem::Twice {
                what: "item",
                number: u32::from(no.0),
                first: standing.line,
            },
        ),
        None => {
            items.insert(no, read);
        }
    }
}

fn assemble(title: &str, languages: Vec<String>, rows: BTreeMap<ItemNo, ItemRow>) -> Imported {
    let paper_ref = PaperRef {
        paper: PaperId(0),
        version: PaperVersion(0),
    };
    let mut warnings = ImportErrors::default();
    let mut items: Vec<Item> = Vec::with_capacity(rows.len());
    let mut keys: BTreeMap<ItemNo, ItemKey> = BTreeMap::new();
    let mut minimums = BTreeMap::new();
    for (no, row) in rows {
        warn_of_same_options(&row, &mut warnings);
        if let Some(minimum) = row.minimum {
            minimums.entry(row.item.section.clone()).or_insert(minimum);
        }
        keys.insert(no, row.key);
        items.push(row.item);
    }
    let sections = sections_of(&items, &minimums);
    Imported {
        paper: Paper {
            paper: paper_ref,
            title: Text::from([(MAIN_LANGUAGE.to_owned(), title.trim().to_owned())]),
            languages,
            items,
            order: PaperOrder::Shuffled,
            stimuli: Vec::new(),
            pictures: BTreeMap::new(),
        },
        key: AnswerKey {
            paper: paper_ref,
            items: keys,
            sections,
        },
        warnings: warnings.errors,
    }
}

/// The sections of a paper by their names, with what they ask for at least.
pub(crate) fn sections_of(items: &[Item], minimums: &BTreeMap<String, Marks>) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for item in items.iter().filter(|item| !item.section.is_empty()) {
        match sections.iter_mut().find(|section| section.name == item.section) {
            Some(section) => {
                section.items.insert(item.no);
            }
            None => sections.push(Section {
                name: item.section.clone(),
                items: [item.no].into(),
                minimum: minimums.get(&item.section).copied(),
            }),
        }
    }
    sections
}

/// A section has one minimum, wherever it is written.
fn check_minimums(rows: &BTreeMap<ItemNo, ItemRow>, errors: &mut ImportErrors) {
    let mut known: BTreeMap<&str, (Marks, u64)> = BTreeMap::new();
    for row in rows.values() {
        let Some(minimum) = row.minimum else { continue };
        let section = row.item.section.as_str();
        let (first, line) = *known.entry(section).or_insert((minimum, row.line));
        if first != minimum {
            errors.add(
                row.line,
                "minimum",
                &Problem::OtherMinimum(section.to_owned(), line),
            );
        }
    }
}

fn warn_of_same_options(row: &ItemRow, warnings: &mut ImportErrors) {
    let choices = row.item.kind.options();
    for (place, choice) in choices.iter().enumerate() {
        let earlier = choices[..place]
            .iter()
            .position(|other| other.text.get(MAIN_LANGUAGE) == choice.text.get(MAIN_LANGUAGE));
        if let Some(earlier) = earlier {
            warnings.add(
                row.line,
                "",
                &Problem::SameOptions(letter(earlier), letter(place)),
            );
        }
    }
}

#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod tests;
