//! Sums, products, roundings, whole-number arithmetic, greatest and smallest.

use serde::{Deserialize, Serialize};

use super::{ANY, Operator, Parameter, Reading};
use crate::qti::{
    compile::Tag,
    fault::Fault,
    real::Real,
    value::{Scalar, Value},
};

/// An operator on numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Numeric {
    /// Of all.
    Sum,
    /// Of all.
    Product,
    /// First less second.
    Subtract,
    /// First by second, always a float.
    Divide,
    /// First to the second.
    Power,
    /// Rounded down.
    IntegerDivide,
    /// What that division leaves.
    IntegerModulus,
    /// The same for numbers with a fraction.
    Modulus,
    /// Towards zero, an integer.
    Truncate,
    /// To the nearest, a half up, an integer.
    Round,
    /// Operands: figures, number.
    RoundTo {
        /// Significant figures, else decimal places.
        significant: bool,
    },
    /// The same number as a float.
    IntegerToFloat,
    /// The greatest.
    Max,
    /// The smallest.
    Min,
    /// The greatest common divisor.
    Gcd,
    /// The least common multiple.
    Lcm,
}

/// `roundingMode`: whether figures count from the first digit. Both spellings of the plural are in use.
pub(super) fn significant(tag: Tag<'_>) -> Result<bool, Fault> {
    let modes = [
        ("significantFigures", true),
        ("significantFigure", true),
        ("decimalPlaces", false),
    ];
    tag.one_of(
        "roundingMode",
        &modes,
        Some(true),
        "significantFigures or decimalPlaces",
    )
}

