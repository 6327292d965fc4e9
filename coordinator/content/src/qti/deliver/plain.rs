//! Content as plain text: what is searched, read out where nothing better is known, and shown where nothing is formatted.

use protocol::paper::Node;

use super::html::is_block;

/// Stands for a place that the candidate fills.
const BLANK: &str = "_____";

/// The text of content, its blocks on lines of their own.
pub(super) fn text(nodes: &[Node]) -> String {
    let mut text = String::new();
    write(nodes, &mut text);
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            line.split(' ')
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

fn write(nodes: &[Node], text: &mut String) {
    for node in nodes {
        match node {
            Node::Text(piece) => text.push_str(piece),
            Node::Element(element) => {
                let ends = if is_block(&element.tag) {
                    "\n"
                } else if matches!(element.tag.as_str(), "td" | "th") {
                    " "
                } else {
                    ""
                };
                text.push_str(ends);
                write(&element.content, text);
                text.push_str(ends);
            }
            Node::Image(image) => text.push_str(&image.alt),
            Node::Part { .. } | Node::Gap { .. } => text.push_str(BLANK),
            Node::Hottext { content, .. } => write(content, text),
        }
    }
}

/// Whether the plain text is all there is: paragraphs and line ends, nothing else.
pub(super) fn is_all(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| match node {
        Node::Text(_) => true,
        Node::Element(element) => {
            matches!(element.tag.as_str(), "p" | "div" | "br" | "span")
                && element.attributes.is_empty()
                && is_all(&element.content)
        }
        Node::Image(_) | Node::Part { .. } | Node::Gap { .. } | Node::Hottext { .. } => false,
    })
}

/// Whether something can be seen in it.
pub(super) fn is_blank(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| match node {
        Node::Text(piece) => piece.trim().is_empty(),
        Node::Element(element) => element.tag != "hr" && is_blank(&element.content),
        Node::Image(_) | Node::Part { .. } | Node::Gap { .. } | Node::Hottext { .. } => false,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use protocol::{
        ids::{OptionId, PartNo},
        paper::Element,
    };

    use super::*;

    fn element(tag: &str, content: Vec<Node>) -> Node {
        Node::Element(Element {
            tag: tag.to_owned(),
            attributes: BTreeMap::new(),
            content,
        })
    }

    #[test]
    fn blocks_become_lines_and_places_become_blanks() {
        let nodes = [
            element(
                "p",
                vec![
                    Node::Text("Rivers ".into()),
                    element("b", vec![Node::Text("flow".into())]),
                ],
            ),
            element(
                "p",
                vec![
                    Node::Gap { gap: OptionId(1) },
                    Node::Text(" and ".into()),
                    Node::Part { part: PartNo(1) },
                ],
            ),
        ];
        assert_eq!(text(&nodes), "Rivers flow\n_____ and _____");
        assert!(!is_all(&nodes) && is_all(&[element("p", vec![Node::Text("x".into())])]));
        assert!(is_blank(&[element("p", vec![Node::Text(" ".into())])]) && !is_blank(&nodes));
    }
}
