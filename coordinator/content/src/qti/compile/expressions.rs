//! Expressions: what looks at variables and tables is read here, what computes is read by its family
//! ([`crate::qti::operators`]).

use super::{
    Compiler, Tag,
    declarations::{base_type, literal_of},
    tables::table,
};
use crate::{
    qti::{
        fault::{Fault, Problem},
        operators::{self, Operator, Parameter, constant, record},
        program::{EXPRESSION_DEPTH_MAX, Expression, Role},
        real::Real,
        test_query,
        value::{Scalar, Value},
    },
    xml::Element,
};

/// Expressions that are not QTI's own, but stand in files of other engines.
const FOREIGN: [&str; 9] = [
    "isTypeOf",
    "lookupTable",
    "mean",
    "mod",
    "popSD",
    "popVariance",
    "record",
    "sampleSD",
    "sampleVariance",
];

impl Compiler {
    /// Reads one expression that stands this deep.
    pub(super) fn expression(&mut self, element: &Element, depth: usize) -> Result<Expression, Fault> {
        if depth >= EXPRESSION_DEPTH_MAX {
            return Err(Problem::ExpressionTooDeep(EXPRESSION_DEPTH_MAX).at(element.line));
        }
        self.count_node(element.line)?;
        let tag = Tag(element);
        if FOREIGN.contains(&tag.name()) {
            self.remark_foreign(tag);
        }
        match tag.name() {
            "baseValue" => {
                let base = base_type(tag, tag.required("baseType")?)?;
                let scalar = literal_of(base, &element.text(), tag.line())?;
                Ok(Expression::Literal(scalar.map_or(Value::Null, Value::One)))
            }
            "null" => Ok(Expression::Literal(Value::Null)),
            "mathConstant" => {
                let name = tag.required("name")?;
                let value = constant(name).ok_or_else(|| tag.bad("name", name, "pi or e"))?;
                Ok(Expression::Literal(value))
            }
            "variable" => self.variable_expression(tag),
            "default" => Ok(Expression::Default(self.variable_of(tag, "identifier", None)?)),
            "correct" => Ok(Expression::Correct(self.variable_of(
                tag,
                "identifier",
                Some(Role::Response),
            )?)),
            "mapResponse" | "mapResponsePoint" => self.mapped(tag),
            "repeat" => {
                let times = self.parameter(
                    &Parameter {
                        attribute: "numberRepeats",
                        text: tag.required("numberRepeats")?,
                    },
                    tag,
                )?;
                Ok(Expression::Repeat(
                    Box::new(times),
                    self.operands(element, depth)?,
                ))
            }
            "record" => self.record(element, depth),
            "lookupTable" => self.lookup_table(element, depth),
            "customOperator" => {
                let class = tag
                    .attribute("class")
                    .or(tag.attribute("definition"))
                    .unwrap_or_default();
                Err(
                    Problem::CustomOperator(format!("customOperator {class}").trim().to_owned())
                        .at(tag.line()),
                )
            }
            _ => self.other(element, depth),
        }
    }

    fn variable_expression(&mut self, tag: Tag<'_>) -> Result<Expression, Fault> {
        let name = tag.required("identifier")?;
        if self.is_test
            && !self.ids.contains_key(name)
            && let Some((item, variable)) = name.split_once('.')
        {
            if !self.items.iter().any(|known| known.identifier == item) {
                return Err(Problem::UnknownVariable(name.to_owned()).at(tag.line()));
            }
            return Ok(Expression::Test(test_query::item_variable(tag, item, variable)));
        }
        Ok(Expression::Variable(self.variable(name, None, tag.line())?))
    }

    fn mapped(&mut self, tag: Tag<'_>) -> Result<Expression, Fault> {
        let id = self.variable_of(tag, "identifier", Some(Role::Response))?;
        let variable = &self.variables[usize::from(id.0)];
        let is_point = tag.name() == "mapResponsePoint";
        let is_missing = if is_point {
            variable.areas.is_none()
        } else {
            variable.mapping.is_none()
        };
        if is_missing {
            let table = if is_point { "areaMapping" } else { "mapping" };
            let text = format!(
                "`{}` has no {table}: `{}` always gives 0",
                variable.identifier,
                tag.name()
            );
            self.remark(tag.line(), text);
        }
        Ok(if is_point {
            Expression::MapResponsePoint(id)
        } else {
            Expression::MapResponse(id)
        })
    }

