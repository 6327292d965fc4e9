//! Importers: bytes that people made become papers, answer keys, drafts and rosters. `parikshactl` and the ops API call
//! them. Every fault is named by line with what to do about it; no bytes may make them panic, and all are bounded.

pub mod aiken;
pub mod check;
pub mod csv;
pub mod draft;
pub mod drafts;
pub mod folder;
pub mod format;
pub mod gift;
pub mod moodle;
pub mod paper;
pub mod report;
pub mod roster;
pub mod sanitise;
pub mod template;

mod columns;
mod fault;
mod item;
pub mod key_correction;
mod key_text;
mod number_range;
mod picture;
mod sheet;
mod table;
mod text_file;

pub use drafts::{Drafts, Refusal};
pub use fault::{ERRORS_MAX, ImportErrors, RowError};
pub use table::IMPORT_BYTES_MAX;
pub use text_file::TEXT_BYTES_MAX;
