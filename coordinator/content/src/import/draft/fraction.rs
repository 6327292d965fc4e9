//! What an answer brings, as a percentage of the question's marks: an exact decimal from -100 to 100. Importers make it;
//! thirds are what the file writes (33.33333), never a binary fraction.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;

use crate::answer_key::Share;

/// Characters of a fraction as written.
const CHARS_MAX: usize = 16;

/// A percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fraction(Decimal);

/// A text that is not a fraction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a percentage; write a number from -100 to 100, e.g. 50 or -33.33333")]
pub struct NotAFraction(String);

impl Fraction {
    /// It brings nothing.
    pub const NONE: Self = Self(Decimal::ZERO);
    /// It brings all marks.
    pub const ALL: Self = Self(Decimal::ONE_HUNDRED);

    /// The percentage.
    pub fn percent(self) -> Decimal {
        self.0
    }

    /// Whether it brings marks.
    pub fn is_positive(self) -> bool {
        self.0 > Decimal::ZERO
    }
}

impl From<Share> for Fraction {
    fn from(share: Share) -> Self {
        Self(share.percent())
    }
}

impl FromStr for Fraction {
    type Err = NotAFraction;

    fn from_str(text: &str) -> Result<Self, NotAFraction> {
        let refused = || NotAFraction(text.chars().take(CHARS_MAX).collect());
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if text.len() > CHARS_MAX || !is_plain || digits.is_empty() {
            return Err(refused());
        }
        let value = Decimal::from_str_exact(text).map_err(|_| refused())?.normalize();
        if value.abs() > Decimal::ONE_HUNDRED {
            return Err(refused());
        }
        Ok(Self(value))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_exact_percentages() {
        for (text, shown) in [
            ("50", "50 %"),
            ("-100", "-100 %"),
            ("33.33333", "33.33333 %"),
            ("+5.0", "5 %"),
        ] {
            assert_eq!(text.parse::<Fraction>().unwrap().to_string(), shown);
        }
        for text in ["", "-", ".", "101", "-100.1", "1e2", "५०", "0.00000000000000001"] {
            assert!(text.parse::<Fraction>().is_err(), "{text}");
        }
    }
}
