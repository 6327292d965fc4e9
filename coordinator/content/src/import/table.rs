//! A CSV file as rows of trimmed text, each with the line it begins on. The importers build on it; it knows nothing of
//! what the columns mean.

mod width;

use csv::{ByteRecord, ReaderBuilder};

use super::fault::{ImportErrors, Problem};

/// The greatest file that is imported.
pub const IMPORT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Characters of one cell, whatever it means; each importer has smaller bounds for its own columns.
const CELL_CHARS_MAX: usize = 20_000;

/// Cells of one row: a paper in eight languages with 26 options each has 222.
pub(crate) const ROW_CELLS_MAX: usize = 300;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// The line it begins on, from 1.
    pub(crate) line: u64,
    /// Its cells, trimmed, lines within them ended by `\n`.
    pub(crate) cells: Vec<String>,
}

impl Row {
    /// A cell; empty where the row is shorter than the header, as spreadsheets write it.
    pub(crate) fn cell(&self, index: usize) -> &str {
        self.cells.get(index).map_or("", String::as_str)
    }

    fn is_blank(&self) -> bool {
        self.cells.iter().all(String::is_empty)
    }
}

/// A file's rows that could be read, blank ones left out, and what could not be read.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
    pub(crate) errors: ImportErrors,
}

/// Reads a whole file. Fails only when no row of it can be trusted.
pub(crate) fn read(bytes: &[u8], rows_max: usize) -> Result<Table, ImportErrors> {
    let text = without_mark(bytes).map_err(|problem| ImportErrors::only(1, &problem))?;
    width::check(text).map_err(|wide| {
        let (held, max) = (wide.cells, ROW_CELLS_MAX);
        ImportErrors::only(wide.line, &Problem::RowTooWide { held, max })
    })?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let mut table = Table::default();
    let mut record = ByteRecord::new();
    loop {
        let before = reader.position().clone();
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                // Reading from memory fails for no transient reason: what follows cannot be trusted.
                table
                    .errors
                    .add(before.line(), "", &Problem::Csv(error.to_string()));
                break;
            }
        }
        let line = before.line() + blank_lines(text, before.byte());
        match cells(&record) {
            Ok(cells) => table.keep(Some(Row { line, cells })),
            Err(problem) => table.errors.add(line, "", &problem),
        }
        if table.rows.len() > rows_max {
            return Err(ImportErrors::only(line, &Problem::TooManyRows(rows_max - 1)));
        }
    }
    if table.rows.is_empty() && table.errors.is_empty() {
        return Err(ImportErrors::only(1, &Problem::Empty));
    }
    Ok(table)
}

impl Table {
    /// The first row; an error where a line before it could not be read, for that was meant to be the first.
    pub(crate) fn first(&self) -> Result<(&Row, &[Row]), ImportErrors> {
        let unread = self.errors.errors.first().map(|error| error.line);
        match self.rows.split_first() {
            Some((first, rest)) if unread.is_none_or(|unread| first.line < unread) => Ok((first, rest)),
            Some(_) | None => Err(self.errors.clone()),
        }
    }

    /// Keeps a row unless it is blank.
    pub(crate) fn keep(&mut self, row: Option<Row>) {
        self.rows.extend(row.filter(|row| !row.is_blank()));
    }
}

/// The bytes without a byte order mark.
fn without_mark(bytes: &[u8]) -> Result<&[u8], Problem> {
    if bytes.len() > IMPORT_BYTES_MAX {
        return Err(Problem::FileTooLarge {
            bytes: bytes.len(),
            max: IMPORT_BYTES_MAX,
        });
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Problem::Utf16);
    }
    Ok(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

/// The reader's place is before the line ends and blank lines that it skips; how many lines those are.
fn blank_lines(text: &[u8], from: u64) -> u64 {
    let rest = usize::try_from(from).ok().and_then(|from| text.get(from..));
    rest.unwrap_or_default()
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .filter(|byte| **byte == b'\n')
        .count() as u64
}

fn cells(record: &ByteRecord) -> Result<Vec<String>, Problem> {
    if record.len() > ROW_CELLS_MAX {
        return Err(Problem::RowTooWide {
            held: record.len(),
            max: ROW_CELLS_MAX,
        });
    }
    record.iter().map(cell).collect()
}

fn cell(bytes: &[u8]) -> Result<String, Problem> {
    bounded_text(std::str::from_utf8(bytes).map_err(|_| Problem::NotUtf8)?)
}

/// A cell's text as it is kept: trimmed, with plain line ends, without control characters, not too long.
pub(crate) fn bounded_text(text: &str) -> Result<String, Problem> {
    let text = text.trim().replace("\r\n", "\n").replace('\r', "\n");
    let held = text.chars().count();
    if held > CELL_CHARS_MAX {
        return Err(Problem::TooLong {
            held,
            max: CELL_CHARS_MAX,
        });
    }
    let control = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    match control {
        Some(control) => Err(Problem::ControlCharacter(u32::from(control))),
        None => Ok(text),
    }
}

/// The separator that a header of one cell seems to use instead of commas.
pub(crate) fn other_separator(header: &Row) -> Option<char> {
    [';', '\t', '|']
        .into_iter()
        .find(|separator| header.cells.len() == 1 && header.cell(0).contains(*separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_knows_the_line_it_begins_on() {
        for line_end in ["\n", "\r\n"] {
            let text = [
                "\u{feff}a,b",
                "",
                "\"two",
                "lines\",x",
                "",
                " ",
                "c , d",
                ",,",
                "e",
            ]
            .join(line_end);
            let table = read(text.as_bytes(), 100).unwrap();
            let lines: Vec<u64> = table.rows.iter().map(|row| row.line).collect();
            assert_eq!(lines, [1, 3, 7, 9], "{line_end:?}");
            assert_eq!(table.rows[1].cell(0), "two\nlines");
            assert_eq!(table.rows[2].cells, ["c", "d"]);
            assert_eq!(table.rows[3].cell(5), "");
        }
    }

    #[test]
    fn a_row_that_is_not_utf8_or_holds_control_characters_is_named() {
        let table = read(b"a,b\n\xff,c\nd,e\x07f\n", 100).unwrap();
        assert_eq!(table.rows.len(), 1);
        let errors = table.errors.to_string();
        assert!(errors.contains("line 2: the text is not UTF-8"), "{errors}");
        assert!(
            errors.contains("line 3: holds a control character (code 7)"),
            "{errors}"
        );
    }

    #[test]
    fn a_row_that_could_not_be_read_is_not_skipped_in_favour_of_the_next_as_the_first() {
        assert!(read(b"\xff\na,b\n", 9).unwrap().first().is_err());
        assert!(read(b"a,b\n\xff\n", 9).unwrap().first().is_ok());
        let wide = [",".repeat(ROW_CELLS_MAX).as_bytes(), b"\na,b\n"].concat();
        let errors = read(&wide, 9).unwrap().first().unwrap_err();
        assert!(
            errors.to_string().contains("301 columns, at most 300"),
            "{errors}"
        );
    }

    #[test]
    fn files_that_no_row_of_can_be_trusted_are_refused_whole() {
        assert!(read(b"\xff\xfea\0", 9).is_err_and(|errors| errors.to_string().contains("UTF-16")));
        assert!(read(b"\n\n", 9).is_err_and(|errors| errors.to_string().contains("empty")));
        assert!(read(b"a\nb\nc\n", 2).is_err_and(|errors| errors.to_string().contains("at most 1 rows")));
        assert!(read(&vec![b'a'; IMPORT_BYTES_MAX + 1], 9).is_err());
    }
}
