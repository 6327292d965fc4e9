//! Ranges of accepted numbers from their texts, and their bounds computed exactly. The importers and the rule that makes
//! keys of drafts call it.

use rust_decimal::Decimal;

use super::{draft::NumberRange, drafts::Reason};
use crate::number::Number;

/// One number.
pub(super) fn exactly(text: &str) -> Result<NumberRange, Reason> {
    number(text).map(NumberRange::Exactly)
}

/// A number and how far it may be off.
pub(super) fn within(text: &str, tolerance: &str) -> Result<NumberRange, Reason> {
    let range = NumberRange::Within {
        number: number(text)?,
        tolerance: number(tolerance)?,
    };
    let is_negative =
        tolerance.trim().starts_with('-') && bounds(&exactly(tolerance)?) != bounds(&exactly("0")?);
    if is_negative {
        return Err(Reason::EmptyRange(text.trim().to_owned()));
    }
    // Computed once here, so that it is known to be computable.
    bounds(&range).ok_or_else(|| Reason::number(text))?;
    Ok(range)
}

/// From one number to another.
pub(super) fn between(from: &str, to: &str) -> Result<NumberRange, Reason> {
    let (least, greatest) = (number(from)?, number(to)?);
    if least > greatest {
        return Err(Reason::EmptyRange(from.trim().to_owned()));
    }
    Ok(NumberRange::Between {
        from: least,
        to: greatest,
    })
}

/// The least and the greatest number of a range, both in it; `None` where they have more digits than can be computed
/// exactly.
pub(crate) fn bounds(range: &NumberRange) -> Option<(Number, Number)> {
    match range {
        NumberRange::Exactly(number) => Some((number.clone(), number.clone())),
        NumberRange::Between { from, to } => Some((from.clone(), to.clone())),
        NumberRange::Within { number, tolerance } => {
            let number = decimal(number)?;
            let tolerance = decimal(tolerance)?;
            let from = exact(number, -tolerance)?;
            let to = exact(number, tolerance)?;
            Some((from, to))
        }
    }
}

/// The sum, unless it would be rounded.
fn exact(left: Decimal, right: Decimal) -> Option<Number> {
    let sum = left.checked_add(right)?;
    let is_exact = sum.scale() == left.scale().max(right.scale());
    is_exact.then_some(())?;
    sum.to_string().parse().ok()
}

fn decimal(number: &Number) -> Option<Decimal> {
    Decimal::from_str_exact(&number.to_string()).ok()
}

fn number(text: &str) -> Result<Number, Reason> {
    text.trim().parse().map_err(|_| Reason::number(text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(range: Result<NumberRange, Reason>) -> String {
        let (from, to) = bounds(&range.unwrap()).unwrap();
        format!("{from} to {to}")
    }

    #[test]
    fn bounds_are_exact_decimals() {
        assert_eq!(shown(exactly("1822")), "1822 to 1822");
        assert_eq!(shown(within("3.1415", "0.0005")), "3.141 to 3.142");
        assert_eq!(shown(within("-3.142", "0.001")), "-3.143 to -3.141");
        assert_eq!(shown(within("0.1", "0.2")), "-0.1 to 0.3");
        assert_eq!(shown(between("-5", "5")), "-5 to 5");
        assert_eq!(shown(within("5", "-0")), "5 to 5");
    }

    #[test]
    fn what_is_no_range_is_refused() {
        assert!(between("5", "1").is_err());
        assert!(within("5", "-1").is_err());
        assert!(exactly("1e3").is_err());
        assert!(within("1000000000000000000000000000", "0.00000000000000000001").is_err());
    }
}
