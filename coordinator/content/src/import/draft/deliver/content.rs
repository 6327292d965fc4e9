//! The texts of a draft as a paper shows them: plain where they are plain, content where they are formatted, with the
//! pictures that they show. What cannot be shown as it is meant is named.

use std::collections::BTreeMap;

use protocol::paper::{Choice, Flow, Node, Picture, Text};

use super::Undeliverable;
use crate::import::{
    draft::{AttachedFile, Passage, Passages, Shown},
    picture::{PICTURES_BYTES_MAX, picture},
    sanitise::{of_plain, plain_of},
};

/// A text in every language: plain, and as it is formatted where it is.
pub(super) struct Content {
    pub(super) text: Text,
    pub(super) body: Flow,
}

/// Turns texts into content, and keeps the pictures that it meets.
pub(super) struct Writer<'a> {
    files: &'a [AttachedFile],
    pub(super) pictures: BTreeMap<String, Picture>,
    bytes: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(files: &'a [AttachedFile]) -> Self {
        Self {
            files,
            pictures: BTreeMap::new(),
            bytes: 0,
        }
    }

    /// A text of the draft.
    pub(super) fn content(
        &mut self,
        part: &str,
        passages: &Passages,
        chars_max: usize,
    ) -> Result<Content, Undeliverable> {
        let (mut text, mut body) = (Text::new(), Flow::new());
        for (language, passage) in passages {
            let (plain, nodes) = self.one(part, passage)?;
            let held = plain.chars().count();
            match held {
                // A picture without words is a finding of the check, not nothing.
                0 if nodes.as_ref().is_none_or(Vec::is_empty) => {
                    return Err(Undeliverable::Empty(part.to_owned()));
                }
                held if held > chars_max => {
                    return Err(Undeliverable::TooLong {
                        part: part.to_owned(),
                        held,
                        max: chars_max,
                    });
                }
                _ => {}
            }
            text.insert(language.clone(), plain);
            if let Some(nodes) = nodes {
                body.insert(language.clone(), nodes);
            }
        }
        if !body.is_empty() {
            for (language, plain) in &text {
                body.entry(language.clone()).or_insert_with(|| of_plain(plain));
            }
        }
        Ok(Content { text, body })
    }

    /// A text that is shown as an option.
    pub(super) fn choice(
        &mut self,
        id: u8,
        part: &str,
        passages: &Passages,
        chars_max: usize,
    ) -> Result<Choice, Undeliverable> {
        let content = self.content(part, passages, chars_max)?;
        Ok(Choice {
            body: content.body,
            ..Choice::plain(protocol::ids::OptionId(id), content.text)
        })
    }

    fn one(&mut self, part: &str, passage: &Passage) -> Result<(String, Option<Vec<Node>>), Undeliverable> {
        let fragment = match passage.shown() {
            Shown::Plain(text) => return Ok((text.trim().to_owned(), None)),
            Shown::Unrendered => return Err(Undeliverable::Markdown(part.to_owned())),
            Shown::Html(fragment) => fragment,
        };
        if let Ok(plain) = fragment.plain() {
            return Ok((plain, None));
        }
        if let Some(element) = fragment.dropped().first() {
            return Err(Undeliverable::Markup {
                part: part.to_owned(),
                element: element.clone(),
            });
        }
        let mut nodes = fragment.nodes().map_err(|max| Undeliverable::TooDeep {
            part: part.to_owned(),
            max,
        })?;
        self.name_pictures(&mut nodes)?;
        Ok((plain_of(&nodes), Some(nodes)))
    }

    /// Gives each picture the name that it has in the paper.
    fn name_pictures(&mut self, nodes: &mut [Node]) -> Result<(), Undeliverable> {
        for node in nodes {
            match node {
                Node::Image(image) => image.name = self.picture(&image.name)?,
                Node::Element(element) => self.name_pictures(&mut element.content)?,
                Node::Hottext { content, .. } => self.name_pictures(content)?,
                Node::Text(_) | Node::Part { .. } | Node::Gap { .. } => {}
            }
        }
        Ok(())
    }

    fn picture(&mut self, name: &str) -> Result<String, Undeliverable> {
        let file = file_named(self.files, name);
        let file = file.ok_or_else(|| Undeliverable::NoPicture(name.to_owned()))?;
        let (own_name, taken) = picture(&file.content).map_err(|why| Undeliverable::Picture {
            name: file.name.clone(),
            why,
        })?;
        if !self.pictures.contains_key(&own_name) {
            self.bytes += file.content.len();
            if self.bytes > PICTURES_BYTES_MAX {
                return Err(Undeliverable::Pictures);
            }
            self.pictures.insert(own_name.clone(), taken);
        }
        Ok(own_name)
    }
}

/// The file that a text means; texts write spaces as `%20`.
pub(crate) fn file_named<'a>(files: &'a [AttachedFile], name: &str) -> Option<&'a AttachedFile> {
    let spaced = name.replace("%20", " ");
    files.iter().find(|file| file.name == name || file.name == spaced)
}
