//! Greater, smaller, equal: numbers exactly, within a tolerance or after rounding; durations; values of any type.

use serde::{Deserialize, Serialize};

use super::{
    Operator, Parameter, Reading,
    numeric::{round_to, significant},
};
use crate::qti::{
    compile::Tag,
    fault::Fault,
    real::Real,
    value::{Container, Scalar, Value},
};

/// An operator that compares two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// First below second.
    Lt,
    /// First above second.
    Gt,
    /// First at most second.
    Lte,
    /// First at least second.
    Gte,
    /// The same number.
    Equal,
    /// Operands: tolerance below, tolerance above, centre, number.
    EqualWithin {
        /// The tolerances are per cent of the centre.
        relative: bool,
        /// Whether the lower bound counts.
        lower: bool,
        /// Whether the upper bound counts.
        upper: bool,
    },
    /// Operands: figures, and two numbers that are the same after rounding.
    EqualRounded {
        /// Significant figures, else decimal places.
        significant: bool,
    },
    /// First shorter than second.
    DurationLt,
    /// First at least as long as second.
    DurationGte,
    /// The same value, container or record.
    Match,
}

pub(super) fn read(tag: Tag<'_>) -> Result<Option<Reading<'_>>, Fault> {
    let comparison = match tag.name() {
        "lt" => Comparison::Lt,
        "gt" => Comparison::Gt,
        "lte" => Comparison::Lte,
        "gte" => Comparison::Gte,
        "durationLT" => Comparison::DurationLt,
        "durationGTE" => Comparison::DurationGte,
        "match" => Comparison::Match,
        "equal" => return equal(tag),
        "equalRounded" => {
            let operator = Operator::Comparison(Comparison::EqualRounded {
                significant: significant(tag)?,
            });
            let figures = tag.required("figures")?;
            let parameters = vec![Parameter {
                attribute: "figures",
                text: figures,
            }];
            return Ok(Some(Reading::with(operator, parameters, 2..=2)));
        }
        _ => return Ok(None),
    };
    Ok(Some(Reading::plain(Operator::Comparison(comparison), 2..=2)))
}

fn equal(tag: Tag<'_>) -> Result<Option<Reading<'_>>, Fault> {
    #[derive(Clone, Copy)]
    enum Mode {
        Exact,
        Within { relative: bool },
    }
    let modes = [
        ("exact", Mode::Exact),
        ("absolute", Mode::Within { relative: false }),
        ("relative", Mode::Within { relative: true }),
    ];
    let mode = tag.one_of(
        "toleranceMode",
        &modes,
        Some(Mode::Exact),
        "exact, absolute or relative",
    )?;
    let Mode::Within { relative } = mode else {
        return Ok(Some(Reading::plain(
            Operator::Comparison(Comparison::Equal),
            2..=2,
        )));
    };
    let comparison = Comparison::EqualWithin {
        relative,
        lower: tag.flag("includeLowerBound", true)?,
        upper: tag.flag("includeUpperBound", true)?,
    };
    let tolerance = tag.required("tolerance")?;
    let mut parts = tolerance.split_ascii_whitespace();
    let (Some(below), above, None) = (parts.next(), parts.next(), parts.next()) else {
        return Err(tag.bad("tolerance", tolerance, "one or two numbers"));
    };
    let above = above.unwrap_or(below);
    let parameter = |text| Parameter {
        attribute: "tolerance",
        text,
    };
    let parameters = vec![parameter(below), parameter(above)];
    Ok(Some(Reading::with(
        Operator::Comparison(comparison),
        parameters,
        2..=2,
    )))
}

impl Comparison {
    pub(super) fn apply(self, values: &[Value]) -> Value {
        self.holds(values).map_or(Value::Null, Value::boolean)
    }

    fn holds(self, values: &[Value]) -> Option<bool> {
        match (self, values) {
            (Self::Lt, [left, right]) => Some(left.number()? < right.number()?),
            (Self::Gt, [left, right]) => Some(left.number()? > right.number()?),
            (Self::Lte, [left, right]) => Some(left.number()? <= right.number()?),
            (Self::Gte, [left, right]) => Some(left.number()? >= right.number()?),
            (Self::DurationLt, [left, right]) => Some(seconds(left)? < seconds(right)?),
            (Self::DurationGte, [left, right]) => Some(seconds(left)? >= seconds(right)?),
            // QTI's `equal` takes numbers; authors compare other values with it too, and mean `match`.
            (Self::Match | Self::Equal, [left, right]) => same(left, right),
            (Self::EqualRounded { significant }, [figures, left, right]) => {
                let rounded = |value: &Value| round_to(figures.number()?, value.number()?, significant);
                Some(rounded(left)? == rounded(right)?)
            }
            (Self::EqualWithin { .. }, [below, above, centre, number]) => self.within(
                below.number()?,
                above.number()?,
                centre.number()?,
                number.number()?,
            ),
            _ => None,
        }
    }

    fn within(self, below: Real, above: Real, centre: Real, number: Real) -> Option<bool> {
        let Self::EqualWithin {
            relative,
            lower,
            upper,
        } = self
        else {
            return None;
        };
        let tolerance = |amount: Real| {
            if relative {
                centre.multiply(amount)?.divide(Real::from(100))
            } else {
                Some(amount)
            }
        };
        let (from, to) = (
            centre.subtract(tolerance(below)?)?,
            centre.add(tolerance(above)?)?,
        );
        // Per cent of a negative centre turn the bounds around.
        let (from, to) = (from.min(to), from.max(to));
        let is_above = number > from || (lower && number == from);
        let is_below = number < to || (upper && number == to);
        Some(is_above && is_below)
    }
}

fn seconds(value: &Value) -> Option<Real> {
    match value.one()? {
        Scalar::Duration(seconds) => Some(*seconds),
        other => other.number(),
    }
}

/// Whether two values are the same; `None` if either is NULL.
fn same(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::One(left), Value::One(right)) => Some(left.same(right)),
        (Value::Many(left), Value::Many(right)) => Some(same_members(left, right)),
        (Value::Record(left), Value::Record(right)) => {
            let fields = |name| left.get(name).zip(right.get(name));
            let each = |name| fields(name).is_some_and(|(one, other): (&Scalar, &Scalar)| one.same(other));
            Some(left.len() == right.len() && left.keys().all(each))
        }
        _ => Some(false),
    }
}

