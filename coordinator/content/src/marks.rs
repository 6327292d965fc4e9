//! Marks: an exact decimal from 0 to 1000 with at most four places. Importers and answer keys make them; the bounds are
//! what lets scoring add up a whole paper without rounding and without overflow.

use std::{fmt, str::FromStr};

use protocol::response::is_number;
use rust_decimal::Decimal;

use crate::as_text::stored_as_text;

/// The most that one item can give or take.
pub const MARKS_MAX: u32 = 1000;

/// Decimal places of marks: a third of a mark is written 0.3333.
pub const MARKS_PLACES_MAX: u32 = 4;

/// Marks for one item, or the marks taken for a wrong response. Never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Marks(Decimal);

/// A text that is not marks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not marks; write a number from 0 to {MARKS_MAX} without a sign, at most {MARKS_PLACES_MAX} decimal places, e.g. 0.25"
)]
pub struct NotMarks(String);

impl Marks {
    /// No marks.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// One mark.
    pub const ONE: Self = Self(Decimal::ONE);

    /// The value.
    pub fn decimal(self) -> Decimal {
        self.0
    }
}

impl FromStr for Marks {
    type Err = NotMarks;

    fn from_str(text: &str) -> Result<Self, NotMarks> {
        let refused = || NotMarks(text.chars().take(20).collect());
        if !is_number(text) || text.starts_with(['-', '+']) {
            return Err(refused());
        }
        let value = Decimal::from_str_exact(text).map_err(|_| refused())?.normalize();
        if value > Decimal::from(MARKS_MAX) || value.scale() > MARKS_PLACES_MAX {
            return Err(refused());
        }
        Ok(Self(value))
    }
}

impl fmt::Display for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

stored_as_text!(Marks);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_plain_decimals_within_their_bounds() {
        for (text, shown) in [
            ("1", "1"),
            ("0.250", "0.25"),
            ("1000", "1000"),
            (".5", "0.5"),
            ("2.", "2"),
        ] {
            assert_eq!(text.parse::<Marks>().unwrap().to_string(), shown, "{text}");
        }
        for text in ["", "-1", "+1", "1e3", "1000.1", "0.00001", "एक", "NaN"] {
            assert!(text.parse::<Marks>().is_err(), "{text}");
        }
    }
}
