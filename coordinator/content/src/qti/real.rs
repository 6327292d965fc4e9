//! QTI's float. QTI means a double; marks want decimals. So a number that is written with up to 20 digits is a decimal
//! and stays one through sums, differences, products, roundings and divisions that come out even: 0.1 + 0.2 is 0.3. What
//! no decimal holds exactly (thirds, roots, sines, very large numbers) is a double from then on. There is no infinity and
//! no not-a-number: where QTI would have one, the value is NULL.

use std::{cmp::Ordering, fmt, str::FromStr};

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use crate::as_text::stored_as_text;

/// A number with a fraction.
#[derive(Debug, Clone, Copy)]
pub enum Real {
    /// Exact.
    Decimal(Decimal),
    /// The nearest double; finite.
    Double(Double),
}

/// A double that is neither infinite nor not-a-number; only [`Real::from_f64`] makes one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Double(f64);

/// Digits that a number may be written with to be held as a decimal: products of two of them still fit the 28 digits of
/// a decimal in most files, and where one does not, it becomes a double.
const DECIMAL_DIGITS: usize = 20;

/// A text that is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a number; write digits with an optional minus, decimal point and exponent")]
pub struct NotReal;

impl Real {
    /// Zero.
    pub const ZERO: Self = Self::Decimal(Decimal::ZERO);

    /// This double; `None` if it is infinite or not a number.
    pub fn from_f64(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self::Double(Double(value)))
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        match self {
            // By its text: the nearest double, which a division of mantissa by power of ten is not always.
            Self::Decimal(value) => value.to_string().parse().unwrap_or_default(),
            Self::Double(Double(value)) => value,
        }
    }

    /// As an integer, if it is whole and fits.
    pub fn to_integer(self) -> Option<i64> {
        match self {
            Self::Decimal(value) => value.is_integer().then(|| value.to_i64()).flatten(),
            Self::Double(Double(value)) => {
                // 2^53: beyond it a double no longer tells whole numbers apart.
                let is_whole = value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
                is_whole.then_some(value as i64)
            }
        }
    }

    pub(crate) fn add(self, other: Self) -> Option<Self> {
        if let (Self::Decimal(left), Self::Decimal(right)) = (self, other)
            && let Some(sum) = left.checked_add(right)
            && sum.checked_sub(right) == Some(left)
            && sum.checked_sub(left) == Some(right)
        {
            return Some(Self::Decimal(sum));
        }
        Self::from_f64(self.to_f64() + other.to_f64())
    }

    pub(crate) fn subtract(self, other: Self) -> Option<Self> {
        match other {
            Self::Decimal(value) => self.add(Self::Decimal(-value)),
            Self::Double(Double(value)) => self.add(Self::Double(Double(-value))),
        }
    }

    pub(crate) fn multiply(self, other: Self) -> Option<Self> {
        if let (Self::Decimal(left), Self::Decimal(right)) = (self, other) {
            let (left, right) = (left.normalize(), right.normalize());
            if left.scale() + right.scale() <= Decimal::MAX_SCALE
                && let Some(product) = left.checked_mul(right)
                && product.scale() <= left.scale() + right.scale()
                && (left.is_zero() || product.checked_div(left) == Some(right))
            {
                return Some(Self::Decimal(product));
            }
        }
        Self::from_f64(self.to_f64() * other.to_f64())
    }

    /// `None` for a division by zero.
    pub(crate) fn divide(self, other: Self) -> Option<Self> {
        if let (Self::Decimal(left), Self::Decimal(right)) = (self, other)
            && let Some(quotient) = left.checked_div(right)
            && quotient.normalize().scale() <= DECIMAL_DIGITS as u32
            && quotient.checked_mul(right) == Some(left)
        {
            return Some(Self::Decimal(quotient.normalize()));
        }
        Self::from_f64(self.to_f64() / other.to_f64())
    }

    pub(crate) fn power(self, exponent: Self) -> Option<Self> {
        const EXACT_EXPONENT_MAX: i64 = 64;
        if let (Self::Decimal(_), Some(times @ 0..=EXACT_EXPONENT_MAX)) = (self, exponent.to_integer()) {
            return (0..times).try_fold(Self::from(1), |power, _| power.multiply(self));
        }
        Self::from_f64(self.to_f64().powf(exponent.to_f64()))
    }

    pub(crate) fn floor(self) -> Option<Self> {
        self.whole(Decimal::floor, f64::floor)
    }

    pub(crate) fn ceiling(self) -> Option<Self> {
        self.whole(Decimal::ceil, f64::ceil)
    }

    pub(crate) fn truncate(self) -> Option<Self> {
        self.whole(Decimal::trunc, f64::trunc)
    }

    /// The nearest whole number; a half goes up (6.5 to 7, -6.5 to -6), as QTI's `round` says.
    pub(crate) fn round(self) -> Option<Self> {
        self.add(Self::Decimal(Decimal::new(5, 1)))?.floor()
    }

    /// Rounded to decimal places or significant figures, a half away from zero: as people round what they read.
    pub(crate) fn round_to(self, figures: u32, significant: bool) -> Option<Self> {
        let rule = RoundingStrategy::MidpointAwayFromZero;
        let Some(value) = self.to_decimal() else {
            return Some(self);
        };
        let rounded = if significant {
            value.round_sf_with_strategy(figures, rule)?
        } else {
            value.round_dp_with_strategy(figures, rule)
        };
        Some(Self::Decimal(rounded.normalize()))
    }

    /// The decimal that a double is shown as.
    pub(crate) fn to_decimal(self) -> Option<Decimal> {
        match self {
            Self::Decimal(value) => Some(value),
            Self::Double(Double(value)) => value.to_string().parse().ok(),
        }
    }

    fn whole(self, decimal: fn(&Decimal) -> Decimal, double: fn(f64) -> f64) -> Option<Self> {
        match self {
            Self::Decimal(value) => Some(Self::Decimal(decimal(&value))),
            Self::Double(Double(value)) => Self::from_f64(double(value)),
        }
    }

    /// A number as people write it: digits, a point, an exponent.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
        if digits == 0 || !text.bytes().all(plain) {
            return None;
        }
        let is_scientific = text.contains(['e', 'E']);
        let decimal = if is_scientific {
            Decimal::from_scientific(text).ok()
        } else {
            text.parse().ok()
        };
        match decimal
            .filter(|value: &Decimal| digits <= DECIMAL_DIGITS && value.scale() <= DECIMAL_DIGITS as u32)
        {
            // The form without an exponent must be one that `f64` reads too: no second sign, no second point.
            Some(value) if is_scientific || text.parse::<f64>().is_ok() => Some(Self::Decimal(value)),
            _ => text.parse().ok().and_then(Self::from_f64),
        }
    }
}