pub(super) fn read(tag: Tag<'_>) -> Result<Option<Reading<'_>>, Fault> {
    let (operator, operands) = match tag.name() {
        "sum" => (Numeric::Sum, 1..=ANY),
        "product" => (Numeric::Product, 1..=ANY),
        "subtract" => (Numeric::Subtract, 2..=2),
        "divide" => (Numeric::Divide, 2..=2),
        "power" => (Numeric::Power, 2..=2),
        "integerDivide" => (Numeric::IntegerDivide, 2..=2),
        "integerModulus" => (Numeric::IntegerModulus, 2..=2),
        "mod" => (Numeric::Modulus, 2..=2),
        "truncate" => (Numeric::Truncate, 1..=1),
        "round" => (Numeric::Round, 1..=1),
        "integerToFloat" => (Numeric::IntegerToFloat, 1..=1),
        "max" => (Numeric::Max, 1..=ANY),
        "min" => (Numeric::Min, 1..=ANY),
        "gcd" => (Numeric::Gcd, 1..=ANY),
        "lcm" => (Numeric::Lcm, 1..=ANY),
        "roundTo" => {
            let operator = Operator::Numeric(Numeric::RoundTo {
                significant: significant(tag)?,
            });
            let figures = tag.required("figures")?;
            let parameters = vec![Parameter {
                attribute: "figures",
                text: figures,
            }];
            return Ok(Some(Reading::with(operator, parameters, 1..=1)));
        }
        _ => return Ok(None),
    };
    Ok(Some(Reading::plain(Operator::Numeric(operator), operands)))
}

/// All numbers in these values; `None` if there is a NULL or something else among them.
pub(super) fn numbers(values: &[Value]) -> Option<Numbers> {
    let mut all = Vec::new();
    let mut all_whole = true;
    for value in values {
        if value.is_null() || matches!(value, Value::Record(_)) {
            return None;
        }
        for member in value.members() {
            all.push(member.number()?);
            all_whole &= matches!(member, Scalar::Integer(_));
        }
    }
    Some(Numbers { all, all_whole })
}

pub(super) struct Numbers {
    pub(super) all: Vec<Real>,
    /// Whether each is of base type integer; then so is their sum.
    pub(super) all_whole: bool,
}

impl Numbers {
    fn fold(&self, start: Real, step: fn(Real, Real) -> Option<Real>) -> Value {
        let result = self
            .all
            .iter()
            .try_fold(start, |result, number| step(result, *number));
        self.typed(result)
    }

    fn typed(&self, result: Option<Real>) -> Value {
        match result {
            Some(result) if self.all_whole => result
                .to_integer()
                .map_or(Value::float(Some(result)), Value::integer),
            result => Value::float(result),
        }
    }

    fn pair(&self) -> Option<(Real, Real)> {
        match self.all[..] {
            [left, right] => Some((left, right)),
            _ => None,
        }
    }

    /// All of them as whole numbers.
    fn whole(&self) -> Option<Vec<i64>> {
        self.all.iter().map(|number| number.to_integer()).collect()
    }
}

fn whole(number: Option<Real>) -> Value {
    number
        .and_then(Real::to_integer)
        .map_or(Value::Null, Value::integer)
}

impl Numeric {
    pub(super) fn apply(self, values: &[Value]) -> Value {
        self.value(values).unwrap_or_default()
    }

    fn value(self, values: &[Value]) -> Option<Value> {
        let numbers = numbers(values)?;
        let value = match self {
            Self::Sum => numbers.fold(Real::ZERO, Real::add),
            Self::Product => numbers.fold(Real::from(1), Real::multiply),
            Self::Subtract => numbers.typed(numbers.pair().and_then(|(left, right)| left.subtract(right))),
            Self::Divide => Value::float(numbers.pair().and_then(|(left, right)| left.divide(right))),
            Self::Power => Value::float(numbers.pair().and_then(|(left, right)| left.power(right))),
            Self::IntegerDivide | Self::IntegerModulus => self.divided(&numbers)?,
            Self::Modulus => numbers.typed(modulus(numbers.pair()?)),
            Self::Truncate => whole(numbers.all.first()?.truncate()),
            Self::Round => whole(numbers.all.first()?.round()),
            Self::RoundTo { significant } => {
                let (figures, number) = numbers.pair()?;
                Value::float(round_to(figures, number, significant))
            }
            Self::IntegerToFloat => Value::float(numbers.all.first().copied()),
            Self::Max => numbers.typed(numbers.all.iter().max().copied()),
            Self::Min => numbers.typed(numbers.all.iter().min().copied()),
            Self::Gcd => Value::integer(numbers.whole()?.into_iter().try_fold(0, gcd)?),
            Self::Lcm => Value::integer(numbers.whole()?.into_iter().try_fold(1, lcm)?),
        };
        Some(value)
    }

    /// Rounded down, so that what is left has the sign of the divisor.
    fn divided(self, numbers: &Numbers) -> Option<Value> {
        let [left, right] = numbers.whole()?[..] else {
            return None;
        };
        let quotient = left.checked_div(right)?;
        let left_over = left.checked_rem(right)?;
        let is_below = left_over != 0 && ((left_over < 0) != (right < 0));
        Some(Value::integer(match self {
            Self::IntegerModulus if is_below => left_over.checked_add(right)?,
            Self::IntegerModulus => left_over,
            _ if is_below => quotient.checked_sub(1)?,
            _ => quotient,
        }))
    }
}

/// Rounded to decimal places or significant figures; `None` where the figures make no sense.
pub(super) fn round_to(figures: Real, number: Real, significant: bool) -> Option<Real> {
    const FIGURES_MAX: i64 = 28;
    let figures = figures
        .to_integer()
        .filter(|figures| (i64::from(significant)..=FIGURES_MAX).contains(figures))?;
    number.round_to(u32::try_from(figures).ok()?, significant)
}

fn modulus((left, right): (Real, Real)) -> Option<Real> {
    let times = left.divide(right)?.floor()?;
    left.subtract(right.multiply(times)?)
}

fn gcd(left: i64, right: i64) -> Option<i64> {
    let (mut left, mut right) = (left.checked_abs()?, right.checked_abs()?);
    while right != 0 {
        (left, right) = (right, left % right);
    }
    Some(left)
}

fn lcm(left: i64, right: i64) -> Option<i64> {
    if left == 0 || right == 0 {
        return Some(0);
    }
    (left / gcd(left, right)?).checked_mul(right)?.checked_abs()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn real(text: &str) -> Value {
        Value::float(Real::parse(text))
    }

    fn int(value: i64) -> Value {
        Value::integer(value)
    }

    #[test]
    fn integers_stay_integers_and_null_spreads() {
        assert_eq!(Numeric::Sum.apply(&[int(1), int(2)]), int(3));
        assert_eq!(Numeric::Sum.apply(&[int(1), real("0.5")]), real("1.5"));
        assert_eq!(Numeric::Sum.apply(&[int(1), Value::Null]), Value::Null);
        assert_eq!(
            Numeric::Sum.apply(&[
                Value::many(false, vec![Scalar::Integer(1), Scalar::Integer(2)]),
                int(3)
            ]),
            int(6)
        );
        assert_eq!(Numeric::Sum.apply(&[int(1), Value::text("2")]), Value::Null);
        assert_eq!(Numeric::Divide.apply(&[int(1), int(0)]), Value::Null);
        assert_eq!(Numeric::Divide.apply(&[int(6), int(4)]), real("1.5"));
        assert_eq!(Numeric::Max.apply(&[int(1), real("1.5"), int(-2)]), real("1.5"));
        assert_eq!(Numeric::Min.apply(&[int(1), int(-2)]), int(-2));
        assert_eq!(
            Numeric::Product
                .apply(&[int(i64::MAX), int(2)])
                .number()
                .unwrap()
                .to_string(),
            "18446744073709551614"
        );
    }

    #[test]
    fn whole_divisions_round_down() {
        for (left, right, quotient, left_over) in [
            (7, 2, 3, 1),
            (-7, 2, -4, 1),
            (7, -2, -4, -1),
            (-7, -2, 3, -1),
            (6, 3, 2, 0),
        ] {
            assert_eq!(
                Numeric::IntegerDivide.apply(&[int(left), int(right)]),
                int(quotient),
                "{left}/{right}"
            );
            assert_eq!(
                Numeric::IntegerModulus.apply(&[int(left), int(right)]),
                int(left_over),
                "{left}%{right}"
            );
            assert_eq!(
                Numeric::Modulus.apply(&[int(left), int(right)]),
                int(left_over),
                "{left} mod {right}"
            );
        }
        assert_eq!(
            Numeric::IntegerDivide.apply(&[int(i64::MIN), int(-1)]),
            Value::Null
        );
        assert_eq!(Numeric::IntegerModulus.apply(&[int(1), int(0)]), Value::Null);
    }

    #[test]
    fn roundings_give_the_figures_asked_for() {
        let to = |significant, figures, number: &str| {
            Numeric::RoundTo { significant }.apply(&[int(figures), real(number)])
        };
        assert_eq!(to(true, 3, "1234.5"), real("1230"));
        assert_eq!(to(false, 2, "0.785"), real("0.79"));
        assert_eq!(to(true, 0, "1"), Value::Null);
        assert_eq!(Numeric::Truncate.apply(&[real("-6.8")]), int(-6));
        assert_eq!(Numeric::Round.apply(&[real("-6.5")]), int(-6));
    }

    proptest! {
        #[test]
        fn divisor_and_multiple_belong_together(left in 1i64..100_000, right in 1i64..100_000) {
            let divisor = gcd(left, right).unwrap();
            prop_assert!(left % divisor == 0 && right % divisor == 0);
            prop_assert_eq!(lcm(left, right).unwrap() * divisor, left * right);
        }
    }
}
