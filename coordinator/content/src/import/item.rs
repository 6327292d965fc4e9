//! One row of a paper's file as an item and its key. All faults of the row are collected before it is given up.

use std::collections::BTreeSet;

use protocol::{
    ids::{ItemNo, OptionId},
    paper::{Choice, Item, ItemKind, Text},
    response::is_number,
};

use super::{
    columns::{Columns, MAIN_LANGUAGE, TextColumns, column_name, letter},
    fault::{ImportErrors, Problem, excerpt},
    table::Row,
};
use crate::{
    answer_key::{ItemKey, Key},
    marks::Marks,
};

/// Characters of a stem.
pub(crate) const STEM_CHARS_MAX: usize = 8_000;
/// Characters of an option.
pub(crate) const OPTION_CHARS_MAX: usize = 2_000;
/// Characters of a section's name.
pub(crate) const SECTION_CHARS_MAX: usize = 100;

/// How the row's item is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Choice,
    Choices,
    Number,
}

/// A row being read: where it stands and what is wrong with it so far.
struct Reading<'a> {
    row: &'a Row,
    columns: &'a Columns,
    errors: &'a mut ImportErrors,
}

/// What a row says.
pub(crate) struct ItemRow {
    pub(crate) line: u64,
    pub(crate) item: Item,
    pub(crate) key: ItemKey,
}

/// Reads one row; `place` is its place in the file, from 1. `None` when something was wrong, which is then in `errors`.
pub(crate) fn read(row: &Row, place: usize, columns: &Columns, errors: &mut ImportErrors) -> Option<ItemRow> {
    let before = errors.count();
    let mut reading = Reading { row, columns, errors };
    reading.check_width();
    let no = reading.number(place);
    let kind = reading.kind();
    let marks = reading.marks("marks", columns.marks, Marks::ONE);
    let penalty = reading.marks("penalty", columns.penalty, Marks::ZERO);
    let section = reading.bounded("section", columns.section, SECTION_CHARS_MAX);
    let stem = reading.stem();
    let choices = kind.map_or_else(Vec::new, |kind| reading.options(kind));
    let key = kind.and_then(|kind| reading.key(kind, choices.len()));
    if errors.count() > before {
        return None;
    }
    let kind = match kind? {
        Kind::Choice => ItemKind::Choice(choices),
        Kind::Choices => ItemKind::Choices(choices),
        Kind::Number => ItemKind::Number,
    };
    let item = Item {
        section,
        marks: marks.to_string(),
        penalty: penalty.to_string(),
        ..Item::plain(no?, kind, stem)
    };
    let key = ItemKey {
        key: key?,
        marks,
        penalty,
    };
    Some(ItemRow {
        line: row.line,
        item,
        key,
    })
}

