//! A test's parts and sections down to its items, in their order, with categories and weights.

use super::{Compiler, Tag};
use crate::{
    qti::{
        fault::{Fault, Problem},
        program::ItemReference,
    },
    xml::Element,
};

/// Items of one test.
const ITEMS_MAX: usize = 1000;
/// Sections within each other.
const SECTIONS_DEEP_MAX: usize = 20;
/// Categories of one item, and its weights.
const LABELS_MAX: usize = 100;

/// What is said of elements that only delivery knows.
pub(crate) const NO_PART_IN_SCORING: &str = "is not used: it has no part in scoring";

impl Compiler {
    pub(super) fn references(&mut self, test: &Element) {
        for part in test.elements_named("testPart") {
            let name = part.attribute("identifier").unwrap_or_default().to_owned();
            self.inside(part, &[name]);
        }
    }

    fn inside(&mut self, parent: &Element, within: &[String]) {
        for element in parent.elements() {
            match element.name.as_str() {
                "assessmentSection" if within.len() > SECTIONS_DEEP_MAX => {
                    let (what, max) = ("sections within each other", SECTIONS_DEEP_MAX);
                    self.faults.add(Problem::TooMany { what, max }.at(element.line));
                }
                "assessmentSection" => {
                    let name = element.attribute("identifier").unwrap_or_default().to_owned();
                    self.inside(element, &[within, &[name]].concat());
                }
                "assessmentSectionRef" => {
                    let href = element.attribute("href").unwrap_or_default().to_owned();
                    self.faults.add(Problem::OtherFile(href).at(element.line));
                }
                "assessmentItemRef" => match self.reference(Tag(element), within) {
                    Ok(item) => self.items.push(item),
                    Err(fault) => self.faults.add(fault),
                },
                // A refusal: else items would be shown that the test leaves out, or other ones than it means.
                "preCondition" | "branchRule" => {
                    self.faults
                        .add(Problem::RefusedInTest(element.name.clone()).at(element.line));
                }
                "selection" | "ordering" | "timeLimits" | "itemSessionControl" => {
                    let text = format!("`{}` {NO_PART_IN_SCORING}", element.name);
                    self.remark(element.line, text);
                }
                _ => {}
            }
        }
    }

    fn reference(&mut self, tag: Tag<'_>, within: &[String]) -> Result<ItemReference, Fault> {
        if self.items.len() >= ITEMS_MAX {
            let (what, max) = ("items", ITEMS_MAX);
            return Err(Problem::TooMany { what, max }.at(tag.line()));
        }
        let refused = ["templateDefault", "variableMapping", "preCondition", "branchRule"];
        if let Some(element) = tag
            .0
            .elements()
            .find(|element| refused.contains(&element.name.as_str()))
        {
            return Err(Problem::RefusedInTest(element.name.clone()).at(element.line));
        }
        let identifier = tag.required("identifier")?.to_owned();
        if self.items.iter().any(|item| item.identifier == identifier) {
            return Err(Problem::DeclaredTwice(identifier).at(tag.line()));
        }
        let mut weights = std::collections::BTreeMap::new();
        for element in tag.0.elements_named("weight").take(LABELS_MAX) {
            let weight = Tag(element);
            let value = weight
                .real("value")?
                .ok_or_else(|| weight.bad("value", "", "a number"))?;
            weights.insert(weight.required("identifier")?.to_owned(), value);
        }
        let categories = tag.attribute("category").unwrap_or_default();
        Ok(ItemReference {
            identifier,
            href: tag.required("href")?.to_owned(),
            within: within.to_vec(),
            categories: categories
                .split_whitespace()
                .take(LABELS_MAX)
                .map(str::to_owned)
                .collect(),
            weights,
        })
    }
}
