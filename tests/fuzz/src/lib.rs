//! What the fuzz targets run; see `tests/fuzz/run`.

pub mod checks;
pub mod imports;
