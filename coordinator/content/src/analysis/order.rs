//! In which order a candidate met the items: what tells an item that was not reached from one that was left out.

use std::collections::BTreeMap;

use protocol::{
    hash::Hash,
    ids::{CandidateId, ItemNo},
    order,
    outline::{ItemOutline, KindOf, Outline},
    paper::{Paper, PaperOrder},
};

/// The order of one paper's items in one sitting.
#[derive(Debug)]
pub struct ItemOrder {
    secret: Hash,
    order: PaperOrder,
    /// The items in the paper's order, each with its section's place.
    items: Vec<(ItemNo, usize)>,
    /// The same without options: their order is not asked for, and costs time.
    outline: Outline,
}

impl ItemOrder {
    /// From the opened paper and the sitting's secret.
    pub fn of(paper: &Paper, secret: Hash) -> Self {
        let mut sections: Vec<&str> = Vec::new();
        let mut items = Vec::with_capacity(paper.items.len());
        for item in &paper.items {
            let known = sections.iter().position(|section| *section == item.section);
            let place = known.unwrap_or_else(|| {
                sections.push(&item.section);
                sections.len() - 1
            });
            items.push((item.no, place));
        }
        let bare = items.iter().map(|(no, _)| {
            let kind = KindOf::Number;
            (*no, ItemOutline { no: *no, kind })
        });
        Self {
            secret,
            order: paper.order,
            outline: Outline {
                paper: paper.paper,
                items: bare.collect(),
            },
            items,
        }
    }

    /// The candidate's order.
    pub fn of_candidate(&self, candidate: CandidateId) -> Vec<ItemNo> {
        let shuffled = || {
            let places = order::of_candidate(&self.secret, candidate, &self.outline);
            places.into_iter().map(|place| place.item).collect::<Vec<_>>()
        };
        match self.order {
            PaperOrder::Fixed => self.items.iter().map(|(no, _)| *no).collect(),
            PaperOrder::Shuffled => shuffled(),
            PaperOrder::Sections => {
                let sections: BTreeMap<ItemNo, usize> = self.items.iter().copied().collect();
                let mut items = shuffled();
                // Stable: within a section the candidate's own order stays.
                items.sort_by_key(|no| sections.get(no).copied());
                items
            }
        }
    }
}
