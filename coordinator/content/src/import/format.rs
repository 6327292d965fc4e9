//! Which format a file has, from its name and its first bytes; or what it is instead, or what could not be told. Importers
//! are chosen by it; it never says that a file is good.

mod xml_root;

use std::str::FromStr;

use serde::Serialize;

use super::aiken::is_answer_line;

/// How many bytes from a file's beginning are looked at.
pub const HEAD_BYTES: usize = 64 * 1024;

/// A format of questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Rows and columns as text.
    Csv,
    /// GIFT.
    Gift,
    /// Aiken.
    Aiken,
    /// Moodle's XML.
    MoodleXml,
    /// One QTI item.
    QtiItem,
    /// A QTI test: which items, in which order.
    QtiTest,
    /// The list of a QTI package's files.
    QtiManifest,
    /// Another QTI file: a section, a stimulus, a fragment.
    QtiPart,
    /// A zip archive: a QTI package, or something else.
    Package,
    /// An Excel workbook.
    Xlsx,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognised {
    /// Questions in this format.
    Questions(Format),
    /// Something else, in words.
    Other(String),
    /// What could not be told, and what to do.
    Unknown(String),
}

impl Format {
    /// The format's name as people know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Gift => "GIFT",
            Self::Aiken => "Aiken",
            Self::MoodleXml => "Moodle XML",
            Self::QtiItem => "QTI item",
            Self::QtiTest => "QTI test",
            Self::QtiManifest => "QTI manifest",
            Self::QtiPart => "part of a QTI test",
            Self::Package => "zip archive",
            Self::Xlsx => "Excel workbook",
        }
    }
}

/// A text that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a format; write csv, xlsx, gift, aiken, moodle-xml, qti-item or package (a zip)")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    /// As people write it, and as reports do.
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "csv" => Self::Csv,
            "xlsx" => Self::Xlsx,
            "gift" => Self::Gift,
            "aiken" => Self::Aiken,
            "moodle-xml" | "moodle" => Self::MoodleXml,
            "qti-item" => Self::QtiItem,
            "package" | "zip" => Self::Package,
            _ => return Err(UnknownFormat(text.chars().take(20).collect())),
        })
    }
}

impl Format {
    /// The name that [`Format::from_str`] reads, where a paper can be made of the format.
    pub fn id(self) -> Option<&'static str> {
        Some(match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Gift => "gift",
            Self::Aiken => "aiken",
            Self::MoodleXml => "moodle-xml",
            Self::QtiItem => "qti-item",
            Self::Package => "package",
            Self::QtiTest | Self::QtiManifest | Self::QtiPart => return None,
        })
    }
}

/// Recognises a file by its name and its first bytes (at most [`HEAD_BYTES`] are looked at).
pub fn recognise(name: &str, head: &[u8]) -> Recognised {
    let head = &head[..head.len().min(HEAD_BYTES)];
    let ending = match name.rsplit_once('.') {
        Some((_, ending)) => ending.to_ascii_lowercase(),
        None => String::new(),
    };
    if head.starts_with(b"PK\x03\x04") {
        return Recognised::Questions(if ending == "xlsx" {
            Format::Xlsx
        } else {
            Format::Package
        });
    }
    match ending.as_str() {
        "csv" => Recognised::Questions(Format::Csv),
        "gift" => Recognised::Questions(Format::Gift),
        "aiken" => Recognised::Questions(Format::Aiken),
        "xml" => xml(head),
        "txt" | "" => by_content(head, &ending),
        "zip" | "xlsx" => Recognised::Unknown(format!(
            "the name ends in .{ending} but the file is none; it was cut off or renamed"
        )),
        other => Recognised::Other(format!("files whose names end in .{other} hold no questions")),
    }
}

fn xml(head: &[u8]) -> Recognised {
    let Some(root) = xml_root::name(head) else {
        return Recognised::Unknown(
            "no root element was found at its beginning; it is no XML, or damaged".to_owned(),
        );
    };
    // QTI 3 writes the same names with hyphens.
    let plain: String = root
        .strip_prefix("qti-")
        .unwrap_or(&root)
        .replace('-', "")
        .to_ascii_lowercase();
    Recognised::Questions(match plain.as_str() {
        "quiz" => Format::MoodleXml,
        "assessmentitem" => Format::QtiItem,
        "assessmenttest" => Format::QtiTest,
        "manifest" => Format::QtiManifest,
        "assessmentsection" | "testpart" | "assessmentstimulus" | "responseprocessing"
        | "outcomeprocessing" => Format::QtiPart,
        _ => return Recognised::Unknown(format!("its root element `{root}` is neither QTI's nor Moodle's")),
    })
}

