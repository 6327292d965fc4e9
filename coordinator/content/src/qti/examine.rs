//! Says of any file of QTI what it is and whether it can be taken: for `parikshactl paper check`.

mod keys;

use serde::{Deserialize, Serialize};

use super::{
    body::{Interaction, interactions},
    compile::compile_normalised,
    fault::{Fault, Faults, Problem, excerpt},
    names::normalise,
    program::{Remark, Role},
};
use crate::xml::{self, Element};

/// Resources of one manifest.
const RESOURCES_MAX: usize = 5000;

/// A file that can be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examined {
    /// What it is.
    pub kind: Kind,
    /// Its identifier.
    pub identifier: String,
    /// Its title; may be empty.
    pub title: String,
    /// An item's interactions in their order.
    pub interactions: Vec<Interaction>,
    /// The files that a test or manifest names, as it names them. They stay within the folder.
    pub references: Vec<String>,
    /// What a person should look at.
    pub remarks: Vec<Remark>,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A question.
    Item,
    /// A paper: which questions in which order.
    Test,
    /// The list of a package's files.
    Manifest,
}

/// Examines a file: XML, names, declarations, rules and interactions. The faults name all that cannot be taken.
pub fn examine(bytes: &[u8]) -> Result<Examined, Faults> {
    let root = xml::parse(bytes).map_err(|error| Fault {
        line: error.line,
        problem: error.fault.to_string(),
    })?;
    if root.name == "manifest" {
        return manifest(&root);
    }
    let normalised = normalise(root);
    let mut faults = Faults::default();
    let found = interactions(&normalised.root, &mut faults);
    let program = match compile_normalised(&normalised) {
        Ok(program) => program,
        Err(others) => {
            others.faults.into_iter().for_each(|fault| faults.add(fault));
            faults.more += others.more;
            return Err(faults);
        }
    };
    for interaction in &found {
        let declared = program.find(&interaction.response);
        if !declared.is_some_and(|(_, variable)| variable.role == Role::Response) {
            faults.add(Problem::UnknownVariable(interaction.response.clone()).at(interaction.line));
        }
    }
    let mut remarks = program.remarks.clone();
    remarks.extend(keys::without_choice(&normalised.root, &program, &found));
    for item in &program.items {
        if !stays_inside(&item.href) {
            faults.add(Problem::OtherFile(excerpt(&item.href)).at(0));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let is_test = normalised.root.name == "assessmentTest";
    Ok(Examined {
        kind: if is_test { Kind::Test } else { Kind::Item },
        identifier: program.identifier,
        title: program.title,
        interactions: found,
        references: program.items.into_iter().map(|item| item.href).collect(),
        remarks,
    })
}

fn manifest(root: &Element) -> Result<Examined, Faults> {
    let mut faults = Faults::default();
    let mut references = Vec::new();
    let resources = root
        .first("resources")
        .into_iter()
        .flat_map(|all| all.elements_named("resource"));
    for resource in resources {
        let files = resource
            .elements_named("file")
            .filter_map(|file| Some((file, file.attribute("href")?)));
        for (file, href) in files {
            if references.len() == RESOURCES_MAX {
                let (what, max) = ("files", RESOURCES_MAX);
                faults.add(Problem::TooMany { what, max }.at(file.line));
                return Err(faults);
            }
            if stays_inside(href) {
                references.push(href.to_owned());
            } else {
                faults.add(Problem::OtherFile(excerpt(href)).at(file.line));
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Examined {
        kind: Kind::Manifest,
        identifier: root.attribute("identifier").unwrap_or_default().to_owned(),
        title: String::new(),
        interactions: Vec::new(),
        references,
        remarks: Vec::new(),
    })
}

/// Whether this names a file of the package's own folder.
fn stays_inside(href: &str) -> bool {
    // A part that is written with its number may be two dots or a slash as well.
    let written = href.to_ascii_lowercase();
    let hidden = ["%2e", "%2f", "%5c", "%00"]
        .iter()
        .any(|code| written.contains(code));
    let is_address = href.contains("://") || href.contains('\\') || href.contains('\0') || href.contains(':');
    !href.is_empty()
        && !hidden
        && !is_address
        && !href.starts_with('/')
        && href.split('/').all(|part| part != "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: &str = "<assessmentItem identifier='i' title='t'>\n\
        <responseDeclaration identifier='R' cardinality='single' baseType='identifier'/>\n\
        <itemBody><p>\n<choiceInteraction responseIdentifier='R'/></p>\nBODY</itemBody></assessmentItem>";

    #[test]
    fn an_item_is_described_and_what_it_cannot_do_is_named_with_its_line() {
        let examined = examine(ITEM.as_bytes()).unwrap();
        assert_eq!((examined.kind, examined.title.as_str()), (Kind::Item, "t"));
        assert_eq!(examined.interactions[0].name, "choiceInteraction");
        assert_eq!(examined.interactions[0].line, 4);
        let with = |body: &str| {
            examine(ITEM.replace("BODY", body).as_bytes())
                .unwrap_err()
                .to_string()
        };
        let refused =
            with("<customInteraction responseIdentifier='R'/><uploadInteraction responseIdentifier='R'/>");
        assert!(
            refused.contains("line 5: `customInteraction`") && refused.contains("`uploadInteraction`"),
            "{refused}"
        );
        assert!(with("<textEntryInteraction responseIdentifier='X'/>").contains("`X` is not declared"));
        assert!(
            examine(b"<quiz/>")
                .unwrap_err()
                .to_string()
                .contains("`quiz` is not an assessment item")
        );
        assert!(examine(b"<assessmentItem").is_err());
    }

    #[test]
    fn no_reference_leaves_the_folder() {
        let manifest = |href: &str| {
            let xml = format!(
                "<manifest identifier='m'><resources><resource><file href='{href}'/></resource></resources></manifest>"
            );
            examine(xml.as_bytes())
        };
        assert_eq!(manifest("items/one.xml").unwrap().references, ["items/one.xml"]);
        for outside in [
            "../one.xml",
            "/etc/passwd",
            "http://host/x.xml",
            "C:\\x.xml",
            "a/../../b.xml",
            "a/%2E%2e/b.xml",
            "",
        ] {
            assert!(manifest(outside).is_err(), "{outside}");
        }
    }
}
