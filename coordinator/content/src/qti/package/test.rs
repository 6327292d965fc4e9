//! A test by itself: its items in their order, their weights, and what a person should look at.

use super::{structure::Structure, total};
use crate::{
    qti::{
        compile::NO_PART_IN_SCORING,
        fault::Faults,
        program::{Program, Remark},
        real::Real,
    },
    xml::Element,
};

/// A test as it is delivered.
pub(super) struct Test<'a> {
    pub(super) structure: Structure<'a>,
    pub(super) weights: Vec<Real>,
    pub(super) remarks: Vec<Remark>,
}

impl<'a> Test<'a> {
    pub(super) fn of(test: &'a Element, program: &Program) -> Result<Self, Faults> {
        let mut structure = Structure::of(test);
        if !structure.faults.is_empty() {
            return Err(structure.faults);
        }
        let rules = test
            .first("outcomeProcessing")
            .map_or(test.line, |rules| rules.line);
        let (weights, more) = total::weights(program, rules)?;
        let mut remarks = std::mem::take(&mut structure.remarks);
        remarks.extend(more);
        remarks.extend(
            program
                .remarks
                .iter()
                .filter(|remark| !is_about_delivery(remark))
                .cloned(),
        );
        Ok(Self {
            structure,
            weights,
            remarks,
        })
    }
}

/// Checks a test by itself; what a person should look at.
pub(in crate::qti) fn check_test(test: &Element, program: &Program) -> Result<Vec<Remark>, Faults> {
    Test::of(test, program).map(|test| test.remarks)
}

/// Whether the compiler remarked on something that is looked at here.
fn is_about_delivery(remark: &Remark) -> bool {
    remark.text.ends_with(NO_PART_IN_SCORING)
}
