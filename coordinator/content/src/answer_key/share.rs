//! What a response brings, as a share of the item's marks: an exact percentage from -100 to 100. Importers put it into
//! keys, scoring multiplies it with the marks; with the bounds kept here and by [`Marks`] no product is ever rounded.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;

use crate::{as_text::stored_as_text, marks::Marks};

/// Decimal places of a share. With the four of marks and the two of a percentage they leave room for a paper's sum.
pub const SHARE_PLACES_MAX: u32 = 14;

/// Shares that reach this together count as all: files write a third as 33.33333.
const NEARLY_ALL: Decimal = Decimal::from_parts(999, 0, 0, false, 1);

/// A percentage of an item's marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(Decimal);

/// A text or number that is not a share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a percentage; write a number from -100 to 100, e.g. 50 or -33.33333")]
pub struct NotAShare(String);

impl Share {
    /// Everything.
    pub const ALL: Self = Self(Decimal::ONE_HUNDRED);
    /// Nothing.
    pub const NONE: Self = Self(Decimal::ZERO);

    /// A share of so many per cent.
    pub fn of_percent(percent: Decimal) -> Result<Self, NotAShare> {
        let value = percent.normalize();
        if value.abs() > Decimal::ONE_HUNDRED || value.scale() > SHARE_PLACES_MAX {
            return Err(NotAShare(value.to_string()));
        }
        Ok(Self(value))
    }

    /// The percentage.
    pub fn percent(self) -> Decimal {
        self.0
    }

    /// Whether shares of so many per cent together stand for all marks.
    pub fn is_nearly_all(percent: Decimal) -> bool {
        percent >= NEARLY_ALL
    }

    /// So many per cent of the marks, exactly.
    pub(crate) fn of(percent: Decimal, marks: Marks) -> Decimal {
        percent * marks.decimal() * Decimal::new(1, 2)
    }
}

impl FromStr for Share {
    type Err = NotAShare;

    fn from_str(text: &str) -> Result<Self, NotAShare> {
        let refused = || NotAShare(text.chars().take(20).collect());
        let value = Decimal::from_str_exact(text).map_err(|_| refused())?;
        Self::of_percent(value).map_err(|_| refused())
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

stored_as_text!(Share);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_exact_and_bounded_and_three_thirds_are_all() {
        let third: Share = "33.33333".parse().unwrap();
        let marks: Marks = "0.1001".parse().unwrap();
        assert_eq!(Share::of(third.percent(), marks).to_string(), "0.03336666333");
        assert!(Share::is_nearly_all(third.percent() * Decimal::from(3)));
        assert!(!Share::is_nearly_all("99.8".parse().unwrap()));
        for text in ["100.1", "-101", "", "a", "0.000000000000001"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }
}
