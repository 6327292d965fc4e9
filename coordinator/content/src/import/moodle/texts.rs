//! The texts and files of a Moodle question.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    import::{
        draft::{AttachedFile, Markup, Passage, Passages},
        drafts::Reason,
        fault::excerpt,
    },
    xml::Element,
};

/// Bytes of one file within a question.
const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Files of one question.
const FILES_MAX: usize = 50;

/// One language's text.
pub(super) fn of(language: &str, passage: Passage) -> Passages {
    Passages::from([(language.to_owned(), passage)])
}

/// The text of an element such as `questiontext` or `answer`, in the markup that it names.
pub(super) fn passage(
    part: &'static str,
    element: &Element,
    files: &mut Vec<AttachedFile>,
) -> Result<Passage, Reason> {
    let markup = match element.attribute("format") {
        Some("html") => Markup::Html,
        Some("plain_text") => Markup::Plain,
        Some("markdown") => Markup::Markdown,
        None | Some("moodle_auto_format" | "") => Markup::Moodle,
        Some(other) => {
            return Err(Reason::ElementValue {
                element: "format",
                given: excerpt(other),
                expected: "html, plain_text, markdown or moodle_auto_format",
            });
        }
    };
    let text = element.first("text").map(Element::text).unwrap_or_default();
    if text.contains("multilang") || text.contains("{mlang") {
        return Err(Reason::Multilang);
    }
    files_of(element, files)?;
    Passage::new(markup, text.trim()).map_err(|fault| Reason::Passage { part, fault })
}

/// Feedback is kept where it can be, and is nobody's fault where it cannot.
pub(super) fn feedback(element: &Element, name: &str) -> Result<Option<Passage>, Reason> {
    let Some(element) = element.first(name) else {
        return Ok(None);
    };
    let passage = passage("the feedback", element, &mut Vec::new())?;
    Ok(Some(passage).filter(|passage| !passage.is_empty()))
}

/// Files of everything in the question but its text, which has been read.
pub(super) fn count_files(question: &Element, files: &mut Vec<AttachedFile>) -> Result<(), Reason> {
    for inner in question.elements().filter(|inner| inner.name != "questiontext") {
        files_of(inner, files)?;
    }
    Ok(())
}

fn files_of(element: &Element, files: &mut Vec<AttachedFile>) -> Result<(), Reason> {
    for file in element.elements_named("file") {
        let name = file.attribute("name").unwrap_or_default().to_owned();
        let is_base64 = file
            .attribute("encoding")
            .is_none_or(|encoding| encoding == "base64");
        let text = file.text();
        let bytes = decoded_length(&text).filter(|_| is_base64);
        let content = bytes
            .filter(|bytes| *bytes <= FILE_BYTES_MAX && files.len() < FILES_MAX)
            .and_then(|_| decoded(&text));
        match content {
            Some(content) => files.push(AttachedFile {
                name,
                bytes: content.len(),
                content,
            }),
            None => {
                return Err(Reason::AttachedFile {
                    name: excerpt(&name),
                    max: FILE_BYTES_MAX,
                });
            }
        }
    }
    Ok(())
}

/// The bytes of a base64 text; `None` where it is none.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let packed: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(packed).ok()
}

/// How many bytes a base64 text stands for; `None` where it is none.
fn decoded_length(text: &str) -> Option<usize> {
    let mut characters: usize = 0;
    let mut padding: usize = 0;
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        match byte {
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => {}
            _ => return None,
        }
        characters += 1;
    }
    let is_whole = characters.is_multiple_of(4) && padding <= 2;
    is_whole.then(|| characters / 4 * 3 - padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_measured_without_being_decoded() {
        for (text, bytes) in [
            ("", Some(0)),
            ("QQ==", Some(1)),
            ("QUI=", Some(2)),
            ("QUJD\nQUJD", Some(6)),
        ] {
            assert_eq!(decoded_length(text), bytes, "{text}");
        }
        for text in ["Q", "QQ", "Q===", "QQ==QQ==", "Q!==", "एक=="] {
            assert_eq!(decoded_length(text), None, "{text}");
        }
    }
}
