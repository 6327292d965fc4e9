//! The text of an item as nodes of content: every element by the allow-list ([`super::html`]), interactions as the places
//! of parts, feedback and the makers' notes left out. Markup never goes through: what comes out is data.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    ids::{OptionId, PartNo},
    limits::PARTS_MAX,
    paper::{self, Node, Picture},
};

use super::{
    answered::{Answered, Name},
    html::{self, Treatment},
    interaction,
    nodes::{made, push_text, trim},
    pictures::Source,
    place::{Place, Within},
    plain,
    reason::Reason,
};
use crate::{
    qti::{
        fault::{Fault, Faults},
        program::{Program, Remark},
        value::Value,
    },
    xml::{self, Element},
};

/// Elements and texts of one item.
const NODES_MAX: usize = 5_000;
/// Elements within each other: as deep as HTML of other importers may go.
const DEPTH_MAX: usize = 40;
/// Elements of QTI at whose edges white space means nothing, as it does in HTML's blocks.
const HOLDERS: [&str; 8] = [
    "itemBody",
    "prompt",
    "simpleChoice",
    "simpleAssociableChoice",
    "inlineChoice",
    "gapText",
    "rubricBlock",
    "stimulusBody",
];
/// Remarks of one item.
const REMARKS_MAX: usize = 50;

/// What a text is read with, and what came of it beside its nodes.
pub(super) struct Walk<'a> {
    pub(super) source: Source<'a>,
    pub(super) program: &'a Program,
    /// The paper's language.
    pub(super) language: String,
    /// What decides the order of shuffled options in the paper, which must not be that of the file.
    pub(super) order_seed: String,
    /// What template variables hold; they are the same for everybody.
    pub(super) templates: BTreeMap<String, Value>,
    pub(super) parts: Vec<(paper::Part, Answered, Met)>,
    pub(super) gaps: Vec<Name>,
    pub(super) hottexts: Vec<Name>,
    pub(super) pictures: BTreeMap<String, Picture>,
    /// Files that were named and not looked for.
    pub(super) references: BTreeSet<String>,
    pub(super) faults: Faults,
    pub(super) remarks: Vec<Remark>,
    /// Pictures without a text.
    pub(super) wordless: Vec<Remark>,
    nodes: usize,
}

