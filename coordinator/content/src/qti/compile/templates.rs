//! QTI's own templates of response processing, written out as rules. They are known by the last part of their address, so
//! that 2.0, 2.1, 2.2 and 3.0 name the same ones; nothing is ever fetched.

use super::{Compiler, Tag};
use crate::qti::{
    fault::{Fault, Problem, excerpt},
    operators::{is_null, matches},
    program::{Branch, Expression, Role, Rule, Variable, VariableId},
    real::Real,
    value::{BaseType, Cardinality, Value},
};

impl Compiler {
    /// The rules that the template of an empty `responseProcessing` stands for; none without a template.
    pub(super) fn template(&mut self, tag: Tag<'_>) -> Result<Vec<Rule>, Fault> {
        let Some(address) = tag.attribute("template").or(tag.attribute("templateLocation")) else {
            return Ok(Vec::new());
        };
        let address = address.trim();
        let name = address.rsplit('/').next().unwrap_or_default();
        let name = name.strip_suffix(".xml").unwrap_or(name);
        let is_own = address.contains("rptemplates") || !address.contains('/');
        let unknown = || Problem::UnknownTemplate(excerpt(address)).at(tag.line());
        if !is_own
            || ![
                "match_correct",
                "map_response",
                "map_response_point",
                "match_nothing",
            ]
            .contains(&name)
        {
            return Err(unknown());
        }
        let response = self
            .variable("RESPONSE", Some(Role::Response), tag.line())
            .map_err(|_| Problem::TemplateWithoutResponse.at(tag.line()))?;
        let score = self.score(tag)?;
        let given = || Expression::Variable(response);
        let (condition, then, otherwise) = match name {
            "match_correct" => {
                self.expect_correct(response, tag);
                (
                    Expression::Apply(matches(), vec![given(), Expression::Correct(response)]),
                    points(1),
                    points(0),
                )
            }
            "map_response" => (
                Expression::Apply(is_null(), vec![given()]),
                points(0),
                Expression::MapResponse(response),
            ),
            "map_response_point" => (
                Expression::Apply(is_null(), vec![given()]),
                points(0),
                Expression::MapResponsePoint(response),
            ),
            // Not QTI's own: right is who leaves the item empty.
            _ => {
                self.remark(
                    tag.line(),
                    "`match_nothing` is not QTI's own; it is read as other engines do",
                );
                (Expression::Apply(is_null(), vec![given()]), points(1), points(0))
            }
        };
        self.expect_table(response, name, tag);
        let set = |value| vec![Rule::Set(score, value)];
        Ok(vec![Rule::Choose(vec![
            Branch(Some(condition), set(then)),
            Branch(None, set(otherwise)),
        ])])
    }

    /// The outcome that the templates set; they imply it where the file forgot it.
    fn score(&mut self, tag: Tag<'_>) -> Result<VariableId, Fault> {
        if !self.ids.contains_key("SCORE") {
            let score = Variable::new("SCORE", Role::Outcome, Cardinality::Single, Some(BaseType::Float));
            let default = Value::float(Some(Real::ZERO));
            self.remark(
                tag.line(),
                "SCORE is not declared; the template needs it, so it is made",
            );
            return self.declare(Variable { default, ..score }, tag.line());
        }
        self.variable("SCORE", Some(Role::Outcome), tag.line())
    }

    fn expect_correct(&mut self, response: VariableId, tag: Tag<'_>) {
        // A template may still set it.
        if self.variables[usize::from(response.0)].correct.is_null() {
            self.remark(
                tag.line(),
                "RESPONSE has no correctResponse: unless the template rules set one, nothing is right",
            );
        }
    }

    fn expect_table(&mut self, response: VariableId, name: &str, tag: Tag<'_>) {
        let variable = &self.variables[usize::from(response.0)];
        let missing = match name {
            "map_response" if variable.mapping.is_none() => "mapping",
            "map_response_point" if variable.areas.is_none() => "areaMapping",
            _ => return,
        };
        self.remark(
            tag.line(),
            format!("RESPONSE has no {missing}: every answer is worth 0"),
        );
    }
}

fn points(points: i64) -> Expression {
    Expression::Literal(Value::float(Some(Real::from(points))))
}
