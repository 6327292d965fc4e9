//! A corrected answer key from a spreadsheet: the ops API calls it with the key that is held. It gives a whole new key and
//! says how much was changed, never what was right before.
//!
//! | column | what | when left out |
//! |---|---|---|
//! | `item` | the item's number | required, but for a section's row |
//! | `key` | what is right, as [`super::key_text`] has it | as before |
//! | `also` | another key that is accepted as well; the word `none` removes those that were | as before |
//! | `dropped`, `bonus` | `yes` or `no` | as before |
//! | `marks`, `penalty` | marks for a right response; taken for a wrong one | as before |
//! | `case` | `yes` where capitals of a text must be as in the key | `no` |
//! | `section`, `minimum` | in a row without an item: the least that the section asks for; `none` for nothing | as before |

use std::collections::BTreeMap;

use protocol::{
    ids::ItemNo,
    limits::ITEMS_MAX,
    outline::{ItemOutline, Outline},
};

use super::{
    fault::{ImportErrors, Problem, excerpt},
    key_text::{Capitals, key_of},
    table::{self, Row},
};
use crate::{
    answer_key::{ALSO_MAX, AnswerKey, ItemKey, Key, Standing},
    marks::Marks,
};

const NAMES: &str = "item, key, also, dropped, bonus, marks, penalty, case, section, minimum";

/// The columns by their names, in the order of [`NAMES`].
const COLUMNS: [&str; 10] = [
    "item", "key", "also", "dropped", "bonus", "marks", "penalty", "case", "section", "minimum",
];

/// A corrected key, and how much is new in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Corrected {
    /// The whole key.
    pub key: AnswerKey,
    /// Items whose rows changed something.
    pub changed: usize,
    /// Items that are dropped now, whenever that was said.
    pub dropped: usize,
    /// Items that are a bonus now.
    pub bonus: usize,
}

/// Applies a file to a key. Taken whole or not at all.
pub fn correct(held: &AnswerKey, outline: &Outline, bytes: &[u8]) -> Result<Corrected, ImportErrors> {
    // Each item and each section can have a row, and the first line names the columns.
    let table = table::read(bytes, 2 * ITEMS_MAX + 1)?;
    let (first, rows) = table.first()?;
    let columns = columns(first)?;
    let mut errors = table.errors.clone();
    let mut key = held.clone();
    let mut lines: BTreeMap<ItemNo, u64> = BTreeMap::new();
    let mut changed = 0;
    for row in rows {
        let reading = Reading {
            row,
            columns: &columns,
        };
        match reading.apply(&mut key, outline, &mut lines) {
            Ok(true) => changed += 1,
            Ok(false) => {}
            Err((column, problem)) => errors.add(row.line, column, &problem),
        }
    }
    if rows.is_empty() && errors.is_empty() {
        errors.add(first.line, "", &Problem::Empty);
    }
    errors.sort();
    if !errors.is_empty() {
        return Err(errors);
    }
    let count = |standing| {
        key.items
            .values()
            .filter(|item| item.standing == standing)
            .count()
    };
    let (dropped, bonus) = (count(Standing::Dropped), count(Standing::Bonus));
    Ok(Corrected {
        key,
        changed,
        dropped,
        bonus,
    })
}

/// Where each column stands, by its name.
fn columns(header: &Row) -> Result<BTreeMap<&'static str, usize>, ImportErrors> {
    let mut columns = BTreeMap::new();
    let mut errors = ImportErrors::default();
    for (place, name) in header.cells.iter().enumerate() {
        let lower = name.to_ascii_lowercase();
        match COLUMNS.iter().find(|known| **known == lower) {
            Some(known) if columns.insert(*known, place).is_some() => {
                errors.add(header.line, known, &Problem::ColumnTwice);
            }
            Some(_) => {}
            None if name.is_empty() => {}
            None => errors.add(header.line, "", &Problem::UnknownColumn(excerpt(name), NAMES)),
        }
    }
    if !columns.contains_key("item") && !columns.contains_key("section") {
        errors.add(header.line, "item", &Problem::MissingColumn(NAMES));
    }
    if errors.is_empty() {
        Ok(columns)
    } else {
        Err(errors)
    }
}

/// A fault and the column that it stands in.
type Misplaced = (&'static str, Problem);

struct Reading<'a> {
    row: &'a Row,
    columns: &'a BTreeMap<&'static str, usize>,
}

