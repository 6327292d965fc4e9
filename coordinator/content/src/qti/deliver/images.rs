//! Pictures of a text, and printed values: the leaves of its tree that are not text.

use protocol::paper::{Image, Node};

use super::{flow::Walk, pictures::Found, reason::Reason};
use crate::{
    qti::{
        compile::Tag,
        program::{Remark, Role},
        value::Value,
    },
    xml::Element,
};

impl Walk<'_> {
    /// The value of a template variable, the same for everybody.
    pub(super) fn printed(&mut self, element: &Element) -> Option<Node> {
        let name = element.attribute("identifier").unwrap_or_default();
        let is_template = self
            .program
            .find(name)
            .is_some_and(|(_, variable)| variable.role == Role::Template);
        if !is_template || element.attribute("format").is_some() {
            self.refuse(element.line, &Reason::PrintedOutcome(name.to_owned()));
            return None;
        }
        let shown = self.templates.get(name).map(Value::to_string).unwrap_or_default();
        Some(Node::Text(shown))
    }

    pub(super) fn object(&mut self, element: &Element, nodes: &mut Vec<Node>) {
        let media = element.attribute("type").unwrap_or_default().to_ascii_lowercase();
        let data = element.attribute("data").unwrap_or_default();
        let ending = data.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        if media.starts_with("text/")
            || media.contains("html")
            || matches!(ending.as_str(), "html" | "htm" | "xhtml" | "txt")
        {
            self.refuse(element.line, &Reason::OtherText(data.to_owned()));
        } else if media.starts_with("image/") || media.is_empty() {
            nodes.extend(self.image(element, "data"));
        } else {
            self.refuse(element.line, &Reason::Media(data.to_owned()));
        }
    }

    /// The picture of an `img` or `object`.
    pub(super) fn image(&mut self, element: &Element, address: &'static str) -> Option<Node> {
        self.picture(element, address).map(Node::Image)
    }

    pub(super) fn picture(&mut self, element: &Element, address: &'static str) -> Option<Image> {
        let href = match Tag(element).required(address) {
            Ok(href) => href,
            Err(fault) => return self.fault(fault),
        };
        let name = match self.source.picture(href) {
            Ok(Found::Picture(name, picture)) => {
                self.pictures.insert(name.clone(), picture);
                name
            }
            Ok(Found::Named(path)) => {
                self.references.extend(path);
                String::new()
            }
            Err(reason) => {
                self.refuse(element.line, &reason);
                return None;
            }
        };
        let size = |attribute| {
            element
                .attribute(attribute)?
                .trim()
                .trim_end_matches("px")
                .parse()
                .ok()
        };
        let alt = match element.attribute("alt") {
            Some(alt) => alt.to_owned(),
            None => element.text(),
        };
        let alt = alt.split_whitespace().collect::<Vec<_>>().join(" ");
        if alt.is_empty() && element.attribute("role") != Some("presentation") {
            let text = format!("the picture `{href}` has no text for those who do not see it; add `alt`");
            let line = element.line;
            self.wordless.push(Remark { line, text });
        }
        Some(Image {
            name,
            alt,
            width: size("width"),
            height: size("height"),
        })
    }
}
