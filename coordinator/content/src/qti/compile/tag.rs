//! An element and its attributes, read with faults that name element, attribute and line.

use crate::{
    qti::{
        fault::{Fault, Problem, excerpt},
        literal::boolean,
        real::Real,
    },
    xml::Element,
};

/// An element that is being read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tag<'a>(pub(crate) &'a Element);

impl<'a> Tag<'a> {
    pub(crate) fn name(self) -> &'a str {
        &self.0.name
    }

    pub(crate) fn line(self) -> u32 {
        self.0.line
    }

    pub(crate) fn attribute(self, name: &str) -> Option<&'a str> {
        self.0.attribute(name)
    }

    pub(crate) fn operand_count(self) -> usize {
        self.0.elements().count()
    }

    pub(crate) fn required(self, attribute: &'static str) -> Result<&'a str, Fault> {
        let element = || self.name().to_owned();
        self.attribute(attribute)
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                Problem::MissingAttribute {
                    element: element(),
                    attribute,
                }
                .at(self.line())
            })
    }

    pub(crate) fn flag(self, attribute: &'static str, default: bool) -> Result<bool, Fault> {
        match self.attribute(attribute) {
            None => Ok(default),
            Some(text) => boolean(text.trim()).ok_or_else(|| self.bad(attribute, text, "true or false")),
        }
    }

    pub(crate) fn real(self, attribute: &'static str) -> Result<Option<Real>, Fault> {
        match self.attribute(attribute).filter(|text| !text.trim().is_empty()) {
            None => Ok(None),
            Some(text) => Real::parse(text)
                .map(Some)
                .ok_or_else(|| self.bad(attribute, text, "a number")),
        }
    }

    /// The value of one of these names; of the default where the attribute is absent.
    pub(crate) fn one_of<T: Copy>(
        self,
        attribute: &'static str,
        names: &[(&str, T)],
        default: Option<T>,
        expected: &'static str,
    ) -> Result<T, Fault> {
        if let (None, Some(default)) = (self.attribute(attribute), default) {
            return Ok(default);
        }
        let text = self.required(attribute)?;
        let found = names.iter().find(|(name, _)| *name == text);
        found
            .map(|(_, value)| *value)
            .ok_or_else(|| self.bad(attribute, text, expected))
    }

    pub(crate) fn bad(self, attribute: &'static str, given: &str, expected: &'static str) -> Fault {
        let problem = Problem::BadAttribute {
            element: self.name().to_owned(),
            attribute,
            given: excerpt(given),
            expected,
        };
        problem.at(self.line())
    }
}
