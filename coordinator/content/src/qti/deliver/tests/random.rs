//! Random responses to the shared items through the delivery path, compared with an evaluation that knows nothing of the
//! delivery: it finds the identifiers by the texts of the file, and works out QTI's own templates from the XML alone.

use std::collections::BTreeSet;

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use protocol::{
    ids::{OptionId, PartNo},
    paper::{KindOf, PartKind},
    response::{PartResponse, ResponseOf},
};
use serde_json::{Map, Value as Json};

use super::{
    shared::{deliverable, files, kinds, rules},
    *,
};
use crate::{
    Verdict,
    qti::{conformance::shared as folder_of_data, deliver::program_key::SCORE},
};

const FOLDERS: [&str; 5] = [
    "qti21-qtiworks",
    "qti2-tests-pie-qti",
    "qti2-packages-pie-qti",
    "qti3-items-pie-qti",
    "qti2-scoring-pie-qti",
];

/// A random response that the item takes.
fn random(kind: &PartKind, runner: &mut TestRunner) -> PartResponse {
    let mut draw = |from: u8, to: u8| (from..=to).new_tree(runner).unwrap().current();
    let count = |list: usize| u8::try_from(list).unwrap();
    let some = |max: u8, draw: &mut dyn FnMut(u8, u8) -> u8, of: u8| -> Vec<OptionId> {
        let wanted = draw(1, max.max(1));
        let mut chosen: Vec<OptionId> = Vec::new();
        for _ in 0..wanted {
            let option = OptionId(draw(1, of));
            if !chosen.contains(&option) {
                chosen.push(option);
            }
        }
        chosen
    };
    match kind {
        KindOf::Choice(options) | KindOf::Dropdown(options) => {
            ResponseOf::Choice(OptionId(draw(1, count(options.len()))))
        }
        KindOf::Select(select) => {
            let chosen = some(select.max, &mut draw, count(select.options.len()));
            ResponseOf::Choices(chosen.into_iter().collect())
        }
        KindOf::Order(order) => ResponseOf::Order(some(order.max, &mut draw, count(order.options.len()))),
        KindOf::Match(matched) => {
            let rows = some(
                matched.max.min(count(matched.rows.len())),
                &mut draw,
                count(matched.rows.len()),
            );
            let columns = count(matched.columns.len());
            let mut free: Vec<u8> = (1..=columns).collect();
            let mut pairs = BTreeSet::new();
            for row in rows {
                if !free.is_empty() {
                    let index = usize::from(draw(0, count(free.len()) - 1));
                    pairs.insert((row, OptionId(free.remove(index))));
                }
            }
            ResponseOf::Pairs(pairs)
        }
        KindOf::Gaps(gaps) => ResponseOf::Pairs(
            [(
                OptionId(draw(1, count(gaps.words.len()))),
                OptionId(draw(1, gaps.gaps)),
            )]
            .into(),
        ),
        KindOf::Number => ResponseOf::Number(draw(0, 60).to_string()),
        KindOf::Slider(slider) => {
            let (from, step): (u8, u8) = (slider.from.parse().unwrap(), slider.step.parse().unwrap());
            ResponseOf::Number((from + step * draw(0, 5)).to_string())
        }
        KindOf::Text(_) => {
            ResponseOf::Text(["Paris", "paris", "York", "17", "x"][usize::from(draw(0, 4))].to_owned())
        }
        other => panic!("no random response for {other:?}"),
    }
}

/// The elements of a name inside the interaction of a variable, by what they say.
fn identifier_by_text(root: &Element, variable: &str, text: &str) -> Option<String> {
    fn find<'a>(element: &'a Element, variable: &str) -> Option<&'a Element> {
        if element.attribute("responseIdentifier") == Some(variable) {
            return Some(element);
        }
        element.elements().find_map(|inner| find(inner, variable))
    }
    fn collect<'a>(element: &'a Element, found: &mut Vec<&'a Element>) {
        for inner in element.elements() {
            if inner.attribute("identifier").is_some() && !inner.name.starts_with("feedback") {
                found.push(inner);
            }
            collect(inner, found);
        }
    }
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let mut all = Vec::new();
    collect(find(root, variable)?, &mut all);
    let mut fitting = all.into_iter().filter(|element| {
        let own: String = own_text(element);
        plain(&own) == plain(text) || (own.trim().is_empty() && text == "—")
    });
    let found = fitting.next()?.attribute("identifier")?.to_owned();
    // Two that say the same cannot be told apart this way.
    fitting.next().is_none().then_some(found)
}