fn by_content(head: &[u8], ending: &str) -> Recognised {
    if xml_root::name(head).is_some() {
        return xml(head);
    }
    let Ok(text) = text_of(head) else {
        return Recognised::Unknown(
            "its name says nothing of its format, and it is not UTF-8 text".to_owned(),
        );
    };
    let has_answers = |line: &str| {
        let line = line.trim();
        // Braces alone say little of a file whose name says nothing.
        let has_braces = ending == "txt" && line.contains('{') && !line.starts_with("//");
        line.starts_with("::") || line.starts_with("$CATEGORY:") || has_braces
    };
    if text.lines().any(is_answer_line) {
        Recognised::Questions(Format::Aiken)
    } else if text.lines().any(has_answers) {
        Recognised::Questions(Format::Gift)
    } else {
        Recognised::Unknown(
            "neither its name nor its text says which format it has; end the name in .csv, .gift or .xml"
                .to_owned(),
        )
    }
}

/// The text at a file's beginning, whose last character may be cut.
fn text_of(head: &[u8]) -> Result<&str, std::str::Utf8Error> {
    match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]),
        read => read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, head: &[u8]) -> Recognised {
        recognise(name, head)
    }

    #[test]
    fn a_format_is_read_back_from_its_name() {
        for format in [
            Format::Csv,
            Format::Xlsx,
            Format::Gift,
            Format::Aiken,
            Format::MoodleXml,
            Format::QtiItem,
            Format::Package,
        ] {
            assert_eq!(format.id().unwrap().parse(), Ok(format));
        }
        assert!(
            "pdf"
                .parse::<Format>()
                .unwrap_err()
                .to_string()
                .contains("moodle-xml")
        );
    }

    #[test]
    fn formats_are_told_by_name_and_first_bytes() {
        let utf16: Vec<u8> = "\u{feff}<quiz/>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let cases: [(&str, &[u8], Format); 12] = [
            ("a.csv", b"", Format::Csv),
            ("a.GIFT", b"", Format::Gift),
            ("a.txt", b"Q\nA. x\nB. y\nANSWER: A\n", Format::Aiken),
            ("a.txt", b"// c\n::n::Q {T}", Format::Gift),
            (
                "a.xml",
                b"<?xml version=\"1.0\"?>\n<!-- <x> -->\n<quiz>",
                Format::MoodleXml,
            ),
            ("a.xml", &utf16, Format::MoodleXml),
            ("a.xml", b"<q:assessmentItem xmlns:q=\"x\">", Format::QtiItem),
            ("a.xml", b"\xef\xbb\xbf<qti-assessment-item>", Format::QtiItem),
            (
                "a.xml",
                b"<!DOCTYPE a [ <!ENTITY b \"<c>\"> ]><qti-assessment-test",
                Format::QtiTest,
            ),
            (
                "imsmanifest.xml",
                b"<manifest identifier=\"x\">",
                Format::QtiManifest,
            ),
            ("a.zip", b"PK\x03\x04", Format::Package),
            ("a.xlsx", b"PK\x03\x04", Format::Xlsx),
        ];
        for (name, head, format) in cases {
            assert_eq!(told(name, head), Recognised::Questions(format), "{name}");
        }
    }

    #[test]
    fn what_is_something_else_or_cannot_be_told_says_so() {
        assert!(matches!(told("a.png", b""), Recognised::Other(_)));
        for (name, head, why) in [
            ("a.xml", &b"hello"[..], "no root element"),
            ("a.xml", b"<html>", "`html`"),
            ("a.zip", b"nothing", ".zip"),
            ("LICENSE", b"You may {", "neither its name"),
            ("a.txt", b"\xff\xfe\x00", "not UTF-8"),
        ] {
            let Recognised::Unknown(told) = told(name, head) else {
                panic!("{name}")
            };
            assert!(told.contains(why), "{name}: {told}");
        }
    }
}
