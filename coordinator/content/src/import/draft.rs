//! A draft: what an importer makes of one question, before it becomes part of a deliverable paper. It carries everything
//! that the file says, also what no node can deliver yet, so that a later step can. [`deliver`] is the rule that makes
//! today's item and key of it, or says by name why not.
//!
//! A draft holds what is right: it stays at whoever prepares the paper, and shows nothing of it by `Debug`.

mod deliver;
mod fraction;
mod passage;

use std::collections::BTreeMap;

pub(crate) use deliver::{
    Delivered, SHORT_TEXT_CHARS_MAX, delivered, each_of, file_named, long_text, order, short_text,
};
pub use deliver::{Undeliverable, item_of};
pub use fraction::{Fraction, NotAFraction};
pub use passage::{Markup, PASSAGE_CHARS_MAX, Passage, PassageFault, Shown};

use protocol::ids::OptionId;

use crate::{marks::Marks, number::Number};

/// A text by language code.
pub type Passages = BTreeMap<String, Passage>;

/// Answers (options, accepted texts, pairs, …) of one draft.
pub const ANSWERS_MAX: usize = 100;

/// One question as its file says it.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// The identifier that the file gives it.
    pub id: Option<String>,
    /// Its name; not shown to candidates.
    pub title: Option<String>,
    /// The category or section it stands in.
    pub category: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The question.
    pub stem: Passages,
    /// Whether the answer stands within the stem, at the underscores.
    pub is_embedded: bool,
    /// How it is answered, and what is right.
    pub interaction: Interaction,
    /// Marks for a right response.
    pub marks: Marks,
    /// Marks taken for any wrong response, beside what single answers take.
    pub penalty: Marks,
    /// Shown after an answer by the system that the file is of; kept aside, never part of a paper.
    pub feedback: Option<Passage>,
    /// Files that the question brings with it.
    pub files: Vec<AttachedFile>,
}

/// How a draft is answered, and what is right.
#[derive(Clone, PartialEq, Eq)]
pub enum Interaction {
    /// Choose one option.
    Choice(Vec<DraftOption>),
    /// Choose any options.
    Choices(Vec<DraftOption>, ChoicesRule),
    /// Say whether the stem is true.
    TrueFalse {
        /// What is right.
        is_true: bool,
        /// Kept aside: the first and the second feedback of the file.
        feedback: [Option<Passage>; 2],
    },
    /// Type a number.
    Number(Vec<AcceptedNumber>),
    /// Type a short text.
    ShortText {
        /// What is accepted; `*` stands for any text.
        accepted: Vec<AcceptedText>,
        /// Whether capitals must be as written.
        is_case_sensitive: bool,
    },
    /// Find the answer to each prompt.
    Matching(Vec<Pair>),
    /// The same in several languages: each prompt with its answer, or an answer alone that belongs to none.
    MatchingRows(Vec<(Option<Passages>, Passages)>),
    /// Put the options into an order.
    Order {
        /// They, as the file lists them.
        options: Vec<Passages>,
        /// What is right: options by number, from 1.
        right: Vec<OptionId>,
    },
    /// Write; marked by hand.
    ExtendedText,
    /// Nothing to answer: a text between questions.
    Description,
}

/// How several chosen options are scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChoicesRule {
    /// Exactly the options with a positive fraction, or nothing.
    AllOrNothing,
    /// The sum of the chosen options' fractions, never below zero.
    SumOfFractions,
}

/// One option.
#[derive(Clone, PartialEq, Eq)]
pub struct DraftOption {
    /// What it says.
    pub text: Passages,
    /// What choosing it brings.
    pub fraction: Fraction,
    /// Kept aside.
    pub feedback: Option<Passage>,
}

/// A number that is accepted.
#[derive(Clone, PartialEq, Eq)]
pub struct AcceptedNumber {
    /// Which numbers.
    pub range: NumberRange,
    /// What they bring.
    pub fraction: Fraction,
    /// Kept aside.
    pub feedback: Option<Passage>,
}

