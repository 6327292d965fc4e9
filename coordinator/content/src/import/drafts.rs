//! What an importer gives back: the drafts of a file, and by name what it refused. One face for all importers of questions.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    draft::{Draft, NotAFraction, PassageFault},
    fault::excerpt,
};
use crate::{marks::NotMarks, xml::XmlFault};

/// Questions of one file.
pub const DRAFTS_MAX: usize = 5_000;

/// Refusals that one import lists; more are only counted.
pub const REFUSALS_MAX: usize = 200;

/// Words of a question's name in a message; it is cut shorter still.
const NAME_WORDS_MAX: usize = 30;

/// The questions of a file.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Drafts {
    /// In the file's order.
    pub drafts: Vec<Draft>,
    /// What was not taken; by line, at most [`REFUSALS_MAX`].
    pub refused: Vec<Refusal>,
    /// How many more were not taken.
    pub more_refused: usize,
}

/// Something that was not imported: where it is, what it is, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The line of the file, from 1; 0 for the file as a whole.
    pub line: u64,
    /// What is refused: `the file`, or the question by its title or first words.
    pub what: String,
    /// Why, and what to do.
    pub why: String,
}

impl Refusal {
    /// A whole file.
    pub(crate) fn file(reason: &Reason) -> Self {
        Self {
            line: 0,
            what: "the file".to_owned(),
            why: reason.to_string(),
        }
    }

    /// A question, named by what is known of it.
    pub(crate) fn question(line: u64, name: &str, reason: &Reason) -> Self {
        let words: Vec<&str> = name.split_whitespace().take(NAME_WORDS_MAX).collect();
        let what = match words.join(" ").as_str() {
            "" => "a question".to_owned(),
            name => format!("question `{}`", excerpt(name)),
        };
        Self {
            line,
            what,
            why: reason.to_string(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl Drafts {
    /// Keeps what an importer made of one question.
    pub(crate) fn add(&mut self, draft: Result<Draft, Refusal>) {
        match draft {
            Ok(draft) => self.drafts.push(draft),
            Err(refusal) if self.refused.len() < REFUSALS_MAX => self.refused.push(refusal),
            Err(_) => self.more_refused += 1,
        }
    }

    /// Whether another question may be read.
    pub(crate) fn check_room(&self) -> Result<(), Refusal> {
        if self.drafts.len() + self.refused.len() + self.more_refused < DRAFTS_MAX {
            Ok(())
        } else {
            Err(Refusal::file(&Reason::TooManyQuestions))
        }
    }

    /// The same, unless there is nothing in it.
    pub(crate) fn not_empty(self) -> Result<Self, Refusal> {
        if self.drafts.is_empty() && self.refused.is_empty() {
            return Err(Refusal::file(&Reason::NoQuestions));
        }
        Ok(self)
    }
}

/// Why something is refused, in the words of whoever made the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Reason {
    // The file.
    #[error("{0}")]
    Told(String),
    #[error("archives within archives are not opened; pack one folder")]
    ArchiveWithin,
    #[error("the file has {bytes} bytes, at most {max} are read; split it")]
    TooLarge { bytes: usize, max: usize },
    #[error("the file is UTF-16 text; save it as UTF-8")]
    Utf16,
    #[error("the text is not UTF-8; save the file as UTF-8")]
    NotUtf8,
    #[error("the file has more than {0} HTML tags; simplify its texts, or split it")]
    TooMuchMarkup(usize),
    #[error("there is no question in it")]
    NoQuestions,
    #[error("at most {DRAFTS_MAX} questions are read from one file; split it")]
    TooManyQuestions,
    #[error("{0}")]
    Xml(XmlFault),
    #[error("the root element is `{0}`, not `quiz`; this is not Moodle XML")]
    NotMoodle(String),
    // A question's texts and numbers.
    #[error("{part}: {fault}")]
    Passage { part: &'static str, fault: PassageFault },
    #[error("the text holds parts for several languages (multilang); give a file for each language")]
    Multilang,
    #[error("{0}")]
    Fraction(#[from] NotAFraction),
    #[error("{0}")]
    Marks(#[from] NotMarks),
    #[error("`{0}` is not a plain number; write digits with an optional minus and decimal point, e.g. -3.5")]
    NotANumber(String),
    #[error("the range from {0} is empty; write the smaller number first, and a tolerance without a sign")]
    EmptyRange(String),
    #[error("the question has no text; write it before the answers")]
    NoStem,
    #[error("more than {0} answers; split the question")]
    TooManyAnswers(usize),
    // GIFT.
    #[error(
        "the brace that opens the answers is not closed before the next blank line; close it, or write \\{{ for a brace in the text"
    )]
    OpenBrace,
    #[error("a brace stands where none belongs; write \\{{ or \\}} for a brace in the text")]
    StrayBrace,
    #[error(
        "`{0}` stands before the first answer; answers begin with = or ~, true and false are written TRUE and FALSE"
    )]
    NotAnAnswer(String),
    #[error("`=` stands within the HTML element `{0}`, where GIFT takes it for the next answer; write \\=")]
    EqualsInElement(String),
    #[error("some answers are pairs (->) and some are not; make all of them pairs or none")]
    MixedPairs,
    #[error("the pair `{0}` has no answer after the arrow; write one")]
    PairWithoutAnswer(String),
    #[error("the name between :: and :: is not closed; close it")]
    OpenTitle,
    // Aiken.
    #[error(
        "`{0}` stands after the options and is not `ANSWER: ` with a letter; each question ends with such a line"
    )]
    NotAnAnswerLine(String),
    #[error("the question has no line `ANSWER: ` with a letter; write it after the options")]
    NoAnswerLine,
    #[error(
        "option {found} stands where option {expected} belongs; options follow each other from A, each on its own line"
    )]
    OptionOrder { found: char, expected: char },
    #[error("`{0}` is not one of the options; write one of their letters")]
    NoSuchOption(String),
    #[error(
        "the question's text has more than {0} lines; end each question with a line `ANSWER: ` and a letter"
    )]
    TooManyLines(usize),
    // Moodle XML.
    #[error("questions of type {0} are not imported; give it another type, or leave it out")]
    UnknownType(String),
    #[error("`{element}` is `{given}`, which is not {expected}")]
    ElementValue {
        element: &'static str,
        given: String,
        expected: &'static str,
    },
    #[error(
        "the numeric answers have units, which are not imported; ask for the plain number and name the unit in the question"
    )]
    Units,
    #[error("the file `{name}` is not base64, or longer than {max} bytes; correct it or use a smaller one")]
    AttachedFile { name: String, max: usize },
    #[error("the answers are neither true nor false, or both bring marks; give one of them 100")]
    NotTrueFalse,
}

impl Reason {
    pub(crate) fn number(text: &str) -> Self {
        Self::NotANumber(excerpt(text))
    }
}
