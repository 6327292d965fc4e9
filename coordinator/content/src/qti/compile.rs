//! From XML to a [`Program`]: one pass over the declarations, one over the rules. Every fault is kept with its line; a
//! program is made only if there is none, so nothing that was not understood is ever scored.

mod declarations;
mod expressions;
mod references;
mod rules;
mod tables;
mod tag;
mod templates;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(crate) use references::NO_PART_IN_SCORING;
pub(crate) use tag::Tag;

use super::{
    fault::{Fault, Faults, Problem},
    names::{Normalised, normalise},
    program::{
        Feedback, ItemReference, NODES_MAX, Program, Remark, Role, VARIABLES_MAX, Variable, VariableId,
    },
    real::Real,
    value::{BaseType, Cardinality, Scalar, Value},
};
use crate::xml::Element;
use rules::Place;

/// Remarks of one file.
const REMARKS_MAX: usize = 100;

/// Compiles an assessment item or an assessment test of QTI 2.1, 2.2 or 3.0.
pub fn compile(root: &Element) -> Result<Program, Faults> {
    compile_normalised(&normalise(root.clone()))
}

pub(super) fn compile_normalised(normalised: &Normalised) -> Result<Program, Faults> {
    let root = &normalised.root;
    let is_test = match root.name.as_str() {
        "assessmentItem" => false,
        "assessmentTest" => true,
        other => return Err(Problem::NotQti(other.to_owned()).at(root.line).into()),
    };
    if let Some(namespace) = &root.namespace
        && !is_known(namespace)
    {
        return Err(Problem::OtherNamespace(namespace.to_string())
            .at(root.line)
            .into());
    }
    let mut compiler = Compiler {
        is_test,
        is_version_3: normalised.is_version_3,
        variables: Vec::new(),
        ids: BTreeMap::new(),
        items: Vec::new(),
        remarks: Vec::new(),
        faults: Faults::default(),
        nodes: 0,
    };
    compiler.declarations(root);
    if is_test {
        compiler.references(root);
    }
    let program = compiler.program(root);
    if compiler.faults.is_empty() {
        Ok(Program {
            variables: compiler.variables,
            items: compiler.items,
            remarks: compiler.remarks,
            ..program
        })
    } else {
        Err(compiler.faults)
    }
}

/// `http://www.imsglobal.org/xsd/imsqti_v2p1` and the like; `…/imsqtiasi_v3p0`.
fn is_known(namespace: &str) -> bool {
    [
        "imsqti_v2p",
        "imsqtiasi_v3p",
        "imsqti_v3p",
        "imsqti_item_v2p",
        "imsqti_test_v2p",
    ]
    .iter()
    .any(|known| namespace.contains(known))
}

/// What is known while a file is read.
struct Compiler {
    is_test: bool,
    is_version_3: bool,
    variables: Vec<Variable>,
    ids: BTreeMap<String, VariableId>,
    items: Vec<ItemReference>,
    remarks: Vec<Remark>,
    faults: Faults,
    nodes: usize,
}

impl Compiler {
    fn program(&mut self, root: &Element) -> Program {
        if root.attribute("adaptive") == Some("true") {
            self.faults.add(Fault {
                line: root.line,
                problem: "the item is adaptive: it changes while it is answered, which an exam cannot do; \
                          make an item of each step"
                    .to_owned(),
            });
        }
        Program {
            identifier: root.attribute("identifier").unwrap_or_default().to_owned(),
            title: root.attribute("title").unwrap_or_default().to_owned(),
            variables: Vec::new(),
            template_rules: self.section(root, "templateProcessing", Place::Template),
            response_rules: self.section(root, "responseProcessing", Place::Response),
            outcome_rules: self.section(root, "outcomeProcessing", Place::Outcome),
            feedback: self.feedback(root),
            items: Vec::new(),
            remarks: Vec::new(),
        }
    }

