//! Declarations: each variable's name, type, default, correct response and tables.

use super::{Compiler, Tag};
use crate::{
    qti::{
        fault::{Fault, Problem, excerpt},
        literal,
        program::{Role, Variable},
        real::Real,
        value::{BaseType, Cardinality, MEMBERS_MAX, Scalar, Value},
    },
    xml::Element,
};

impl Compiler {
    pub(super) fn declarations(&mut self, root: &Element) {
        for element in root.elements() {
            let role = match element.name.as_str() {
                "responseDeclaration" => Role::Response,
                "outcomeDeclaration" => Role::Outcome,
                "templateDeclaration" => Role::Template,
                _ => continue,
            };
            let declared = self
                .declaration(Tag(element), role)
                .and_then(|variable| self.declare(variable, element.line));
            if let Err(fault) = declared {
                self.faults.add(fault);
            }
        }
    }

    fn declaration(&mut self, tag: Tag<'_>, role: Role) -> Result<Variable, Fault> {
        let identifier = tag.required("identifier")?;
        let cardinality = tag.required("cardinality")?;
        let cardinality = Cardinality::named(cardinality)
            .ok_or_else(|| tag.bad("cardinality", cardinality, "single, multiple, ordered or record"))?;
        let base = match (cardinality, tag.attribute("baseType")) {
            (Cardinality::Record, _) => None,
            (_, None) => {
                return Err(tag
                    .required("baseType")
                    .err()
                    .unwrap_or_else(|| tag.bad("baseType", "", "given")));
            }
            (_, Some(name)) => Some(base_type(tag, name)?),
        };
        let mut variable = Variable {
            normal_maximum: tag.real("normalMaximum")?,
            normal_minimum: tag.real("normalMinimum")?,
            ..Variable::new(identifier, role, cardinality, base)
        };
        variable.default = match tag.0.first("defaultValue") {
            Some(element) => values(element, &variable)?,
            None => implied_default(&variable),
        };
        if tag.attribute("defaultValue").is_some() {
            let text = format!(
                "`{identifier}` has its default as an attribute, which QTI does not know; it is not used"
            );
            self.remark(tag.line(), text);
        }
        if let Some(element) = tag.0.first("correctResponse") {
            variable.correct = values(element, &variable)?;
        }
        self.tables_of(tag.0, &mut variable)?;
        Ok(variable)
    }
}

pub(super) fn base_type(tag: Tag<'_>, name: &str) -> Result<BaseType, Fault> {
    BaseType::named(name).ok_or_else(|| tag.bad("baseType", name, "a base type of QTI"))
}

/// A numeric outcome begins at zero, anything else with nothing.
fn implied_default(variable: &Variable) -> Value {
    match (variable.role, variable.cardinality, variable.base) {
        (Role::Outcome, Cardinality::Single, Some(BaseType::Integer)) => Value::integer(0),
        (Role::Outcome, Cardinality::Single, Some(BaseType::Float)) => Value::float(Some(Real::ZERO)),
        _ => Value::Null,
    }
}

/// The values inside `defaultValue` or `correctResponse`.
fn values(parent: &Element, variable: &Variable) -> Result<Value, Fault> {
    let mut members = Vec::new();
    let mut fields = std::collections::BTreeMap::new();
    for element in parent.elements_named("value") {
        let tag = Tag(element);
        let base = match (variable.base, tag.attribute("baseType")) {
            (Some(base), _) => base,
            (None, Some(name)) => base_type(tag, name)?,
            (None, None) => BaseType::String,
        };
        let Some(scalar) = literal_of(base, &element.text(), element.line)? else {
            continue;
        };
        if variable.cardinality == Cardinality::Record {
            fields.insert(tag.required("fieldIdentifier")?.to_owned(), scalar);
        } else if members.len() < MEMBERS_MAX {
            members.push(scalar);
        } else {
            let (what, max) = ("values of one variable", MEMBERS_MAX);
            return Err(Problem::TooMany { what, max }.at(element.line));
        }
    }
    match variable.cardinality {
        Cardinality::Record if fields.is_empty() => Ok(Value::Null),
        Cardinality::Record => Ok(Value::Record(fields)),
        Cardinality::Single => single(members, parent),
        Cardinality::Multiple => Ok(Value::many(false, members)),
        Cardinality::Ordered => Ok(Value::many(true, members)),
    }
}

fn single(mut members: Vec<Scalar>, parent: &Element) -> Result<Value, Fault> {
    let last = members.pop();
    if members.is_empty() {
        return Ok(last.map_or(Value::Null, Value::One));
    }
    let problem = Problem::Operands {
        element: parent.name.clone(),
        given: members.len() + 1,
        expected: "one value, since the variable is single".to_owned(),
    };
    Err(problem.at(parent.line))
}

/// The value that a text is; `None` for an empty one.
pub(super) fn literal_of(base: BaseType, text: &str, line: u32) -> Result<Option<Scalar>, Fault> {
    match literal::value(base, text) {
        Some(Value::One(scalar)) => Ok(Some(scalar)),
        Some(_) => Ok(None),
        None => {
            let (given, expected) = (excerpt(text), base.name());
            Err(Problem::BadValue { given, expected }.at(line))
        }
    }
}
