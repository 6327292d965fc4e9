use rust_xlsxwriter::{Format, Workbook};

use super::*;
use crate::archive::ArchiveLimits;

fn table(workbook: &mut Workbook) -> Result<Table, ImportErrors> {
    let bytes = workbook.save_to_buffer().unwrap();
    read(Archive::open(&bytes, ArchiveLimits::default()).unwrap(), 100)
}

#[test]
fn cells_are_what_was_typed_and_rows_know_their_number() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, column, text) in [(0, 0, "number"), (0, 2, " name "), (4, 2, "मीरा")] {
        sheet.write_string(row, column, text).unwrap();
    }
    sheet.write_number(4, 0, 27_001).unwrap();
    sheet.write_number(4, 1, 0.5).unwrap();
    let table = table(&mut workbook).unwrap();
    assert!(table.errors.is_empty());
    let lines: Vec<u64> = table.rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, [1, 5]);
    assert_eq!(table.rows[0].cells, ["number", "", "name"]);
    assert_eq!(table.rows[1].cells, ["27001", "0.5", "मीरा"]);
}

#[test]
fn a_date_is_refused_by_its_cell() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_string(0, 0, "roll").unwrap();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    sheet.write_number_with_format(1, 27, 45_000, &date).unwrap();
    let errors = table(&mut workbook).unwrap().errors.to_string();
    assert!(errors.contains("line 2, column AB: is a date"), "{errors}");
}

#[test]
fn a_cell_in_the_far_corner_costs_nothing_and_is_refused() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_string(0, 0, "a").unwrap();
    sheet.write_string(1_048_575, 16_383, "far").unwrap();
    assert!(table(&mut workbook).is_err());
    assert!(table(&mut Workbook::new()).is_err());
}
