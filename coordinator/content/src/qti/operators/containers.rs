//! Containers and records: made, counted, searched, shortened.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ANY, Operator, Parameter, Reading};
use crate::qti::{
    compile::Tag,
    fault::Fault,
    value::{Container, MEMBERS_MAX, Scalar, Value},
};

/// An operator on containers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Containing {
    /// All values in one container without an order.
    Multiple,
    /// All values in one container in their order.
    Ordered,
    /// A record of fields with these names.
    Record(Vec<String>),
    /// How many values.
    Size,
    /// Operands: place from 1, container.
    Index,
    /// One field of a record.
    Field(String),
    /// Operands: value, container; the container without that value.
    Delete,
    /// Operands: value, container; whether it is among them.
    Member,
    /// Whether the second container's values are among the first's.
    Contains,
}

pub(super) fn read(tag: Tag<'_>) -> Result<Option<Reading<'_>>, Fault> {
    let (containing, operands) = match tag.name() {
        "multiple" => (Containing::Multiple, 0..=ANY),
        "ordered" => (Containing::Ordered, 0..=ANY),
        "containerSize" => (Containing::Size, 1..=1),
        "delete" => (Containing::Delete, 2..=2),
        "member" => (Containing::Member, 2..=2),
        "contains" => (Containing::Contains, 2..=2),
        "fieldValue" => (
            Containing::Field(tag.required("fieldIdentifier")?.to_owned()),
            1..=1,
        ),
        "index" => {
            let operator = Operator::Container(Containing::Index);
            // QTI has the place as an attribute; some engines' files have it as a second expression.
            return Ok(Some(match tag.attribute("n") {
                Some(text) => Reading::with(operator, vec![Parameter { attribute: "n", text }], 1..=1),
                None => Reading::plain(operator, 2..=2),
            }));
        }
        _ => return Ok(None),
    };
    Ok(Some(Reading::plain(Operator::Container(containing), operands)))
}

impl Containing {
    pub(super) fn apply(&self, values: &[Value]) -> Value {
        self.value(values).unwrap_or_default()
    }

    fn value(&self, values: &[Value]) -> Option<Value> {
        Some(match (self, values) {
            (Self::Multiple, values) => gather(false, values),
            (Self::Ordered, values) => gather(true, values),
            (Self::Record(names), values) => {
                let named = names.iter().zip(values);
                let fields: BTreeMap<String, Scalar> = named
                    .filter_map(|(name, value)| Some((name.clone(), value.one()?.clone())))
                    .collect();
                Value::Record(fields)
            }
            (Self::Size, [container]) => Value::integer(i64::try_from(container.size()).ok()?),
            (Self::Index, [one, other]) => {
                // As an attribute the place comes first, as an expression second.
                let (place, container) = if matches!(one, Value::Many(_)) {
                    (other, one)
                } else {
                    (one, other)
                };
                let index = usize::try_from(place.whole()?.checked_sub(1)?).ok()?;
                Value::One(container.members().get(index)?.clone())
            }
            (Self::Field(name), [Value::Record(fields)]) => Value::One(fields.get(name)?.clone()),
            (Self::Delete, [value, Value::Many(container)]) => {
                let value = value.one()?;
                let rest = container.members.iter().filter(|member| !member.same(value));
                Value::many(container.ordered, rest.cloned().collect())
            }
            (Self::Member, [value, container]) if !container.is_null() => {
                let value = value.one()?;
                Value::boolean(container.members().iter().any(|member| member.same(value)))
            }
            (Self::Contains, [whole, part]) if !whole.is_null() && !part.is_null() => {
                Value::boolean(contains(whole, part))
            }
            _ => Value::Null,
        })
    }
}

/// All members of all values; NULLs are left out but remembered.
fn gather(ordered: bool, values: &[Value]) -> Value {
    let mut members = Vec::new();
    for value in values {
        members.extend(value.members().iter().take(MEMBERS_MAX + 1).cloned());
    }
    if members.is_empty() {
        return Value::Null;
    }
    Value::Many(Container {
        ordered,
        members,
        had_null: values.iter().any(Value::is_null),
    })
}

/// In an ordered container the part stands in a row; in another each member as often as asked for.
fn contains(whole: &Value, part: &Value) -> bool {
    let (members, wanted) = (whole.members(), part.members());
    if matches!(whole, Value::Many(container) if container.ordered) && wanted.len() > 1 {
        let stands = |window: &[Scalar]| window.iter().zip(wanted).all(|(one, other)| one.same(other));
        return members.windows(wanted.len()).any(stands);
    }
    let mut rest: Vec<&Scalar> = members.iter().collect();
    wanted.iter().all(|value| {
        let found = rest.iter().position(|member| member.same(value));
        found.is_some_and(|index| {
            rest.swap_remove(index);
            true
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> Value {
        Value::One(Scalar::Identifier(name.to_owned()))
    }

    fn list(ordered: bool, names: &str) -> Value {
        gather(ordered, &names.split(' ').map(id).collect::<Vec<_>>())
    }

    #[test]
    fn containers_are_made_flat_and_leave_out_null() {
        let made = Containing::Ordered.apply(&[id("A"), Value::Null, list(true, "B C")]);
        assert_eq!(made, list(true, "A B C"));
        assert_eq!(Containing::Multiple.apply(&[Value::Null]), Value::Null);
        assert_eq!(
            Containing::Size.apply(std::slice::from_ref(&made)),
            Value::integer(3)
        );
        assert_eq!(Containing::Size.apply(&[Value::Null]), Value::integer(0));
        assert_eq!(
            Containing::Index.apply(&[Value::integer(3), made.clone()]),
            id("C")
        );
        assert_eq!(
            Containing::Index.apply(&[made.clone(), Value::integer(1)]),
            id("A")
        );
        for place in [0, 4, -1, i64::MIN] {
            assert_eq!(
                Containing::Index.apply(&[Value::integer(place), made.clone()]),
                Value::Null
            );
        }
        assert_eq!(Containing::Delete.apply(&[id("B"), made]), list(true, "A C"));
    }

    #[test]
    fn a_part_is_found_by_count_and_in_order_where_there_is_one() {
        let contains = |ordered, whole: &str, part: &str| {
            Containing::Contains.apply(&[list(ordered, whole), list(ordered, part)])
        };
        assert_eq!(contains(false, "A B C", "C A"), Value::boolean(true));
        assert_eq!(contains(false, "A B C", "A A"), Value::boolean(false));
        assert_eq!(contains(true, "A B C", "B C"), Value::boolean(true));
        assert_eq!(contains(true, "A B C", "A C"), Value::boolean(false));
        assert_eq!(
            Containing::Member.apply(&[id("B"), list(false, "A B")]),
            Value::boolean(true)
        );
        assert_eq!(Containing::Member.apply(&[id("B"), Value::Null]), Value::Null);
    }

    #[test]
    fn a_record_gives_its_fields() {
        let record =
            Containing::Record(vec!["a".to_owned(), "b".to_owned()]).apply(&[Value::integer(7), Value::Null]);
        assert_eq!(
            Containing::Field("a".to_owned()).apply(std::slice::from_ref(&record)),
            Value::integer(7)
        );
        assert_eq!(Containing::Field("b".to_owned()).apply(&[record]), Value::Null);
        assert_eq!(
            Containing::Field("a".to_owned()).apply(&[Value::Null]),
            Value::Null
        );
    }
}
