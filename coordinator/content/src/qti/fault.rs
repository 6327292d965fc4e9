//! Why an item or a test cannot be read faithfully: what, in which line, what to do. Nothing is left out silently.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Faults that one file lists; more are only counted.
pub(crate) const FAULTS_MAX: usize = 100;

/// One fault and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Fault {
    /// The line in the file, from 1; 0 where the whole file is meant.
    pub line: u32,
    /// What is wrong and what to do.
    pub problem: String,
}

/// Everything that is wrong with a file; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Faults {
    /// In the order of reading, at most 100.
    pub faults: Vec<Fault>,
    /// How many more there are.
    pub more: usize,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        } else {
            self.more += 1;
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self {
            faults: vec![fault],
            more: 0,
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            let line_end = if index == 0 { "" } else { "\n" };
            write!(f, "{line_end}{fault}")?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// A kind of fault, in the words of whoever made the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    #[error("`{0}` is not an assessment item or test of QTI 2.1, 2.2 or 3.0; give such a file")]
    NotQti(String),
    #[error("`{0}` stands outside the namespaces of QTI 2.1, 2.2 and 3.0; give such a file")]
    OtherNamespace(String),
    #[error("`{0}` is not known here; remove it or write it with the elements of QTI 2.2")]
    UnknownElement(String),
    #[error(
        "`{0}` depends on one delivery engine and cannot be scored faithfully; write it with QTI's own expressions"
    )]
    CustomOperator(String),
    #[error("`{0}` has a meaning in tests only; an item cannot use it")]
    OnlyInTests(String),
    #[error("`{0}` has a meaning in items only; a test cannot use it")]
    OnlyInItems(String),
    #[error("`{element}` lacks the attribute `{attribute}`; add it")]
    MissingAttribute {
        element: String,
        attribute: &'static str,
    },
    #[error("`{element}` says {attribute}=\"{given}\", which is not {expected}; correct it")]
    BadAttribute {
        element: String,
        attribute: &'static str,
        given: String,
        expected: &'static str,
    },
    #[error("`{element}` has {given} expressions inside, it takes {expected}; correct it")]
    Operands {
        element: String,
        given: usize,
        expected: String,
    },
    #[error("the variable `{0}` is not declared; declare it or correct the name")]
    UnknownVariable(String),
    #[error("the variable `{0}` is declared twice; remove one")]
    DeclaredTwice(String),
    #[error("`{variable}` is not a {expected} variable; correct the identifier")]
    OtherRole {
        variable: String,
        expected: &'static str,
    },
    #[error("`{given}` is not a value of base type {expected}; correct it")]
    BadValue { given: String, expected: &'static str },
    #[error("`{0}` must not stand here; see QTI's rules of processing")]
    Misplaced(String),
    #[error(
        "the template `{0}` is not one of QTI's own (match_correct, map_response, map_response_point); write its rules into the item"
    )]
    UnknownTemplate(String),
    #[error("the template needs a variable RESPONSE; declare it or write the rules into the item")]
    TemplateWithoutResponse,
    #[error("`{0}` points to another file, which is never fetched; write its content here")]
    OtherFile(String),
    #[error("the pattern `{pattern}` cannot be read ({reason}); correct it")]
    BadPattern { pattern: String, reason: String },
    #[error("the coordinates `{0}` do not fit the shape; write whole numbers with commas between")]
    BadCoordinates(String),
    #[error("more than {0} expressions stand within each other; simplify the rule")]
    ExpressionTooDeep(usize),
    #[error("more than {0} conditions stand within each other; simplify the rules")]
    RulesTooDeep(usize),
    #[error("the file holds more than {max} {what}; split it")]
    TooMany { what: &'static str, max: usize },
    #[error(
        "`{0}` makes the test depend on what was answered before, or changes its items, which is not done here; remove it"
    )]
    RefusedInTest(String),
    #[error("`{0}` cannot be answered and scored here; ask the question in another way")]
    RefusedInteraction(String),
}

impl Problem {
    pub(crate) fn at(&self, line: u32) -> Fault {
        Fault {
            line,
            problem: self.to_string(),
        }
    }
}

/// The beginning of a text, short enough to stand in a sentence.
pub(crate) fn excerpt(text: &str) -> String {
    const CHARS: usize = 100;
    let mut short: String = text.chars().take(CHARS).collect();
    if text.chars().nth(CHARS).is_some() {
        short.push('…');
    }
    short
}
