//! QTI's operators: one file a family, in each the operators, how they are read, and what they give. An operator is a pure
//! function of values. A NULL that makes the result NULL, a division by zero, a value of the wrong type: the result is
//! NULL; nothing here fails or panics.

mod comparison;
mod containers;
mod functions;
mod logic;
mod numeric;
mod pattern;
mod random;
mod shapes;
mod statistics;
mod text;

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

pub(crate) use functions::constant;
pub use random::Generator;
pub use shapes::Shape;
pub(crate) use shapes::of as shape_of;

use super::{compile::Tag, fault::Fault, mapping::Table, value::Value};

/// Any operator, with what its attributes fix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Operator {
    /// Sums, roundings, greatest and smallest.
    Numeric(numeric::Numeric),
    /// `mathOperator`.
    Function(functions::Function),
    /// `statsOperator`.
    Statistic(statistics::Statistic),
    /// Greater, smaller, equal.
    Comparison(comparison::Comparison),
    /// And, or, not.
    Logic(logic::Logic),
    /// Containers and records.
    Container(containers::Containing),
    /// Texts.
    Text(text::Text),
    /// Whether a point lies in a shape.
    Inside(Shape),
    /// Chance.
    Random(random::Random),
    /// A table in place.
    Lookup(Table),
}

/// What a family made of an element.
pub(crate) struct Reading<'a> {
    pub(crate) operator: Operator,
    /// Attributes that hold a number or name a variable; they become the first operands.
    pub(crate) parameters: Vec<Parameter<'a>>,
    /// How many expressions may stand inside.
    pub(crate) operands: RangeInclusive<usize>,
}

/// An attribute that holds a number or names a variable.
pub(crate) struct Parameter<'a> {
    pub(crate) attribute: &'static str,
    pub(crate) text: &'a str,
}

/// As many operands as a container may have members.
const ANY: usize = super::value::MEMBERS_MAX;

impl<'a> Reading<'a> {
    fn plain(operator: Operator, operands: RangeInclusive<usize>) -> Self {
        Self {
            operator,
            parameters: Vec::new(),
            operands,
        }
    }

    fn with(operator: Operator, parameters: Vec<Parameter<'a>>, operands: RangeInclusive<usize>) -> Self {
        Self {
            operator,
            parameters,
            operands,
        }
    }
}

/// `match`, for the templates.
pub(crate) fn matches() -> Operator {
    Operator::Comparison(comparison::Comparison::Match)
}

/// `isNull`, for the templates.
pub(crate) fn is_null() -> Operator {
    Operator::Logic(logic::Logic::IsNull)
}

/// A record of fields with these names.
pub(crate) fn record(names: Vec<String>) -> Operator {
    Operator::Container(containers::Containing::Record(names))
}

/// The operator that an element is; `None` if no family knows it.
pub(crate) fn read(tag: Tag<'_>) -> Result<Option<Reading<'_>>, Fault> {
    type Family = for<'a> fn(Tag<'a>) -> Result<Option<Reading<'a>>, Fault>;
    const FAMILIES: [Family; 9] = [
        numeric::read,
        comparison::read,
        logic::read,
        containers::read,
        text::read,
        statistics::read,
        functions::read,
        shapes::read,
        random::read,
    ];
    for family in FAMILIES {
        if let Some(reading) = family(tag)? {
            return Ok(Some(reading));
        }
    }
    Ok(None)
}

impl Operator {
    /// What it costs beside its operands, in steps: a pattern is compiled each time, and slow on long texts.
    pub(crate) fn cost(&self, values: &[Value]) -> usize {
        const PATTERN: usize = 500;
        const PATTERN_BYTES_A_STEP: usize = 16;
        match self {
            Self::Text(text::Text::Pattern { .. }) => {
                let bytes = values.first().and_then(Value::as_text).map_or(0, str::len);
                PATTERN + bytes / PATTERN_BYTES_A_STEP
            }
            Self::Lookup(table) => 1 + table.cost(),
            _ => 1,
        }
    }

    /// Whether it adds up.
    pub(crate) fn is_sum(&self) -> bool {
        matches!(self, Self::Numeric(numeric::Numeric::Sum))
    }

    /// The operator's value on these.
    pub(crate) fn apply(&self, values: &[Value], generator: &mut Generator) -> Value {
        match self {
            Self::Numeric(operator) => operator.apply(values),
            Self::Function(operator) => operator.apply(values),
            Self::Statistic(operator) => operator.apply(values),
            Self::Comparison(operator) => operator.apply(values),
            Self::Logic(operator) => operator.apply(values),
            Self::Container(operator) => operator.apply(values),
            Self::Text(operator) => operator.apply(values),
            Self::Inside(shape) => shape.apply(values),
            Self::Random(operator) => operator.apply(values, generator),
            Self::Lookup(table) => values.first().map_or(Value::Null, |source| table.look_up(source)),
        }
    }
}