/// The text of an element without its feedback.
fn own_text(element: &Element) -> String {
    let pieces = element.children.iter().map(|node| match node {
        xml::Node::Text(text) => text.clone(),
        xml::Node::Element(inner) if inner.name.starts_with("feedback") => String::new(),
        xml::Node::Element(inner) => own_text(inner),
    });
    pieces.collect()
}

/// The response by identifiers that are found through the texts alone; `None` where texts cannot tell.
fn by_texts(kind: &PartKind, response: &PartResponse, root: &Element, variable: &str) -> Option<Json> {
    let of = |options: &[protocol::paper::Choice], id: OptionId| {
        let text = options.iter().find(|option| option.id == id)?.text["en"].clone();
        identifier_by_text(root, variable, &text)
    };
    let list = |ids: Vec<Option<String>>| -> Option<Json> {
        let ids: Option<Vec<Json>> = ids.into_iter().map(|id| id.map(Json::from)).collect();
        ids.map(Json::Array)
    };
    match (kind, response) {
        (KindOf::Choice(options) | KindOf::Dropdown(options), ResponseOf::Choice(id)) => {
            of(options, *id).map(Json::from)
        }
        (KindOf::Select(select), ResponseOf::Choices(ids)) => {
            list(ids.iter().map(|id| of(&select.options, *id)).collect())
        }
        (KindOf::Order(order), ResponseOf::Order(ids)) => {
            list(ids.iter().map(|id| of(&order.options, *id)).collect())
        }
        (KindOf::Match(matched), ResponseOf::Pairs(pairs)) => {
            let pair = |(row, column): &(OptionId, OptionId)| {
                Some(format!(
                    "{} {}",
                    of(&matched.rows, *row)?,
                    of(&matched.columns, *column)?
                ))
            };
            list(pairs.iter().map(pair).collect())
        }
        (KindOf::Gaps(gaps), ResponseOf::Pairs(pairs)) => {
            let places = gap_names(root);
            let pair = |(word, gap): &(OptionId, OptionId)| {
                Some(format!(
                    "{} {}",
                    of(&gaps.words, *word)?,
                    places[usize::from(gap.0) - 1]
                ))
            };
            list(pairs.iter().map(pair).collect())
        }
        (_, ResponseOf::Number(text) | ResponseOf::Text(text)) => Some(Json::from(text.as_str())),
        _ => None,
    }
}

fn gap_names(element: &Element) -> Vec<String> {
    let mut names = Vec::new();
    for inner in element.elements() {
        if inner.name == "gap" {
            names.extend(inner.attribute("identifier").map(str::to_owned));
        }
        names.extend(gap_names(inner));
    }
    names
}

/// What QTI's own templates say, worked out from the XML alone.
fn by_template(root: &Element, given: &Json) -> Option<f64> {
    let template = root.first("responseProcessing")?.attribute("template")?;
    let declaration = root.first("responseDeclaration")?;
    let given: Vec<&str> = match given {
        Json::Array(members) => members.iter().filter_map(Json::as_str).collect(),
        one => vec![one.as_str()?],
    };
    if template.ends_with("match_correct") || template.ends_with("match_correct.xml") {
        let correct = declaration.first("correctResponse")?;
        let mut right: Vec<String> = correct
            .elements()
            .map(|value| value.text().trim().to_owned())
            .collect();
        let mut given: Vec<String> = given.iter().map(|&text| text.to_owned()).collect();
        if declaration.attribute("cardinality") == Some("multiple") {
            right.sort();
            given.sort();
        }
        let is_number = matches!(declaration.attribute("baseType"), Some("integer" | "float"));
        let same = if is_number {
            right[0].parse::<f64>().ok() == given[0].parse::<f64>().ok()
        } else {
            right == given
        };
        return Some(f64::from(u8::from(same)));
    }
    if !template.ends_with("map_response") {
        return None;
    }
    let mapping = declaration.first("mapping")?;
    let number = |name: &str| mapping.attribute(name).and_then(|text| text.parse::<f64>().ok());
    let worth = |text: &str| {
        let entries = mapping.elements_named("mapEntry");
        let mut fitting = entries.filter(|entry| entry.attribute("mapKey") == Some(text));
        let entry = fitting
            .next()
            .and_then(|entry| entry.attribute("mappedValue")?.parse().ok());
        entry.or(number("defaultValue")).unwrap_or_default()
    };
    let is_text = declaration.attribute("baseType") == Some("string");
    let sum: f64 = given.iter().map(|text| worth(text)).sum();
    let low = number("lowerBound").map_or(sum, |bound| sum.max(bound));
    (!is_text).then(|| number("upperBound").map_or(low, |bound| low.min(bound)))
}