impl Reading<'_> {
    fn fault(&mut self, column: &str, problem: &Problem) {
        self.errors.add(self.row.line, column, problem);
    }

    fn cell(&self, column: Option<usize>) -> &str {
        column.map_or("", |column| self.row.cell(column))
    }

    fn check_width(&mut self) {
        let held = self.row.cells.len();
        let named = self.columns.count;
        if self.row.cells.iter().skip(named).any(|cell| !cell.is_empty()) {
            self.fault("", &Problem::TooManyCells { held, named });
        }
    }

    fn number(&mut self, place: usize) -> Option<ItemNo> {
        let Some(column) = self.columns.item else {
            return u16::try_from(place).ok().map(ItemNo);
        };
        let text = self.row.cell(column);
        match text.parse::<u16>() {
            Ok(number) if number > 0 => Some(ItemNo(number)),
            Ok(_) | Err(_) => {
                let problem = Problem::not_a(text, "an item number; write a whole number from 1 to 65535");
                self.fault("item", &problem);
                None
            }
        }
    }

    fn kind(&mut self) -> Option<Kind> {
        let text = self.cell(self.columns.kind).to_ascii_lowercase();
        match text.as_str() {
            "choice" | "" => Some(Kind::Choice),
            "choices" => Some(Kind::Choices),
            "number" => Some(Kind::Number),
            other => {
                self.fault(
                    "kind",
                    &Problem::not_a(other, "a kind of item; write choice, choices or number"),
                );
                None
            }
        }
    }

    fn marks(&mut self, name: &str, column: Option<usize>, default: Marks) -> Marks {
        let text = self.cell(column);
        if text.is_empty() {
            return default;
        }
        text.parse().unwrap_or_else(|error| {
            self.fault(name, &Problem::Marks(error));
            default
        })
    }

    fn bounded(&mut self, name: &str, column: Option<usize>, max: usize) -> String {
        let text = self.cell(column).to_owned();
        let held = text.chars().count();
        if held > max {
            self.fault(name, &Problem::TooLong { held, max });
        }
        text
    }

    fn stem(&mut self) -> Text {
        let mut stem = Text::new();
        for (language, texts) in &self.columns.texts {
            let name = column_name("stem", language);
            let text = self.bounded(&name, texts.stem, STEM_CHARS_MAX);
            if !text.is_empty() {
                stem.insert(language.clone(), text);
            } else if language == MAIN_LANGUAGE {
                self.fault(&name, &Problem::EmptyCell("write the question"));
            } else {
                self.fault(&name, &Problem::NotTranslated(language.clone()));
            }
        }
        stem
    }

    fn options(&mut self, kind: Kind) -> Vec<Choice> {
        let Some(main) = self.columns.texts.get(MAIN_LANGUAGE) else {
            return Vec::new();
        };
        let count = self.option_count(main, kind);
        let mut choices: Vec<Choice> = (1..)
            .take(count)
            .map(|id| Choice::plain(OptionId(id), Text::new()))
            .collect();
        for (language, texts) in &self.columns.texts {
            self.option_texts(language, texts, &mut choices);
        }
        choices
    }

    /// How many options the main language has, without gaps.
    fn option_count(&mut self, main: &TextColumns, kind: Kind) -> usize {
        let filled = |column: &usize| !self.row.cell(*column).is_empty();
        let last = main
            .options
            .iter()
            .filter(|(_, column)| filled(column))
            .map(|(option, _)| *option)
            .max();
        let count = last.map_or(0, |last| last + 1);
        let gap = (0..count).find(|option| !main.options.get(option).is_some_and(filled));
        match (kind, last, gap) {
            (Kind::Number, Some(last), _) => {
                let name = letter(last).to_ascii_lowercase().to_string();
                self.fault(&name, &Problem::OptionOfNumber);
                0
            }
            (Kind::Number, None, _) => 0,
            (Kind::Choice | Kind::Choices, Some(last), Some(gap)) => {
                let name = letter(gap).to_ascii_lowercase().to_string();
                self.fault(&name, &Problem::OptionGap(letter(gap), letter(last)));
                count
            }
            (Kind::Choice | Kind::Choices, _, _) => {
                if count < 2 {
                    self.fault("a", &Problem::TooFewOptions);
                }
                count
            }
        }
    }

    fn option_texts(&mut self, language: &str, texts: &TextColumns, choices: &mut [Choice]) {
        for (option, choice) in choices.iter_mut().enumerate() {
            let name = column_name(&letter(option).to_ascii_lowercase().to_string(), language);
            let text = self.bounded(&name, texts.options.get(&option).copied(), OPTION_CHARS_MAX);
            if text.is_empty() && language != MAIN_LANGUAGE {
                self.fault(&name, &Problem::NotTranslated(language.to_owned()));
            }
            choice.text.insert(language.to_owned(), text);
        }
        let beyond = texts.options.range(choices.len()..);
        for (option, column) in beyond {
            if language != MAIN_LANGUAGE && !self.row.cell(*column).is_empty() {
                let name = column_name(&letter(*option).to_ascii_lowercase().to_string(), language);
                self.fault(&name, &Problem::TranslatedOnly);
            }
        }
    }

    fn key(&mut self, kind: Kind, options: usize) -> Option<Key> {
        let text = self.cell(self.columns.key);
        if text.is_empty() {
            self.fault("key", &Problem::EmptyCell("write what is right"));
            return None;
        }
        let key = match kind {
            Kind::Choice => choice_key(text, options),
            Kind::Choices => choices_key(text, options),
            Kind::Number => number_key(text),
        };
        key.map_err(|problem| self.fault("key", &problem)).ok()
    }
}

fn option_of(text: &str, options: usize) -> Option<Result<OptionId, Problem>> {
    let mut chars = text.chars();
    let (Some(letter @ ('A'..='Z' | 'a'..='z')), None) = (chars.next(), chars.next()) else {
        return None;
    };
    let given = letter.to_ascii_uppercase();
    let place = given as usize - 'A' as usize;
    if place < options {
        Some(Ok(OptionId(place as u8 + 1)))
    } else {
        let last = super::columns::letter(options.saturating_sub(1));
        Some(Err(Problem::NoSuchOption { given, last }))
    }
}

fn choice_key(text: &str, options: usize) -> Result<Key, Problem> {
    option_of(text, options)
        .ok_or_else(|| Problem::KeyNotOneOption(excerpt(text)))?
        .map(Key::Choice)
}

fn choices_key(text: &str, options: usize) -> Result<Key, Problem> {
    let mut right = BTreeSet::new();
    for part in text.split(';') {
        let option =
            option_of(part.trim(), options).ok_or_else(|| Problem::KeyNotOptions(excerpt(text)))??;
        if !right.insert(option) {
            return Err(Problem::OptionTwice(letter(usize::from(option.0 - 1))));
        }
    }
    Ok(Key::Choices(right))
}

fn number_key(text: &str) -> Result<Key, Problem> {
    let refused = || Problem::KeyNotNumber(excerpt(text));
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    let (from, to) = (from.trim(), to.trim());
    // `3...5` splits into `3` and `.5`, which is hardly what was meant.
    if to.starts_with('.') || !is_number(from) || !is_number(to) {
        return Err(refused());
    }
    let from = from.parse().map_err(|_| refused())?;
    let to = to.parse().map_err(|_| refused())?;
    if from > to {
        return Err(Problem::KeyRangeEmpty(excerpt(text)));
    }
    Ok(Key::Number { from, to })
}
