//! What can be wrong with an imported file, where, and what to do. The importers collect these; the ops API sends
//! [`RowError`] as JSON and `parikshactl` prints it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Errors that one import lists; more are only counted.
pub const ERRORS_MAX: usize = 10_000;

/// One fault of an imported file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("line {line}{}: {problem}", in_column(column))]
pub struct RowError {
    /// The line in the file on which the row begins, from 1.
    pub line: u64,
    /// The column's name; empty where the whole row or file is meant.
    pub column: String,
    /// What is wrong and what to do.
    pub problem: String,
}

fn in_column(column: &str) -> String {
    if column.is_empty() {
        String::new()
    } else {
        format!(", column {column}")
    }
}

/// Everything that is wrong with a file; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImportErrors {
    /// By line, at most [`ERRORS_MAX`].
    pub errors: Vec<RowError>,
    /// How many more there are.
    pub more: usize,
}

impl ImportErrors {
    pub(crate) fn only(line: u64, problem: &Problem) -> Self {
        let mut errors = Self::default();
        errors.add(line, "", problem);
        errors
    }

    pub(crate) fn add(&mut self, line: u64, column: &str, problem: &Problem) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(RowError {
                line,
                column: column.to_owned(),
                problem: problem.to_string(),
            });
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.errors.len() + self.more
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    pub(crate) fn sort(&mut self) {
        self.errors.sort_by_key(|error| error.line);
    }
}

impl fmt::Display for ImportErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            let line_end = if index == 0 { "" } else { "\n" };
            write!(f, "{line_end}{error}")?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for ImportErrors {}

