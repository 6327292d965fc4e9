//! And, or, not, a number of conditions, and whether there is a value at all. NULL is neither true nor false.

use serde::{Deserialize, Serialize};

use super::{ANY, Operator, Parameter, Reading};
use crate::qti::{
    compile::Tag,
    fault::Fault,
    value::{BaseType, Scalar, Value},
};

/// An operator on truths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Logic {
    /// All hold.
    And,
    /// One holds.
    Or,
    /// It does not hold.
    Not,
    /// Operands: at least, at most, conditions.
    AnyN,
    /// There is no value.
    IsNull,
    /// Operands: a value, the name of a base type.
    IsTypeOf,
}

pub(super) fn read(tag: Tag<'_>) -> Result<Option<Reading<'_>>, Fault> {
    let (logic, operands) = match tag.name() {
        "and" => (Logic::And, 1..=ANY),
        "or" => (Logic::Or, 1..=ANY),
        "not" => (Logic::Not, 1..=1),
        "isNull" => (Logic::IsNull, 1..=1),
        "isTypeOf" => (Logic::IsTypeOf, 2..=2),
        "anyN" => {
            let bounds = ["min", "max"].map(|attribute| {
                let text = tag.required(attribute)?;
                Ok(Parameter { attribute, text })
            });
            let [min, max] = bounds;
            return Ok(Some(Reading::with(
                Operator::Logic(Logic::AnyN),
                vec![min?, max?],
                1..=ANY,
            )));
        }
        _ => return Ok(None),
    };
    Ok(Some(Reading::plain(Operator::Logic(logic), operands)))
}

impl Logic {
    pub(super) fn apply(self, values: &[Value]) -> Value {
        self.holds(values).map_or(Value::Null, Value::boolean)
    }

    fn holds(self, values: &[Value]) -> Option<bool> {
        match (self, values) {
            (Self::And, values) => all(values.iter().map(Value::truth)),
            (Self::Or, values) => Some(!all(values
                .iter()
                .map(|value| value.truth().map(|truth| !truth)))?),
            (Self::Not, [value]) => Some(!value.truth()?),
            (Self::IsNull, [value]) => Some(value.is_null()),
            (Self::AnyN, [min, max, conditions @ ..]) => any_n(min.whole()?, max.whole()?, conditions),
            (Self::IsTypeOf, [value, name]) => {
                Some(is_type_of(value.one()?, BaseType::named(name.as_text()?)?))
            }
            _ => None,
        }
    }
}

/// False if one is false, else NULL if one is NULL, else true.
fn all(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for truth in truths {
        match truth {
            Some(false) => return Some(false),
            Some(true) => {}
            None => result = None,
        }
    }
    result
}

/// NULL where the conditions that are NULL could still decide it.
fn any_n(min: i64, max: i64, conditions: &[Value]) -> Option<bool> {
    let count =
        |wanted: Option<bool>| conditions.iter().filter(|value| value.truth() == wanted).count() as i64;
    let (holding, unknown) = (count(Some(true)), count(None));
    if holding > max || holding + unknown < min {
        Some(false)
    } else if holding >= min && holding + unknown <= max {
        Some(true)
    } else {
        None
    }
}

fn is_type_of(scalar: &Scalar, base: BaseType) -> bool {
    match scalar {
        Scalar::Boolean(_) => base == BaseType::Boolean,
        Scalar::Integer(_) => matches!(base, BaseType::Integer | BaseType::IntOrIdentifier),
        Scalar::Float(_) => base == BaseType::Float,
        Scalar::String(_) => base == BaseType::String,
        Scalar::Identifier(_) => matches!(base, BaseType::Identifier | BaseType::IntOrIdentifier),
        Scalar::Uri(_) => base == BaseType::Uri,
        Scalar::Pair(..) => base == BaseType::Pair,
        Scalar::DirectedPair(..) => base == BaseType::DirectedPair,
        Scalar::Point(..) => base == BaseType::Point,
        Scalar::Duration(_) => base == BaseType::Duration,
        Scalar::File(_) => base == BaseType::File,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_neither_true_nor_false() {
        let (yes, no, null) = (Value::boolean(true), Value::boolean(false), Value::Null);
        let and = |values: &[&Value]| Logic::And.apply(&values.iter().copied().cloned().collect::<Vec<_>>());
        let or = |values: &[&Value]| Logic::Or.apply(&values.iter().copied().cloned().collect::<Vec<_>>());
        assert_eq!(
            (and(&[&yes, &null]), and(&[&no, &null]), and(&[&yes, &yes])),
            (null.clone(), no.clone(), yes.clone())
        );
        assert_eq!(
            (or(&[&no, &null]), or(&[&yes, &null]), or(&[&no, &no])),
            (null.clone(), yes.clone(), no.clone())
        );
        assert_eq!(Logic::Not.apply(std::slice::from_ref(&null)), null);
        assert_eq!(Logic::IsNull.apply(&[null]), yes);
    }

    #[test]
    fn any_n_is_undecided_only_where_a_null_could_decide() {
        let of = |min, max, conditions: &[Option<bool>]| {
            let mut values = vec![Value::integer(min), Value::integer(max)];
            values.extend(
                conditions
                    .iter()
                    .map(|truth| truth.map_or(Value::Null, Value::boolean)),
            );
            Logic::AnyN.apply(&values)
        };
        assert_eq!(
            of(1, 2, &[Some(true), Some(false), Some(false)]),
            Value::boolean(true)
        );
        assert_eq!(
            of(2, 2, &[Some(true), Some(true), Some(true)]),
            Value::boolean(false)
        );
        assert_eq!(of(1, 1, &[Some(true), None]), Value::Null);
        assert_eq!(of(1, 2, &[Some(true), None]), Value::boolean(true));
        assert_eq!(of(2, 2, &[Some(false), None]), Value::boolean(false));
    }

    #[test]
    fn a_value_knows_its_type() {
        let is = |value: Value, name: &str| Logic::IsTypeOf.apply(&[value, Value::text(name)]);
        assert_eq!(is(Value::integer(5), "integer"), Value::boolean(true));
        assert_eq!(is(Value::integer(5), "float"), Value::boolean(false));
        assert_eq!(is(Value::integer(5), "number"), Value::Null);
    }
}