fn same_members(left: &Container, right: &Container) -> bool {
    if left.ordered != right.ordered || left.members.len() != right.members.len() {
        return false;
    }
    if left.ordered {
        return left
            .members
            .iter()
            .zip(&right.members)
            .all(|(one, other)| one.same(other));
    }
    let mut rest: Vec<&Scalar> = right.members.iter().collect();
    left.members.iter().all(|member| {
        let found = rest.iter().position(|other| member.same(other));
        found.is_some_and(|index| {
            rest.swap_remove(index);
            true
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real(text: &str) -> Value {
        Value::float(Real::parse(text))
    }

    fn ids(ordered: bool, names: &[&str]) -> Value {
        let members = names
            .iter()
            .map(|name| Scalar::Identifier((*name).to_owned()))
            .collect();
        Value::many(ordered, members)
    }

    #[test]
    fn tolerances_include_or_leave_out_their_bounds() {
        let within = |relative, bounds, number: &str| {
            Comparison::EqualWithin {
                relative,
                lower: bounds,
                upper: bounds,
            }
            .apply(&[real("0.5"), real("1"), real("10"), real(number)])
        };
        for (number, with, without) in [
            ("9.5", true, false),
            ("9.51", true, true),
            ("11", true, false),
            ("11.01", false, false),
        ] {
            assert_eq!(within(false, true, number), Value::boolean(with), "{number}");
            assert_eq!(within(false, false, number), Value::boolean(without), "{number}");
        }
        let ten_per_cent = Comparison::EqualWithin {
            relative: true,
            lower: true,
            upper: true,
        };
        let near = |centre: &str, number: &str| {
            ten_per_cent.apply(&[real("10"), real("10"), real(centre), real(number)])
        };
        assert_eq!(near("-20", "-22"), Value::boolean(true));
        assert_eq!(near("-20", "-17.9"), Value::boolean(false));
        assert_eq!(near("20", "18"), Value::boolean(true));
    }

    #[test]
    fn containers_match_by_members_and_by_order_where_it_counts() {
        let matches = |left: &Value, right: &Value| Comparison::Match.apply(&[left.clone(), right.clone()]);
        assert_eq!(
            matches(&ids(false, &["A", "B"]), &ids(false, &["B", "A"])),
            Value::boolean(true)
        );
        assert_eq!(
            matches(&ids(true, &["A", "B"]), &ids(true, &["B", "A"])),
            Value::boolean(false)
        );
        assert_eq!(
            matches(&ids(false, &["A", "A"]), &ids(false, &["A", "B"])),
            Value::boolean(false)
        );
        assert_eq!(
            matches(&ids(false, &["A"]), &ids(true, &["A"])),
            Value::boolean(false)
        );
        assert_eq!(matches(&Value::Null, &ids(true, &["A"])), Value::Null);
        assert_eq!(matches(&real("0.1"), &real("0.10")), Value::boolean(true));
    }

    #[test]
    fn rounded_numbers_are_equal_by_what_is_seen() {
        let equal = |left: &str, right: &str| {
            Comparison::EqualRounded { significant: true }.apply(&[
                Value::integer(3),
                real(left),
                real(right),
            ])
        };
        assert_eq!(equal("3.175", "3.183"), Value::boolean(true));
        assert_eq!(equal("3.1749", "3.183"), Value::boolean(false));
        assert_eq!(Comparison::Lt.apply(&[real("1"), Value::Null]), Value::Null);
        assert_eq!(
            Comparison::DurationGte.apply(&[real("2"), real("2")]),
            Value::boolean(true)
        );
    }
}
