//! The rows of a table in CSV that comes in pieces, cut anywhere.

use std::io;

use crate::ops::shapes::tables::Table;

/// A row's length beyond which the stream is not one of ours: a response and its escapes.
const ROW_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What has come and is not a whole row yet.
pub(super) struct Cells<'t> {
    table: &'t Table,
    rest: Vec<u8>,
    /// How much of `rest` was looked at, and whether that ends within quotes.
    looked: usize,
    is_quoted: bool,
    has_header: bool,
    rows: u64,
}

impl<'t> Cells<'t> {
    pub(super) fn new(table: &'t Table) -> Self {
        Self {
            table,
            rest: Vec::new(),
            looked: 0,
            is_quoted: false,
            has_header: false,
            rows: 0,
        }
    }

    /// Takes a piece; gives each row that is whole now.
    pub(super) fn take(
        &mut self,
        piece: &[u8],
        mut give: impl FnMut(&csv::StringRecord) -> io::Result<()>,
    ) -> io::Result<()> {
        self.rest.extend_from_slice(piece);
        let mut end = 0;
        for (place, byte) in self.rest.iter().enumerate().skip(self.looked) {
            match byte {
                // Two quotes within quotes leave the state as it was.
                b'"' => self.is_quoted = !self.is_quoted,
                b'\n' if !self.is_quoted => end = place + 1,
                _ => {}
            }
        }
        let whole: Vec<u8> = self.rest.drain(..end).collect();
        self.looked = self.rest.len();
        if self.looked > ROW_BYTES_MAX {
            return Err(io::Error::other("a row is longer than any should be"));
        }
        let mut csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(whole.as_slice());
        for row in csv.records() {
            let row = row.map_err(io::Error::other)?;
            if self.has_header {
                self.rows += 1;
                give(&row)?;
            } else {
                self.check_header(&row)?;
            }
        }
        Ok(())
    }

    fn check_header(&mut self, row: &csv::StringRecord) -> io::Result<()> {
        let expected = self.table.columns.iter().map(|(name, _)| *name);
        if !row.iter().eq(expected) {
            return Err(io::Error::other(format!(
                "the centre's table {} has other columns than this program knows; use the centre's version of it",
                self.table.name
            )));
        }
        self.has_header = true;
        Ok(())
    }

    /// How many rows there were.
    pub(super) fn finish(self) -> io::Result<u64> {
        if self.has_header && self.rest.is_empty() {
            Ok(self.rows)
        } else {
            Err(io::Error::other("the table broke off; export it again"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::shapes::tables::Column;

    const TABLE: Table = Table {
        name: "t",
        columns: &[("a", Column::Whole), ("b", Column::Text)],
    };

    #[test]
    fn rows_are_the_same_wherever_the_pieces_are_cut() {
        let text = "a,b\n1,plain\n2,\"two\nlines, \"\"quoted\"\"\"\n3,\"\"\n".as_bytes();
        for size in 1..text.len() {
            let mut cells = Cells::new(&TABLE);
            let mut rows = Vec::new();
            for piece in text.chunks(size) {
                let give = |row: &csv::StringRecord| {
                    rows.push(row.iter().map(str::to_owned).collect::<Vec<_>>());
                    Ok(())
                };
                cells.take(piece, give).unwrap();
            }
            assert_eq!(cells.finish().unwrap(), 3, "cut by {size}");
            assert_eq!(rows, [["1", "plain"], ["2", "two\nlines, \"quoted\""], ["3", ""]]);
        }
    }

    #[test]
    fn a_table_that_broke_off_or_has_other_columns_is_refused() {
        let mut cells = Cells::new(&TABLE);
        cells.take(b"a,b\n1,\"half", |_| Ok(())).unwrap();
        assert!(cells.finish().is_err());
        assert!(Cells::new(&TABLE).finish().is_err(), "not even a header");
        assert!(Cells::new(&TABLE).take(b"a,c\n", |_| Ok(())).is_err());
    }
}
