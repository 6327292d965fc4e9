//! Says of one file, by itself, whether its item or test can be delivered: for `parikshactl paper check`. Files that it
//! names are listed, not looked for.

use super::{
    compile::compile_normalised,
    deliver::{self, Source, Wanted},
    fault::{Fault, Faults},
    names::normalise,
    package,
    program::Remark,
    real::Real,
};
use crate::xml;

/// A file that can be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deliverable {
    /// Pictures that it names and cannot do without, within its own folder.
    pub references: Vec<String>,
    /// Pictures without a text for those who do not see them.
    pub wordless: Vec<Remark>,
    /// What a person should look at.
    pub remarks: Vec<Remark>,
}

/// Checks an item or a test; its texts are in this language.
pub fn deliverable(bytes: &[u8], language: &str) -> Result<Deliverable, Faults> {
    let root = xml::parse(bytes).map_err(|error| Fault {
        line: error.line,
        problem: error.fault.to_string(),
    })?;
    let normalised = normalise(root);
    if normalised.root.name == "assessmentTest" {
        let program = compile_normalised(&normalised)?;
        let remarks = package::check_test(&normalised.root, &program)?;
        return Ok(Deliverable {
            remarks,
            ..Deliverable::default()
        });
    }
    let wanted = Wanted {
        language,
        source: Source::Alone,
        weight: Real::from(1),
    };
    let made = deliver::item(&normalised, wanted)?;
    let stimuli = made
        .stimuli
        .iter()
        .filter_map(|(href, _)| package::resolve("", href));
    Ok(Deliverable {
        references: stimuli.chain(made.references.iter().cloned()).collect(),
        wordless: made.wordless,
        remarks: made.remarks,
    })
}
