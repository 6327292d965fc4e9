//! A spreadsheet's first sheet as rows of trimmed text, each with its row's number: what [`super::table`] makes of a CSV
//! file. Read cell by cell, because one cell in the far corner makes a whole range of blanks.

use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{DataRef, Reader, Xlsx, XlsxError};

use super::{
    fault::{ImportErrors, Problem},
    table::{ROW_CELLS_MAX, Row, Table, bounded_text},
};
use crate::archive::Archive;

/// The file that makes an archive a spreadsheet.
const WORKBOOK: &str = "xl/workbook.xml";

/// The newest row that a sheet may have: blank rows count, because nobody makes them on purpose.
const ROW_MAX: u32 = 1_000_000;

/// Reads the first sheet.
pub(crate) fn read(archive: Archive, rows_max: usize) -> Result<Table, ImportErrors> {
    let refused = |problem: &Problem| ImportErrors::only(1, problem);
    if archive.get(WORKBOOK).is_none() {
        return Err(refused(&Problem::Sheet(
            "it is a zip, but not of a spreadsheet".into(),
        )));
    }
    let bytes = archive
        .stored()
        .map_err(|error| refused(&Problem::Archive(error)))?;
    // A damaged sheet must not be able to stop whoever reads it.
    let read = catch_unwind(AssertUnwindSafe(|| rows(bytes, rows_max)));
    match read {
        Ok(Ok(table)) => table,
        Ok(Err(error)) => Err(refused(&Problem::Sheet(error.to_string()))),
        Err(_) => Err(refused(&Problem::Sheet("its parts contradict each other".into()))),
    }
}

fn rows(bytes: Vec<u8>, rows_max: usize) -> Result<Result<Table, ImportErrors>, XlsxError> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes))?;
    let Some(first) = workbook.sheet_names().into_iter().next() else {
        return Ok(Err(ImportErrors::only(1, &Problem::Empty)));
    };
    let mut cells = workbook.worksheet_cells_reader(&first)?;
    let mut table = Table::default();
    let mut row: Option<Row> = None;
    while let Some(cell) = cells.next_cell()? {
        let (place, column) = cell.get_position();
        let line = u64::from(place) + 1;
        if row.as_ref().is_some_and(|row| row.line != line) {
            table.keep(row.take());
        }
        if table.rows.len() > rows_max || place > ROW_MAX {
            return Ok(Err(ImportErrors::only(line, &Problem::TooManyRows(rows_max - 1))));
        }
        let text = match text_of(cell.get_value()) {
            Ok(text) if text.is_empty() => continue,
            Ok(text) => text,
            Err(problem) => {
                table.errors.add(line, &column_letters(column), &problem);
                continue;
            }
        };
        let column = column as usize;
        if column >= ROW_CELLS_MAX {
            let (held, max) = (column + 1, ROW_CELLS_MAX);
            table.errors.add(line, "", &Problem::RowTooWide { held, max });
            continue;
        }
        let row = row.get_or_insert(Row {
            line,
            cells: Vec::new(),
        });
        row.cells.resize(row.cells.len().max(column + 1), String::new());
        row.cells[column] = text;
    }
    table.keep(row);
    if table.rows.is_empty() && table.errors.is_empty() {
        return Ok(Err(ImportErrors::only(1, &Problem::Empty)));
    }
    Ok(Ok(table))
}

/// A cell as it would be typed.
fn text_of(value: &DataRef<'_>) -> Result<String, Problem> {
    match value {
        DataRef::Empty => Ok(String::new()),
        DataRef::Int(number) => Ok(number.to_string()),
        // The shortest text that is this number: 20 stays 20, a third has its digits.
        DataRef::Float(number) => Ok(number.to_string()),
        DataRef::Bool(value) => Ok(value.to_string()),
        DataRef::SharedString(text) => bounded_text(text),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => bounded_text(text),
        DataRef::DateTime(_) => Err(Problem::CellIsADate),
        DataRef::Error(error) => Err(Problem::CellIsAnError(error.to_string())),
    }
}

/// A column as spreadsheets name it: A, B, …, AA.
fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests;
