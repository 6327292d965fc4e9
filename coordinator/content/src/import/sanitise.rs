//! Foreign HTML made harmless: an allow-list of elements and attributes, everything else taken out. Passages are made with
//! it; no other part may put a file's HTML anywhere.
//!
//! What stays: paragraphs, line ends, emphasis, sub- and superscript, lists, tables, code, quotes, headings, images, and
//! the direction and language of a text. What goes: scripts, styles, frames, forms, links (their text stays), classes,
//! ids, event handlers, and every address that is not a plain file name within the import.

mod flat;
mod nodes;
mod tags;

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use ammonia::{Builder, UrlRelative};
use protocol::paper::Node;

pub(crate) use nodes::{of_plain, plain_of};

use self::tags::{Tag, tags};

/// Elements that are shown.
const ELEMENTS: [&str; 40] = [
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
    "img",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "bdi",
    "bdo",
];

/// Elements whose loss takes nothing from what a candidate reads.
const HARMLESS: [&str; 18] = [
    "html", "head", "body", "meta", "link", "title", "style", "script", "font", "center", "a", "colgroup",
    "col", "section", "article", "main", "tt", "nobr",
];

/// Tags of one passage; real ones have dozens.
const TAGS_MAX: usize = 2_000;
/// Elements within each other.
const DEPTH_MAX: usize = 40;

/// Elements that end by themselves where the next begins, or have no content: they do not count towards the depth.
const SHALLOW: [&str; 16] = [
    "p", "br", "hr", "img", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "col", "input",
    "meta",
];

/// What Moodle writes before the name of a file of the question.
const MOODLE_FILE: &str = "@@PLUGINFILE@@/";

/// Sanitised HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    html: String,
    dropped: Vec<String>,
}

/// An image that a fragment shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The file's name within the import; empty where the address was not one.
    pub name: String,
    /// What it shows, for those who do not see it; empty where nobody wrote it.
    pub text: String,
}

/// Sanitises HTML; `None` where it has more or deeper elements than any question.
pub fn fragment(written: &str) -> Option<Fragment> {
    let dropped = dropped_in(written)?;
    let html = SANITISER.clean(written).to_string();
    Some(Fragment { html, dropped })
}

impl Fragment {
    /// The harmless HTML.
    pub fn html(&self) -> &str {
        &self.html
    }

    /// Names of elements that were taken out and may have meant something to a reader.
    pub fn dropped(&self) -> &[String] {
        &self.dropped
    }

    /// What there is to read in it.
    pub fn text(&self) -> String {
        flat::text(&self.html)
    }

    /// Whether it shows nothing.
    pub fn is_empty(&self) -> bool {
        self.images().is_empty() && self.text().trim().is_empty()
    }

    /// The images that it shows.
    pub fn images(&self) -> Vec<Image> {
        let image = |tag: Tag<'_>| Image {
            name: tag.attribute("src").unwrap_or_default(),
            text: tag.attribute("alt").unwrap_or_default(),
        };
        tags(&self.html)
            .filter(|tag| tag.name == "img" && !tag.is_closing)
            .map(image)
            .collect()
    }

    /// The same as content of a paper; `Err` is how deep elements may stand within each other where they stand deeper.
    pub fn nodes(&self) -> Result<Vec<Node>, usize> {
        nodes::nodes(&self.html)
    }

    /// The same as plain text with line ends; `Err` names an element that plain text cannot stand for.
    pub fn plain(&self) -> Result<String, String> {
        match self.dropped.first() {
            Some(name) => Err(name.clone()),
            None => flat::plain(&self.html),
        }
    }
}

/// Names of meaningful elements that will be taken out; `None` where the markup is beyond the bounds.
fn dropped_in(written: &str) -> Option<Vec<String>> {
    let mut dropped: Vec<String> = Vec::new();
    let mut depth: usize = 0;
    for (number, tag) in tags(written).enumerate() {
        let name = tag.name.to_ascii_lowercase();
        if !SHALLOW.contains(&name.as_str()) {
            depth = if tag.is_closing {
                depth.saturating_sub(1)
            } else {
                depth + 1
            };
        }
        if number >= TAGS_MAX || depth > DEPTH_MAX {
            return None;
        }
        // Word processors leave elements of their own name spaces, with a colon.
        let is_known =
            ELEMENTS.contains(&name.as_str()) || HARMLESS.contains(&name.as_str()) || name.contains(':');
        if !is_known && !dropped.contains(&name) {
            dropped.push(name);
        }
    }
    Some(dropped)
}

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(ELEMENTS))
        .clean_content_tags(HashSet::from(["script", "style", "title"]))
        .generic_attributes(HashSet::from(["lang", "dir"]))
        .add_tag_attributes("img", ["src", "alt", "width", "height"])
        .add_tag_attributes("td", ["colspan", "rowspan"])
        .add_tag_attributes("th", ["colspan", "rowspan", "scope"])
        .add_tag_attributes("ol", ["start", "type"])
        // No scheme at all; what is left is checked below.
        .url_schemes(HashSet::new())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true)
        .attribute_filter(|_, attribute, value| match attribute {
            "src" => file_name(value).map(Cow::Borrowed),
            _ => Some(Cow::Borrowed(value)),
        });
    builder
});

/// The name of a file within the import; `None` for every other address.
fn file_name(address: &str) -> Option<&str> {
    let name = address.strip_prefix(MOODLE_FILE).unwrap_or(address);
    let is_plain = !name.is_empty()
        && !name.contains([':', '\\', '?', '#', '@'])
        && name
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.'))
        && !name.chars().any(char::is_control);
    is_plain.then_some(name)
}

#[cfg(test)]
mod tests;
