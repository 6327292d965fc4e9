//! From text to a typed value: in `value`, `baseValue`, table entries, and in what candidates gave.

use super::{
    real::Real,
    value::{BaseType, Scalar, Value},
};

/// Characters of one text value; a longer one is no value.
pub(crate) const TEXT_CHARS_MAX: usize = 100_000;

/// The value that this text is; NULL for an empty one. `None` if it is not of that type.
pub(crate) fn value(base: BaseType, text: &str) -> Option<Value> {
    // Only text may have white space that means something.
    let is_blank = match base {
        BaseType::String => text.is_empty(),
        _ => text.trim().is_empty(),
    };
    if is_blank {
        return Some(Value::Null);
    }
    scalar(base, text).map(Value::One)
}

/// The value that this text is.
pub(crate) fn scalar(base: BaseType, text: &str) -> Option<Scalar> {
    if text.len() > TEXT_CHARS_MAX {
        return None;
    }
    let trimmed = text.trim();
    let parsed = match base {
        BaseType::Boolean => Scalar::Boolean(boolean(trimmed)?),
        BaseType::Integer => Scalar::Integer(integer(trimmed)?),
        BaseType::Float => Scalar::Float(Real::parse(trimmed)?),
        BaseType::String => Scalar::String(text.to_owned()),
        BaseType::Identifier => Scalar::Identifier(identifier(trimmed)?),
        BaseType::Uri => Scalar::Uri(trimmed.to_owned()),
        BaseType::File => Scalar::File(trimmed.to_owned()),
        BaseType::Pair => two(trimmed, identifier).map(|(first, second)| Scalar::Pair(first, second))?,
        BaseType::DirectedPair => {
            two(trimmed, identifier).map(|(from, to)| Scalar::DirectedPair(from, to))?
        }
        BaseType::Point => two(trimmed, Real::parse).map(|(x, y)| Scalar::Point(x, y))?,
        BaseType::Duration => Scalar::Duration(duration(trimmed)?),
        BaseType::IntOrIdentifier => match integer(trimmed) {
            Some(whole) => Scalar::Integer(whole),
            None => Scalar::Identifier(identifier(trimmed)?),
        },
    };
    Some(parsed)
}

pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// QTI's identifiers begin with a letter or underscore; engines give others too, so only white space and length count.
fn identifier(text: &str) -> Option<String> {
    const CHARS_MAX: usize = 256;
    let fits = !text.is_empty() && text.chars().count() <= CHARS_MAX && !text.contains(char::is_whitespace);
    fits.then(|| text.to_owned())
}

fn two<T>(text: &str, part: impl Fn(&str) -> Option<T>) -> Option<(T, T)> {
    let mut parts = text.split_ascii_whitespace();
    let both = (part(parts.next()?)?, part(parts.next()?)?);
    parts.next().is_none().then_some(both)
}

/// Seconds as a number (QTI 2.x) or in the form `PT1H30M` (ISO 8601; days at most, since months have no fixed length).
fn duration(text: &str) -> Option<Real> {
    if let Some(seconds) = Real::parse(text) {
        return Some(seconds);
    }
    let (days, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (text.strip_prefix('P')?, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let mut seconds = Real::ZERO;
    add_parts(&mut seconds, days, &[('D', 86_400)])?;
    add_parts(&mut seconds, time, &[('H', 3600), ('M', 60), ('S', 1)])?;
    Some(seconds)
}

/// Adds `12H30M` to the seconds; each unit at most once and in order.
fn add_parts(seconds: &mut Real, mut text: &str, units: &[(char, i64)]) -> Option<()> {
    for (unit, length) in units {
        if let Some((amount, rest)) = text.split_once(*unit) {
            *seconds = seconds.add(Real::parse(amount)?.multiply(Real::from(*length))?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_reads_its_own_texts_only() {
        let good = [
            (BaseType::Boolean, " true "),
            (BaseType::Integer, "-7"),
            (BaseType::Float, "2.50"),
            (BaseType::String, " two words "),
            (BaseType::Identifier, "X1"),
            (BaseType::Pair, "A   B"),
            (BaseType::DirectedPair, "W1\tG1"),
            (BaseType::Point, "10 20"),
            (BaseType::Duration, "PT1H30M0.5S"),
            (BaseType::Duration, "P1D"),
            (BaseType::IntOrIdentifier, "A"),
        ];
        for (base, text) in good {
            assert!(scalar(base, text).is_some(), "{text}");
        }
        let bad = [
            (BaseType::Boolean, "yes"),
            (BaseType::Integer, "1.5"),
            (BaseType::Float, "one"),
            (BaseType::Identifier, "two words"),
            (BaseType::Pair, "A"),
            (BaseType::Pair, "A B C"),
            (BaseType::Point, "10"),
            (BaseType::Duration, "P1M"),
            (BaseType::Duration, "PT"),
            (BaseType::Duration, "P"),
            (BaseType::Duration, "PT5S3M"),
        ];
        for (base, text) in bad {
            assert!(scalar(base, text).is_none(), "{text}");
        }
    }

    #[test]
    fn an_empty_text_is_nothing_and_hours_are_seconds() {
        assert_eq!(value(BaseType::Float, "  "), Some(Value::Null));
        assert_eq!(value(BaseType::String, ""), Some(Value::Null));
        assert_eq!(value(BaseType::String, " "), Some(Value::text(" ")));
        assert_eq!(value(BaseType::Float, "x"), None);
        assert_eq!(
            scalar(BaseType::Duration, "PT1H"),
            scalar(BaseType::Duration, "3600")
        );
    }
}
