//! `mathOperator`: the functions of a pocket calculator, on doubles. What has no finite value is NULL.

use std::f64::consts::{E, PI};

use serde::{Deserialize, Serialize};

use super::{Operator, Reading, numeric::numbers};
use crate::qti::{compile::Tag, fault::Fault, real::Real, value::Value};

/// A function; angles in radians.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Function {
    Sin,
    Cos,
    Tan,
    Sec,
    Csc,
    Cot,
    Asin,
    Acos,
    Atan,
    Atan2,
    Asec,
    Acsc,
    Acot,
    Sinh,
    Cosh,
    Tanh,
    Sech,
    Csch,
    Coth,
    Log,
    Ln,
    Exp,
    Abs,
    Signum,
    Floor,
    Ceil,
    ToDegrees,
    ToRadians,
}

const NAMES: [(&str, Function); 28] = [
    ("sin", Function::Sin),
    ("cos", Function::Cos),
    ("tan", Function::Tan),
    ("sec", Function::Sec),
    ("csc", Function::Csc),
    ("cot", Function::Cot),
    ("asin", Function::Asin),
    ("acos", Function::Acos),
    ("atan", Function::Atan),
    ("atan2", Function::Atan2),
    ("asec", Function::Asec),
    ("acsc", Function::Acsc),
    ("acot", Function::Acot),
    ("sinh", Function::Sinh),
    ("cosh", Function::Cosh),
    ("tanh", Function::Tanh),
    ("sech", Function::Sech),
    ("csch", Function::Csch),
    ("coth", Function::Coth),
    ("log", Function::Log),
    ("ln", Function::Ln),
    ("exp", Function::Exp),
    ("abs", Function::Abs),
    ("signum", Function::Signum),
    ("floor", Function::Floor),
    ("ceil", Function::Ceil),
    ("toDegrees", Function::ToDegrees),
    ("toRadians", Function::ToRadians),
];

pub(super) fn read(tag: Tag<'_>) -> Result<Option<Reading<'_>>, Fault> {
    if tag.name() != "mathOperator" {
        return Ok(None);
    }
    let function = tag.one_of("name", &NAMES, None, "a function of QTI's mathOperator")?;
    let operands = if function == Function::Atan2 { 2..=2 } else { 1..=1 };
    Ok(Some(Reading::plain(Operator::Function(function), operands)))
}

/// The value of `mathConstant`.
pub(crate) fn constant(name: &str) -> Option<Value> {
    let value = match name {
        "pi" => PI,
        "e" => E,
        _ => return None,
    };
    Some(Value::float(Real::from_f64(value)))
}

impl Function {
    pub(super) fn apply(self, values: &[Value]) -> Value {
        self.value(values).unwrap_or_default()
    }

    fn value(self, values: &[Value]) -> Option<Value> {
        let numbers = numbers(values)?;
        let first = *numbers.all.first()?;
        let whole = |number: Option<Real>| Some(Value::integer(number?.to_integer()?));
        match self {
            // These stay exact.
            Self::Floor => whole(first.floor()),
            Self::Ceil => whole(first.ceiling()),
            Self::Signum => Some(Value::integer(first.cmp(&Real::ZERO) as i64)),
            Self::Abs if numbers.all_whole => whole(Some(first.max(Real::ZERO.subtract(first)?))),
            Self::Abs => Some(Value::float(Some(first.max(Real::ZERO.subtract(first)?)))),
            Self::Atan2 => {
                let angle = first.to_f64().atan2(numbers.all.get(1)?.to_f64());
                Some(Value::float(Real::from_f64(angle)))
            }
            _ => Some(Value::float(Real::from_f64(self.double(first.to_f64())))),
        }
    }

    fn double(self, x: f64) -> f64 {
        match self {
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Tan => x.tan(),
            Self::Sec => x.cos().recip(),
            Self::Csc => x.sin().recip(),
            Self::Cot => x.tan().recip(),
            Self::Asin => x.asin(),
            Self::Acos => x.acos(),
            Self::Atan => x.atan(),
            Self::Asec => x.recip().acos(),
            Self::Acsc => x.recip().asin(),
            Self::Acot => x.recip().atan(),
            Self::Sinh => x.sinh(),
            Self::Cosh => x.cosh(),
            Self::Tanh => x.tanh(),
            Self::Sech => x.cosh().recip(),
            Self::Csch => x.sinh().recip(),
            Self::Coth => x.tanh().recip(),
            Self::Log => x.log10(),
            Self::Ln => x.ln(),
            Self::Exp => x.exp(),
            Self::ToDegrees => x.to_degrees(),
            Self::ToRadians => x.to_radians(),
            Self::Abs | Self::Signum | Self::Floor | Self::Ceil | Self::Atan2 => x,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(function: Function, number: f64) -> Option<f64> {
        function
            .apply(&[Value::float(Real::from_f64(number))])
            .number()
            .map(Real::to_f64)
    }

    #[test]
    fn functions_and_their_reciprocals_belong_together() {
        let pairs = [
            (Function::Sin, Function::Csc),
            (Function::Cos, Function::Sec),
            (Function::Tan, Function::Cot),
            (Function::Sinh, Function::Csch),
            (Function::Cosh, Function::Sech),
            (Function::Tanh, Function::Coth),
        ];
        for (function, reciprocal) in pairs {
            let product = of(function, 0.7).unwrap() * of(reciprocal, 0.7).unwrap();
            assert!((product - 1.0).abs() < 1e-12, "{function:?}");
        }
        let back = [
            (Function::Sin, Function::Asin),
            (Function::Cos, Function::Acos),
            (Function::Tan, Function::Atan),
            (Function::Sec, Function::Asec),
            (Function::Csc, Function::Acsc),
            (Function::Cot, Function::Acot),
            (Function::Exp, Function::Ln),
            (Function::ToDegrees, Function::ToRadians),
        ];
        for (function, inverse) in back {
            let again = of(inverse, of(function, 0.7).unwrap()).unwrap();
            assert!((again - 0.7).abs() < 1e-12, "{function:?}");
        }
    }

    #[test]
    fn what_has_no_finite_value_is_null() {
        for (function, number) in [
            (Function::Ln, 0.0),
            (Function::Log, -1.0),
            (Function::Asin, 2.0),
            (Function::Exp, 1e9),
            (Function::Csc, 0.0),
        ] {
            assert_eq!(of(function, number), None, "{function:?}");
        }
        assert_eq!(Function::Sin.apply(&[Value::Null]), Value::Null);
    }

    #[test]
    fn whole_results_are_integers() {
        let number = |text: &str| Value::float(Real::parse(text));
        assert_eq!(Function::Floor.apply(&[number("-1.1")]), Value::integer(-2));
        assert_eq!(Function::Ceil.apply(&[number("1.1")]), Value::integer(2));
        assert_eq!(Function::Signum.apply(&[number("-3")]), Value::integer(-1));
        assert_eq!(Function::Abs.apply(&[Value::integer(-2)]), Value::integer(2));
        assert_eq!(Function::Abs.apply(&[number("-2.5")]), number("2.5"));
        assert_eq!(
            Function::Atan2.apply(&[number("0"), number("1")]).number(),
            Some(Real::ZERO)
        );
    }
}
