//! Questions that stand twice, and options that say the same.

use std::collections::{BTreeMap, HashMap};

use super::Finding;
use crate::import::draft::{Draft, Interaction, Passages, option_name};

/// What a text says, by language.
fn sense(texts: &Passages) -> BTreeMap<&str, String> {
    texts
        .iter()
        .map(|(language, text)| (language.as_str(), text.sense()))
        .collect()
}

/// Findings for each stem that an earlier question has already.
pub(super) fn stems(drafts: &[Draft]) -> Vec<Finding> {
    let mut earlier: HashMap<(&str, String), &Draft> = HashMap::new();
    let mut found = Vec::new();
    for draft in drafts {
        if draft.interaction == Interaction::Description {
            continue;
        }
        let mut said = false;
        for (language, text) in sense(&draft.stem) {
            let Some(first) = earlier.get(&(language, text.clone())) else {
                earlier.insert((language, text), draft);
                continue;
            };
            if !said {
                found.push(twice(draft, first));
                said = true;
            }
        }
    }
    found
}

fn twice(draft: &Draft, first: &Draft) -> Finding {
    if rest(draft) == rest(first) {
        let problem = format!(
            "the same question stands in line {} already; remove one",
            first.line
        );
        return Finding::blocks(draft, problem);
    }
    let problem = format!(
        "the same text stands in line {} with other answers; check that both are meant",
        first.line
    );
    Finding::warns(draft, problem)
}

/// What a candidate reads beside the stem, in no order.
fn rest(draft: &Draft) -> Vec<BTreeMap<String, String>> {
    let owned = |texts: &Passages| {
        texts
            .iter()
            .map(|(language, text)| (language.clone(), text.sense()))
            .collect()
    };
    let mut rest: Vec<BTreeMap<String, String>> = draft
        .shown()
        .iter()
        .skip(1)
        .map(|(_, texts)| owned(texts))
        .collect();
    rest.sort();
    rest
}

/// Findings for options that say the same in any language.
pub(super) fn options(draft: &Draft) -> Vec<Finding> {
    let (Interaction::Choice(options) | Interaction::Choices(options, _)) = &draft.interaction else {
        return Vec::new();
    };
    let senses: Vec<BTreeMap<&str, String>> = options.iter().map(|option| sense(&option.text)).collect();
    let mut found = Vec::new();
    for (place, here) in senses.iter().enumerate() {
        let is_same = |other: &BTreeMap<&str, String>| {
            here.iter()
                .any(|(language, text)| other.get(language) == Some(text))
        };
        let Some(earlier) = senses[..place].iter().position(is_same) else {
            continue;
        };
        let (first, second) = (option_name(earlier), option_name(place));
        let is_one_right = options[earlier].fraction != options[place].fraction;
        found.push(if is_one_right {
            let problem =
                format!("{first} and {second} say the same, but bring different marks; correct one");
            Finding::blocks(draft, problem)
        } else {
            Finding::warns(
                draft,
                format!("{first} and {second} say the same; check that it is meant so"),
            )
        });
    }
    found
}
