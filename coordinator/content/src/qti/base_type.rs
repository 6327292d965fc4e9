//! What kinds of values there are: QTI's base types and cardinalities, by their names.

use serde::{Deserialize, Serialize};

/// The type of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BaseType {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// Text.
    String,
    /// The name of something in the item.
    Identifier,
    /// An address.
    Uri,
    /// Two identifiers, either first.
    Pair,
    /// Two identifiers, source first.
    DirectedPair,
    /// A place in an image.
    Point,
    /// A length of time in seconds.
    Duration,
    /// A file's name.
    File,
    /// A whole number or an identifier.
    IntOrIdentifier,
}

/// How many values there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cardinality {
    /// One.
    Single,
    /// Any number, their order without meaning.
    Multiple,
    /// Any number in an order.
    Ordered,
    /// Named fields.
    Record,
}

impl BaseType {
    /// As QTI writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::String => "string",
            Self::Identifier => "identifier",
            Self::Uri => "uri",
            Self::Pair => "pair",
            Self::DirectedPair => "directedPair",
            Self::Point => "point",
            Self::Duration => "duration",
            Self::File => "file",
            Self::IntOrIdentifier => "intOrIdentifier",
        }
    }

    /// The type of this name.
    pub fn named(name: &str) -> Option<Self> {
        const ALL: [BaseType; 12] = [
            BaseType::Boolean,
            BaseType::Integer,
            BaseType::Float,
            BaseType::String,
            BaseType::Identifier,
            BaseType::Uri,
            BaseType::Pair,
            BaseType::DirectedPair,
            BaseType::Point,
            BaseType::Duration,
            BaseType::File,
            BaseType::IntOrIdentifier,
        ];
        ALL.into_iter().find(|base| base.name() == name)
    }

    /// Whether its values are numbers.
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Integer | Self::Float)
    }
}

impl Cardinality {
    /// The cardinality of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "single" => Some(Self::Single),
            "multiple" => Some(Self::Multiple),
            "ordered" => Some(Self::Ordered),
            "record" => Some(Self::Record),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_base_type_is_found_by_its_name() {
        for name in [
            "boolean",
            "integer",
            "float",
            "string",
            "identifier",
            "uri",
            "pair",
            "directedPair",
            "point",
            "duration",
            "file",
            "intOrIdentifier",
        ] {
            assert_eq!(BaseType::named(name).map(BaseType::name), Some(name));
        }
        assert_eq!(BaseType::named("number"), None);
    }
}
