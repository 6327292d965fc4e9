//! What a candidate gave, typed as the item declares it. Texts that are not of the declared type, and empty ones, are NULL:
//! a word where a number is asked for is no answer, and no reason to fail.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{
    literal,
    program::{Program, Role, Variable},
    real::Real,
    value::{BaseType, Cardinality, MEMBERS_MAX, Scalar, Value},
};

/// Responses by the names of their variables. A variable that is absent keeps its default; one that is NULL was emptied.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Responses {
    values: BTreeMap<String, Value>,
}

impl Responses {
    /// Nothing was given.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a response.
    #[must_use]
    pub fn with(mut self, identifier: &str, value: Value) -> Self {
        self.values.insert(identifier.to_owned(), value);
        self
    }

    /// Reads responses as JSON has them: texts, numbers, truths, `null`, and lists of these.
    pub fn from_json(program: &Program, given: &serde_json::Map<String, Json>) -> Self {
        let declared = program
            .variables
            .iter()
            .filter(|variable| variable.role == Role::Response);
        let values = declared.filter_map(|variable| {
            let json = given.get(&variable.identifier)?;
            Some((variable.identifier.clone(), read(variable, json)))
        });
        Self {
            values: values.collect(),
        }
    }

    pub(super) fn get(&self, identifier: &str) -> Option<&Value> {
        self.values.get(identifier)
    }
}

fn read(variable: &Variable, json: &Json) -> Value {
    match variable.cardinality {
        Cardinality::Record => record(json),
        Cardinality::Single => match json {
            // One value in a list is that value.
            Json::Array(members) if members.len() == 1 => scalar(variable.base, &members[0]),
            other => scalar(variable.base, other),
        }
        .map_or(Value::Null, Value::One),
        Cardinality::Multiple | Cardinality::Ordered => {
            let members = match json {
                Json::Array(members) => members.as_slice(),
                one => std::slice::from_ref(one),
            };
            let members = members
                .iter()
                .take(MEMBERS_MAX)
                .filter_map(|member| scalar(variable.base, member));
            Value::many(variable.cardinality == Cardinality::Ordered, members.collect())
        }
    }
}

fn scalar(base: Option<BaseType>, json: &Json) -> Option<Scalar> {
    let text = match json {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Bool(truth) => truth.to_string(),
        Json::Null | Json::Array(_) | Json::Object(_) => return None,
    };
    match literal::value(base?, &text)? {
        Value::One(scalar) => Some(scalar),
        _ => None,
    }
}

/// Fields as an object gives them, or those that QTI derives from a number typed as text.
fn record(json: &Json) -> Value {
    match json {
        Json::Object(given) => {
            let fields = given.iter().take(MEMBERS_MAX).filter_map(|(name, field)| {
                let value = match field {
                    Json::Bool(truth) => Scalar::Boolean(*truth),
                    Json::Number(number) => match number.as_i64() {
                        Some(whole) => Scalar::Integer(whole),
                        None => Scalar::Float(Real::parse(&number.to_string())?),
                    },
                    Json::String(text) if !text.is_empty() => Scalar::String(text.clone()),
                    _ => return None,
                };
                Some((name.clone(), value))
            });
            Value::Record(fields.collect())
        }
        Json::String(text) => typed_number(text),
        Json::Number(number) => typed_number(&number.to_string()),
        _ => Value::Null,
    }
}

/// The fields of a number as it was typed: its value, digits, decimal places, significant figures, exponent.
fn typed_number(text: &str) -> Value {
    let text = text.trim();
    if text.is_empty() || text.len() > literal::TEXT_CHARS_MAX {
        return Value::Null;
    }
    let mut fields = BTreeMap::from([("stringValue".to_owned(), Scalar::String(text.to_owned()))]);
    let Some(value) = Real::parse(text) else {
        return Value::Record(fields);
    };
    let mut put = |name: &str, value: Scalar| fields.insert(name.to_owned(), value);
    let count = |digits: &str| Scalar::Integer(i64::try_from(digits.len()).unwrap_or(i64::MAX));
    put("floatValue", Scalar::Float(value));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, ""));
    let digits = mantissa.trim_start_matches(['+', '-']);
    let (left, right) = digits.split_once('.').unwrap_or((digits, ""));
    put("leftDigits", count(left));
    put("rightDigits", count(right));
    if let Ok(exponent) = exponent.parse() {
        put("exponent", Scalar::Integer(exponent));
    } else {
        put("ndp", count(right));
        if let (false, Some(whole)) = (text.contains('.'), value.to_integer()) {
            put("integerValue", Scalar::Integer(whole));
        }
    }
    let all = format!("{left}{right}");
    let significant = all.trim_start_matches('0');
    // Zeros at the end of a whole number say nothing of its precision.
    let significant = if right.is_empty() {
        significant.trim_end_matches('0')
    } else {
        significant
    };
    put("nsf", count(significant));
    Value::Record(fields)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn field(text: &str, name: &str) -> Option<i64> {
        let Value::Record(fields) = typed_number(text) else {
            return None;
        };
        match fields.get(name)? {
            Scalar::Integer(value) => Some(*value),
            _ => None,
        }
    }

    #[test]
    fn a_typed_number_tells_its_precision() {
        for (text, ndp, nsf) in [
            ("0.0123", Some(4), 3),
            ("12.30", Some(2), 4),
            ("1200", Some(0), 2),
            ("4.5e6", None, 2),
        ] {
            assert_eq!(
                (field(text, "ndp"), field(text, "nsf")),
                (ndp, Some(nsf)),
                "{text}"
            );
        }
        assert_eq!(field("-42", "integerValue"), Some(-42));
        assert_eq!(field("4.5e6", "exponent"), Some(6));
        assert_eq!(field("abc", "nsf"), None);
        assert!(typed_number(" ").is_null());
    }

    #[test]
    fn json_becomes_the_declared_type_or_null() {
        let variable = |cardinality, base| {
            let xml = format!(
                "<assessmentItem><responseDeclaration identifier='R' cardinality='{cardinality}' baseType='{base}'/></assessmentItem>"
            );
            let root = crate::xml::parse(xml.as_bytes()).unwrap();
            crate::qti::compile(&root).unwrap().variables.remove(0)
        };
        let integer = variable("single", "integer");
        assert_eq!(read(&integer, &json!("42")), Value::integer(42));
        assert_eq!(read(&integer, &json!(42)), Value::integer(42));
        assert_eq!(read(&integer, &json!(["42"])), Value::integer(42));
        for nothing in [
            json!(null),
            json!(""),
            json!("x"),
            json!([]),
            json!(["1", "2"]),
            json!({}),
        ] {
            assert_eq!(read(&integer, &nothing), Value::Null, "{nothing}");
        }
        let many = variable("multiple", "identifier");
        assert_eq!(read(&many, &json!(["A", "", "B"])).size(), 2);
        assert_eq!(read(&many, &json!("A")).size(), 1);
        assert!(read(&many, &json!([])).is_null());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = typed_number(&text);
        }
    }
}
