//! What must be the same in every language of a paper, and images. A candidate who reads Marathi must have the same
//! question as one who reads English: the same options, the same numbers, the same pictures.

use std::collections::BTreeSet;

use super::Finding;
use crate::import::draft::{Draft, Passage, Passages, file_named};

/// All languages of a paper.
pub(super) fn all(drafts: &[Draft]) -> BTreeSet<String> {
    drafts
        .iter()
        .flat_map(|draft| draft.stem.keys().cloned())
        .collect()
}

/// Findings where a text is missing in a language, or says other numbers or shows other images.
pub(super) fn differences(draft: &Draft, languages: &BTreeSet<String>) -> Vec<Finding> {
    if languages.len() < 2 {
        return Vec::new();
    }
    let texts = draft.shown();
    texts
        .iter()
        .flat_map(|(part, texts)| of_text(draft, part, texts, languages))
        .collect()
}

fn of_text(draft: &Draft, part: &str, texts: &Passages, languages: &BTreeSet<String>) -> Vec<Finding> {
    let mut found = Vec::new();
    let missing = languages
        .iter()
        .filter(|language| texts.get(*language).is_none_or(Passage::is_empty));
    for language in missing {
        let problem = format!("{part} has no text in `{language}`, which the paper is given in; write it");
        found.push(Finding::blocks(draft, problem));
    }
    let mut given = texts.iter();
    let Some((main, first)) = given.next() else {
        return found;
    };
    for (language, other) in given {
        let (here, there) = (numbers(&first.text()), numbers(&other.text()));
        if here != there {
            let problem = format!(
                "{part} has the numbers {} in `{main}` but {} in `{language}`; make them the same",
                listed(&here),
                listed(&there)
            );
            found.push(Finding::blocks(draft, problem));
        }
        if names(first) != names(other) {
            let problem =
                format!("{part} shows other images in `{main}` than in `{language}`; show the same");
            found.push(Finding::blocks(draft, problem));
        }
    }
    found
}

fn names(passage: &Passage) -> Vec<String> {
    passage.images().into_iter().map(|image| image.name).collect()
}

fn listed(numbers: &[String]) -> String {
    match numbers {
        [] => "(none)".to_owned(),
        numbers => numbers.join(", "),
    }
}

/// The numbers of a text in order of size of their text: digits of any of the scripts in use here, grouping left out.
fn numbers(text: &str) -> Vec<String> {
    let digit = |character: char| match character {
        '0'..='9' => Some(character),
        '\u{966}'..='\u{96f}' => char::from_digit(character as u32 - 0x966, 10),
        _ => None,
    };
    let mut numbers: Vec<String> = Vec::new();
    let mut number = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let continues = characters.peek().is_some_and(|next| digit(*next).is_some());
        match (digit(character), character) {
            (Some(digit), _) => number.push(digit),
            (None, '.') if !number.is_empty() && continues => number.push('.'),
            (None, ',') if !number.is_empty() && continues => {}
            (None, _) if !number.is_empty() => numbers.push(std::mem::take(&mut number)),
            (None, _) => {}
        }
    }
    if !number.is_empty() {
        numbers.push(number);
    }
    numbers.sort();
    numbers
}

/// Findings for images that cannot be shown, or that not everybody can see.
pub(super) fn images(draft: &Draft) -> Vec<Finding> {
    let mut found = Vec::new();
    for (part, texts) in draft.shown() {
        for image in texts.values().flat_map(Passage::images) {
            let name = image.name.as_str();
            if name.is_empty() {
                let problem = format!("{part} shows an image from elsewhere; put the file into the import");
                found.push(Finding::blocks(draft, problem));
            } else if file_named(&draft.files, name).is_none() {
                let problem = format!("{part} shows the image `{name}`, which is not in the file; add it");
                found.push(Finding::blocks(draft, problem));
            }
            if image.text.trim().is_empty() {
                let problem = format!(
                    "{part}: the image `{name}` has no text for those who do not see it; write its alt"
                );
                found.push(Finding::blocks(draft, problem));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_value_of_their_digits_not_by_script_or_grouping() {
        assert_eq!(numbers("1,00,000 and 3.5."), ["100000", "3.5"]);
        assert_eq!(numbers("३.५ और १००,०००"), ["100000", "3.5"]);
        assert_eq!(numbers("a1b2, 3"), ["1", "2", "3"]);
        assert!(numbers("none").is_empty());
    }
}
