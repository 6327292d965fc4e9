//! From events to the tree: one pass, no recursion, every bound checked before something is kept.

use std::sync::Arc;

use quick_xml::{
    XmlVersion,
    errors::{Error as Quick, IllFormedError},
    escape::EscapeError,
    events::{BytesRef, BytesStart, Event},
    name::ResolveResult,
    reader::NsReader,
};

use super::{
    Attribute, Element, Node,
    encoding::decode,
    fault::{XmlError, XmlFault},
    limits::Limits,
};

/// Reads a file within the default [`Limits`].
pub fn parse(bytes: &[u8]) -> Result<Element, XmlError> {
    parse_within(bytes, Limits::default())
}

/// Reads a file within these limits.
pub fn parse_within(bytes: &[u8], limits: Limits) -> Result<Element, XmlError> {
    let whole_file = |fault| XmlError { line: 0, fault };
    if bytes.len() > limits.bytes_max {
        return Err(whole_file(XmlFault::TooLarge {
            bytes: bytes.len(),
            max: limits.bytes_max,
        }));
    }
    let text = decode(bytes).map_err(whole_file)?;
    if text.trim().is_empty() {
        return Err(whole_file(XmlFault::Empty));
    }
    let mut lines = Lines::new(&text);
    if let Some((position, character)) = text.char_indices().find(|(_, character)| !allowed(*character)) {
        return Err(lines
            .at(position)
            .fault(XmlFault::Character(u32::from(character))));
    }
    read(&text, limits)
}