/// How many responses were compared.
#[derive(Default)]
struct Counts {
    items: usize,
    compared: usize,
    by_templates: usize,
    above_zero: usize,
}

/// Compares one response's marks with both evaluations.
fn compare(made: &Delivered, root: &Element, parts: Vec<PartResponse>, place: &str, counts: &mut Counts) {
    let rules = rules(made).unwrap();
    let mut given = Map::new();
    for ((answered, kind), part) in rules.answered().iter().zip(&kinds(&made.item)).zip(&parts) {
        if let Some(json) = by_texts(kind, part, root, &answered.variable) {
            given.insert(answered.variable.clone(), json);
        }
    }
    if given.len() < parts.len() {
        return;
    }
    let response = match &made.item.kind {
        ItemKind::Parts(_) => Response::Parts((1..).map(PartNo).zip(parts).collect()),
        _ => serde_json::from_value(serde_json::to_value(&parts[0]).unwrap()).unwrap(),
    };
    assert_eq!(response.check(&made.item.outline()), Ok(()), "{place}");
    let came = judge_one(&made.key, &response);
    assert_ne!(came.verdict, Verdict::Review, "{place} {response:?}");
    let came: f64 = came.marks.to_string().parse().unwrap();
    let responses = Responses::from_json(rules.program(), &given);
    let outcomes = evaluate(rules.program(), &responses, 0).unwrap();
    let expected = outcomes.values[SCORE].number().unwrap_or(Real::ZERO).to_f64();
    assert!(
        (came - expected).abs() < 1e-12,
        "{place} {response:?}: {came}, not {expected}"
    );
    let only = given.values().next().filter(|_| given.len() == 1);
    if let Some(expected) = only.and_then(|json| by_template(root, json)) {
        assert!(
            (came - expected).abs() < 1e-12,
            "{place} {response:?}: {came}, by the template {expected}"
        );
        counts.by_templates += 1;
    }
    counts.compared += 1;
    counts.above_zero += usize::from(came > 0.0);
}

#[test]
fn random_responses_are_worth_what_an_evaluation_by_the_files_own_texts_says() {
    const ROUNDS: usize = 40;
    let seed = std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), 0);
    println!("seed {seed}");
    let seed = Hash::sha256(seed.to_string().as_bytes()).0;
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    let mut counts = Counts::default();
    for place in FOLDERS
        .into_iter()
        .filter_map(folder_of_data)
        .flat_map(|folder| files(folder, ".xml"))
    {
        let Some((made, root)) = deliverable(&std::fs::read(&place).unwrap()) else {
            continue;
        };
        if rules(&made).is_none() {
            continue;
        }
        counts.items += 1;
        for _ in 0..ROUNDS {
            let parts = kinds(&made.item);
            let parts = parts.iter().map(|kind| random(kind, &mut runner)).collect();
            compare(&made, &root, parts, &place.display().to_string(), &mut counts);
        }
    }
    let Counts {
        items,
        compared,
        by_templates,
        above_zero,
    } = counts;
    println!(
        "{items} items, {compared} responses compared, {by_templates} of them by the file alone, {above_zero} worth something"
    );
    assert!(items == 0 || (compared > 10 * items && above_zero > items && by_templates > 100));
}