impl From<i64> for Real {
    fn from(value: i64) -> Self {
        Self::Decimal(value.into())
    }
}

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Real {}

impl Ord for Real {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Decimal(left), Self::Decimal(right)) => left.cmp(right),
            // Both are finite, so they always compare.
            _ => self
                .to_f64()
                .partial_cmp(&other.to_f64())
                .unwrap_or(Ordering::Equal),
        }
    }
}

impl PartialOrd for Real {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Real {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decimal(value) => write!(f, "{}", value.normalize()),
            Self::Double(Double(value)) => write!(f, "{value:?}"),
        }
    }
}

impl FromStr for Real {
    type Err = NotReal;

    fn from_str(text: &str) -> Result<Self, NotReal> {
        Self::parse(text).ok_or(NotReal)
    }
}

stored_as_text!(Real);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn real(text: &str) -> Real {
        text.parse().unwrap()
    }

    #[test]
    fn decimals_stay_exact_and_what_they_cannot_hold_becomes_a_double() {
        assert_eq!(real("0.1").add(real("0.2")), Some(real("0.3")));
        assert_eq!(real("1.1").multiply(real("1.1")).unwrap().to_string(), "1.21");
        assert_eq!(real("6").divide(real("2")).unwrap().to_string(), "3");
        let third = real("1").divide(real("3")).unwrap();
        assert_eq!(third.to_f64().to_bits(), (1.0f64 / 3.0).to_bits());
        assert_eq!(third.multiply(real("3")).unwrap().to_integer(), Some(1));
        assert_eq!(real("1").divide(Real::ZERO), None);
        assert_eq!(real("1e300").multiply(real("1e300")), None);
        assert_eq!(real("2").power(real("10")).unwrap().to_string(), "1024");
        assert_eq!(real("-8").power(real("0.5")), None);
    }

    #[test]
    fn halves_go_where_qti_sends_them() {
        for (given, whole) in [("6.5", 7), ("6.49", 6), ("-6.5", -6), ("-6.51", -7), ("0.5", 1)] {
            assert_eq!(real(given).round().unwrap().to_integer(), Some(whole), "{given}");
        }
        assert_eq!(real("3.175").round_to(3, true), Some(real("3.18")));
        assert_eq!(real("-2.345").round_to(2, false), Some(real("-2.35")));
        assert_eq!(
            Real::from_f64(0.787_251_623)
                .unwrap()
                .round_to(2, false)
                .unwrap()
                .to_string(),
            "0.79"
        );
        assert_eq!(real("1e200").round_to(2, false), Some(real("1e200")));
    }

    #[test]
    fn only_numbers_are_read_as_numbers() {
        for text in ["1", "-1.5", "+2", ".5", "5.", "1e3", "1.5E-3", " 7 "] {
            assert!(Real::parse(text).is_some(), "{text}");
        }
        for text in [
            "", "-", ".", "1_000", "inf", "NaN", "1,5", "0x10", "1e", "--1", "1.2.3", "1e999",
        ] {
            assert!(Real::parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn stored_and_read_back_it_is_the_same(value in proptest::num::f64::NORMAL | proptest::num::f64::ZERO, whole in any::<i64>()) {
            for real in [Real::from_f64(value).unwrap(), Real::from(whole)] {
                prop_assert_eq!(real.to_string().parse::<Real>(), Ok(real));
            }
        }

        #[test]
        fn arithmetic_agrees_with_doubles(left in -1.0e9f64..1.0e9, right in -1.0e9f64..1.0e9) {
            let (a, b) = (Real::parse(&left.to_string()).unwrap(), Real::parse(&right.to_string()).unwrap());
            let near = |exact: Option<Real>, double: f64| (exact.unwrap().to_f64() - double).abs() <= double.abs() * 1e-9 + 1e-6;
            prop_assert!(near(a.add(b), left + right));
            prop_assert!(near(a.subtract(b), left - right));
            prop_assert!(near(a.multiply(b), left * right));
            prop_assert_eq!(a.cmp(&b), left.partial_cmp(&right).unwrap());
        }
    }
}