/// The characters that XML 1.0 text may hold.
fn allowed(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn read(text: &str, limits: Limits) -> Result<Element, XmlError> {
    let mut reader = NsReader::from_str(text);
    let mut lines = Lines::new(text);
    let mut tree = Tree::new(limits);
    loop {
        let position = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let line = lines.at(position).line;
        let at = |fault| XmlError { line, fault };
        let (namespace, event) = match reader.read_resolved_event() {
            Ok((resolved, event)) => (namespace(&resolved), event),
            Err(error) => {
                let position = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                return Err(lines.at(position).fault(malformed(&error, &tree)));
            }
        };
        match event {
            Event::Start(start) => {
                let element = tree.element(&start, namespace, line).map_err(at)?;
                tree.open(element).map_err(at)?;
            }
            Event::Empty(start) => {
                let element = tree.element(&start, namespace, line).map_err(at)?;
                tree.open(element).map_err(at)?;
                tree.close();
            }
            Event::End(_) => tree.close(),
            Event::Text(piece) => tree.text(&piece.xml10_content()).map_err(at)?,
            Event::CData(piece) => tree.text(&piece.xml10_content()).map_err(at)?,
            Event::GeneralRef(reference) => tree.text(&resolve(&reference).map_err(at)?).map_err(at)?,
            Event::DocType(declaration) if declaration.contains('[') => {
                return Err(at(XmlFault::OwnDeclarations));
            }
            Event::DocType(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => return tree.finish().map_err(at),
        }
    }
}

/// The tree while it grows.
struct Tree {
    limits: Limits,
    elements: usize,
    attributes: usize,
    open: Vec<Element>,
    root: Option<Element>,
    /// The last namespace's address, shared by all elements in it.
    namespace: Option<Arc<str>>,
}

impl Tree {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            elements: 0,
            attributes: 0,
            open: Vec::new(),
            root: None,
            namespace: None,
        }
    }

    fn element(
        &mut self,
        start: &BytesStart<'_>,
        namespace: Result<Option<String>, XmlFault>,
        line: u32,
    ) -> Result<Element, XmlFault> {
        let name = self.name(start.local_name().as_ref())?;
        Ok(Element {
            name,
            namespace: self.shared(namespace?),
            attributes: self.attributes(start)?,
            children: Vec::new(),
            line,
        })
    }

    fn name(&self, name: &str) -> Result<String, XmlFault> {
        if name.len() > self.limits.name_bytes_max {
            return Err(XmlFault::NameTooLong(self.limits.name_bytes_max));
        }
        if name.is_empty() {
            return Err(XmlFault::Malformed("a tag without a name".to_owned()));
        }
        Ok(name.to_owned())
    }

    fn shared(&mut self, namespace: Option<String>) -> Option<Arc<str>> {
        if self.namespace.as_deref() != namespace.as_deref() {
            self.namespace = namespace.map(Arc::from);
        }
        self.namespace.clone()
    }

    fn attributes(&mut self, start: &BytesStart<'_>) -> Result<Vec<Attribute>, XmlFault> {
        let mut kept = Vec::new();
        for (index, attribute) in start.attributes().enumerate() {
            if index == self.limits.attributes_max {
                return Err(XmlFault::TooManyAttributes(self.limits.attributes_max));
            }
            let attribute = attribute.map_err(|error| XmlFault::Malformed(error.to_string()))?;
            let name = attribute.key.as_ref();
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| match error {
                    Quick::Escape(error) => escape(&error),
                    error => XmlFault::Malformed(error.to_string()),
                })?;
            if let Some(character) = value.chars().find(|character| !allowed(*character)) {
                return Err(XmlFault::Character(u32::from(character)));
            }
            self.attributes += 1;
            if self.attributes > self.limits.all_attributes_max {
                return Err(XmlFault::TooManyAttributesInAll(self.limits.all_attributes_max));
            }
            kept.push(Attribute {
                name: self.name(name)?,
                value: value.into_owned(),
            });
        }
        Ok(kept)
    }

    fn open(&mut self, element: Element) -> Result<(), XmlFault> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(XmlFault::OutsideRoot("a second element"));
        }
        if self.open.len() == self.limits.depth_max {
            return Err(XmlFault::TooDeep(self.limits.depth_max));
        }
        if self.elements == self.limits.elements_max {
            return Err(XmlFault::TooManyElements(self.limits.elements_max));
        }
        self.elements += 1;
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) {
        if let Some(element) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => add(parent, Node::Element(element)),
                None => self.root = Some(element),
            }
        }
    }

    fn text(&mut self, piece: &str) -> Result<(), XmlFault> {
        let Some(parent) = self.open.last_mut() else {
            let is_blank = piece.trim().is_empty();
            return if is_blank {
                Ok(())
            } else {
                Err(XmlFault::OutsideRoot("text"))
            };
        };
        match parent.children.last_mut() {
            Some(Node::Text(text)) => text.push_str(piece),
            _ if piece.is_empty() => {}
            _ => add(parent, Node::Text(piece.to_owned())),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Element, XmlFault> {
        if let Some(element) = self.open.pop() {
            return Err(XmlFault::Unclosed(element.name));
        }
        self.root
            .ok_or_else(|| XmlFault::Malformed("there is no element".to_owned()))
    }
}

/// Most elements have one child: a place for four, which a list begins with, would be most of the tree.
fn add(parent: &mut Element, child: Node) {
    if parent.children.is_empty() {
        parent.children.reserve_exact(1);
    }
    parent.children.push(child);
}

fn namespace(resolved: &ResolveResult<'_>) -> Result<Option<String>, XmlFault> {
    match resolved {
        ResolveResult::Unbound => Ok(None),
        ResolveResult::Bound(namespace) => Ok(Some(namespace.as_ref().to_owned())),
        ResolveResult::Unknown(prefix) => Err(XmlFault::UnknownPrefix(prefix.clone())),
    }
}

/// What an entity or a numbered character in text means.
fn resolve(reference: &BytesRef<'_>) -> Result<String, XmlFault> {
    let numbered = reference
        .resolve_char_ref()
        .map_err(|error| XmlFault::Malformed(error.to_string()))?;
    let character = match (numbered, &**reference) {
        (Some(character), _) if allowed(character) => character,
        (Some(character), _) => return Err(XmlFault::Character(u32::from(character))),
        (None, "lt") => '<',
        (None, "gt") => '>',
        (None, "amp") => '&',
        (None, "quot") => '"',
        (None, "apos") => '\'',
        (None, name) => return Err(XmlFault::UnknownEntity(name.chars().take(40).collect())),
    };
    Ok(character.to_string())
}

fn escape(error: &EscapeError) -> XmlFault {
    match error {
        EscapeError::UnrecognizedEntity(_, name) => XmlFault::UnknownEntity(name.chars().take(40).collect()),
        error => XmlFault::Malformed(error.to_string()),
    }
}

fn malformed(error: &Quick, tree: &Tree) -> XmlFault {
    match (error, tree.open.last()) {
        (Quick::IllFormed(IllFormedError::MissingEndTag(_)) | Quick::Syntax(_), Some(element)) => {
            XmlFault::Unclosed(element.name.clone())
        }
        (error, _) => XmlFault::Malformed(error.to_string()),
    }
}

/// Counts lines from where it last looked.
struct Lines<'a> {
    text: &'a str,
    position: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            position: 0,
            line: 1,
        }
    }

    /// Goes on to this byte; never back.
    fn at(&mut self, position: usize) -> &Self {
        let position = position.clamp(self.position, self.text.len());
        let passed = &self.text.as_bytes()[self.position..position];
        let ends = passed.split(|byte| *byte == b'\n').count() - 1;
        self.line = self.line.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX));
        self.position = position;
        self
    }

    fn fault(&self, fault: XmlFault) -> XmlError {
        XmlError {
            line: self.line,
            fault,
        }
    }
}