impl Reading<'_> {
    fn cell(&self, name: &str) -> &str {
        self.columns.get(name).map_or("", |place| self.row.cell(*place))
    }

    /// Whether the row changed anything.
    fn apply(
        &self,
        key: &mut AnswerKey,
        outline: &Outline,
        lines: &mut BTreeMap<ItemNo, u64>,
    ) -> Result<bool, Misplaced> {
        if self.cell("item").is_empty() {
            return self.section(key);
        }
        let text = self.cell("item");
        let no = text.parse().map(ItemNo).ok();
        let found = no.and_then(|no| Some((no, outline.items.get(&no)?, key.items.get(&no)?.clone())));
        let (no, item, held) = found.ok_or_else(|| {
            (
                "item",
                Problem::not_a(text, "an item of this paper; write its number"),
            )
        })?;
        if let Some(first) = lines.insert(no, self.row.line) {
            let number = u32::from(no.0);
            let twice = Problem::Twice {
                what: "item",
                number,
                first,
            };
            return Err(("item", twice));
        }
        let made = self.item(&held, item)?;
        let is_changed = made != held;
        key.items.insert(no, made);
        Ok(is_changed)
    }

    fn item(&self, held: &ItemKey, outline: &ItemOutline) -> Result<ItemKey, Misplaced> {
        let mut item = held.clone();
        item.marks = self.marks("marks", held.marks)?;
        item.penalty = self.marks("penalty", held.penalty)?;
        if let (Key::Pairs(pairs), true) = (&mut item.key, item.marks != held.marks) {
            pairs.each = super::draft::each_of(item.marks, pairs.pairs.len());
        }
        let capitals = if self.says("case")? == Some(true) {
            Capitals::Matter
        } else {
            Capitals::DoNotMatter
        };
        let read = |column: &'static str| {
            key_of(outline, self.cell(column), item.marks, capitals).map_err(|problem| (column, problem))
        };
        if !self.cell("key").is_empty() {
            item.key = read("key")?;
        }
        match self.cell("also") {
            "" => {}
            "none" => item.also.clear(),
            _ if item.also.len() >= ALSO_MAX => return Err(("also", Problem::TooManyAccepted(ALSO_MAX))),
            _ => {
                let other = read("also")?;
                if !item.also.contains(&other) {
                    item.also.push(other);
                }
            }
        }
        item.standing = self.standing(held.standing)?;
        if item.fits(outline) {
            Ok(item)
        } else {
            Err((
                "key",
                Problem::not_a(self.cell("key"), "a key that fits the item"),
            ))
        }
    }

    fn standing(&self, held: Standing) -> Result<Standing, Misplaced> {
        let (dropped, bonus) = (self.says("dropped")?, self.says("bonus")?);
        match (dropped, bonus) {
            (Some(true), Some(true)) => {
                let why = "an item is either dropped or a bonus";
                Err(("bonus", Problem::KeyNotEmpty(why)))
            }
            (Some(true), _) => Ok(Standing::Dropped),
            (_, Some(true)) => Ok(Standing::Bonus),
            (Some(false), _) if held == Standing::Dropped => Ok(Standing::Counts),
            (_, Some(false)) if held == Standing::Bonus => Ok(Standing::Counts),
            _ => Ok(held),
        }
    }

    fn says(&self, name: &'static str) -> Result<Option<bool>, Misplaced> {
        match self.cell(name).to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "yes" => Ok(Some(true)),
            "no" => Ok(Some(false)),
            other => Err((name, Problem::not_a(other, "yes or no"))),
        }
    }

    fn marks(&self, name: &'static str, held: Marks) -> Result<Marks, Misplaced> {
        match self.cell(name) {
            "" => Ok(held),
            text => text.parse().map_err(|error| (name, Problem::Marks(error))),
        }
    }

    fn section(&self, key: &mut AnswerKey) -> Result<bool, Misplaced> {
        let name = self.cell("section");
        let section = key.sections.iter_mut().find(|section| section.name == name);
        let Some(section) = section else {
            let problem = if name.is_empty() {
                return Err((
                    "item",
                    Problem::EmptyCell("write the item's number, or a section's name"),
                ));
            } else {
                Problem::not_a(name, "a section of this paper")
            };
            return Err(("section", problem));
        };
        let minimum = match self.cell("minimum") {
            "" => {
                return Err((
                    "minimum",
                    Problem::EmptyCell("write the section's minimum, or none"),
                ));
            }
            "none" => None,
            text => Some(text.parse().map_err(|error| ("minimum", Problem::Marks(error)))?),
        };
        let is_changed = section.minimum != minimum;
        section.minimum = minimum;
        Ok(is_changed)
    }
}

#[cfg(test)]
mod tests;
