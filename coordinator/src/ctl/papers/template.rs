//! `parikshactl paper template`: a file to be filled in, with every column and kind. Asks nobody.

use std::{io::Write, path::Path};

use clap::ValueEnum;
use content::import::template::{CORRECTION, GIFT, TABLE};
use rust_xlsxwriter::Workbook;

use crate::ctl::{failure::Failure, output::Output};

/// Which template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::ctl) enum TemplateFormat {
    /// A paper as CSV
    Csv,
    /// A paper as an Excel workbook
    Xlsx,
    /// A paper in GIFT
    Gift,
    /// A correction of an answer key, as CSV
    Key,
}

pub(in crate::ctl) fn run(
    format: TemplateFormat,
    out: Option<&Path>,
    output: &Output,
) -> Result<(), Failure> {
    let bytes = match format {
        TemplateFormat::Csv => with_mark(TABLE),
        TemplateFormat::Gift => GIFT.as_bytes().to_vec(),
        TemplateFormat::Key => CORRECTION.as_bytes().to_vec(),
        TemplateFormat::Xlsx => workbook()?,
    };
    match out {
        None if format == TemplateFormat::Xlsx => Err(Failure::Usage(
            "a workbook is no text; name a file for it with --out".to_owned(),
        )),
        None => output.data(&bytes),
        Some(path) => {
            let mut file = std::fs::File::create_new(path).map_err(|error| Failure::file(path, &error))?;
            file.write_all(&bytes)
                .map_err(|error| Failure::file(path, &error))?;
            output.note(&format!("{} was written", path.display()));
            Ok(())
        }
    }
}

/// Spreadsheet programs tell UTF-8 by the mark.
fn with_mark(text: &str) -> Vec<u8> {
    ["\u{feff}", text].concat().into_bytes()
}

fn workbook() -> Result<Vec<u8>, Failure> {
    let failed = |error: String| Failure::Other(format!("the workbook cannot be made: {error}"));
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(TABLE.as_bytes());
    for (row, record) in (0..).zip(rows.records()) {
        let record = record.map_err(|error| failed(error.to_string()))?;
        for (column, cell) in (0..).zip(record.iter()) {
            sheet
                .write_string(row, column, cell)
                .map_err(|error| failed(error.to_string()))?;
        }
    }
    workbook
        .save_to_buffer()
        .map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use content::import::paper::{Source, read};

    use super::*;

    #[test]
    fn the_workbook_is_imported_like_the_table() {
        let bytes = workbook().unwrap_or_else(|failure| panic!("{failure}"));
        let source = |name, bytes| Source {
            name,
            bytes,
            format: None,
            language: "en",
            title: "T",
        };
        let table = with_mark(TABLE);
        let table = read(source("t.csv", &table)).unwrap();
        assert_eq!(read(source("t.xlsx", &bytes)).unwrap(), table);
    }
}
