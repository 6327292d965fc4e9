//! Importers: bytes that people made in spreadsheets become papers, answer keys and rosters. `parikshactl` and the ops
//! API call them. Every fault is named by line and column with what to do about it; no bytes may make them panic.

pub mod csv;
pub mod roster;

mod columns;
mod fault;
mod item;
mod table;

pub use fault::{ERRORS_MAX, ImportErrors, RowError};
pub use table::IMPORT_BYTES_MAX;
