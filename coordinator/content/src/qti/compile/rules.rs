//! Rules: what template, response and outcome processing do, in the order of the file.

use super::{Compiler, Tag, expressions::only_child};
use crate::{
    qti::{
        fault::{Fault, Problem},
        program::{Branch, Expression, RULE_DEPTH_MAX, Role, Rule},
    },
    xml::Element,
};

/// Which processing a rule belongs to; each has its own names for conditions and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Template,
    Response,
    Outcome,
}

impl Place {
    /// `responseCondition`, `responseIf` and so on begin with this.
    fn prefix(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Response => "response",
            Self::Outcome => "outcome",
        }
    }

    fn exit(self) -> &'static str {
        match self {
            Self::Template => "exitTemplate",
            Self::Response => "exitResponse",
            Self::Outcome => "exitTest",
        }
    }
}

impl Compiler {
    /// The rules of one processing; none if the file has none.
    pub(super) fn section(&mut self, root: &Element, name: &str, place: Place) -> Vec<Rule> {
        let Some(element) = root.first(name) else {
            return Vec::new();
        };
        if self.is_test && place != Place::Outcome {
            self.faults
                .add(Problem::OnlyInItems(name.to_owned()).at(element.line));
            return Vec::new();
        }
        if place == Place::Response && element.elements().next().is_none() {
            return self.template(Tag(element)).unwrap_or_else(|fault| {
                self.faults.add(fault);
                Vec::new()
            });
        }
        self.rules(element.elements(), place, 0)
    }

    fn rules<'a>(
        &mut self,
        elements: impl Iterator<Item = &'a Element>,
        place: Place,
        depth: usize,
    ) -> Vec<Rule> {
        let mut rules = Vec::new();
        for element in elements {
            // A fragment is its rules.
            if element.name == format!("{}ProcessingFragment", place.prefix()) {
                if depth >= RULE_DEPTH_MAX {
                    self.faults
                        .add(Problem::RulesTooDeep(RULE_DEPTH_MAX).at(element.line));
                } else {
                    rules.extend(self.rules(element.elements(), place, depth + 1));
                }
                continue;
            }
            match self.rule(Tag(element), place, depth) {
                Ok(rule) => rules.push(rule),
                Err(fault) => self.faults.add(fault),
            }
        }
        rules
    }

    fn rule(&mut self, tag: Tag<'_>, place: Place, depth: usize) -> Result<Rule, Fault> {
        self.count_node(tag.line())?;
        let is_template = place == Place::Template;
        match tag.name() {
            "setOutcomeValue" if !is_template => self
                .set(tag, Role::Outcome)
                .map(|(id, value)| Rule::Set(id, value)),
            "lookupOutcomeValue" if !is_template => self
                .set(tag, Role::Outcome)
                .map(|(id, value)| Rule::Lookup(id, value)),
            "setTemplateValue" if is_template => self
                .set(tag, Role::Template)
                .map(|(id, value)| Rule::Set(id, value)),
            "setCorrectResponse" if is_template => self
                .set(tag, Role::Response)
                .map(|(id, value)| Rule::SetCorrect(id, value)),
            "setDefaultValue" if is_template => {
                let id = self.variable_of(tag, "identifier", None)?;
                Ok(Rule::SetDefault(id, self.expression(only_child(tag.0)?, 0)?))
            }
            "templateConstraint" if is_template => {
                Ok(Rule::Constraint(self.expression(only_child(tag.0)?, 0)?))
            }
            // Not QTI's own, but in files of other engines.
            "setResponseValue" if place == Place::Response => {
                self.remark_foreign(tag);
                self.set(tag, Role::Response)
                    .map(|(id, value)| Rule::Set(id, value))
            }
            "setDefaultValue" if place == Place::Response && tag.operand_count() == 0 => {
                self.remark_foreign(tag);
                Ok(Rule::Reset(self.variable_of(tag, "identifier", None)?))
            }
            name if name == place.exit() => Ok(Rule::Exit),
            name if name == format!("{}Condition", place.prefix()) => self.condition(tag, place, depth),
            "include" => {
                let address = tag.attribute("href").unwrap_or("include");
                Err(Problem::OtherFile(address.to_owned()).at(tag.line()))
            }
            other => {
                let known = ["set", "exit", "lookup", "response", "template", "outcome"];
                let name = other.to_owned();
                let is_rule = known.iter().any(|known| other.starts_with(known));
                Err(if is_rule {
                    Problem::Misplaced(name)
                } else {
                    Problem::UnknownElement(name)
                }
                .at(tag.line()))
            }
        }
    }

    fn set(
        &mut self,
        tag: Tag<'_>,
        role: Role,
    ) -> Result<(crate::qti::program::VariableId, Expression), Fault> {
        let id = self.variable_of(tag, "identifier", Some(role))?;
        Ok((id, self.expression(only_child(tag.0)?, 0)?))
    }

    fn condition(&mut self, tag: Tag<'_>, place: Place, depth: usize) -> Result<Rule, Fault> {
        if depth >= RULE_DEPTH_MAX {
            return Err(Problem::RulesTooDeep(RULE_DEPTH_MAX).at(tag.line()));
        }
        let mut branches: Vec<Branch> = Vec::new();
        for element in tag.0.elements() {
            let kind = element.name.strip_prefix(place.prefix()).unwrap_or_default();
            let is_after_else = matches!(branches.last(), Some(Branch(None, _)));
            let is_first = branches.is_empty();
            match kind {
                _ if is_after_else => return Err(Problem::Misplaced(element.name.clone()).at(element.line)),
                "Else" => branches.push(Branch(None, self.rules(element.elements(), place, depth + 1))),
                "If" | "ElseIf" if is_first == (kind == "If") => {
                    let mut inside = element.elements();
                    let condition = inside.next().ok_or_else(|| {
                        Problem::Operands {
                            element: element.name.clone(),
                            given: 0,
                            expected: "a condition and rules".to_owned(),
                        }
                        .at(element.line)
                    })?;
                    let condition = self.expression(condition, 0)?;
                    branches.push(Branch(Some(condition), self.rules(inside, place, depth + 1)));
                }
                _ => return Err(Problem::Misplaced(element.name.clone()).at(element.line)),
            }
        }
        Ok(Rule::Choose(branches))
    }
}
