//! What an import would change, compared by number with what the centre has. Pure; nothing is sent.

use std::collections::BTreeMap;

use content::import::roster::RosterRow;
use serde::Serialize;

use crate::ops::shapes::RosterEntry;

/// Registered candidates by number.
pub(super) type Known = BTreeMap<u32, RosterEntry>;

/// What an import would change.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Difference {
    /// Numbers that are not registered yet.
    pub(super) new: Vec<u32>,
    /// Registered candidates of whom something changes.
    pub(super) changed: Vec<Change>,
    /// Registered candidates that stay as they are.
    pub(super) unchanged: u64,
    /// Registered candidates that the file does not name; an import leaves them as they are.
    pub(super) not_in_file: u64,
}

/// One candidate's changes.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    /// Who.
    pub(super) number: u32,
    /// The line in the file.
    pub(super) line: u64,
    /// What.
    pub(super) fields: Vec<Field>,
}

/// One change.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Field {
    /// The column.
    pub(super) column: &'static str,
    /// What the centre has.
    pub(super) before: String,
    /// What the file says.
    pub(super) after: String,
}

/// Compares. `district` gives a district's name by its number.
pub(super) fn between(known: &Known, rows: &[RosterRow], district: impl Fn(u16) -> String) -> Difference {
    let mut difference = Difference::default();
    for row in rows {
        let Some(before) = known.get(&row.number.0) else {
            difference.new.push(row.number.0);
            continue;
        };
        let columns = [
            ("name", before.name.clone(), row.name.clone()),
            ("roll", before.roll.clone(), row.roll.clone()),
            ("district", district(before.district), district(row.district.0)),
            ("batch", before.batch.clone(), row.batch.clone()),
            (
                "extra time, thousandths",
                before.extra_permille.to_string(),
                row.extra_permille.to_string(),
            ),
            (
                "access code",
                kept(),
                if row.access_code.is_some() {
                    "given".into()
                } else {
                    kept()
                },
            ),
        ];
        let differing = columns.into_iter().filter(|(_, before, after)| before != after);
        let fields: Vec<Field> = differing
            .map(|(column, before, after)| Field {
                column,
                before,
                after,
            })
            .collect();
        if fields.is_empty() {
            difference.unchanged += 1;
        } else {
            difference.changed.push(Change {
                number: row.number.0,
                line: row.line,
                fields,
            });
        }
    }
    let named = difference.changed.len() as u64 + difference.unchanged;
    difference.not_in_file = (known.len() as u64).saturating_sub(named);
    difference
}

fn kept() -> String {
    "kept".to_owned()
}

#[cfg(test)]
mod tests {
    use content::import::roster::Place;
    use protocol::ids::{CandidateId, DistrictId};

    use super::*;

    fn row(number: u32, name: &str, district: u16) -> RosterRow {
        RosterRow {
            line: u64::from(number),
            number: CandidateId(number),
            name: name.to_owned(),
            roll: String::new(),
            district: DistrictId(district),
            batch: String::new(),
            extra_permille: 0,
            access_code: None,
            place: Place::default(),
        }
    }

    fn known(number: u32, name: &str, district: u16) -> (u32, RosterEntry) {
        let entry = RosterEntry {
            number,
            name: name.to_owned(),
            roll: String::new(),
            district,
            batch: String::new(),
            extra_permille: 0,
            access_code: None,
        };
        (number, entry)
    }

    #[test]
    fn new_changed_unchanged_and_unnamed_are_told_apart() {
        let known = Known::from([known(1, "Asha", 1), known(2, "Ravi", 1), known(3, "Ila", 1)]);
        let rows = [row(1, "Asha", 1), row(2, "Ravi M", 2), row(9, "Om", 1)];
        let difference = between(&known, &rows, |id| format!("district {id}"));
        assert_eq!(difference.new, [9]);
        assert_eq!((difference.unchanged, difference.not_in_file), (1, 1));
        let fields: Vec<_> = difference.changed[0]
            .fields
            .iter()
            .map(|field| field.column)
            .collect();
        assert_eq!(
            (difference.changed[0].number, fields),
            (2, vec!["name", "district"])
        );
    }

    #[test]
    fn a_code_in_the_file_is_a_change_and_is_not_shown() {
        let known = Known::from([known(1, "Asha", 1)]);
        let mut given = row(1, "Asha", 1);
        given.access_code = Some("ABCDEFGHJKLMNPQR".into());
        let difference = between(&known, &[given], |id| id.to_string());
        let shown = serde_json::to_string(&difference).unwrap();
        assert!(shown.contains("given") && !shown.contains("ABCD"), "{shown}");
    }
}
