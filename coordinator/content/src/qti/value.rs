//! What a QTI variable holds: a typed value, a container of them, a record, or NULL. An empty container is NULL and an
//! empty text is NULL, as QTI says; so there is one way to be nothing.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

pub use super::base_type::{BaseType, Cardinality};
use super::real::Real;

/// Values in one container.
pub const MEMBERS_MAX: usize = 1000;

/// One value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Scalar {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(Real),
    /// Text; never empty.
    String(String),
    /// The name of something in the item.
    Identifier(String),
    /// An address.
    Uri(String),
    /// Two identifiers, either first.
    Pair(String, String),
    /// Two identifiers, source first.
    DirectedPair(String, String),
    /// A place in an image, in its own coordinates.
    Point(Real, Real),
    /// Seconds.
    Duration(Real),
    /// A file's name.
    File(String),
}

/// What a variable holds or an expression gives.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// One value.
    One(Scalar),
    /// Several.
    Many(Container),
    /// Named fields; a field that is absent is NULL.
    Record(BTreeMap<String, Scalar>),
}

/// Several values; never empty.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Container {
    /// Whether their order means something.
    pub ordered: bool,
    /// The values.
    pub members: Vec<Scalar>,
    /// Whether a NULL was among what it was made of. QTI's `multiple` leaves NULLs out, and its `statsOperator` wants to
    /// know of them.
    pub had_null: bool,
}

impl PartialEq for Container {
    fn eq(&self, other: &Self) -> bool {
        self.ordered == other.ordered && self.members == other.members
    }
}

impl Value {
    /// A container, or NULL if it would be empty.
    pub fn many(ordered: bool, members: Vec<Scalar>) -> Self {
        if members.is_empty() {
            return Self::Null;
        }
        Self::Many(Container {
            ordered,
            members,
            had_null: false,
        })
    }

    /// A truth.
    pub fn boolean(value: bool) -> Self {
        Self::One(Scalar::Boolean(value))
    }

    /// A whole number.
    pub fn integer(value: i64) -> Self {
        Self::One(Scalar::Integer(value))
    }

    /// A number, or NULL if there is none.
    pub fn float(value: Option<Real>) -> Self {
        value.map_or(Self::Null, |value| Self::One(Scalar::Float(value)))
    }

    /// Text, or NULL if it is empty.
    pub fn text(value: &str) -> Self {
        if value.is_empty() {
            return Self::Null;
        }
        Self::One(Scalar::String(value.to_owned()))
    }

    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The values in it, of whatever cardinality; fields of a record are not among them.
    pub fn members(&self) -> &[Scalar] {
        match self {
            Self::Null | Self::Record(_) => &[],
            Self::One(scalar) => std::slice::from_ref(scalar),
            Self::Many(container) => &container.members,
        }
    }

    /// How many values there are.
    pub fn size(&self) -> usize {
        match self {
            Self::Record(fields) => fields.len(),
            other => other.members().len(),
        }
    }

    /// The one value.
    pub fn one(&self) -> Option<&Scalar> {
        match self {
            Self::One(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The one number.
    pub fn number(&self) -> Option<Real> {
        self.one()?.number()
    }

    /// The one whole number.
    pub fn whole(&self) -> Option<i64> {
        match self.one()? {
            Scalar::Integer(value) => Some(*value),
            Scalar::Float(value) => value.to_integer(),
            _ => None,
        }
    }

    /// The one text.
    pub fn as_text(&self) -> Option<&str> {
        self.one()?.as_text()
    }

    /// What a condition makes of it; `None` for NULL. QTI wants a boolean; authors also write numbers (true unless zero)
    /// and other values (true unless NULL), and so do the engines that their files were made for.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::Null => None,
            Self::One(Scalar::Boolean(value)) => Some(*value),
            Self::One(scalar) => Some(scalar.number().is_none_or(|number| number != Real::ZERO)),
            Self::Many(_) | Self::Record(_) => Some(true),
        }
    }
}

impl Scalar {
    /// A number, whole or not.
    pub fn number(&self) -> Option<Real> {
        match self {
            Self::Integer(value) => Some(Real::from(*value)),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// Text of any kind: also an identifier, an address, a file's name.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::String(text) | Self::Identifier(text) | Self::Uri(text) | Self::File(text) => Some(text),
            _ => None,
        }
    }

    /// Whether both mean the same: 1 and 1.0 do, `A B` and `B A` do as pairs but not as directed pairs.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Pair(a, b), Self::Pair(c, d)) => (a, b) == (c, d) || (a, b) == (d, c),
            _ => match (self.number(), other.number(), self.as_text(), other.as_text()) {
                (Some(left), Some(right), _, _) => left == right,
                (_, _, Some(left), Some(right)) => left == right,
                _ => self == other,
            },
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) | Self::Duration(value) => write!(f, "{value}"),
            Self::String(text) | Self::Identifier(text) | Self::Uri(text) | Self::File(text) => {
                f.write_str(text)
            }
            Self::Pair(first, second) | Self::DirectedPair(first, second) => write!(f, "{first} {second}"),
            Self::Point(x, y) => write!(f, "{x} {y}"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, texts: &mut dyn Iterator<Item = String>| {
            f.write_str(&texts.collect::<Vec<_>>().join(", "))
        };
        match self {
            Self::Null => Ok(()),
            Self::One(scalar) => write!(f, "{scalar}"),
            Self::Many(container) => list(f, &mut container.members.iter().map(ToString::to_string)),
            Self::Record(fields) => list(
                f,
                &mut fields.iter().map(|(name, value)| format!("{name}={value}")),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_one_form_and_conditions_read_every_value() {
        assert!(Value::many(true, Vec::new()).is_null() && Value::text("").is_null());
        assert_eq!(Value::Null.truth(), None);
        for (value, truth) in [
            (Value::boolean(false), false),
            (Value::integer(0), false),
            (Value::integer(-2), true),
            (Value::float(Real::parse("0.0")), false),
            (Value::text("false"), true),
            (Value::many(false, vec![Scalar::Integer(0)]), true),
        ] {
            assert_eq!(value.truth(), Some(truth), "{value}");
        }
    }

    #[test]
    fn values_are_the_same_by_what_they_mean() {
        let pair = |a: &str, b: &str| Scalar::Pair(a.to_owned(), b.to_owned());
        let directed = |a: &str, b: &str| Scalar::DirectedPair(a.to_owned(), b.to_owned());
        assert!(pair("A", "B").same(&pair("B", "A")));
        assert!(!directed("A", "B").same(&directed("B", "A")));
        assert!(!directed("A", "B").same(&pair("A", "B")));
        assert!(Scalar::Integer(1).same(&Scalar::Float(Real::parse("1.0").unwrap())));
        assert!(Scalar::String("A".to_owned()).same(&Scalar::Identifier("A".to_owned())));
        assert!(!Scalar::String("1".to_owned()).same(&Scalar::Integer(1)));
    }
}
