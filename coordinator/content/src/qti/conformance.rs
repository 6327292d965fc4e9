//! Cases with expected outcomes, as other makers of QTI engines publish them: an `item.xml` and a `cases.json` beside it.
//! Called by `parikshactl paper conformance` and by the tests; it knows no file and no case by name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{
    body,
    compile::compile_normalised,
    evaluate::{Outcomes, evaluate},
    names::{Normalised, normalise},
    program::Program,
    real::Real,
    responses::Responses,
    value::{Scalar, Value},
};
use crate::xml;

/// Bytes of one `cases.json`.
pub const CASES_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Numbers that differ by less than this part are the same: cases are written with doubles.
const NEAR: f64 = 1e-12;

/// What came of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseResult {
    /// The case's name.
    pub case: String,
    /// How it ended.
    pub verdict: Verdict,
    /// What differs from what was expected.
    pub differences: Vec<Difference>,
    /// Why its authors expect it to fail; empty if they do not.
    pub expected_to_fail: String,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As expected.
    Passed,
    /// Not as expected.
    Failed,
    /// Its authors say that it fails.
    Skipped,
}

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What.
    pub what: String,
    /// As the case says.
    pub expected: String,
    /// As it came.
    pub came: String,
}

/// A `cases.json`. Fields that say nothing of outcomes are left out.
#[derive(Debug, Deserialize)]
struct Cases {
    #[serde(default)]
    seed: Option<i64>,
    cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    #[serde(default)]
    responses: Map<String, Json>,
    #[serde(default)]
    xfail: bool,
    #[serde(default, rename = "xfailReason")]
    xfail_reason: String,
    expect: Expect,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Expect {
    outcomes: BTreeMap<String, Json>,
    score: Option<Json>,
    max_score: Option<Json>,
    modal_feedback_identifiers: Option<Vec<String>>,
    item_body_contains: Vec<String>,
    unsupported: Vec<String>,
    warnings: Vec<String>,
}

/// Runs all cases of an item. The error says why the cases cannot be read.
pub fn run(item: &[u8], cases: &[u8]) -> Result<Vec<CaseResult>, String> {
    if cases.len() > CASES_BYTES_MAX {
        return Err(format!(
            "the cases have {} bytes, at most {CASES_BYTES_MAX} are read; split them",
            cases.len()
        ));
    }
    let cases: Cases =
        serde_json::from_slice(cases).map_err(|error| format!("the cases cannot be read: {error}"))?;
    let seed = cases.seed.unwrap_or_default().cast_unsigned();
    let prepared = prepare(item);
    Ok(cases
        .cases
        .iter()
        .map(|case| result(case, prepared.as_ref(), seed))
        .collect())
}

fn prepare(item: &[u8]) -> Result<(Normalised, Program), String> {
    let root = xml::parse(item).map_err(|error| error.to_string())?;
    let normalised = normalise(root);
    let program = compile_normalised(&normalised).map_err(|faults| faults.to_string())?;
    Ok((normalised, program))
}

fn result(case: &Case, prepared: Result<&(Normalised, Program), &String>, seed: u64) -> CaseResult {
    let differences = match prepared {
        Ok((normalised, program)) => {
            let responses = Responses::from_json(program, &case.responses);
            match evaluate(program, &responses, seed) {
                Ok(outcomes) => differences(&case.expect, normalised, &outcomes),
                Err(error) => vec![difference("the evaluation", "outcomes", error.to_string())],
            }
        }
        Err(refused) => vec![difference("the item", "outcomes", format!("refused: {refused}"))],
    };
    let verdict = match (case.xfail, differences.is_empty()) {
        (true, _) => Verdict::Skipped,
        (false, true) => Verdict::Passed,
        (false, false) => Verdict::Failed,
    };
    let reason = match (case.xfail, case.xfail_reason.as_str()) {
        (false, _) => "",
        (true, "") => "no reason given",
        (true, reason) => reason,
    };
    CaseResult {
        case: case.name.clone(),
        verdict,
        differences,
        expected_to_fail: reason.to_owned(),
    }
}

fn differences(expect: &Expect, normalised: &Normalised, outcomes: &Outcomes) -> Vec<Difference> {
    let mut found = Vec::new();
    for (name, expected) in &expect.outcomes {
        let came = outcomes.values.get(name);
        if !came.is_some_and(|came| is(came, expected)) {
            let came = came.map_or_else(|| "not declared".to_owned(), shown);
            found.push(difference(name, expected.to_string(), came));
        }
    }
    for (what, name, expected) in [
        ("score", "SCORE", &expect.score),
        ("maxScore", "MAXSCORE", &expect.max_score),
    ] {
        // An item that does not say a score is worth nothing.
        let number = outcomes
            .values
            .get(name)
            .and_then(Value::number)
            .unwrap_or(Real::ZERO);
        let came = Value::float(Some(number));
        if let Some(expected) = expected
            && !is(&came, expected)
        {
            found.push(difference(what, expected.to_string(), shown(&came)));
        }
    }
    if let Some(expected) = &expect.modal_feedback_identifiers {
        let sorted = |names: &[String]| {
            let mut names = names.to_vec();
            names.sort();
            names
        };
        if sorted(expected) != sorted(&outcomes.feedback) {
            found.push(difference(
                "modalFeedbackIdentifiers",
                expected.join(", "),
                outcomes.feedback.join(", "),
            ));
        }
    }
    let text = body::text(&normalised.root, outcomes);
    let missing = expect
        .item_body_contains
        .iter()
        .filter(|expected| !text.contains(*expected));
    found.extend(
        missing.map(|expected| difference("itemBodyContains", expected.clone(), text.trim().to_owned())),
    );
    // Codes of the engine that the cases were made with: nothing here can answer for them.
    let codes = expect.unsupported.iter().chain(&expect.warnings);
    found.extend(codes.map(|code| difference("a code of another engine", code.clone(), "not known here")));
    found
}

fn difference(what: &str, expected: impl Into<String>, came: impl Into<String>) -> Difference {
    Difference {
        what: what.to_owned(),
        expected: expected.into(),
        came: came.into(),
    }
}

fn shown(value: &Value) -> String {
    if value.is_null() {
        "null".to_owned()
    } else {
        value.to_string()
    }
}

fn is(value: &Value, expected: &Json) -> bool {
    match (value, expected) {
        (Value::Null, Json::Null) => true,
        // An empty text and an empty container are NULL.
        (Value::Null, Json::String(text)) => text.is_empty(),
        (Value::Null, Json::Array(members)) => members.is_empty(),
        (Value::One(scalar), expected) => is_scalar(scalar, expected),
        (Value::Many(container), Json::Array(members)) => {
            let mut rest: Vec<&Json> = members.iter().collect();
            container.members.len() == members.len()
                && container.members.iter().all(|member| {
                    let found = rest.iter().position(|expected| is_scalar(member, expected));
                    // In an ordered container each stands where it is expected.
                    let found = found.filter(|place| !container.ordered || *place == 0);
                    found.map(|place| rest.remove(place)).is_some()
                })
        }
        (Value::Record(fields), Json::Object(expected)) => {
            fields.len() == expected.len()
                && fields
                    .iter()
                    .all(|(name, field)| expected.get(name).is_some_and(|json| is_scalar(field, json)))
        }
        _ => false,
    }
}

fn is_scalar(scalar: &Scalar, expected: &Json) -> bool {
    match (scalar, expected) {
        (Scalar::Boolean(value), Json::Bool(expected)) => value == expected,
        (_, Json::Number(expected)) => match (scalar.number(), expected.as_f64()) {
            (Some(number), Some(expected)) => {
                (number.to_f64() - expected).abs() <= NEAR * expected.abs().max(1.0)
            }
            _ => false,
        },
        (Scalar::Boolean(_) | Scalar::Integer(_) | Scalar::Float(_), _) => false,
        (_, Json::String(expected)) => scalar.to_string() == *expected,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::shared;
