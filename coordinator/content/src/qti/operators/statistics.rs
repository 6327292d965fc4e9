//! `statsOperator`: mean, variance and standard deviation of a container of numbers.

use serde::{Deserialize, Serialize};

use super::{Operator, Reading, numeric::numbers};
use crate::qti::{compile::Tag, fault::Fault, real::Real, value::Value};

/// A figure of many numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Statistic {
    /// The sum by the count.
    Mean,
    /// Squared distances from the mean by the count less one.
    SampleVariance,
    /// Its root.
    SampleSd,
    /// Squared distances from the mean by the count.
    PopVariance,
    /// Its root.
    PopSd,
}

const NAMES: [(&str, Statistic); 5] = [
    ("mean", Statistic::Mean),
    ("sampleVariance", Statistic::SampleVariance),
    ("sampleSD", Statistic::SampleSd),
    ("popVariance", Statistic::PopVariance),
    ("popSD", Statistic::PopSd),
];

/// `statsOperator name="mean"`, and `mean` itself, as some engines' files have it.
pub(super) fn read(tag: Tag<'_>) -> Result<Option<Reading<'_>>, Fault> {
    let statistic = match NAMES.iter().find(|(name, _)| *name == tag.name()) {
        Some((_, statistic)) => *statistic,
        None if tag.name() == "statsOperator" => {
            tag.one_of("name", &NAMES, None, "a figure of QTI's statsOperator")?
        }
        None => return Ok(None),
    };
    Ok(Some(Reading::plain(Operator::Statistic(statistic), 1..=1)))
}

impl Statistic {
    pub(super) fn apply(self, values: &[Value]) -> Value {
        let had_null = |value: &Value| matches!(value, Value::Many(container) if container.had_null);
        if values.iter().any(had_null) {
            return Value::Null;
        }
        Value::float(self.of(values))
    }

    fn of(self, values: &[Value]) -> Option<Real> {
        let numbers = numbers(values)?.all;
        let count = i64::try_from(numbers.len()).ok()?;
        let mean = sum(numbers.iter().copied())?.divide(Real::from(count))?;
        let squares = || {
            let distances = numbers.iter().map(|number| number.subtract(mean));
            let squared = distances.map(|distance| distance.and_then(|distance| distance.multiply(distance)));
            sum(squared.collect::<Option<Vec<Real>>>()?)
        };
        let root = |square: Real| Real::from_f64(square.to_f64().sqrt());
        match self {
            Self::Mean => Some(mean),
            Self::SampleVariance => squares()?.divide(Real::from(count - 1)),
            Self::PopVariance => squares()?.divide(Real::from(count)),
            Self::SampleSd => root(squares()?.divide(Real::from(count - 1))?),
            Self::PopSd => root(squares()?.divide(Real::from(count))?),
        }
    }
}

fn sum(numbers: impl IntoIterator<Item = Real>) -> Option<Real> {
    numbers.into_iter().try_fold(Real::ZERO, Real::add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qti::value::{Container, Scalar};

    fn of(numbers: &[i64], had_null: bool) -> Value {
        Value::Many(Container {
            ordered: false,
            members: numbers.iter().map(|number| Scalar::Integer(*number)).collect(),
            had_null,
        })
    }

    #[test]
    fn the_figures_are_those_of_the_textbook() {
        let container = of(&[2, 4, 4, 4, 5, 5, 7, 9], false);
        let figure = |statistic: Statistic| {
            statistic
                .apply(std::slice::from_ref(&container))
                .number()
                .unwrap()
                .to_f64()
        };
        assert!((figure(Statistic::Mean) - 5.0).abs() < 1e-12);
        assert!((figure(Statistic::PopVariance) - 4.0).abs() < 1e-12);
        assert!((figure(Statistic::PopSd) - 2.0).abs() < 1e-12);
        assert!((figure(Statistic::SampleVariance) - 32.0 / 7.0).abs() < 1e-12);
        assert!((figure(Statistic::SampleSd) - (32.0f64 / 7.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn one_number_has_no_sample_variance_and_a_null_spreads() {
        assert_eq!(Statistic::SampleVariance.apply(&[of(&[1], false)]), Value::Null);
        assert_eq!(Statistic::Mean.apply(&[of(&[1], true)]), Value::Null);
        assert_eq!(Statistic::Mean.apply(&[Value::Null]), Value::Null);
        let mixed = Value::many(false, vec![Scalar::Integer(1), Scalar::String("x".to_owned())]);
        assert_eq!(Statistic::Mean.apply(&[mixed]), Value::Null);
    }
}
