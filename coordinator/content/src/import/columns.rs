//! Which column of a paper's file means what: read from the first line once, asked for every row.

use std::collections::BTreeMap;

use protocol::limits::OPTIONS_MAX;

use super::{
    fault::{ImportErrors, Problem, excerpt},
    table::Row,
};

/// The language of the columns without a language's code.
pub(crate) const MAIN_LANGUAGE: &str = "en";

/// Languages of one paper; more is a slip in the header.
const LANGUAGES_MAX: usize = 8;

const NAMES: &str = "item, section, minimum, kind, marks, penalty, key, case, stem, a to z, and for another language stem_hi, a_hi to z_hi";

/// Where everything stands. Numbers are places in a row.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(crate) item: Option<usize>,
    pub(crate) section: Option<usize>,
    pub(crate) kind: Option<usize>,
    pub(crate) marks: Option<usize>,
    pub(crate) penalty: Option<usize>,
    pub(crate) key: Option<usize>,
    pub(crate) case: Option<usize>,
    pub(crate) minimum: Option<usize>,
    /// By language, the main one too.
    pub(crate) texts: BTreeMap<String, TextColumns>,
    /// How many columns the header names.
    pub(crate) count: usize,
}

/// The columns of one language.
#[derive(Debug, Default)]
pub(crate) struct TextColumns {
    /// The question.
    pub(crate) stem: Option<usize>,
    /// The options by their place, from 0 for A.
    pub(crate) options: BTreeMap<usize, usize>,
}

/// A column's meaning.
enum Meaning {
    Item,
    Section,
    Kind,
    Marks,
    Penalty,
    Key,
    Case,
    Minimum,
    Stem(String),
    Option(usize, String),
}

impl Columns {
    /// The columns of a file without a header: question, A, B, C, D, key.
    pub(crate) fn six() -> Self {
        let main = TextColumns {
            stem: Some(0),
            options: (0..4).map(|option| (option, option + 1)).collect(),
        };
        Self {
            key: Some(5),
            texts: [(MAIN_LANGUAGE.to_owned(), main)].into(),
            count: 6,
            ..Self::default()
        }
    }

    /// Whether a first line looks like one that names columns.
    pub(crate) fn are_named_by(row: &Row) -> bool {
        let names = |wanted: &str| row.cells.iter().any(|cell| cell.eq_ignore_ascii_case(wanted));
        names("stem") || (names("key") && (names("item") || names("kind")))
    }

    /// Whether a first line looks like a row of the form without a header.
    pub(crate) fn are_six_in(row: &Row) -> bool {
        row.cells.len() == 6 && matches!(row.cell(5), "A" | "B" | "C" | "D")
    }

    /// Reads the header.
    pub(crate) fn of_header(row: &Row) -> Result<Self, ImportErrors> {
        let mut columns = Self {
            count: row.cells.len(),
            ..Self::default()
        };
        let mut errors = ImportErrors::default();
        for (index, name) in row.cells.iter().enumerate() {
            let Some(meaning) = Meaning::of(&name.to_ascii_lowercase()) else {
                // Spreadsheets leave unnamed columns at the end; they may stand there as long as they are empty.
                if !name.is_empty() {
                    errors.add(row.line, "", &Problem::UnknownColumn(excerpt(name), NAMES));
                }
                continue;
            };
            if columns.put(meaning, index).is_some() {
                errors.add(row.line, name, &Problem::ColumnTwice);
            }
        }
        if columns.key.is_none() {
            errors.add(row.line, "key", &Problem::MissingColumn(NAMES));
        }
        columns.check_languages(row.line, &mut errors);
        if errors.is_empty() {
            Ok(columns)
        } else {
            Err(errors)
        }
    }

    /// Keeps a column's place; returns the place that stood there.
    fn put(&mut self, meaning: Meaning, index: usize) -> Option<usize> {
        match meaning {
            Meaning::Item => self.item.replace(index),
            Meaning::Section => self.section.replace(index),
            Meaning::Kind => self.kind.replace(index),
            Meaning::Marks => self.marks.replace(index),
            Meaning::Penalty => self.penalty.replace(index),
            Meaning::Key => self.key.replace(index),
            Meaning::Case => self.case.replace(index),
            Meaning::Minimum => self.minimum.replace(index),
            Meaning::Stem(language) => self.texts.entry(language).or_default().stem.replace(index),
            Meaning::Option(option, language) => {
                let texts = self.texts.entry(language).or_default();
                texts.options.insert(option, index)
            }
        }
    }

    fn check_languages(&self, line: u64, errors: &mut ImportErrors) {
        if !self.texts.contains_key(MAIN_LANGUAGE) {
            errors.add(line, "stem", &Problem::MissingColumn(NAMES));
        }
        for (language, texts) in &self.texts {
            if texts.stem.is_none() {
                errors.add(
                    line,
                    &column_name("stem", language),
                    &Problem::MissingColumn(NAMES),
                );
            }
        }
        if self.texts.len() > LANGUAGES_MAX {
            let problem = Problem::not_a(
                &self.texts.len().to_string(),
                "a possible number of languages; a paper has at most eight",
            );
            errors.add(line, "", &problem);
        }
    }

    /// The languages, the main one first.
    pub(crate) fn languages(&self) -> Vec<String> {
        let others = self.texts.keys().filter(|language| *language != MAIN_LANGUAGE);
        std::iter::once(MAIN_LANGUAGE.to_owned())
            .chain(others.cloned())
            .collect()
    }
}

impl Meaning {
    fn of(name: &str) -> Option<Self> {
        let (base, language) = match name.split_once('_') {
            Some((base, language)) => {
                let is_code = (2..=3).contains(&language.len())
                    && language.bytes().all(|byte| byte.is_ascii_lowercase());
                (base, is_code.then(|| language.to_owned())?)
            }
            None => (name, MAIN_LANGUAGE.to_owned()),
        };
        let is_plain = base == name;
        match base {
            "item" if is_plain => Some(Self::Item),
            "section" if is_plain => Some(Self::Section),
            "kind" if is_plain => Some(Self::Kind),
            "marks" if is_plain => Some(Self::Marks),
            "penalty" if is_plain => Some(Self::Penalty),
            "key" if is_plain => Some(Self::Key),
            "case" if is_plain => Some(Self::Case),
            "minimum" if is_plain => Some(Self::Minimum),
            "stem" => Some(Self::Stem(language)),
            _ => match base.as_bytes() {
                [letter @ b'a'..=b'z'] => Some(Self::Option(usize::from(letter - b'a'), language)),
                _ => None,
            },
        }
    }
}

/// A text column's name in the file.
pub(crate) fn column_name(base: &str, language: &str) -> String {
    if language == MAIN_LANGUAGE {
        base.to_owned()
    } else {
        format!("{base}_{language}")
    }
}

/// The letter of an option by its place, from 0.
pub(crate) fn letter(option: usize) -> char {
    debug_assert!(option < OPTIONS_MAX, "columns name 26 options");
    char::from(b'A' + option.min(OPTIONS_MAX - 1) as u8)
}
