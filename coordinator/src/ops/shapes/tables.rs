//! The tables that are exported, column by column: one place for the API's header lines, the Parquet schemas and
//! `docs/RESULTS.md`. Columns are only ever added, at the end.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Text, UTF-8; empty where there is nothing.
    Text,
    /// A whole number of 64 bits; nothing where the cell is empty.
    Whole,
}

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name, and that of its file.
    pub name: &'static str,
    /// Its columns in their order.
    pub columns: &'static [(&'static str, Column)],
}

use Column::{Text, Whole};

/// One row for each scored candidate.
pub const RESULTS: Table = Table {
    name: "results",
    columns: &[
        ("candidate", Whole),
        ("roll", Text),
        ("name", Text),
        ("district", Text),
        ("total", Text),
        ("max", Text),
        ("right", Whole),
        ("wrong", Whole),
        ("omitted", Whole),
        ("review", Whole),
        ("digest", Text),
        ("key_version", Whole),
        ("policy", Text),
        ("partial", Whole),
        ("unmarked", Whole),
        ("dropped", Whole),
        ("bonus", Whole),
        ("sections", Text),
        ("below_minimum", Text),
    ],
};

/// One row for each scored candidate and item.
pub const RESPONSES: Table = Table {
    name: "responses",
    columns: &[
        ("candidate", Whole),
        ("item", Whole),
        ("verdict", Text),
        ("marks", Text),
        ("response", Text),
        ("given_at_ms", Whole),
        ("marked_for_review", Whole),
        ("script", Text),
    ],
};

/// One row for each record of the sitting in the nodes' logs.
pub const EVENTS: Table = Table {
    name: "events",
    columns: &[
        ("log", Text),
        ("sequence", Whole),
        ("at_ms", Whole),
        ("elapsed_ms", Whole),
        ("error_ms", Whole),
        ("candidate", Whole),
        ("event", Text),
        ("item", Whole),
        ("epoch", Whole),
        ("device", Whole),
        ("seq", Whole),
        ("response", Text),
        ("marked_for_review", Whole),
        ("late", Whole),
        ("detail", Text),
    ],
};

/// One row for each mark that anybody ever gave.
pub const MARKS: Table = Table {
    name: "marks",
    columns: &[
        ("item", Whole),
        ("script", Text),
        ("role", Text),
        ("marker", Text),
        ("marks", Text),
        ("at_ms", Whole),
    ],
};

/// The merit list over several sittings.
pub const NORMALISED: Table = Table {
    name: "normalised",
    columns: &[
        ("rank", Whole),
        ("percentile", Text),
        ("candidate", Whole),
        ("roll", Text),
        ("name", Text),
        ("district", Text),
        ("sitting", Whole),
        ("total", Text),
        ("wrong", Whole),
        ("at_most", Whole),
        ("slot_candidates", Whole),
        ("review", Whole),
        ("key_version", Whole),
        ("policy", Text),
    ],
};

/// The tables of a sitting's export.
pub const EXPORTED: [Table; 4] = [RESULTS, RESPONSES, EVENTS, MARKS];

impl Table {
    /// The line that names the columns.
    pub fn header(&self) -> Vec<u8> {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let mut line = names.join(",").into_bytes();
        line.push(b'\n');
        line
    }
}