    /// Not QTI's own: a record made in place, each field an expression.
    fn record(&mut self, element: &Element, depth: usize) -> Result<Expression, Fault> {
        let mut names = Vec::new();
        let mut fields = Vec::new();
        for field in element.elements() {
            let tag = Tag(field);
            if tag.name() != "fieldValue" {
                return Err(Problem::Misplaced(tag.name().to_owned()).at(tag.line()));
            }
            names.push(tag.required("fieldIdentifier")?.to_owned());
            fields.push(self.expression(only_child(field)?, depth + 1)?);
        }
        Ok(Expression::Apply(record(names), fields))
    }

    /// Not QTI's own: a table in place. QTI has it in the declaration of an outcome.
    fn lookup_table(&mut self, element: &Element, depth: usize) -> Result<Expression, Fault> {
        let is_table = |child: &&Element| matches!(child.name.as_str(), "matchTable" | "interpolationTable");
        let mut sources = element.elements().filter(|child| !is_table(child));
        let (Some(source), None, Some(table)) = (sources.next(), sources.next(), table(element, None)?)
        else {
            return Err(wrong_count(element, "one expression and one table"));
        };
        let source = self.expression(source, depth + 1)?;
        Ok(Expression::Apply(Operator::Lookup(table), vec![source]))
    }

    fn other(&mut self, element: &Element, depth: usize) -> Result<Expression, Fault> {
        let tag = Tag(element);
        if let Some(query) = test_query::read(tag)? {
            if self.is_test {
                return Ok(Expression::Test(query));
            }
            return Err(Problem::OnlyInTests(tag.name().to_owned()).at(tag.line()));
        }
        let reading = operators::read(tag)?
            .ok_or_else(|| Problem::UnknownElement(tag.name().to_owned()).at(tag.line()))?;
        let given = tag.operand_count();
        if !reading.operands.contains(&given) {
            return Err(wrong_count(
                element,
                &counts(*reading.operands.start(), *reading.operands.end()),
            ));
        }
        let mut operands = Vec::with_capacity(reading.parameters.len() + given);
        for parameter in &reading.parameters {
            operands.push(self.parameter(parameter, tag)?);
        }
        operands.extend(self.operands(element, depth)?);
        Ok(Expression::Apply(reading.operator, operands))
    }

    fn operands(&mut self, element: &Element, depth: usize) -> Result<Vec<Expression>, Fault> {
        element
            .elements()
            .map(|child| self.expression(child, depth + 1))
            .collect()
    }

    /// A number, or a variable by its name; some files put braces around the name.
    fn parameter(&mut self, parameter: &Parameter<'_>, tag: Tag<'_>) -> Result<Expression, Fault> {
        let text = parameter.text.trim();
        if let Ok(whole) = text.parse() {
            return Ok(Expression::Literal(Value::One(Scalar::Integer(whole))));
        }
        if let Some(real) = Real::parse(text) {
            return Ok(Expression::Literal(Value::float(Some(real))));
        }
        let name = text
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .unwrap_or(text);
        let found = self.variable(name, None, tag.line());
        found
            .map(Expression::Variable)
            .map_err(|_| tag.bad(parameter.attribute, text, "a number or a variable's name"))
    }
}

pub(super) fn only_child(element: &Element) -> Result<&Element, Fault> {
    let mut children = element.elements();
    match (children.next(), children.next()) {
        (Some(child), None) => Ok(child),
        _ => Err(wrong_count(element, "one")),
    }
}

fn wrong_count(element: &Element, expected: &str) -> Fault {
    let problem = Problem::Operands {
        element: element.name.clone(),
        given: element.elements().count(),
        expected: expected.to_owned(),
    };
    problem.at(element.line)
}

fn counts(least: usize, most: usize) -> String {
    if least == most {
        least.to_string()
    } else {
        format!("{least} to {most}")
    }
}
