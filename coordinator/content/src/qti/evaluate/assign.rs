//! Which values a variable takes: its own type, and what becomes it without a loss.

use crate::qti::{
    program::Variable,
    value::{BaseType, Cardinality, Container, Scalar, Value},
};

/// The value as this variable holds it; `None` if it cannot.
pub(super) fn conform(value: Value, variable: &Variable) -> Option<Value> {
    let base = variable.base;
    match (variable.cardinality, value) {
        (_, Value::Null) => Some(Value::Null),
        (Cardinality::Record, Value::Record(fields)) => Some(Value::Record(fields)),
        (Cardinality::Single, Value::One(scalar)) => convert(scalar, base?).map(Value::One),
        (Cardinality::Multiple | Cardinality::Ordered, Value::One(scalar)) => {
            let ordered = variable.cardinality == Cardinality::Ordered;
            Some(Value::many(ordered, vec![convert(scalar, base?)?]))
        }
        (Cardinality::Multiple | Cardinality::Ordered, Value::Many(container)) => {
            let members = container.members.into_iter().map(|member| convert(member, base?));
            Some(Value::Many(Container {
                ordered: variable.cardinality == Cardinality::Ordered,
                members: members.collect::<Option<_>>()?,
                had_null: container.had_null,
            }))
        }
        _ => None,
    }
}

fn convert(scalar: Scalar, base: BaseType) -> Option<Scalar> {
    Some(match (base, scalar) {
        (BaseType::Float, scalar @ (Scalar::Integer(_) | Scalar::Float(_))) => {
            Scalar::Float(scalar.number()?)
        }
        (BaseType::Float, Scalar::Duration(seconds)) => Scalar::Float(seconds),
        (BaseType::Duration, scalar @ (Scalar::Integer(_) | Scalar::Float(_))) => {
            Scalar::Duration(scalar.number()?)
        }
        (BaseType::Integer | BaseType::IntOrIdentifier, Scalar::Integer(whole)) => Scalar::Integer(whole),
        (BaseType::Integer, Scalar::Float(real)) => Scalar::Integer(real.to_integer()?),
        (BaseType::Boolean, scalar @ Scalar::Boolean(_))
        | (BaseType::Pair, scalar @ Scalar::Pair(..))
        | (BaseType::DirectedPair, scalar @ Scalar::DirectedPair(..))
        | (BaseType::Point, scalar @ Scalar::Point(..))
        | (BaseType::Duration, scalar @ Scalar::Duration(_)) => scalar,
        (base, scalar) => {
            let text = scalar.as_text()?.to_owned();
            match base {
                BaseType::String => Scalar::String(text),
                BaseType::Uri => Scalar::Uri(text),
                BaseType::File => Scalar::File(text),
                BaseType::Identifier | BaseType::IntOrIdentifier if !text.contains(char::is_whitespace) => {
                    Scalar::Identifier(text)
                }
                _ => return None,
            }
        }
    })
}
