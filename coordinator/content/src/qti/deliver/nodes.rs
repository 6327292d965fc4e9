//! Nodes of content as they are put together.

use std::collections::BTreeMap;

use protocol::paper::{Element, Node};

/// An element of content.
pub(super) fn made(tag: &str, attributes: BTreeMap<String, String>, content: Vec<Node>) -> Node {
    Node::Element(Element {
        tag: tag.to_owned(),
        attributes,
        content,
    })
}

/// Takes white space from the edges.
pub(super) fn trim(nodes: &mut Vec<Node>) {
    while let Some(Node::Text(text)) = nodes.first_mut() {
        let kept = text.trim_start_matches(' ');
        if !kept.is_empty() {
            *text = kept.to_owned();
            break;
        }
        nodes.remove(0);
    }
    while let Some(Node::Text(text)) = nodes.last_mut() {
        text.truncate(text.trim_end_matches(' ').len());
        if !text.is_empty() {
            break;
        }
        nodes.pop();
    }
}

/// Adds a piece of text; neighbouring pieces are one.
pub(super) fn push_text(nodes: &mut Vec<Node>, piece: &str) {
    match nodes.last_mut() {
        Some(Node::Text(text)) => text.push_str(piece),
        _ => nodes.push(Node::Text(piece.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_text_are_one_and_lose_the_space_at_their_edges() {
        let mut nodes = Vec::new();
        for piece in [" ", " a ", "b "] {
            push_text(&mut nodes, piece);
        }
        trim(&mut nodes);
        assert_eq!(nodes, [Node::Text("a b".to_owned())]);
        nodes.push(made("br", BTreeMap::new(), Vec::new()));
        push_text(&mut nodes, "  ");
        trim(&mut nodes);
        assert_eq!(nodes.len(), 2);
    }
}
