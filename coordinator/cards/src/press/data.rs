//! A batch as the form reads it.

use content::cards::{Card, Sheet};
use serde::Serialize;

use super::PressError;
use crate::{
    fonts::{self, Fonts},
    qr,
    soft_break::broken,
    when, words,
    words::Words,
};

/// Letters of a word on a line of the page's width, and on one beside the QR code.
const WIDE_LETTERS_MAX: usize = 20;
const NARROW_LETTERS_MAX: usize = 14;
/// The same of an address, which should be copied whole where it can be.
const ADDRESS_LETTERS_MAX: usize = 44;

#[derive(Serialize)]
struct Batch<'a> {
    title: String,
    language: &'static str,
    fonts: Vec<Family<'a>>,
    words: &'static Words,
    opens: String,
    closes: String,
    instructions: Vec<String>,
    cards: Vec<Face>,
}

/// A family of fonts; with `covers` only for characters of that class.
#[derive(Serialize)]
struct Family<'a> {
    name: &'a str,
    covers: Option<&'static str>,
}

/// A card as it is set.
#[derive(Serialize)]
struct Face {
    name: String,
    number: String,
    roll: String,
    district: String,
    centre: String,
    seat: String,
    batch: String,
    slot: String,
    duration: String,
    code: String,
    address: String,
    qr: String,
}

/// All that is set of a card and comes from outside.
pub(super) fn texts(card: &Card) -> impl Iterator<Item = &str> {
    [
        &card.name,
        &card.roll,
        &card.batch,
        &card.slot,
        &card.district,
        &card.centre,
        &card.seat,
        &card.access_code,
        &card.address,
    ]
    .into_iter()
    .map(String::as_str)
}

/// The batch as JSON.
pub(super) fn batch(sheet: &Sheet, cards: &[Card], fonts: &Fonts) -> Result<Vec<u8>, PressError> {
    let words = words::of(sheet.language);
    let moment = |ms| when::shown(ms, words).ok_or(PressError::When);
    let instructions = if sheet.instructions.is_empty() {
        words.instructions.map(str::to_owned).to_vec()
    } else {
        let lines = sheet.instructions.iter();
        lines.map(|line| broken(line, WIDE_LETTERS_MAX)).collect()
    };
    let faces = cards.iter().map(|card| face(card, words));
    let batch = Batch {
        title: broken(&sheet.title, WIDE_LETTERS_MAX),
        language: sheet.language.tag(),
        fonts: families(fonts),
        words,
        opens: moment(sheet.opens_ms)?,
        closes: moment(sheet.closes_ms)?,
        instructions,
        cards: faces.collect::<Result<_, _>>()?,
    };
    serde_json::to_vec(&batch).map_err(|error| PressError::Typeset(error.to_string()))
}

/// Devanagari is set in its own font before any other sees it, because half a conjunct in another font is no conjunct. All
/// else is set in fonts that were made for it, then in any.
fn families(fonts: &Fonts) -> Vec<Family<'_>> {
    let (devanagari, other): (Vec<&str>, Vec<&str>) = fonts
        .families()
        .into_iter()
        .partition(|family| fonts.is_devanagari(family));
    let covering = devanagari.iter().map(|name| Family {
        name,
        covers: Some(fonts::DEVANAGARI_CLASS),
    });
    let any = other.iter().chain(&devanagari);
    covering
        .chain(any.map(|name| Family { name, covers: None }))
        .collect()
}

fn face(card: &Card, words: &Words) -> Result<Face, PressError> {
    let narrow = |text: &str| broken(text, NARROW_LETTERS_MAX);
    Ok(Face {
        name: broken(&card.name, WIDE_LETTERS_MAX),
        number: card.number.to_string(),
        roll: narrow(&card.roll),
        district: narrow(&card.district),
        centre: narrow(&card.centre),
        seat: narrow(&card.seat),
        batch: narrow(&card.batch),
        slot: narrow(&card.slot),
        duration: format!("{} {}", card.minutes, words.minutes),
        code: card.access_code.clone(),
        address: broken(&card.address, ADDRESS_LETTERS_MAX),
        qr: qr::svg(&card.address).ok_or(PressError::Address(card.number))?,
    })
}
