//! A plain decimal number of any length, compared exactly. Keys of numeric items and the candidates' responses to them
//! are compared as these: up to 40 digits, more than a machine decimal holds, so nothing is ever rounded.

use std::{cmp::Ordering, fmt, str::FromStr};

use protocol::response::is_number;

use crate::as_text::stored_as_text;

/// A decimal number in its one normal form: no leading zeros, no trailing zeros of the fraction, no minus before zero.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number {
    negative: bool,
    whole: String,
    fraction: String,
}

/// A text that is not a plain decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a plain decimal number; write digits with an optional minus and decimal point, e.g. -3.5")]
pub struct NotANumber;

impl Number {
    /// By how much the size (without the sign) of this number is above or below another's.
    fn compare_size(&self, other: &Self) -> Ordering {
        // Without leading zeros the longer whole part is the greater one; fractions compare as text.
        (self.whole.len(), &self.whole, &self.fraction).cmp(&(
            other.whole.len(),
            &other.whole,
            &other.fraction,
        ))
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        if !is_number(text) {
            return Err(NotANumber);
        }
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let is_zero = whole.is_empty() && fraction.is_empty();
        Ok(Self {
            negative: text.starts_with('-') && !is_zero,
            whole,
            fraction,
        })
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        let whole = if self.whole.is_empty() { "0" } else { &self.whole };
        let point = if self.fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{}", self.fraction)
    }
}

stored_as_text!(Number);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn the_same_value_is_equal_however_it_is_written() {
        for (left, right) in [("3.5", "+03.50"), ("-0.0", "0"), (".5", "0.5"), ("10.", "10")] {
            assert_eq!(number(left), number(right));
        }
        assert_ne!(number("0.1"), number("0.10000000000000000000000000000000000001"));
        assert_eq!(number("-007.250").to_string(), "-7.25");
        assert_eq!(number("-.0").to_string(), "0");
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_values(left in -2_000_000i64..2_000_000, right in -2_000_000i64..2_000_000) {
            // Thousandths, written with a point.
            let text = |value: i64| {
                let sign = if value < 0 { "-" } else { "" };
                format!("{sign}{}.{:03}", value.abs() / 1000, value.abs() % 1000)
            };
            prop_assert_eq!(number(&text(left)).cmp(&number(&text(right))), left.cmp(&right));
            prop_assert_eq!(number(&number(&text(left)).to_string()), number(&text(left)));
        }
    }
}
