//! Items become what candidates see and what judges them; what cannot be delivered is refused by name.

mod kinds;
mod random;
mod refused;
mod shared;

use protocol::{
    paper::{Item, ItemKind},
    response::Response,
};

use super::*;
use crate::{
    ItemScore, Key,
    qti::{names::normalise, package::Package},
    scoring::judge_one,
    xml,
};

/// A PNG as far as its first bytes go.
pub(super) const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

/// An item of QTI 2.2 with a score by `match_correct`, unless the rest says otherwise.
pub(super) fn item_xml(declared: &str, body: &str) -> String {
    format!(
        "<assessmentItem xmlns='http://www.imsglobal.org/xsd/imsqti_v2p2' identifier='i' title='Title'>\n{declared}\n\
         <outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/>\n<itemBody>\n{body}\n</itemBody>\n\
         <responseProcessing template='http://www.imsglobal.org/question/qti_v2p2/rptemplates/match_correct'/>\
         </assessmentItem>"
    )
}

/// A declaration of RESPONSE with its correct values.
pub(super) fn declared(cardinality: &str, base: &str, correct: &[&str]) -> String {
    let values: Vec<String> = correct
        .iter()
        .map(|value| format!("<value>{value}</value>"))
        .collect();
    let values = values.concat();
    format!(
        "<responseDeclaration identifier='RESPONSE' cardinality='{cardinality}' baseType='{base}'>\
         <correctResponse>{values}</correctResponse></responseDeclaration>"
    )
}

pub(super) fn try_item(xml: &str) -> Result<Delivered, Faults> {
    let package = Package::single("media/a.png", PNG);
    let wanted = Wanted {
        language: "en",
        source: Source::Package(&package, ""),
        weight: Real::from(1),
    };
    item(&normalise(xml::parse(xml.as_bytes()).unwrap()), wanted)
}

pub(super) fn made(xml: &str) -> Delivered {
    try_item(xml).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The score of a response in JSON; it must be one that a node takes.
pub(super) fn score(made: &Delivered, json: &str) -> ItemScore {
    let response: Response = serde_json::from_str(json).unwrap();
    assert_eq!(response.check(&made.item.outline()), Ok(()), "{json}");
    judge_one(&made.key, &response)
}

pub(super) fn json(item: &Item) -> String {
    serde_json::to_string(item).unwrap()
}

/// The number of the option that says this.
pub(super) fn option(kind: &ItemKind, text: &str) -> u8 {
    let options = kind.options();
    options
        .iter()
        .find(|option| option.text["en"] == text)
        .unwrap()
        .id
        .0
}
