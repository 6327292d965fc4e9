//! A test's parts, sections and items as a paper has them: one list of items with the names of their sections, the texts
//! that stand above them, and whether they may be shuffled. What would change which items a candidate gets is refused.

use protocol::paper::PaperOrder;

use super::order::Ordering;
use crate::{
    qti::{
        compile::Tag,
        deliver::is_for_candidates,
        fault::{Fault, Faults},
        program::Remark,
    },
    xml::Element,
};

/// Remarks of one test.
const REMARKS_MAX: usize = 100;

/// An item as a test lists it.
#[derive(Debug, Clone)]
pub(super) struct Listed<'a> {
    /// Its name in the test.
    pub(super) identifier: String,
    /// Its file, as the test names it.
    pub(super) href: String,
    /// Where the test names it.
    pub(super) line: u32,
    /// The section's name.
    pub(super) section: String,
    /// Rubrics for candidates of the sections around it, outermost first.
    pub(super) rubrics: Vec<&'a Element>,
}

/// A test.
#[derive(Debug, Default)]
pub(super) struct Structure<'a> {
    pub(super) items: Vec<Listed<'a>>,
    pub(super) order: PaperOrder,
    pub(super) remarks: Vec<Remark>,
    pub(super) faults: Faults,
    /// Names that sections have, so that two of the same name stay two.
    names: Vec<String>,
    orderings: Ordering,
}

/// Where in the test one is.
#[derive(Clone, Default)]
struct Around<'a> {
    section: String,
    rubrics: Vec<&'a Element>,
    is_shuffled: bool,
}

impl<'a> Structure<'a> {
    pub(super) fn of(test: &'a Element) -> Self {
        let mut structure = Self::default();
        structure.inside(test, &Around::default());
        let order = structure.orderings.order();
        if let Some(text) = structure.orderings.lost(order) {
            structure.remark(test.line, text);
        }
        structure.order = order;
        structure
    }

    fn inside(&mut self, parent: &'a Element, around: &Around<'a>) {
        let mut around = around.clone();
        let rubrics = parent.elements_named("rubricBlock");
        around
            .rubrics
            .extend(rubrics.filter(|rubric| is_for_candidates(rubric)));
        let ordering = parent.first("ordering");
        around.is_shuffled = ordering.is_some_and(|ordering| ordering.attribute("shuffle") == Some("true"));
        for element in parent.elements() {
            match element.name.as_str() {
                "testPart" => self.inside(element, &around),
                "assessmentSection" => {
                    if around.is_shuffled {
                        self.orderings.sections_shuffled();
                    }
                    let within = self.section(element, &around);
                    self.inside(element, &within);
                }
                "assessmentItemRef" => self.item(element, &around),
                "selection" => self.faults.add(Fault {
                    line: element.line,
                    problem:
                        "`selection` draws some of the items, so candidates would get different papers; \
                              list the items that are asked"
                            .to_owned(),
                }),
                "timeLimits" => self.remark(
                    element.line,
                    "a time limit is not part of a paper: give it as the sitting's duration",
                ),
                _ => {}
            }
        }
    }

    fn section(&mut self, element: &Element, around: &Around<'a>) -> Around<'a> {
        let title = element.attribute("title").unwrap_or_default().trim();
        let is_seen = element.attribute("visible") != Some("false") && !title.is_empty();
        let mut within = around.clone();
        if is_seen {
            let full = match around.section.as_str() {
                "" => title.to_owned(),
                above => format!("{above} / {title}"),
            };
            let mut name = full.clone();
            for count in 2.. {
                if !self.names.contains(&name) {
                    break;
                }
                name = format!("{full} ({count})");
            }
            self.names.push(name.clone());
            within.section = name;
        }
        within
    }

    fn item(&mut self, element: &'a Element, around: &Around<'a>) {
        let tag = Tag(element);
        if element.first("timeLimits").is_some() {
            self.remark(
                element.line,
                "a time limit of one item is not kept: candidates divide their time themselves",
            );
        }
        let read = (
            tag.required("identifier"),
            tag.required("href"),
            tag.flag("fixed", false),
        );
        let (identifier, href, is_fixed) = match read {
            (Ok(identifier), Ok(href), Ok(is_fixed)) => (identifier, href, is_fixed),
            (Err(fault), _, _) | (_, Err(fault), _) | (_, _, Err(fault)) => return self.faults.add(fault),
        };
        self.orderings
            .item(&around.section, around.is_shuffled && !is_fixed);
        self.items.push(Listed {
            identifier: identifier.to_owned(),
            href: href.to_owned(),
            line: element.line,
            section: around.section.clone(),
            rubrics: around.rubrics.clone(),
        });
    }

    fn remark(&mut self, line: u32, text: impl Into<String>) {
        if self.remarks.len() < REMARKS_MAX {
            self.remarks.push(Remark {
                line,
                text: text.into(),
            });
        }
    }
}
