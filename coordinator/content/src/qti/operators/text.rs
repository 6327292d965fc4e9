//! Texts: equal, within each other, of a pattern, a piece of one.

use serde::{Deserialize, Serialize};

use super::{Operator, Reading, pattern};
use crate::qti::{
    compile::Tag,
    fault::{Fault, Problem, excerpt},
    value::Value,
};

/// An operator on texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Text {
    /// The same text.
    Same {
        /// Whether small and capital letters differ.
        case_sensitive: bool,
        /// Whether the second within the first is enough.
        substring: bool,
    },
    /// Whether the first stands within the second.
    Within {
        /// Whether small and capital letters differ.
        case_sensitive: bool,
    },
    /// Operands: text, place from 1, length.
    Piece,
    /// The whole text is of this pattern.
    Pattern {
        /// The pattern; `None`: the second operand.
        pattern: Option<String>,
        /// Whether small and capital letters differ.
        case_sensitive: bool,
    },
}

pub(super) fn read(tag: Tag<'_>) -> Result<Option<Reading<'_>>, Fault> {
    let case_sensitive = tag.flag("caseSensitive", true);
    let (text, operands) = match tag.name() {
        "stringMatch" => {
            let text = Text::Same {
                case_sensitive: case_sensitive?,
                substring: tag.flag("substring", false)?,
            };
            (text, 2..=2)
        }
        // With three expressions it is what other languages call so; QTI's has two.
        "substring" if tag.operand_count() == 3 => (Text::Piece, 3..=3),
        "substring" => {
            let case_sensitive = case_sensitive?;
            (Text::Within { case_sensitive }, 2..=2)
        }
        "patternMatch" => {
            let case_sensitive = case_sensitive?;
            let pattern = tag.attribute("pattern").map(str::to_owned);
            if let Some(pattern) = &pattern
                && let Err(reason) = pattern::compile(pattern, case_sensitive)
            {
                let pattern = excerpt(pattern);
                return Err(Problem::BadPattern { pattern, reason }.at(tag.line()));
            }
            let operands = if pattern.is_some() { 1..=1 } else { 2..=2 };
            (
                Text::Pattern {
                    pattern,
                    case_sensitive,
                },
                operands,
            )
        }
        _ => return Ok(None),
    };
    Ok(Some(Reading::plain(Operator::Text(text), operands)))
}

impl Text {
    pub(super) fn apply(&self, values: &[Value]) -> Value {
        self.value(values).unwrap_or_default()
    }

    fn value(&self, values: &[Value]) -> Option<Value> {
        let text = |index: usize| values.get(index)?.as_text();
        let truth = match self {
            Self::Piece => {
                let from = usize::try_from(values.get(1)?.whole()?.checked_sub(1)?).ok()?;
                let length = usize::try_from(values.get(2)?.whole()?).ok()?;
                let piece: String = text(0)?.chars().skip(from).take(length).collect();
                return Some(Value::text(&piece));
            }
            Self::Same {
                case_sensitive,
                substring,
            } => {
                let (first, second) = folded(text(0)?, text(1)?, *case_sensitive);
                if *substring {
                    first.contains(&second)
                } else {
                    first == second
                }
            }
            Self::Within { case_sensitive } => {
                let (first, second) = folded(text(0)?, text(1)?, *case_sensitive);
                second.contains(&first)
            }
            Self::Pattern {
                pattern,
                case_sensitive,
            } => {
                let pattern = match pattern {
                    Some(pattern) => pattern,
                    None => text(1)?,
                };
                pattern::compile(pattern, *case_sensitive)
                    .ok()?
                    .is_match(text(0)?)
            }
        };
        Some(Value::boolean(truth))
    }
}

fn folded(first: &str, second: &str, case_sensitive: bool) -> (String, String) {
    if case_sensitive {
        (first.to_owned(), second.to_owned())
    } else {
        (first.to_lowercase(), second.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &Text, operands: &[&str]) -> Value {
        text.apply(
            &operands
                .iter()
                .map(|operand| Value::text(operand))
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn texts_match_whole_or_in_part_with_or_without_case() {
        let same = |case_sensitive, substring| Text::Same {
            case_sensitive,
            substring,
        };
        assert_eq!(on(&same(true, false), &["पुणे", "पुणे"]), Value::boolean(true));
        assert_eq!(on(&same(true, false), &["Pune", "pune"]), Value::boolean(false));
        assert_eq!(on(&same(false, false), &["ÉCOLE", "école"]), Value::boolean(true));
        assert_eq!(
            on(&same(false, true), &["Hello World", "WORLD"]),
            Value::boolean(true)
        );
        assert_eq!(
            on(&same(true, true), &["World", "Hello World"]),
            Value::boolean(false)
        );
        assert_eq!(
            on(&Text::Within { case_sensitive: true }, &["Hell", "Shell"]),
            Value::boolean(false)
        );
        assert_eq!(
            on(
                &Text::Within {
                    case_sensitive: false
                },
                &["Hell", "Shell"]
            ),
            Value::boolean(true)
        );
        assert_eq!(on(&same(true, false), &["", "x"]), Value::Null);
    }

    #[test]
    fn a_piece_is_cut_by_characters() {
        let piece = |from, length| {
            Text::Piece.apply(&[Value::text("नमस्ते"), Value::integer(from), Value::integer(length)])
        };
        assert_eq!(piece(1, 2), Value::text("नम"));
        assert_eq!(piece(100, 2), Value::Null);
        assert_eq!(piece(0, 2), Value::Null);
        assert_eq!(piece(1, -1), Value::Null);
    }

    #[test]
    fn a_pattern_is_of_the_whole_text() {
        let pattern = |pattern: &str| Text::Pattern {
            pattern: Some(pattern.to_owned()),
            case_sensitive: true,
        };
        assert_eq!(on(&pattern("[0-9]+"), &["123"]), Value::boolean(true));
        assert_eq!(on(&pattern("[0-9]+"), &["123a"]), Value::boolean(false));
        let given = Text::Pattern {
            pattern: None,
            case_sensitive: false,
        };
        assert_eq!(on(&given, &["AB", "ab"]), Value::boolean(true));
        assert_eq!(on(&given, &["AB", "("]), Value::Null);
    }
}
