//! Times in microseconds as histograms that can be sent as text and added up.

use std::time::Duration;

use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{Deserializer, Serializer, V2Serializer},
};

/// The longest time that is told apart, in microseconds: two minutes.
const MICROS_MAX: u64 = 120_000_000;

/// Digits that are kept.
const DIGITS: u8 = 3;

/// How long something took, many times.
#[derive(Debug, Clone)]
pub(crate) struct Times(Histogram<u32>);

impl Default for Times {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, MICROS_MAX, DIGITS).expect("the bounds are in order"))
    }
}

impl Times {
    /// Notes one.
    pub(crate) fn note(&mut self, time: Duration) {
        self.0
            .saturating_record(u64::try_from(time.as_micros()).unwrap_or(MICROS_MAX).max(1));
    }

    /// How many there were.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time below which this part lies, in milliseconds.
    pub(crate) fn quantile_ms(&self, part: f64) -> f64 {
        self.0.value_at_quantile(part) as f64 / 1000.0
    }

    /// The longest, in milliseconds.
    pub(crate) fn max_ms(&self) -> f64 {
        if self.0.is_empty() {
            0.0
        } else {
            self.0.max() as f64 / 1000.0
        }
    }

    /// Adds others.
    pub(crate) fn add(&mut self, other: &Self) {
        // Both have the same bounds.
        let _ = self.0.add(&other.0);
    }

    /// As text, and empty from now on.
    pub(crate) fn take_packed(&mut self) -> anyhow::Result<String> {
        let mut bytes = Vec::new();
        V2Serializer::new()
            .serialize(&self.0, &mut bytes)
            .map_err(|error| anyhow::anyhow!("a histogram cannot be packed: {error:?}"))?;
        self.0.reset();
        Ok(STANDARD.encode(bytes))
    }

    /// From text.
    pub(crate) fn unpack(text: &str) -> anyhow::Result<Self> {
        let bytes = STANDARD.decode(text).context("a histogram is not base64")?;
        Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .map(Self)
            .map_err(|error| anyhow::anyhow!("a histogram cannot be read: {error:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_times_are_the_same_and_add_up() {
        let mut times = Times::default();
        for ms in 1..=1000 {
            times.note(Duration::from_millis(ms));
        }
        let mut sum = Times::default();
        sum.add(&Times::unpack(&times.take_packed().unwrap()).unwrap());
        assert_eq!((sum.count(), times.count()), (1000, 0));
        assert!(
            (sum.quantile_ms(0.99) - 990.0).abs() < 2.0,
            "{}",
            sum.quantile_ms(0.99)
        );
        times.note(Duration::from_secs(500));
        sum.add(&times);
        assert!(sum.max_ms() >= 120_000.0);
    }
}
