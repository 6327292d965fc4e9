//! An item's or a test's rules in compiled form: names resolved, types known, nothing left to look up in XML. Made once at
//! import ([`super::compile`]), kept beside the answer key, run for each attempt ([`super::evaluate`]). It holds correct
//! responses: it never leaves the coordinators.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    mapping::{AreaMapping, Mapping, Table},
    operators::Operator,
    real::Real,
    test_query::TestQuery,
    value::{BaseType, Cardinality, Value},
};

/// Variables of one program.
pub const VARIABLES_MAX: usize = 1000;
/// Expressions and rules of one program.
pub const NODES_MAX: usize = 20_000;
/// Expressions within each other.
pub const EXPRESSION_DEPTH_MAX: usize = 24;
/// Conditions within each other.
pub const RULE_DEPTH_MAX: usize = 10;

/// Which variable of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VariableId(pub u16);

/// Everything that decides what a response is worth.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Program {
    /// The item's or test's identifier.
    pub identifier: String,
    /// Its title; may be empty.
    pub title: String,
    /// By [`VariableId`].
    pub variables: Vec<Variable>,
    /// Run before the candidate sees the item.
    pub template_rules: Vec<Rule>,
    /// Run on the candidate's responses.
    pub response_rules: Vec<Rule>,
    /// Run after them; in a test on the outcomes of its items.
    pub outcome_rules: Vec<Rule>,
    /// Modal feedback, or a test's feedback.
    pub feedback: Vec<Feedback>,
    /// A test's items in their order; empty for an item.
    pub items: Vec<ItemReference>,
    /// Read, but not as QTI says it; a person should look.
    pub remarks: Vec<Remark>,
}

/// A declared variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub identifier: String,
    /// Whose it is.
    pub role: Role,
    /// How many values it holds.
    pub cardinality: Cardinality,
    /// Their type; `None` for a record.
    pub base: Option<BaseType>,
    /// What it holds before anything happened.
    pub default: Value,
    /// The correct response.
    pub correct: Value,
    /// What a response is worth by value.
    pub mapping: Option<Mapping>,
    /// What a response is worth by place.
    pub areas: Option<AreaMapping>,
    /// For `lookupOutcomeValue`.
    pub table: Option<Table>,
    /// The greatest value that an outcome is meant to have.
    pub normal_maximum: Option<Real>,
    /// The smallest.
    pub normal_minimum: Option<Real>,
}

/// Who gives a variable its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// The candidate.
    Response,
    /// The rules.
    Outcome,
    /// The template rules.
    Template,
}

/// One step of processing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Gives a variable a value.
    Set(VariableId, Expression),
    /// Gives a response variable another correct response.
    SetCorrect(VariableId, Expression),
    /// Gives a variable another default and that value.
    SetDefault(VariableId, Expression),
    /// Gives a variable its default again.
    Reset(VariableId),
    /// Gives an outcome what its table says of a value.
    Lookup(VariableId, Expression),
    /// The first branch whose condition holds.
    Choose(Vec<Branch>),
    /// Begins the template rules again unless it holds.
    Constraint(Expression),
    /// Ends the processing.
    Exit,
}

/// A condition (`None`: always) and what happens then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Branch(pub Option<Expression>, pub Vec<Rule>);

/// Something that has a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// Always the same.
    Literal(Value),
    /// What a variable holds now.
    Variable(VariableId),
    /// Its correct response.
    Correct(VariableId),
    /// Its default.
    Default(VariableId),
    /// What a response is worth by its mapping.
    MapResponse(VariableId),
    /// What a response is worth by its areas.
    MapResponsePoint(VariableId),
    /// An operator on the values of these.
    Apply(Operator, Vec<Expression>),
    /// The first says how often the others are evaluated; all values in one ordered container.
    Repeat(Box<Expression>, Vec<Expression>),
    /// Something of a test's items.
    Test(TestQuery),
}

/// Feedback that is shown if an outcome holds its identifier (or does not).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// The outcome that decides.
    pub outcome: VariableId,
    /// What it must hold.
    pub identifier: String,
    /// `false`: shown unless it holds that.
    pub show: bool,
}

/// An item of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemReference {
    /// Its name in the test.
    pub identifier: String,
    /// The file, as the test names it.
    pub href: String,
    /// The test part and the sections that it stands in, outermost first.
    pub within: Vec<String>,
    /// What it is about.
    pub categories: Vec<String>,
    /// Factors by name.
    pub weights: BTreeMap<String, Real>,
}

/// Something that was read otherwise than QTI says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The line in the file; 0 where it was seen while running.
    pub line: u32,
    /// What.
    pub text: String,
}

impl Program {
    /// The variable of this name.
    pub fn find(&self, identifier: &str) -> Option<(VariableId, &Variable)> {
        let index = self
            .variables
            .iter()
            .position(|variable| variable.identifier == identifier)?;
        Some((VariableId(u16::try_from(index).ok()?), &self.variables[index]))
    }

    /// The variable with this number; `None` only in a program that was not made here.
    pub fn variable(&self, id: VariableId) -> Option<&Variable> {
        self.variables.get(usize::from(id.0))
    }
}