/// Numbers in the form that the file gives them; all bounds belong to the range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberRange {
    /// This one.
    Exactly(Number),
    /// This one, or off by at most so much.
    Within {
        /// The middle.
        number: Number,
        /// How far it may be off; not negative.
        tolerance: Number,
    },
    /// From one to another.
    Between {
        /// The least.
        from: Number,
        /// The greatest.
        to: Number,
    },
}

/// A text that is accepted.
#[derive(Clone, PartialEq, Eq)]
pub struct AcceptedText {
    /// What is to be typed.
    pub text: Passage,
    /// What it brings.
    pub fraction: Fraction,
    /// Kept aside.
    pub feedback: Option<Passage>,
}

/// A prompt and its answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Pair {
    /// What is to be matched; `None` for an answer that belongs to no prompt.
    pub prompt: Option<Passage>,
    /// Its answer.
    pub answer: Passage,
}

/// A file within the imported one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedFile {
    /// Its name as the texts use it.
    pub name: String,
    /// Its length in bytes.
    pub bytes: usize,
    /// The bytes.
    pub content: Vec<u8>,
}

impl Draft {
    /// A draft with nothing but a stem and how it is answered.
    pub fn new(line: u64, stem: Passages, interaction: Interaction) -> Self {
        Self {
            line,
            id: None,
            title: None,
            category: None,
            tags: Vec::new(),
            stem,
            is_embedded: false,
            interaction,
            marks: Marks::ONE,
            penalty: Marks::ZERO,
            feedback: None,
            files: Vec::new(),
        }
    }

    /// Every text that a candidate would read: the stem, then options or prompts and answers, as `(what, texts)`.
    pub fn shown(&self) -> Vec<(String, Passages)> {
        let mut shown = vec![("stem".to_owned(), self.stem.clone())];
        match &self.interaction {
            Interaction::Choice(options) | Interaction::Choices(options, _) => {
                let named = options.iter().enumerate();
                shown.extend(named.map(|(place, option)| (option_name(place), option.text.clone())));
            }
            Interaction::Matching(pairs) => {
                // Pairs have one language, the stem's.
                let language = self.stem.keys().next().cloned().unwrap_or_default();
                for (number, pair) in (1..).zip(pairs) {
                    let texts = pair.prompt.iter().chain([&pair.answer]);
                    shown.extend(texts.map(|text| {
                        let texts = Passages::from([(language.clone(), text.clone())]);
                        (format!("pair {number}"), texts)
                    }));
                }
            }
            Interaction::MatchingRows(rows) => {
                for (number, (prompt, answer)) in (1..).zip(rows) {
                    let texts = prompt.iter().chain([answer]).cloned();
                    shown.extend(texts.map(|texts| (format!("pair {number}"), texts)));
                }
            }
            Interaction::Order { options, .. } => {
                let named = options.iter().enumerate();
                shown.extend(named.map(|(place, option)| (option_name(place), option.clone())));
            }
            Interaction::TrueFalse { .. }
            | Interaction::Number(_)
            | Interaction::ShortText { .. }
            | Interaction::ExtendedText
            | Interaction::Description => {}
        }
        shown
    }
}

/// How an option is named to a person: by its letter, or beyond Z by its number.
pub(crate) fn option_name(place: usize) -> String {
    match u8::try_from(place) {
        Ok(place @ 0..26) => format!("option {}", char::from(b'A' + place)),
        Ok(_) | Err(_) => format!("option {}", place + 1),
    }
}

impl Interaction {
    /// The interaction's name in reports; part of the JSON that `parikshactl paper check` prints.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Choice(_) => "choice",
            Self::Choices(..) => "choices",
            Self::TrueFalse { .. } => "true-false",
            Self::Number(_) => "number",
            Self::ShortText { .. } => "short-text",
            Self::Matching(_) | Self::MatchingRows(_) => "matching",
            Self::Order { .. } => "order",
            Self::ExtendedText => "extended-text",
            Self::Description => "description",
        }
    }
}
