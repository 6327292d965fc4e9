use std::io::{Cursor, Write};

use rust_xlsxwriter::Workbook;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        zip.start_file(*path, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_report_counts_what_was_read_refused_and_cannot_be_delivered() {
    let text = b"One? {=a ~b}\n\nShort? {=%50%a}\n\nOpen {\n\nSame {=a ~a}";
    let report = report(Format::Gift, text, "en");
    assert_eq!(
        (report.outcome, report.items, report.deliverable),
        (Outcome::PartlyImported, 3, 2)
    );
    assert_eq!(
        report.interactions,
        BTreeMap::from([("choice".to_owned(), 2), ("short-text".to_owned(), 1)])
    );
    assert_eq!(
        (
            report.refused[0].line,
            report.undeliverable[0].line,
            report.findings[0].line
        ),
        (5, 3, 7)
    );
    assert!(!report.is_good());
}

#[test]
fn files_that_are_not_read_say_why() {
    assert!(
        report(Format::Package, b"", "en").refused[0]
            .why
            .contains("within archives")
    );
    let large = FileReport::too_large(Format::Gift, 200_000_000);
    assert!(large.refused[0].why.contains("200000000 bytes, at most 8388608"));
    let other = FileReport::skipped(Recognised::Other("a picture".to_owned()));
    assert!(other.is_good() && other.outcome == Outcome::Skipped);
}

#[test]
fn a_workbooks_first_sheet_is_read_like_csv() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, name) in (0..).zip([
        "kind", "key", "marks", "stem", "a", "b", "stem_mr", "a_mr", "b_mr",
    ]) {
        sheet.write_string(0, column, name).unwrap();
    }
    for (column, text) in (0..).zip(["choice", "B", "", "Which?", "one", "two", "कोणते?", "एक", "दोन"])
    {
        sheet.write_string(1, column, text).unwrap();
    }
    sheet.write_string(2, 0, "number").unwrap();
    sheet.write_number(2, 1, 3.5).unwrap();
    sheet.write_number(2, 2, 2).unwrap();
    sheet.write_string(2, 3, "How much?").unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    assert_eq!(
        recognise("paper.xlsx", &bytes),
        Recognised::Questions(Format::Xlsx)
    );
    let report = report(Format::Xlsx, &bytes, "en");
    assert_eq!((report.items, report.deliverable), (1, 1));
    assert_eq!(
        (report.refused[0].line, report.refused[0].what.as_str()),
        (3, "column stem_mr")
    );
    let cut = super::report(Format::Xlsx, &bytes[..bytes.len() / 2], "en");
    assert_eq!(cut.outcome, Outcome::Refused);
    let other = super::report(Format::Xlsx, &zip(&[("a", b"b")]), "en");
    assert_eq!(other.outcome, Outcome::Refused);
}

#[test]
fn an_archive_has_a_report_for_each_file_and_its_own_when_it_is_refused() {
    let manifest = b"<manifest identifier='m'><resources><resource><file href='a.gift'/><file href='b.xml'/></resource></resources></manifest>";
    let inner = zip(&[("x.gift", b"Q {T}")]);
    let bytes = zip(&[
        ("p/imsmanifest.xml", manifest),
        ("p/a.gift", b"Q {T}"),
        ("p/pic.png", b"x"),
        ("within.zip", &inner),
    ]);
    let reports = package(&bytes, "en").unwrap();
    let outcomes: Vec<(&str, Outcome)> = reports
        .iter()
        .map(|(path, report)| (path.as_str(), report.outcome))
        .collect();
    assert_eq!(
        outcomes,
        [
            ("p/a.gift", Outcome::Imported),
            ("p/imsmanifest.xml", Outcome::Imported),
            ("p/pic.png", Outcome::Skipped),
            ("within.zip", Outcome::Refused),
        ]
    );
    let findings = &reports[1].1.findings;
    assert!(
        findings.len() == 1 && findings[0].problem.contains("`b.xml`"),
        "{findings:?}"
    );
    for bytes in [
        zip(&[("../a.gift", b"Q {T}")]),
        bytes[..bytes.len() - 30].to_vec(),
        zip(&[("a.gift", &vec![b' '; 5_000_000])]),
    ] {
        let refused = package(&bytes, "en").unwrap_err();
        assert!(refused.line == 0 && !refused.why.is_empty());
    }
}
