//! What a response is worth by a table: `mapping` for values, `areaMapping` for places, `matchTable` and
//! `interpolationTable` for numbers.

use serde::{Deserialize, Serialize};

use super::{
    operators::Shape,
    real::Real,
    value::{Cardinality, Scalar, Value},
};

/// Entries of one table.
pub(crate) const ENTRIES_MAX: usize = 2000;

/// Values and what they are worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    /// In the order of the file; the first that fits counts.
    pub entries: Vec<MapEntry>,
    /// For a value that no entry names.
    pub default: Real,
    /// The sum's bounds.
    pub bounds: Bounds,
}

/// What one value is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapEntry {
    /// The value.
    pub key: Scalar,
    /// Its worth.
    pub worth: Real,
    /// Whether small and capital letters differ; only text knows of that.
    pub case_sensitive: bool,
}

/// Places and what they are worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AreaMapping {
    /// In the order of the file; the first that holds the point counts.
    pub entries: Vec<(Shape, Real)>,
    /// For a point outside all.
    pub default: Real,
    /// The sum's bounds.
    pub bounds: Bounds,
}

/// The smallest and the greatest sum.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Bounds {
    /// At least this.
    pub lower: Option<Real>,
    /// At most this.
    pub upper: Option<Real>,
}

/// What a number becomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Table {
    /// By exactly this whole number.
    Match {
        /// Source and target.
        entries: Vec<(i64, Value)>,
        /// For any other number, and for NULL.
        default: Value,
    },
    /// By the first bound that the number reaches.
    Interpolation {
        /// The bound, whether it counts itself, the target.
        entries: Vec<(Real, bool, Value)>,
        /// For a number below all bounds, and for NULL.
        default: Value,
    },
}

impl Bounds {
    fn clamp(self, sum: Real) -> Real {
        let raised = self.lower.map_or(sum, |lower| sum.max(lower));
        self.upper.map_or(raised, |upper| raised.min(upper))
    }
}

/// Entries looked at in one step.
const ENTRIES_A_STEP: usize = 16;

impl Mapping {
    /// What looking all members of a response up costs, in steps.
    pub(crate) fn cost(&self, response: &Value) -> usize {
        response.size().saturating_mul(self.entries.len()) / ENTRIES_A_STEP
    }

    /// The worth of a response. Each member of a container counts, also one that stands twice: QTI says once, the engines
    /// that files are tested with count each; a candidate cannot give the same choice twice.
    pub(crate) fn worth(&self, response: &Value, cardinality: Cardinality) -> Option<Real> {
        if response.is_null() && cardinality == Cardinality::Single {
            return Some(self.bounds.clamp(self.default));
        }
        let mut worths = response.members().iter().map(|member| self.worth_of(member));
        let sum = worths.try_fold(Real::ZERO, Real::add)?;
        Some(self.bounds.clamp(sum))
    }

    fn worth_of(&self, member: &Scalar) -> Real {
        let entry = self.entries.iter().find(|entry| entry.fits(member));
        entry.map_or(self.default, |entry| entry.worth)
    }
}

impl MapEntry {
    fn fits(&self, member: &Scalar) -> bool {
        match (&self.key, member) {
            (Scalar::String(key), Scalar::String(given)) if !self.case_sensitive => {
                key.to_lowercase() == given.to_lowercase()
            }
            (key, given) => key.same(given),
        }
    }
}

impl AreaMapping {
    /// What looking all points of a response up costs, in steps: a shape as much as its corners.
    pub(crate) fn cost(&self, response: &Value) -> usize {
        let corners: usize = self.entries.iter().map(|(shape, _)| shape.corners()).sum();
        response.size().saturating_mul(corners) / ENTRIES_A_STEP
    }

    /// The worth of the points given; each area counts once.
    pub(crate) fn worth(&self, response: &Value, cardinality: Cardinality) -> Option<Real> {
        if response.is_null() && cardinality == Cardinality::Single {
            return Some(self.bounds.clamp(self.default));
        }
        let mut counted = vec![false; self.entries.len()];
        let mut sum = Real::ZERO;
        for member in response.members() {
            let Scalar::Point(x, y) = member else {
                return None;
            };
            match self.entries.iter().position(|(shape, _)| shape.holds(*x, *y)) {
                None => sum = sum.add(self.default)?,
                Some(index) if counted[index] => {}
                Some(index) => {
                    counted[index] = true;
                    sum = sum.add(self.entries[index].1)?;
                }
            }
        }
        Some(self.bounds.clamp(sum))
    }
}