/// Where an interaction was met, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Met {
    /// Within a line of text.
    pub(super) is_inline: bool,
    /// A person marks it.
    pub(super) is_by_hand: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(source: Source<'a>, program: &'a Program, language: &str, order_seed: String) -> Self {
        Self {
            source,
            program,
            language: language.to_owned(),
            order_seed,
            templates: BTreeMap::new(),
            parts: Vec::new(),
            gaps: Vec::new(),
            hottexts: Vec::new(),
            pictures: BTreeMap::new(),
            references: BTreeSet::new(),
            faults: Faults::default(),
            remarks: Vec::new(),
            wordless: Vec::new(),
            nodes: 0,
        }
    }

    pub(super) fn refuse(&mut self, line: u32, reason: &Reason) {
        self.faults.add(reason.at(line));
    }

    pub(super) fn remark(&mut self, line: u32, text: impl Into<String>) {
        let remark = Remark {
            line,
            text: text.into(),
        };
        if self.remarks.len() < REMARKS_MAX && !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// What stands inside an element.
    pub(super) fn content(&mut self, parent: &Element, place: Place) -> Vec<Node> {
        let has_blocks = parent.elements().any(|element| html::is_block(&element.name));
        let mut nodes = Vec::new();
        for child in &parent.children {
            match child {
                xml::Node::Text(text) => {
                    if let Some(piece) = self.text(parent.line, text, place)
                        && !(has_blocks && piece.trim().is_empty())
                    {
                        push_text(&mut nodes, &piece);
                    }
                }
                xml::Node::Element(element) => self.element(element, place, &mut nodes),
            }
        }
        if !place.pre
            && !place.math
            && (html::is_block(&parent.name) || HOLDERS.contains(&parent.name.as_str()))
        {
            trim(&mut nodes);
        }
        nodes
    }

    /// White space as a browser shows it; the bounds of texts.
    fn text(&mut self, line: u32, text: &str, place: Place) -> Option<String> {
        let control = text
            .chars()
            .find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
        if let Some(control) = control {
            self.refuse(line, &Reason::ControlCharacter(control.into()));
            return None;
        }
        if place.pre {
            return Some(text.replace("\r\n", "\n"));
        }
        let mut piece = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                ' ' | '\n' | '\r' | '\t' if piece.ends_with(' ') => {}
                ' ' | '\n' | '\r' | '\t' => piece.push(' '),
                c => piece.push(c),
            }
        }
        Some(piece).filter(|piece| !piece.is_empty())
    }

    /// One element with what stands inside.
    pub(super) fn one(&mut self, element: &Element, place: Place) -> Vec<Node> {
        let mut nodes = Vec::new();
        self.element(element, place, &mut nodes);
        nodes
    }

    fn element(&mut self, element: &Element, place: Place, nodes: &mut Vec<Node>) {
        if place.depth >= DEPTH_MAX {
            return self.refuse(element.line, &Reason::TooDeep(DEPTH_MAX));
        }
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            if self.nodes == NODES_MAX + 1 {
                self.refuse(element.line, &Reason::TooLong(NODES_MAX));
            }
            return;
        }
        let place = Place {
            depth: place.depth + 1,
            ..place
        };
        if place.math || !self.of_qti(element, place, nodes) {
            self.of_html(element, place, nodes);
        }
    }

    /// What QTI has and HTML has not; `false` for everything else.
    fn of_qti(&mut self, element: &Element, place: Place, nodes: &mut Vec<Node>) -> bool {
        let line = element.line;
        match element.name.as_str() {
            "img" => nodes.extend(self.image(element, "src")),
            "object" => self.object(element, nodes),
            "printedVariable" => nodes.extend(self.printed(element)),
            "prompt" | "infoControl" => self.refuse(line, &Reason::Element(element.name.clone())),
            "templateBlock" | "templateInline" => {
                let attribute = "templateIdentifier";
                let element = element.name.clone();
                self.refuse(line, &Reason::Templated { element, attribute });
            }
            "feedbackBlock" | "feedbackInline" | "modalFeedback" => {
                // Shown once the outcome says so, which is after the exam: left out.
                if element.attribute("showHide") == Some("hide") {
                    self.refuse(line, &Reason::FeedbackAtFirst(element.name.clone()));
                }
            }
            "rubricBlock" => {
                if is_for_candidates(element) {
                    nodes.extend(self.content(element, place));
                }
            }
            "gap" if place.within == Within::Gaps => nodes.extend(self.gap(element)),
            "hottext" if place.within == Within::Hottexts => {
                let node = self.hottext(element, place);
                nodes.extend(node);
            }
            name if name.ends_with("Interaction") => {
                let part = if place.within == Within::Item {
                    interaction::part(self, element, place)
                } else {
                    Err(Reason::Interaction(name.to_owned()).at(line))
                };
                match part {
                    Ok(part) => self.add_part(part, line, nodes),
                    Err(fault) => self.faults.add(fault),
                }
            }
            _ => return false,
        }
        true
    }

    fn of_html(&mut self, element: &Element, place: Place, nodes: &mut Vec<Node>) {
        let name = || element.name.clone();
        match html::treatment(element, place.math) {
            Treatment::Kept(tag) => {
                let place = Place {
                    math: place.math || tag == "math",
                    pre: place.pre || tag == "pre",
                    ..place
                };
                let content = self.content(element, place);
                let attributes = html::attributes(element, tag);
                nodes.push(made(tag, attributes, content));
            }
            Treatment::Opened => {
                if element.name == "a" {
                    self.remark(element.line, "a link leads out of the exam; its text stays");
                }
                let content = self.content(element, place);
                if element.name == "semantics" {
                    nodes.extend(content.into_iter().find(|node| matches!(node, Node::Element(_))));
                } else {
                    nodes.extend(content);
                }
            }
            Treatment::Dropped => {}
            Treatment::Media => self.refuse(element.line, &Reason::Media(name())),
            Treatment::Refused => self.refuse(element.line, &Reason::Element(name())),
        }
    }

    fn add_part(&mut self, part: (paper::Part, Answered, Met), line: u32, nodes: &mut Vec<Node>) {
        if self
            .parts
            .iter()
            .any(|(_, met, _)| met.variable == part.1.variable)
        {
            return self.refuse(line, &Reason::AnsweredTwice(part.1.variable));
        }
        if self.parts.len() == PARTS_MAX {
            let (what, max) = ("interactions", PARTS_MAX);
            return self.refuse(line, &Reason::TooMany { what, max });
        }
        self.parts.push(part);
        let number = u8::try_from(self.parts.len()).unwrap_or(u8::MAX);
        nodes.push(Node::Part { part: PartNo(number) });
    }

    fn gap(&mut self, element: &Element) -> Option<Node> {
        match interaction::gap(self, element) {
            Ok(number) => Some(Node::Gap {
                gap: OptionId(number),
            }),
            Err(fault) => self.fault(fault),
        }
    }

    fn hottext(&mut self, element: &Element, place: Place) -> Option<Node> {
        let content = self.content(element, place.inside());
        match interaction::hottext(self, element, &content) {
            Ok(number) => Some(Node::Hottext {
                hottext: OptionId(number),
                content,
            }),
            Err(fault) => self.fault(fault),
        }
    }

    pub(super) fn fault<T>(&mut self, fault: Fault) -> Option<T> {
        self.faults.add(fault);
        None
    }

    /// A prompt as content of its own.
    pub(super) fn prompt(&mut self, interaction: &Element) -> Vec<Node> {
        let Some(prompt) = interaction.first("prompt") else {
            return Vec::new();
        };
        let content = self.content(prompt, Place::TOP.inside());
        if plain::is_blank(&content) {
            return Vec::new();
        }
        let has_blocks = prompt
            .elements()
            .any(|element| html::is_block(&element.name) && element.name != "br");
        vec![made(
            if has_blocks { "div" } else { "p" },
            BTreeMap::new(),
            content,
        )]
    }
}

/// Whether a rubric is for those who answer; one for markers or authors never leaves.
pub(crate) fn is_for_candidates(rubric: &Element) -> bool {
    let view = rubric.attribute("view").unwrap_or_default();
    view.split_whitespace()
        .any(|who| matches!(who, "candidate" | "testTaker"))
}
