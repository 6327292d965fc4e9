//! One row of a paper's file as an item and its key. All faults of the row are collected before it is given up.

mod pairs;

use protocol::{
    ids::{ItemNo, OptionId},
    paper::{Choice, Item, ItemKind, Text},
};

use super::{
    columns::{Columns, MAIN_LANGUAGE, TextColumns, column_name, letter},
    draft::{long_text, order, short_text},
    fault::{ImportErrors, Problem},
    key_text::{self, Capitals},
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
    Text,
    Order,
    Match,
    Long,
}

impl Kind {
    /// Whether the columns from `a` on hold what is chosen, ordered or matched.
    fn has_options(self) -> bool {
        !matches!(self, Self::Number | Self::Text | Self::Long)
    }
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
    /// The least that the row's section asks for.
    pub(crate) minimum: Option<Marks>,
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
    let minimum = reading.minimum(&section);
    if kind == Some(Kind::Long) && penalty != Marks::ZERO {
        reading.fault("penalty", &Problem::KeyNotEmpty("a person marks the item"));
    }
    let choices = kind.map_or_else(Vec::new, |kind| reading.options(kind));
    let answered = kind.and_then(|kind| reading.answered(kind, choices, marks));
    if errors.count() > before {
        return None;
    }
    let (kind, key) = answered?;
    let key = ItemKey::new(key, marks, penalty);
    let item = Item {
        section,
        is_marked_by_hand: key.key == Key::ByHand,
        marks: marks.to_string(),
        penalty: key.greatest_penalty().to_string(),
        ..Item::plain(no?, kind, stem)
    };
    Some(ItemRow {
        line: row.line,
        item,
        key,
        minimum,
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
            "text" => Some(Kind::Text),
            "order" => Some(Kind::Order),
            "match" => Some(Kind::Match),
            "long" => Some(Kind::Long),
            other => {
                self.fault(
                    "kind",
                    &Problem::not_a(
                        other,
                        "a kind of item; write choice, choices, number, text, order, match or long",
                    ),
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
            (kind, Some(last), _) if !kind.has_options() => {
                let name = letter(last).to_ascii_lowercase().to_string();
                self.fault(&name, &Problem::OptionOfNumber);
                0
            }
            (kind, None, _) if !kind.has_options() => 0,
            (_, Some(last), Some(gap)) => {
                let name = letter(gap).to_ascii_lowercase().to_string();
                self.fault(&name, &Problem::OptionGap(letter(gap), letter(last)));
                count
            }
            (_, _, _) => {
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

    fn minimum(&mut self, section: &str) -> Option<Marks> {
        let text = self.cell(self.columns.minimum);
        if text.is_empty() {
            return None;
        }
        let read = match text.parse() {
            Ok(_) if section.is_empty() => Err(Problem::MinimumWithoutSection),
            Ok(marks) => Ok(marks),
            Err(error) => Err(Problem::Marks(error)),
        };
        read.map_err(|problem| self.fault("minimum", &problem)).ok()
    }

    fn capitals(&mut self) -> Capitals {
        let text = self.cell(self.columns.case).to_ascii_lowercase();
        match text.as_str() {
            "" | "no" => Capitals::DoNotMatter,
            "yes" => Capitals::Matter,
            other => {
                let problem =
                    Problem::not_a(other, "yes or no; write yes where capitals must be as in the key");
                self.fault("case", &problem);
                Capitals::DoNotMatter
            }
        }
    }

    /// How the item is answered, and what is right.
    fn answered(&mut self, kind: Kind, choices: Vec<Choice>, marks: Marks) -> Option<(ItemKind, Key)> {
        let capitals = self.capitals();
        let text = self.cell(self.columns.key);
        let answered = match kind {
            Kind::Match | Kind::Long if !text.is_empty() => {
                let why = match kind {
                    Kind::Match => "the pairs themselves say what is right",
                    _ => "a person marks the item",
                };
                Err(("key", Problem::KeyNotEmpty(why)))
            }
            Kind::Long => Ok((long_text(), Key::ByHand)),
            Kind::Match => pairs::matched(&choices, marks).map_err(|problem| ("a", problem)),
            _ if text.is_empty() => Err(("key", Problem::EmptyCell("write what is right"))),
            Kind::Choice => key_text::choice(text, choices.len())
                .map(|key| (ItemKind::Choice(choices), key))
                .map_err(|problem| ("key", problem)),
            Kind::Choices => key_text::choices(text, choices.len())
                .map(|key| (ItemKind::Choices(choices), key))
                .map_err(|problem| ("key", problem)),
            Kind::Order => key_text::order(text, choices.len())
                .map(|key| (order(choices), key))
                .map_err(|problem| ("key", problem)),
            Kind::Number => key_text::number(text)
                .map(|key| (ItemKind::Number, key))
                .map_err(|problem| ("key", problem)),
            Kind::Text => key_text::texts(text, capitals)
                .map(|key| (short_text(), key))
                .map_err(|problem| ("key", problem)),
        };
        answered
            .map_err(|(column, problem)| self.fault(column, &problem))
            .ok()
    }
}