impl Table {
    /// What a look costs, in steps.
    pub(crate) fn cost(&self) -> usize {
        let entries = match self {
            Self::Match { entries, .. } => entries.len(),
            Self::Interpolation { entries, .. } => entries.len(),
        };
        entries / ENTRIES_A_STEP
    }

    /// What this number becomes.
    pub(crate) fn look_up(&self, source: &Value) -> Value {
        match self {
            Self::Match { entries, default } => {
                let source = source.whole();
                let entry = entries.iter().find(|(key, _)| Some(*key) == source);
                entry.map_or(default, |(_, target)| target).clone()
            }
            Self::Interpolation { entries, default } => {
                let reached = |source: Real| {
                    entries
                        .iter()
                        .find(|(bound, included, _)| source > *bound || (*included && source == *bound))
                };
                let entry = source.number().and_then(reached);
                entry.map_or(default, |(_, _, target)| target).clone()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real(text: &str) -> Real {
        text.parse().unwrap()
    }

    fn texts(given: &[&str]) -> Value {
        let members = given
            .iter()
            .map(|text| Scalar::String((*text).to_owned()))
            .collect();
        Value::many(false, members)
    }

    fn mapping() -> Mapping {
        let entry = |key: &str, worth: &str, case_sensitive| MapEntry {
            key: Scalar::String(key.to_owned()),
            worth: real(worth),
            case_sensitive,
        };
        Mapping {
            entries: vec![entry("Pune", "0.1", true), entry("mumbai", "0.2", false)],
            default: real("-1"),
            bounds: Bounds {
                lower: Some(real("-1.5")),
                upper: Some(real("0.25")),
            },
        }
    }

    #[test]
    fn worths_are_summed_exactly_and_bounded() {
        for (given, worth) in [
            (texts(&["Pune"]), "0.1"),
            (texts(&["pune"]), "-1"),
            (texts(&["MUMBAI"]), "0.2"),
            (texts(&["Pune", "Mumbai"]), "0.25"),
            (texts(&["x", "y"]), "-1.5"),
            (Value::Null, "0"),
        ] {
            assert_eq!(
                mapping().worth(&given, Cardinality::Multiple),
                Some(real(worth)),
                "{given}"
            );
        }
        assert_eq!(
            mapping().worth(&Value::Null, Cardinality::Single),
            Some(real("-1"))
        );
    }

    #[test]
    fn an_area_counts_once_however_many_points_lie_in_it() {
        let areas = AreaMapping {
            entries: vec![(Shape::read("circle", "10,10,5").unwrap(), real("2"))],
            default: real("-0.5"),
            bounds: Bounds::default(),
        };
        let point = |x: i64, y: i64| Scalar::Point(Real::from(x), Real::from(y));
        let given = Value::many(false, vec![point(10, 10), point(11, 11), point(50, 50)]);
        assert_eq!(areas.worth(&given, Cardinality::Multiple), Some(real("1.5")));
        assert_eq!(areas.worth(&texts(&["x"]), Cardinality::Multiple), None);
    }

    #[test]
    fn tables_find_the_exact_number_or_the_bound_that_was_reached() {
        let exact = Table::Match {
            entries: vec![(1, Value::integer(10))],
            default: Value::integer(99),
        };
        assert_eq!(exact.look_up(&Value::integer(1)), Value::integer(10));
        assert_eq!(exact.look_up(&Value::Null), Value::integer(99));
        let grades = Table::Interpolation {
            entries: vec![
                (real("60"), true, Value::text("first")),
                (real("35"), false, Value::text("pass")),
            ],
            default: Value::text("fail"),
        };
        for (marks, grade) in [("60", "first"), ("59.5", "pass"), ("35", "fail"), ("-1", "fail")] {
            let found = grades.look_up(&Value::float(Real::parse(marks)));
            assert_eq!(found, Value::text(grade), "{marks}");
        }
        assert_eq!(grades.look_up(&Value::Null), Value::text("fail"));
    }
}
