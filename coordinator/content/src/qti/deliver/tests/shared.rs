//! The shared cases of other makers through the delivery path: numbers of options instead of identifiers, as a candidate's
//! page sends them. What comes out is compared with the cases' expected outcomes.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use protocol::{
    ids::{OptionId, PartNo},
    paper::{KindOf, PartKind},
    response::{PartResponse, ResponseOf, is_number},
};
use serde_json::{Map, Value as Json};

use super::*;
use crate::qti::{
    conformance::shared,
    deliver::answered::{Form, Name},
};

pub(super) fn files(folder: PathBuf, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut places = vec![folder];
    while let Some(place) = places.pop() {
        if place.is_dir() {
            places.extend(
                std::fs::read_dir(&place)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if place.to_string_lossy().ends_with(name) {
            found.push(place);
        }
    }
    found.sort();
    found
}

/// The item and its XML; `None` where it is refused.
pub(super) fn deliverable(bytes: &[u8]) -> Option<(Delivered, Element)> {
    let normalised = normalise(xml::parse(bytes).ok()?);
    let wanted = Wanted {
        language: "en",
        source: Source::Alone,
        weight: Real::from(1),
    };
    let made = item(&normalised, wanted).ok()?;
    Some((made, normalised.root))
}

pub(super) fn rules(made: &Delivered) -> Option<&ProgramKey> {
    match &made.key.key {
        Key::Program(rules) => Some(rules),
        _ => None,
    }
}

/// A response that a case gives by identifiers, as a page would send it; `None` where no page can.
fn as_sent(form: &Form, kind: &PartKind, given: &Json) -> Option<PartResponse> {
    let list = match given {
        Json::Array(members) => members.clone(),
        one => vec![one.clone()],
    };
    let texts: Option<Vec<String>> = list
        .iter()
        .map(|member| match member {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        })
        .collect();
    let texts = texts?;
    let place = |position: Option<usize>| position.map(|index| OptionId(u8::try_from(index + 1).unwrap()));
    let named = |names: &[Name], text: &str| place(names.iter().position(|name| name.identifier == text));
    let pair = |from: &[Name], to: &[Name], text: &str| {
        let (one, other) = text.split_once(' ')?;
        Some((named(from, one)?, named(to, other.trim())?))
    };
    let distinct = |pairs: Option<Vec<(OptionId, OptionId)>>| {
        let pairs = pairs?;
        let set: BTreeSet<_> = pairs.iter().copied().collect();
        (set.len() == pairs.len()).then_some(ResponseOf::Pairs(set))
    };
    match form {
        Form::Options(names) => {
            let options: Option<Vec<OptionId>> = texts
                .iter()
                .map(|text| place(names.iter().position(|name| name == text)))
                .collect();
            let options = options?;
            match kind {
                KindOf::Choice(_) | KindOf::Dropdown(_) => {
                    (options.len() == 1).then(|| ResponseOf::Choice(options[0]))
                }
                KindOf::Order(_) => Some(ResponseOf::Order(options)),
                _ => {
                    let set: BTreeSet<OptionId> = options.iter().copied().collect();
                    (set.len() == options.len()).then_some(ResponseOf::Choices(set))
                }
            }
        }
        Form::Pairs { from, to, .. } => distinct(texts.iter().map(|text| pair(from, to, text)).collect()),
        Form::Together { of, .. } => distinct(texts.iter().map(|text| pair(of, of, text)).collect()),
        Form::Number(_) => is_number(&texts[0]).then(|| ResponseOf::Number(texts[0].clone())),
        Form::Text => (texts.len() == 1 && !texts[0].is_empty()).then(|| ResponseOf::Text(texts[0].clone())),
    }
}

fn is_nothing(given: Option<&Json>) -> bool {
    match given {
        None | Some(Json::Null) => true,
        Some(Json::Array(members)) => members.is_empty(),
        Some(Json::String(text)) => text.is_empty(),
        Some(_) => false,
    }
}

/// The kinds of the parts: of the item itself where it has none.
pub(super) fn kinds(item: &Item) -> Vec<PartKind> {
    match &item.kind {
        ItemKind::Parts(parts) => parts.iter().map(|part| part.kind.clone()).collect(),
        own => {
            let json = serde_json::to_value(own).unwrap();
            vec![serde_json::from_value(json).unwrap()]
        }
    }
}

/// What a candidate gives.
enum Given {
    Response(Response),
    Nothing,
}

/// The whole response; `None` where no page can send it.
fn whole(made: &Delivered, given: &Map<String, Json>) -> Option<Given> {
    let rules = rules(made)?;
    let mut parts = BTreeMap::new();
    for (index, (answered, kind)) in rules.answered().iter().zip(kinds(&made.item)).enumerate() {
        let value = given.get(&answered.variable);
        if !is_nothing(value) {
            let no = PartNo(u8::try_from(index + 1).unwrap());
            parts.insert(no, as_sent(&answered.form, &kind, value?)?);
        }
    }
    if parts.is_empty() {
        return Some(Given::Nothing);
    }
    if matches!(made.item.kind, ItemKind::Parts(_)) {
        return Some(Given::Response(Response::Parts(parts)));
    }
    let only = serde_json::to_value(parts.into_values().next()?).unwrap();
    Some(Given::Response(serde_json::from_value(only).unwrap()))
}

#[test]
fn the_shared_cases_give_their_scores_through_the_delivery_path() {
    let Some(folder) = shared("qti2-scoring-pie-qti") else {
        println!(
            "NOTICE: the folder shared/data/qti2-scoring-pie-qti is not there: its cases were not delivered"
        );
        return;
    };
    let (mut equal, mut cannot_be_sent) = (0, 0);
    for place in files(folder, "item.xml") {
        let Some((made, _)) = deliverable(&std::fs::read(&place).unwrap()) else {
            continue;
        };
        let cases: Json =
            serde_json::from_slice(&std::fs::read(place.with_file_name("cases.json")).unwrap()).unwrap();
        for case in cases["cases"].as_array().unwrap() {
            let expected = case["expect"]
                .get("score")
                .or(case["expect"]["outcomes"].get("SCORE"));
            let Some(expected) = expected.and_then(Json::as_f64) else {
                continue;
            };
            let none = Map::new();
            let given = case["responses"].as_object().unwrap_or(&none);
            let came = match whole(&made, given) {
                Some(Given::Response(response)) if response.check(&made.item.outline()).is_ok() => {
                    judge_one(&made.key, &response).marks
                }
                // Nothing was given: an item that is left out brings nothing.
                Some(Given::Nothing) => rust_decimal::Decimal::ZERO,
                _ => {
                    println!("cannot be sent: {} {}", place.display(), case["name"]);
                    cannot_be_sent += 1;
                    continue;
                }
            };
            let came: f64 = came.to_string().parse().unwrap();
            assert!(
                (came - expected).abs() < 1e-12,
                "{} {}: {came}, not {expected}",
                place.display(),
                case["name"]
            );
            equal += 1;
        }
    }
    println!(
        "{equal} cases give their score through the delivery path, {cannot_be_sent} are of responses that no page can send"
    );
    assert!(equal >= 20, "{equal}");
}
