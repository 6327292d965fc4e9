//! Importers: bytes that people made become papers, answer keys, drafts and rosters. `parikshactl` and the ops API call
//! them. Every fault is named by line with what to do about it; no bytes may make them panic, and all are bounded.

pub mod aiken;
pub mod check;
pub mod csv;
pub mod draft;
pub mod drafts;
pub mod format;
pub mod gift;
pub mod moodle;
pub mod report;
pub mod roster;
pub mod sanitise;

mod columns;
mod fault;
mod item;
mod number_range;
mod sheet;
mod table;
mod text_file;

pub use drafts::{Drafts, Refusal};
pub use fault::{ERRORS_MAX, ImportErrors, RowError};
pub use table::IMPORT_BYTES_MAX;
pub use text_file::TEXT_BYTES_MAX;
