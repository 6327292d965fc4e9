//! Rows that are so wide that reading them would take more memory than a file is worth: 20 MB of commas are one row of 20
//! million cells, for each of which the reader keeps where it ends. They are found by the same rules, keeping nothing.

use csv_core::{ReadFieldResult, Reader};

/// Cells of a row that is still read, to be refused by itself.
const CELLS_MAX: usize = 50_000;

/// Fewer commas than these make no row that is too wide.
const COMMAS_FREE: usize = CELLS_MAX;

/// Where cells go that are not wanted.
const CELL_BYTES: usize = 8 * 1024;

/// A row that is too wide to be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooWide {
    /// The line on which it was found out.
    pub(super) line: u64,
    /// Cells up to there.
    pub(super) cells: usize,
}

/// Looks through a whole file.
pub(super) fn check(text: &[u8]) -> Result<(), TooWide> {
    if text.split(|byte| *byte == b',').nth(COMMAS_FREE).is_none() {
        return Ok(());
    }
    let mut reader = Reader::new();
    let mut rest = text;
    let mut cell = [0; CELL_BYTES];
    let mut cells = 0;
    loop {
        let (result, read, _) = reader.read_field(rest, &mut cell);
        rest = &rest[read..];
        match result {
            ReadFieldResult::Field { record_end: true } => cells = 0,
            ReadFieldResult::Field { record_end: false } => cells += 1,
            // More of the same cell, or its last call without input.
            ReadFieldResult::OutputFull | ReadFieldResult::InputEmpty => {}
            ReadFieldResult::End => return Ok(()),
        }
        if cells > CELLS_MAX {
            let line = reader.line();
            return Err(TooWide { line, cells });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_too_many_cells_is_found_on_its_line_whatever_its_quotes_hold() {
        let wide = ",".repeat(CELLS_MAX + 1);
        let found = check(format!("a,b\n{wide}").as_bytes()).unwrap_err();
        assert_eq!((found.line, found.cells), (2, CELLS_MAX + 1));
        // Commas in one cell are text; a row may go on after a line's end within quotes.
        assert_eq!(check(format!("a,\"{wide}\"\n").as_bytes()), Ok(()));
        let half = ",".repeat(CELLS_MAX / 2 + 1);
        assert!(check(format!("{half}\"\n\"{half}").as_bytes()).is_err());
        assert_eq!(check(format!("{half}\n{half}").as_bytes()), Ok(()));
    }
}
