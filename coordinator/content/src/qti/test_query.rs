//! What a test's outcome processing asks of its items: their outcomes, how many are right, how much could be had.

use serde::{Deserialize, Serialize};

use super::{
    compile::Tag,
    evaluate::ItemResult,
    fault::Fault,
    program::ItemReference,
    real::Real,
    value::{BaseType, Scalar, Value},
};

/// A question about a test's items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TestQuery {
    /// One outcome of each item, in one container.
    Variables(Subset, String, Option<BaseType>),
    /// The sum of what an outcome can be at most.
    Maximum(Subset, String),
    /// The sum of what an outcome can be at least.
    Minimum(Subset, String),
    /// How many items.
    Count(Subset, Counted),
    /// One outcome of one item.
    Item {
        /// The item's name in the test.
        item: String,
        /// The outcome.
        variable: String,
        /// The name of a weight.
        weight: Option<String>,
    },
}

/// Which items a query is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Subset {
    /// Those within this section or part.
    pub section: Option<String>,
    /// Those with one of these categories; all if there is none.
    pub include: Vec<String>,
    /// But none with one of these.
    pub exclude: Vec<String>,
    /// The weight by which values are multiplied.
    pub weight: Option<String>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counted {
    /// Answered right.
    Correct,
    /// Answered, but not right.
    Incorrect,
    /// Shown.
    Presented,
    /// Answered.
    Responded,
    /// In the test.
    Selected,
}

/// The query that an element is; `None` if it is none.
pub(super) fn read(tag: Tag<'_>) -> Result<Option<TestQuery>, Fault> {
    let subset = subset(tag);
    let query = match tag.name() {
        "testVariables" => {
            let base = tag.attribute("baseType").and_then(BaseType::named);
            TestQuery::Variables(subset, tag.required("variableIdentifier")?.to_owned(), base)
        }
        "outcomeMaximum" => TestQuery::Maximum(subset, tag.required("outcomeIdentifier")?.to_owned()),
        "outcomeMinimum" => TestQuery::Minimum(subset, tag.required("outcomeIdentifier")?.to_owned()),
        "numberCorrect" => TestQuery::Count(subset, Counted::Correct),
        "numberIncorrect" => TestQuery::Count(subset, Counted::Incorrect),
        "numberPresented" => TestQuery::Count(subset, Counted::Presented),
        "numberResponded" => TestQuery::Count(subset, Counted::Responded),
        "numberSelected" => TestQuery::Count(subset, Counted::Selected),
        _ => return Ok(None),
    };
    Ok(Some(query))
}

/// `variable identifier="ITEM.OUTCOME"`.
pub(super) fn item_variable(tag: Tag<'_>, item: &str, variable: &str) -> TestQuery {
    TestQuery::Item {
        item: item.to_owned(),
        variable: variable.to_owned(),
        weight: tag.attribute("weightIdentifier").map(str::to_owned),
    }
}

fn subset(tag: Tag<'_>) -> Subset {
    let list = |attribute| -> Vec<String> {
        let text: &str = tag.attribute(attribute).unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    };
    Subset {
        section: tag.attribute("sectionIdentifier").map(str::to_owned),
        include: list("includeCategory"),
        exclude: list("excludeCategory"),
        weight: tag.attribute("weightIdentifier").map(str::to_owned),
    }
}

impl Subset {
    pub(super) fn holds(&self, item: &ItemReference) -> bool {
        let has = |names: &[String]| names.iter().any(|name| item.categories.contains(name));
        self.section
            .as_ref()
            .is_none_or(|section| item.within.contains(section))
            && (self.include.is_empty() || has(&self.include))
            && !has(&self.exclude)
    }

    fn weigh(&self, item: &ItemReference, value: Real) -> Option<Real> {
        weigh(self.weight.as_deref(), item, value)
    }
}

/// A weight that the item does not have is one.
fn weigh(weight: Option<&str>, item: &ItemReference, value: Real) -> Option<Real> {
    match weight.and_then(|name| item.weights.get(name)) {
        Some(weight) => value.multiply(*weight),
        None => Some(value),
    }
}

impl TestQuery {
    /// The answer for these items and what came of them (in the same order).
    pub(super) fn answer(&self, items: &[ItemReference], results: &[ItemResult]) -> Value {
        let of = |subset: &Subset| -> Vec<(&ItemReference, &ItemResult)> {
            items
                .iter()
                .zip(results)
                .filter(|(item, _)| subset.holds(item))
                .collect()
        };
        match self {
            Self::Variables(subset, name, base) => {
                let outcomes = of(subset).into_iter().filter_map(|(item, result)| {
                    let scalar = result.values.get(name)?.one()?.clone();
                    weighed(subset, item, scalar).filter(|scalar| base.is_none_or(|base| is_of(scalar, base)))
                });
                Value::many(false, outcomes.collect())
            }
            Self::Maximum(subset, name) => extreme(&of(subset), |result| result.maxima.get(name), subset),
            Self::Minimum(subset, name) => extreme(&of(subset), |result| result.minima.get(name), subset),
            Self::Count(subset, counted) => {
                let count = of(subset)
                    .into_iter()
                    .filter(|(_, result)| counted.holds(result))
                    .count();
                Value::integer(i64::try_from(count).unwrap_or(i64::MAX))
            }
            Self::Item {
                item,
                variable,
                weight,
            } => {
                let found = items
                    .iter()
                    .zip(results)
                    .find(|(known, _)| known.identifier == *item);
                let Some((item, value)) =
                    found.and_then(|(item, result)| Some((item, result.values.get(variable)?)))
                else {
                    return Value::Null;
                };
                match (weight, value.number()) {
                    (Some(_), Some(number)) => Value::float(weigh(weight.as_deref(), item, number)),
                    _ => value.clone(),
                }
            }
        }
    }
}

fn weighed(subset: &Subset, item: &ItemReference, scalar: Scalar) -> Option<Scalar> {
    match (&subset.weight, scalar.number()) {
        (Some(_), Some(number)) => subset.weigh(item, number).map(Scalar::Float),
        _ => Some(scalar),
    }
}

fn is_of(scalar: &Scalar, base: BaseType) -> bool {
    match scalar {
        Scalar::Integer(_) => matches!(base, BaseType::Integer | BaseType::Float),
        Scalar::Float(_) => base == BaseType::Float,
        _ => !base.is_numeric(),
    }
}

/// NULL if an item does not say its bound.
fn extreme(
    of: &[(&ItemReference, &ItemResult)],
    bound: impl Fn(&ItemResult) -> Option<&Real>,
    subset: &Subset,
) -> Value {
    let sum = of.iter().try_fold(Real::ZERO, |sum, (item, result)| {
        let weighed = subset.weigh(item, *bound(result)?)?;
        sum.add(weighed)
    });
    Value::float(sum)
}

impl Counted {
    fn holds(self, result: &ItemResult) -> bool {
        match self {
            Self::Correct => result.is_correct,
            Self::Incorrect => result.responded && !result.is_correct,
            Self::Presented => result.presented,
            Self::Responded => result.responded,
            Self::Selected => true,
        }
    }
}
