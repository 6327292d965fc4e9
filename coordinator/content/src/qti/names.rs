//! One set of names inside: QTI 3.0 writes `qti-response-if` and `base-type`, QTI 2.x `responseIf` and `baseType`. The
//! tree is turned into the 2.x spelling once, at reading; nothing behind this file knows of two spellings.

use crate::xml::{Attribute, Element, Node};

/// A tree in one spelling.
#[derive(Debug)]
pub(crate) struct Normalised {
    /// The root, all names in QTI 2.x spelling.
    pub(crate) root: Element,
    /// Whether the file was written in QTI 3.0: some defaults differ.
    pub(crate) is_version_3: bool,
}

/// Turns 3.0 names into those of 2.x; a file of 2.x stays as it is.
pub(crate) fn normalise(root: Element) -> Normalised {
    Normalised {
        is_version_3: root.name.starts_with(PREFIX),
        root: element(root),
    }
}

const PREFIX: &str = "qti-";

/// In place: a tree may be large. As deep as the reader allows.
fn element(mut given: Element) -> Element {
    if let Some(kebab) = given.name.strip_prefix(PREFIX) {
        given.name = element_name(kebab);
        given.attributes = given.attributes.into_iter().map(attribute).collect();
    }
    let children = given.children.into_iter().map(|node| match node {
        Node::Element(inner) => Node::Element(element(inner)),
        text @ Node::Text(_) => text,
    });
    given.children = children.collect();
    given
}

/// Names that 2.x does not write in plain camel case.
fn element_name(kebab: &str) -> String {
    match kebab {
        "duration-lt" => "durationLT".to_owned(),
        "duration-gte" => "durationGTE".to_owned(),
        other => camel(other),
    }
}

fn attribute(given: Attribute) -> Attribute {
    let stays =
        given.name.starts_with("data-") || given.name.starts_with("aria-") || given.name.contains(':');
    if stays {
        return given;
    }
    let name = camel(&given.name);
    let value = match (name.as_str(), given.value.as_str()) {
        ("baseType", "directed-pair") => "directedPair".to_owned(),
        ("baseType", "int-or-identifier") => "intOrIdentifier".to_owned(),
        _ => given.value,
    };
    Attribute { name, value }
}

fn camel(kebab: &str) -> String {
    let mut name = String::with_capacity(kebab.len());
    for (index, word) in kebab.split('-').enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if index > 0 => name.extend(first.to_uppercase()),
            Some(first) => name.push(first),
            None => {}
        }
        name.push_str(letters.as_str());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::parse;

    #[test]
    fn both_spellings_become_the_same_names() {
        let three = parse(
            b"<qti-assessment-item><qti-response-declaration base-type='directed-pair' data-a-b='1'/><p class-a='x'/>\
              <qti-duration-lt/><qti-any-n/><qti-map-response-point/></qti-assessment-item>",
        )
        .unwrap();
        let Normalised { root, is_version_3 } = normalise(three);
        assert!(is_version_3);
        let names: Vec<_> = root.elements().map(|element| element.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "responseDeclaration",
                "p",
                "durationLT",
                "anyN",
                "mapResponsePoint"
            ]
        );
        let declaration = root.first("responseDeclaration").unwrap();
        assert_eq!(declaration.attribute("baseType"), Some("directedPair"));
        assert_eq!(declaration.attribute("data-a-b"), Some("1"));
        assert_eq!(root.first("p").unwrap().attribute("class-a"), Some("x"));
        let two = parse(b"<assessmentItem><responseIf baseType='x'/></assessmentItem>").unwrap();
        assert_eq!(normalise(two.clone()).root, two);
    }
}
