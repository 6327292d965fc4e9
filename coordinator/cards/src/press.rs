//! Cards become a document: data in, PDF out, by the typesetter. It sees two files, the form of a card and the data, both in
//! memory; it can open no other, and fetches nothing.

mod data;
mod world;

use content::cards::{Card, Sheet};
use typst::{
    Library, LibraryExt, diag::SourceDiagnostic, ecow::EcoVec, foundations::Bytes, layout::PagedDocument,
    syntax::Source, utils::LazyHash,
};
use typst_pdf::PdfOptions;

use self::world::Desk;
use crate::{
    fonts::{FontError, Fonts, Place},
    words,
};

/// Cards of one document.
pub const CARDS_PER_DOCUMENT_MAX: usize = 1_000;

/// Instructions that a job can bring, and characters of each: as many as leave room on the page.
pub const INSTRUCTIONS_MAX: usize = 10;
/// Characters of one instruction.
pub const INSTRUCTION_CHARS_MAX: usize = 250;

/// Why cards cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// Characters without a font.
    #[error(transparent)]
    Font(#[from] FontError),
    /// An address that no code holds.
    #[error(
        "the address of candidate {0} is empty or too long for a QR code; give a shorter one with --address"
    )]
    Address(u32),
    /// A moment that no calendar has.
    #[error("the sitting's times are not moments of any calendar; list the sittings and correct them")]
    When,
    /// Too many or too long instructions.
    #[error(
        "instructions are at most {INSTRUCTIONS_MAX} lines of at most {INSTRUCTION_CHARS_MAX} characters; shorten them"
    )]
    Instructions,
    /// A text that does not fit its page.
    #[error(
        "the card of candidate {0} does not fit its page: shorten its longest texts, the sitting's title or the instructions"
    )]
    Overflow(u32),
    /// The typesetter refused.
    #[error("the cards cannot be typeset: {0}")]
    Typeset(String),
}

/// What makes documents of cards.
pub struct Press {
    fonts: Fonts,
    library: LazyHash<Library>,
    form: Source,
}

impl Press {
    /// A press with these fonts.
    pub fn new(fonts: Fonts) -> Self {
        Self {
            fonts,
            library: LazyHash::new(Library::default()),
            form: world::form(),
        }
    }

    /// Whether all of the cards can be set, before the first is.
    pub fn check(&self, sheet: &Sheet, cards: &[Card]) -> Result<(), PressError> {
        let too_long = |line: &String| line.chars().count() > INSTRUCTION_CHARS_MAX;
        if sheet.instructions.len() > INSTRUCTIONS_MAX || sheet.instructions.iter().any(too_long) {
            return Err(PressError::Instructions);
        }
        let words = words::of(sheet.language);
        let own = words.texts().map(|text| (text, Place::Everywhere));
        let given = sheet.instructions.iter().chain([&sheet.title]);
        let given = given.map(|text| (text.as_str(), Place::Everywhere));
        let each = cards.iter().flat_map(|card| {
            let texts = data::texts(card);
            texts.map(|text| (text, Place::Candidate(card.number)))
        });
        Ok(self.fonts.check(own.chain(given).chain(each))?)
    }

    /// The cards as one PDF, a page each.
    pub fn pdf(&self, sheet: &Sheet, cards: &[Card]) -> Result<Vec<u8>, PressError> {
        let document = self.set(sheet, cards)?;
        if document.pages.len() != cards.len() {
            return Err(self.overflow(sheet, cards)?);
        }
        let pdf = typst_pdf::pdf(&document, &PdfOptions::default()).map_err(|errors| refused(&errors));
        // What was remembered of these cards is of no use for the next.
        typst::comemo::evict(0);
        pdf
    }

    fn set(&self, sheet: &Sheet, cards: &[Card]) -> Result<PagedDocument, PressError> {
        let batch = data::batch(sheet, cards, &self.fonts)?;
        let desk = Desk::new(self, Bytes::new(batch));
        typst::compile(&desk).output.map_err(|errors| refused(&errors))
    }

    /// Whose card it is that takes more than a page: the half that takes too many is halved until one is left.
    fn overflow(&self, sheet: &Sheet, mut cards: &[Card]) -> Result<PressError, PressError> {
        while cards.len() > 1 {
            let (first, second) = cards.split_at(cards.len() / 2);
            let is_first = self.set(sheet, first)?.pages.len() != first.len();
            cards = if is_first { first } else { second };
        }
        Ok(PressError::Overflow(cards.first().map_or(0, |card| card.number)))
    }
}

/// The first of its reasons; they are about the form, never about what stands on a card.
fn refused(errors: &EcoVec<SourceDiagnostic>) -> PressError {
    let first = errors.first().map(|error| error.message.to_string());
    PressError::Typeset(first.unwrap_or_default())
}

#[cfg(test)]
mod tests;
