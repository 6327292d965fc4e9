//! What was given for an item, as short labels that can be counted: the table of distractors.

use std::collections::BTreeMap;

use protocol::response::{Response, ResponseOf};
use rust_decimal::Decimal;

use super::{GivenReport, item::places};

/// Different labels that are counted for one item; numbers and orders can be anything.
pub const LABELS_MAX: usize = 200;

/// What stands for all labels beyond the bound.
const OTHER: &str = "other";

/// How often what was given, and by candidates with which total.
#[derive(Debug, Default)]
pub(super) struct Given {
    labels: BTreeMap<String, (u32, Decimal)>,
}

impl Given {
    pub(super) fn add(&mut self, response: &Response, total: Decimal) {
        for label in of_response(response) {
            let is_known = self.labels.contains_key(&label) || self.labels.len() < LABELS_MAX;
            let label = if is_known { label } else { OTHER.to_owned() };
            let held = self.labels.entry(label).or_default();
            held.0 += 1;
            held.1 += total;
        }
    }

    /// The most frequent first.
    pub(super) fn report(&self) -> Vec<GivenReport> {
        let mut rows: Vec<(&String, &(u32, Decimal))> = self.labels.iter().collect();
        rows.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        let row = |(label, (count, total)): (&String, &(u32, Decimal))| GivenReport {
            given: label.clone(),
            candidates: *count,
            mean_total: places(*total / Decimal::from(*count)),
        };
        rows.into_iter().map(row).collect()
    }
}

fn of_response(response: &Response) -> Vec<String> {
    match response {
        ResponseOf::Parts(parts) => parts
            .iter()
            .flat_map(|(part, given)| {
                let labels = of_simple(given, |never| match *never {});
                labels.into_iter().map(move |label| format!("{part}:{label}"))
            })
            .collect(),
        other => of_simple(other, |_| Vec::new()),
    }
}

fn of_simple<P>(response: &ResponseOf<P>, of_parts: impl FnOnce(&P) -> Vec<String>) -> Vec<String> {
    match response {
        ResponseOf::Choice(option) => vec![option.to_string()],
        ResponseOf::Choices(chosen) => chosen.iter().map(ToString::to_string).collect(),
        ResponseOf::Number(number) => vec![number.clone()],
        // A text may be anybody's own words; nothing is learnt from counting them.
        ResponseOf::Text(_) => Vec::new(),
        ResponseOf::Order(order) => {
            let options: Vec<String> = order.iter().map(ToString::to_string).collect();
            vec![options.join(",")]
        }
        ResponseOf::Pairs(pairs) => pairs
            .iter()
            .map(|(one, other)| format!("{one}-{other}"))
            .collect(),
        ResponseOf::Parts(parts) => of_parts(parts),
    }
}