/// A kind of fault, in the words of whoever made the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    // The file.
    #[error("the file has {bytes} bytes, at most {max} are read; split it")]
    FileTooLarge { bytes: usize, max: usize },
    #[error("the file is empty; nothing to import")]
    Empty,
    #[error("the file is UTF-16 text; save it as `CSV UTF-8 (comma delimited)`")]
    Utf16,
    #[error("the columns are separated by `{0}`; save the file with commas between the columns")]
    OtherSeparator(char),
    #[error("{0}")]
    Archive(#[from] crate::archive::ArchiveError),
    #[error(
        "the spreadsheet cannot be read ({0}); save it in its program once more, or save it as `CSV UTF-8`"
    )]
    Sheet(String),
    #[error("is a date; write it as text (put an apostrophe before it)")]
    CellIsADate,
    #[error("is an error of the spreadsheet ({0}); mend its formula")]
    CellIsAnError(String),
    #[error("the text is not UTF-8; save the file as `CSV UTF-8 (comma delimited)`")]
    NotUtf8,
    #[error("the row cannot be read as CSV ({0}); check its commas and quotes")]
    Csv(String),
    #[error("at most {0} rows are imported from one file; split it")]
    TooManyRows(usize),
    // The header.
    #[error("the first line must name the columns ({0})")]
    NoHeader(&'static str),
    #[error("the column is missing; the first line must name it ({0})")]
    MissingColumn(&'static str),
    #[error("`{0}` is not a column of this file; remove it or correct its name ({1})")]
    UnknownColumn(String, &'static str),
    #[error("the column stands twice in the first line; remove one")]
    ColumnTwice,
    // Rows.
    #[error("the row has {held} columns, at most {max} are read; check its commas")]
    RowTooWide { held: usize, max: usize },
    #[error("the row has {held} columns, the first line names {named}; check its commas and quotes")]
    TooManyCells { held: usize, named: usize },
    #[error("is empty; {0}")]
    EmptyCell(&'static str),
    #[error("is too long: {held} characters, at most {max}; shorten it")]
    TooLong { held: usize, max: usize },
    #[error("holds a control character (code {0}); remove it")]
    ControlCharacter(u32),
    #[error("`{given}` is not {expected}")]
    NotA { given: String, expected: &'static str },
    #[error("{what} {number} stands already in line {first}; each may stand only once")]
    Twice {
        what: &'static str,
        number: u32,
        first: u64,
    },
    #[error("{0}")]
    Marks(#[from] crate::marks::NotMarks),
    // Items.
    #[error("option {0} is empty but option {1} is not; options follow each other without a gap from A")]
    OptionGap(char, char),
    #[error("an item of this kind has at least two options; fill columns a and b")]
    TooFewOptions,
    #[error("an item of kind number has no options; empty this column or change the kind")]
    OptionOfNumber,
    #[error(
        "is empty, but the paper is given in `{0}`; give this text too or remove the columns of that language"
    )]
    NotTranslated(String),
    #[error(
        "is given, but the main language has no such option; remove it or fill the main language's column"
    )]
    TranslatedOnly,
    #[error("option {given} does not exist, the item has A to {last}")]
    NoSuchOption { given: char, last: char },
    #[error("option {0} is named twice; name each once")]
    OptionTwice(char),
    #[error("`{0}` is not one option; write its letter, e.g. B")]
    KeyNotOneOption(String),
    #[error("`{0}` is not a list of options; write their letters with semicolons between, e.g. A;C")]
    KeyNotOptions(String),
    #[error("`{0}` is not a number or a range; write e.g. 3.5 or 3.4..3.6")]
    KeyNotNumber(String),
    #[error("the range `{0}` is empty; write the smaller number first")]
    KeyRangeEmpty(String),
    #[error("`{0}` is not an order of all options; write their letters with semicolons between, e.g. C;A;B")]
    KeyNotAnOrder(String),
    #[error("`{0}` is no list of pairs that the item has; write row-column by their places, e.g. 1-2;2-1")]
    KeyNotPairs(String),
    #[error("an item of several parts has a key of its own; only dropped, bonus, marks can be changed")]
    KeyOfParts,
    #[error("nothing brings all marks; give what is right 100%")]
    KeyBringsTooLittle,
    #[error("{0}")]
    Share(String),
    #[error("at most {0} answers are accepted for one item; leave some out")]
    TooManyAccepted(usize),
    #[error("must be empty: {0}")]
    KeyNotEmpty(&'static str),
    #[error("`{0}` is no pair; write what is asked, an arrow and what belongs to it, e.g. Pune -> Mula")]
    NotAPair(String),
    #[error("the answer `{0}` stands twice and is not the same in another language; make it the same")]
    AnswerTranslatedTwice(String),
    #[error("a match has 2 to 26 pairs with at least two different answers; fill the columns from a on")]
    TooFewPairs,
    #[error("section `{0}` has another minimum in line {1}; give it once, or the same each time")]
    OtherMinimum(String, u64),
    #[error("the item stands in no section; a minimum belongs to one")]
    MinimumWithoutSection,
    #[error("{0}")]
    Told(String),
    #[error("options {0} and {1} say the same; check that the item is meant so")]
    SameOptions(char, char),
    // Rosters.
    #[error("the district `{given}` is not known; known are: {known}. Add it first or correct its name")]
    UnknownDistrict { given: String, known: String },
    #[error(
        "the seat is given already in line {first}, to another candidate of the same centre, batch and slot; give each a seat of their own"
    )]
    SeatTwice { first: u64 },
    #[error(
        "is less than the {0} minutes an hour that a candidate with a disability is due; write {0} or more, or leave it empty"
    )]
    TooLittleExtraTime(u32),
    #[error("`{0}` is missing in the zip; export the roster as OneRoster CSV in bulk again")]
    OneRosterFile(&'static str),
    #[error(
        "no organisation above `{given}` has the name of a district; known are: {known}. Name the district's organisation so"
    )]
    NoDistrictAbove { given: String, known: String },
    #[error(
        "is not an access code; leave it empty to have one made, or write 16 letters and digits in the form ABCD-EFGH-JKLM-NPQR, without I, O, 0 and 1"
    )]
    NotAnAccessCode,
}

impl Problem {
    pub(crate) fn not_a(given: &str, expected: &'static str) -> Self {
        Self::NotA {
            given: excerpt(given),
            expected,
        }
    }
}

/// The beginning of a cell, short enough to stand in a sentence.
pub(crate) fn excerpt(cell: &str) -> String {
    const CHARS: usize = 30;
    let mut text: String = cell.chars().take(CHARS).collect();
    if cell.chars().nth(CHARS).is_some() {
        text.push('…');
    }
    text
}
