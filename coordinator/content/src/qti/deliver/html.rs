//! Which elements and attributes of a text are kept. The page knows the same list (docs/QTI.md): what is not here never
//! reaches a candidate, and what would be missed is refused by name.

use std::collections::BTreeMap;

use crate::xml::Element;

/// What becomes of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It stays, under this name.
    Kept(&'static str),
    /// Its content stays.
    Opened,
    /// Nothing of it stays, and nobody misses it.
    Dropped,
    /// Sound, film, programs.
    Media,
    /// It is not known, or cannot be shown.
    Refused,
}

/// Kept under their own names.
const KEPT: [&str; 39] = [
    "p",
    "br",
    "div",
    "span",
    "b",
    "strong",
    "i",
    "em",
    "u",
    "s",
    "sub",
    "sup",
    "small",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "pre",
    "code",
    "blockquote",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "bdi",
    "bdo",
];

/// Elements of MathML that are kept: what browsers draw.
const MATH: [&str; 27] = [
    "math",
    "mrow",
    "mi",
    "mn",
    "mo",
    "ms",
    "mtext",
    "mspace",
    "mfrac",
    "msqrt",
    "mroot",
    "mstyle",
    "mpadded",
    "mphantom",
    "menclose",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mmultiscripts",
    "mprescripts",
    "none",
    "mtable",
    "mtr",
    "mtd",
];

/// Attributes of MathML that are kept.
const MATH_ATTRIBUTES: [&str; 27] = [
    "display",
    "displaystyle",
    "scriptlevel",
    "mathvariant",
    "stretchy",
    "symmetric",
    "fence",
    "separator",
    "form",
    "accent",
    "accentunder",
    "lspace",
    "rspace",
    "minsize",
    "maxsize",
    "linethickness",
    "columnalign",
    "rowalign",
    "columnspan",
    "rowspan",
    "width",
    "height",
    "depth",
    "voffset",
    "notation",
    "dir",
    "lang",
];

/// Elements that stand on lines of their own.
const BLOCKS: [&str; 24] = [
    "p",
    "div",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "pre",
    "blockquote",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "br",
];

/// Characters of an attribute's value.
const VALUE_CHARS_MAX: usize = 40;
/// Columns or rows that a cell may span.
const SPAN_MAX: u16 = 100;

/// Whether it stands on lines of its own.
pub(super) fn is_block(name: &str) -> bool {
    BLOCKS.contains(&name)
}

/// Whether it is MathML's.
pub(super) fn is_math(name: &str) -> bool {
    MATH.contains(&name)
}

/// What becomes of this element of a text; `math` within MathML.
pub(super) fn treatment(element: &Element, math: bool) -> Treatment {
    let name = element.name.as_str();
    if math || name == "math" {
        return of_math(name);
    }
    // Speech marks, such as `ssml:sub`, have HTML's names and other meanings.
    if element
        .namespace
        .as_deref()
        .is_some_and(|namespace| namespace.contains("synthesis"))
    {
        return Treatment::Opened;
    }
    if let Some(kept) = KEPT.iter().find(|kept| **kept == name) {
        return Treatment::Kept(kept);
    }
    match name {
        "abbr" | "acronym" | "label" | "big" | "font" | "a" | "contentBody" | "stimulusBody" | "time"
        | "data" => Treatment::Opened,
        "cite" | "dfn" | "var" => Treatment::Kept("i"),
        "kbd" | "samp" | "tt" => Treatment::Kept("code"),
        "ins" => Treatment::Kept("u"),
        "del" | "strike" => Treatment::Kept("s"),
        "address" | "article" | "aside" | "center" | "figure" | "figcaption" | "footer" | "header"
        | "hgroup" | "main" | "nav" | "section" => Treatment::Kept("div"),
        "col" | "colgroup" | "stylesheet" | "catalogInfo" | "param" | "wbr" => Treatment::Dropped,
        "audio" | "video" | "track" | "source" | "embed" | "iframe" | "script" | "canvas" | "applet" => {
            Treatment::Media
        }
        _ => Treatment::Refused,
    }
}

fn of_math(name: &str) -> Treatment {
    match name {
        // The first of these is the formula; the others say it in other ways.
        "semantics" => Treatment::Opened,
        "annotation" | "annotation-xml" => Treatment::Dropped,
        name => MATH
            .iter()
            .find(|kept| **kept == name)
            .map_or(Treatment::Refused, |kept| Treatment::Kept(kept)),
    }
}

/// The attributes of an element that stay.
pub(super) fn attributes(element: &Element, kept_as: &str) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    for attribute in &element.attributes {
        let name = match attribute.name.as_str() {
            "xml:lang" => "lang",
            name => name,
        };
        let value = attribute.value.trim();
        if value.len() <= VALUE_CHARS_MAX && is_kept(kept_as, name, value) {
            kept.insert(name.to_owned(), value.to_owned());
        }
    }
    kept
}

fn is_kept(element: &str, name: &str, value: &str) -> bool {
    match (element, name) {
        (_, "lang") => is_language(value),
        (_, "dir") => matches!(value, "ltr" | "rtl" | "auto"),
        (math, name) if is_math(math) => {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '%' | '+' | '-');
            MATH_ATTRIBUTES.contains(&name) && value.chars().all(is_plain)
        }
        ("td" | "th", "colspan" | "rowspan") => value
            .parse()
            .is_ok_and(|span: u16| (1..=SPAN_MAX).contains(&span)),
        ("th", "scope") => matches!(value, "row" | "col" | "rowgroup" | "colgroup"),
        ("ol", "start") => value.parse::<i16>().is_ok(),
        ("ol", "type") => matches!(value, "1" | "a" | "A" | "i" | "I"),
        _ => false,
    }
}

/// Whether this is a tag of a language: letters, digits, hyphens.
pub(crate) fn is_language(tag: &str) -> bool {
    let is_part =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    tag.starts_with(|c: char| c.is_ascii_alphabetic()) && tag.split('-').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::parse;

    fn of(xml: &str) -> (Treatment, BTreeMap<String, String>) {
        let element = parse(xml.as_bytes()).unwrap();
        let treatment = treatment(&element, false);
        let kept_as = match treatment {
            Treatment::Kept(name) => name,
            _ => "",
        };
        (treatment, attributes(&element, kept_as))
    }

    #[test]
    fn what_a_page_makes_of_an_element_is_on_the_list_and_nothing_else() {
        for (xml, treatment) in [
            ("<p/>", Treatment::Kept("p")),
            ("<var/>", Treatment::Kept("i")),
            ("<math/>", Treatment::Kept("math")),
            ("<mrow/>", Treatment::Refused),
            ("<a href='http://host/'/>", Treatment::Opened),
            ("<script/>", Treatment::Media),
            ("<svg/>", Treatment::Refused),
            (
                "<s:sub xmlns:s='http://www.w3.org/2001/10/synthesis'/>",
                Treatment::Opened,
            ),
        ] {
            assert_eq!(of(xml).0, treatment, "{xml}");
        }
    }

    #[test]
    fn attributes_are_kept_by_name_and_by_value() {
        let kept =
            of("<td colspan='2' rowspan='9000' onclick='x' style='y' class='z' xml:lang='mr-IN' dir='up'/>")
                .1;
        let kept: Vec<_> = kept
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(kept, ["colspan=2", "lang=mr-IN"]);
        assert_eq!(
            of("<math display='block' href='x' lspace='1em' notation='url(x)'/>")
                .1
                .len(),
            2
        );
    }
}