    fn feedback(&mut self, root: &Element) -> Vec<Feedback> {
        let name = if self.is_test {
            "testFeedback"
        } else {
            "modalFeedback"
        };
        let inside_parts = root
            .elements_named("testPart")
            .flat_map(|part| part.elements_named(name));
        let mut all = Vec::new();
        for element in root.elements_named(name).chain(inside_parts) {
            match self.one_feedback(Tag(element)) {
                Ok(feedback) => all.push(feedback),
                Err(fault) => self.faults.add(fault),
            }
        }
        all
    }

    fn one_feedback(&mut self, tag: Tag<'_>) -> Result<Feedback, Fault> {
        self.count_node(tag.line())?;
        Ok(Feedback {
            outcome: self.variable_of(tag, "outcomeIdentifier", Some(Role::Outcome))?,
            identifier: tag.required("identifier")?.to_owned(),
            show: tag.one_of(
                "showHide",
                &[("show", true), ("hide", false)],
                Some(true),
                "show or hide",
            )?,
        })
    }

    /// The variable that an attribute names.
    fn variable_of(
        &mut self,
        tag: Tag<'_>,
        attribute: &'static str,
        role: Option<Role>,
    ) -> Result<VariableId, Fault> {
        self.variable(tag.required(attribute)?, role, tag.line())
    }

    fn variable(&mut self, name: &str, role: Option<Role>, line: u32) -> Result<VariableId, Fault> {
        let found = self.ids.get(name).copied().or_else(|| self.built_in(name));
        let id = found.ok_or_else(|| Problem::UnknownVariable(name.to_owned()).at(line))?;
        if let Some(expected) = role
            && self.variables[usize::from(id.0)].role != expected
        {
            let expected = match expected {
                Role::Response => "response",
                Role::Outcome => "outcome",
                Role::Template => "template",
            };
            let variable = name.to_owned();
            return Err(Problem::OtherRole { variable, expected }.at(line));
        }
        Ok(id)
    }

    /// Variables that QTI declares by itself. One attempt is one try: `numAttempts` is 1.
    fn built_in(&mut self, name: &str) -> Option<VariableId> {
        let (role, base, default) = match name {
            "numAttempts" => (Role::Response, BaseType::Integer, Value::integer(1)),
            "duration" => (
                Role::Response,
                BaseType::Duration,
                Value::One(Scalar::Duration(Real::ZERO)),
            ),
            "completionStatus" => {
                let unknown = Scalar::Identifier("unknown".to_owned());
                (Role::Outcome, BaseType::Identifier, Value::One(unknown))
            }
            _ => return None,
        };
        let variable = Variable::new(name, role, Cardinality::Single, Some(base));
        self.declare(Variable { default, ..variable }, 0).ok()
    }

    fn declare(&mut self, variable: Variable, line: u32) -> Result<VariableId, Fault> {
        if self.variables.len() >= VARIABLES_MAX {
            let (what, max) = ("variables", VARIABLES_MAX);
            return Err(Problem::TooMany { what, max }.at(line));
        }
        let id = VariableId(u16::try_from(self.variables.len()).unwrap_or(u16::MAX));
        if self.ids.contains_key(&variable.identifier) {
            return Err(Problem::DeclaredTwice(variable.identifier).at(line));
        }
        self.ids.insert(variable.identifier.clone(), id);
        self.variables.push(variable);
        Ok(id)
    }

    fn count_node(&mut self, line: u32) -> Result<(), Fault> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let (what, max) = ("rules and expressions", NODES_MAX);
            return Err(Problem::TooMany { what, max }.at(line));
        }
        Ok(())
    }

    fn remark_foreign(&mut self, tag: Tag<'_>) {
        let text = format!(
            "`{}` is not QTI's own; it is read as other engines do",
            tag.name()
        );
        self.remark(tag.line(), text);
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

impl Variable {
    fn new(name: &str, role: Role, cardinality: Cardinality, base: Option<BaseType>) -> Self {
        Self {
            identifier: name.to_owned(),
            role,
            cardinality,
            base,
            default: Value::Null,
            correct: Value::Null,
            mapping: None,
            areas: None,
            table: None,
            normal_maximum: None,
            normal_minimum: None,
        }
    }
}
