//! The tags of an HTML text, without understanding it: enough to count them, to name them and to read an attribute of
//! sanitised ones. It never decides what is safe.

/// One tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// Its name as written.
    pub(super) name: &'a str,
    /// Whether it is `</name>`.
    pub(super) is_closing: bool,
    /// What stands between the name and the end.
    attributes: &'a str,
    /// Where it begins.
    pub(super) start: usize,
    /// Where what follows begins.
    pub(super) end: usize,
}

/// All tags of a text in their order; comments are left out.
pub(super) fn tags(html: &str) -> Tags<'_> {
    Tags { html, from: 0 }
}

/// See [`tags`].
pub(super) struct Tags<'a> {
    html: &'a str,
    from: usize,
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let start = self.from + self.html[self.from..].find('<')?;
            let rest = &self.html[start..];
            if rest.starts_with("<!--") {
                self.from = rest.find("-->").map_or(self.html.len(), |end| start + end + 3);
                continue;
            }
            let tag = tag_at(rest, start);
            self.from = tag.map_or(start + 1, |tag| tag.end);
            if tag.is_some() {
                return tag;
            }
        }
    }
}

fn tag_at(rest: &str, start: usize) -> Option<Tag<'_>> {
    let is_closing = rest.starts_with("</");
    let body = &rest[if is_closing { 2 } else { 1 }..];
    if !body.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let name_length = body
        .find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/'))
        .unwrap_or(body.len());
    let (name, after) = body.split_at(name_length);
    let length = attributes_length(after);
    let attributes = &after[..length];
    let before = rest.len() - after.len();
    let end = (start + before + length + 1).min(start + rest.len());
    Some(Tag {
        name,
        is_closing,
        attributes,
        start,
        end,
    })
}

/// How far the attributes go: to the first `>` outside quotes.
fn attributes_length(text: &str) -> usize {
    let mut quote = None;
    for (place, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return place,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None | Some(_), _) => {}
        }
    }
    text.len()
}

impl Tag<'_> {
    /// The value of an attribute of a sanitised tag: always quoted, entities resolved here.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let wanted = format!(" {name}=\"");
        let from = self.attributes.find(&wanted)? + wanted.len();
        let value = self.attributes[from..].split('"').next()?;
        Some(super::flat::without_entities(value))
    }
}
