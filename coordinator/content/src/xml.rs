//! A bounded XML reader: bytes become a small tree of elements that keeps names, attributes, text, order and lines. The
//! importers of QTI and Moodle XML call it. It never opens a file or an address, knows no entities but XML's five and
//! the numeric ones, and never panics on any bytes.
//!
//! ```ignore
//! let root = content::xml::parse(bytes)?;
//! for question in root.elements_named("question") {
//!     let kind = question.attribute("type");
//! }
//! ```

mod encoding;
mod fault;
mod limits;
mod reader;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use fault::{XmlError, XmlFault};
pub use limits::Limits;
pub use reader::{parse, parse_within};

/// One element with everything in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The name without its prefix.
    pub name: String,
    /// The namespace's address; `None` outside any namespace.
    pub namespace: Option<Arc<str>>,
    /// As written, without namespace declarations; each full name stands once.
    pub attributes: Vec<Attribute>,
    /// Texts and elements in their order; neighbouring pieces of text are one.
    pub children: Vec<Node>,
    /// The line on which its tag begins, from 1.
    pub line: u32,
}

/// What stands inside an element. Comments and processing instructions are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, entities and CDATA resolved, white space kept.
    Text(String),
}

/// `name="value"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The name as written, with its prefix (`xml:lang`).
    pub name: String,
    /// The value, entities resolved, line ends and tabs as spaces.
    pub value: String,
}

impl Element {
    /// The value of the attribute with this full name.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let attribute = self.attributes.iter().find(|attribute| attribute.name == name)?;
        Some(&attribute.value)
    }

    /// The elements directly inside.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The elements of this name directly inside.
    pub fn elements_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements().filter(move |element| element.name == name)
    }

    /// The first element of this name directly inside.
    pub fn first(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.name == name)
    }

    /// All text inside, also that of inner elements, in its order.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.collect_text(&mut text);
        text
    }

    /// Whether there is text other than white space directly inside.
    pub fn has_own_text(&self) -> bool {
        self.children
            .iter()
            .any(|node| matches!(node, Node::Text(text) if !text.trim().is_empty()))
    }

    fn collect_text(&self, text: &mut String) {
        for node in &self.children {
            match node {
                Node::Text(piece) => text.push_str(piece),
                Node::Element(element) => element.collect_text(text),
            }
        }
    }
}
