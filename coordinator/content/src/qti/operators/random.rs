//! Chance that can be repeated: the same seed gives the same item, on every machine, today and at a rescore.

use serde::{Deserialize, Serialize};

use super::{Operator, Parameter, Reading};
use crate::qti::{
    compile::Tag,
    fault::Fault,
    real::Real,
    value::{Scalar, Value},
};

/// An operator of chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Random {
    /// Operands: smallest, greatest, step.
    Integer,
    /// Operands: smallest, greatest.
    Float,
    /// One value of a container.
    Pick,
}

/// A sequence of numbers that its seed decides: the published generator "mulberry32". It is small and even, and other
/// engines of QTI seed with it, so that their cases can be repeated here. It must not guard a secret.
#[derive(Debug, Clone)]
pub struct Generator {
    state: u32,
}

impl Generator {
    /// The sequence of this seed; seeds below 2^32 are all different.
    pub fn new(seed: u64) -> Self {
        Self {
            state: (seed as u32) ^ ((seed >> 32) as u32),
        }
    }

    /// The next number, at least 0 and below 1.
    pub fn next_unit(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x6D2B_79F5);
        let mut mixed = (self.state ^ (self.state >> 15)).wrapping_mul(self.state | 1);
        mixed ^= mixed.wrapping_add((mixed ^ (mixed >> 7)).wrapping_mul(mixed | 0x3D));
        f64::from(mixed ^ (mixed >> 14)) / 4_294_967_296.0
    }

    /// The next whole number below a count.
    fn below(&mut self, count: u64) -> u64 {
        let drawn = (self.next_unit() * count as f64) as u64;
        drawn.min(count.saturating_sub(1))
    }
}

pub(super) fn read(tag: Tag<'_>) -> Result<Option<Reading<'_>>, Fault> {
    let required = |attribute| {
        Ok(Parameter {
            attribute,
            text: tag.required(attribute)?,
        })
    };
    let (random, parameters, operands) = match tag.name() {
        "randomInteger" => {
            let step = Parameter {
                attribute: "step",
                text: tag.attribute("step").unwrap_or("1"),
            };
            (
                Random::Integer,
                vec![required("min")?, required("max")?, step],
                0..=0,
            )
        }
        "randomFloat" => (Random::Float, vec![required("min")?, required("max")?], 0..=0),
        "random" => (Random::Pick, Vec::new(), 1..=1),
        _ => return Ok(None),
    };
    Ok(Some(Reading::with(
        Operator::Random(random),
        parameters,
        operands,
    )))
}

impl Random {
    pub(super) fn apply(self, values: &[Value], generator: &mut Generator) -> Value {
        self.value(values, generator).unwrap_or_default()
    }

    fn value(self, values: &[Value], generator: &mut Generator) -> Option<Value> {
        match (self, values) {
            (Self::Integer, [min, max, step]) => {
                let (min, max, step) = (min.whole()?, max.whole()?, step.whole()?);
                let steps = max.checked_sub(min)?.checked_div(step)?;
                let chosen = generator.below(u64::try_from(steps).ok()?.checked_add(1)?);
                Some(Value::integer(
                    min.checked_add(i64::try_from(chosen).ok()?.checked_mul(step)?)?,
                ))
            }
            (Self::Float, [min, max]) => {
                let (min, max) = (min.number()?.to_f64(), max.number()?.to_f64());
                Some(Value::float(Real::from_f64(
                    min + generator.next_unit() * (max - min),
                )))
            }
            (Self::Pick, [container]) => {
                let members: &[Scalar] = container.members();
                let index = generator.below(u64::try_from(members.len()).ok()?);
                Some(Value::One(members.get(usize::try_from(index).ok()?)?.clone()))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_seed_gives_the_same_sequence_everywhere() {
        let mut generator = Generator::new(42);
        let drawn: Vec<f64> = (0..3).map(|_| generator.next_unit()).collect();
        let again: Vec<f64> = (0..3)
            .scan(Generator::new(42), |generator, _| Some(generator.next_unit()))
            .collect();
        assert_eq!(drawn, again);
        assert!(
            (Generator::new(123).next_unit() - 0.787_251_623).abs() < 1e-9,
            "{}",
            Generator::new(123).next_unit()
        );
    }

    proptest! {
        #[test]
        fn drawn_integers_lie_on_their_steps(seed in any::<u64>(), min in -1000i64..1000, span in 0i64..1000, step in 1i64..50) {
            let operands = [Value::integer(min), Value::integer(min + span), Value::integer(step)];
            let drawn = Random::Integer.apply(&operands, &mut Generator::new(seed)).whole().unwrap();
            prop_assert!(drawn >= min && drawn <= min + span && (drawn - min) % step == 0);
        }

        #[test]
        fn no_bounds_make_it_panic(seed in any::<u64>(), min in any::<i64>(), max in any::<i64>(), step in any::<i64>()) {
            let operands = [Value::integer(min), Value::integer(max), Value::integer(step)];
            let _ = Random::Integer.apply(&operands, &mut Generator::new(seed));
        }
    }
}
