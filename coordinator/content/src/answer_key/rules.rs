//! Rules that stand beside a key: an item that is dropped or a bonus, and the least that a section asks for. Corrected
//! keys carry them; a key of an import has at most sections.

use std::collections::BTreeSet;

use protocol::ids::ItemNo;
use serde::{Deserialize, Serialize};

use crate::marks::Marks;

/// Sections that a key knows.
pub const SECTIONS_MAX: usize = 500;

/// Whether an item counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// As its key says.
    #[default]
    Counts,
    /// For nobody: it brings and takes nothing, and the greatest total is without it.
    Dropped,
    /// Its full marks for everybody who started.
    Bonus,
}

impl Standing {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde calls it with a reference"
    )]
    pub(super) fn counts(&self) -> bool {
        *self == Self::Counts
    }
}

/// A section of the paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Its items.
    pub items: BTreeSet<ItemNo>,
    /// The least that its items must bring together; a result below it says so and keeps its total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Marks>,
}
