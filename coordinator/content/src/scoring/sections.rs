//! What each section brought, from an attempt's items alone: the same from a fresh score as from a stored one.

use std::collections::BTreeMap;

use protocol::ids::ItemNo;
use rust_decimal::Decimal;

use super::ItemScore;
use crate::answer_key::{AnswerKey, Section, Standing};

/// What one section brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionScore {
    /// Its name.
    pub name: String,
    /// The sum of its items' marks.
    pub total: Decimal,
    /// What a faultless attempt gets in it.
    pub max: Decimal,
    /// The least that it asks for.
    pub minimum: Option<Decimal>,
    /// Whether the total lies below that.
    pub is_below: bool,
}

/// The sections in the key's order.
pub fn sections(key: &AnswerKey, items: &BTreeMap<ItemNo, ItemScore>) -> Vec<SectionScore> {
    let one = |section: &Section| {
        let total: Decimal = section
            .items
            .iter()
            .filter_map(|no| items.get(no))
            .map(|item| item.marks)
            .sum();
        let max: Decimal = section
            .items
            .iter()
            .filter_map(|no| key.items.get(no))
            .filter(|item| item.standing != Standing::Dropped)
            .map(|item| item.marks.decimal())
            .sum();
        let minimum = section.minimum.map(crate::Marks::decimal);
        SectionScore {
            name: section.name.clone(),
            total,
            max,
            minimum,
            is_below: minimum.is_some_and(|minimum| total < minimum),
        }
    };
    key.sections.iter().map(one).collect()
}
