use proptest::prelude::*;
use protocol::ids::OptionId;

use super::*;
use crate::answer_key::Key;

const HEADER: &str = "item,section,kind,marks,penalty,key,stem,a,b,c,d";

fn import(rows: &[&str]) -> Result<Imported, ImportErrors> {
    paper([&[HEADER], rows].concat().join("\n").as_bytes(), "T")
}

fn faults(rows: &[&str]) -> String {
    import(rows).unwrap_err().to_string()
}

#[test]
fn every_kind_of_item_is_imported_with_its_key_apart() {
    let imported = import(&[
        "2,Reasoning,choices,2,0.5,a; C,Which two?,1,2,3,",
        "1,,choice,1,0,B,\"Which, then?\",x,y,z,w",
        "3,,number,,,3.4..3.6,How much?,,,,",
    ])
    .unwrap();
    let kinds: Vec<&str> = imported
        .paper
        .outline()
        .items
        .values()
        .map(|item| item.kind.name())
        .collect();
    assert_eq!(kinds, ["one choice", "choices", "a number"]);
    assert_eq!(imported.paper.items[0].stem["en"], "Which, then?");
    let key = |no| &imported.key.items[&ItemNo(no)].key;
    assert!(matches!(key(1), Key::Choice(OptionId(2))));
    assert!(matches!(key(2), Key::Choices(right) if *right == [OptionId(1), OptionId(3)].into()));
    assert!(matches!(key(3), Key::Number { from, to } if from < to));
    assert_eq!(imported.paper.items[1].penalty, "0.5");
    assert_eq!(imported.paper.items[2].marks, "1");
    assert_eq!(imported.key.check(&imported.paper.outline()), Ok(()));
}

#[test]
fn a_paper_is_written_without_any_correct_response() {
    // Two imports that differ in nothing but what is right give the same paper, to the byte.
    let rows = |one: &str, several: &str, number: &str| {
        let rows = [
            format!("1,,choice,1,0.25,{one},S,w,x,y,z"),
            format!("2,,choices,1,0,{several},S,w,x,y,z"),
            format!("3,,number,1,0,{number},S,,,,"),
        ];
        import(&rows.each_ref().map(String::as_str)).unwrap()
    };
    let (left, right) = (rows("A", "A;B", "987654"), rows("D", "C", "1..2"));
    assert!(left.key != right.key);
    let json = serde_json::to_string(&left.paper).unwrap();
    assert_eq!(json, serde_json::to_string(&right.paper).unwrap());
    assert!(!json.contains("987654") && !json.contains("key"), "{json}");
}

/// Each row has one fault; it is told in these words.
fn assert_told(rows: &[(&str, &str)]) {
    for (row, expected) in rows {
        let faults = faults(&[row]);
        assert!(
            faults.contains(expected),
            "{row}\n  gave {faults}\n  not  {expected}"
        );
        assert_eq!(faults.lines().count(), 1, "{faults}");
    }
}

#[test]
fn a_wrong_key_is_named_by_line_and_column_with_what_to_do() {
    assert_told(&[
        (
            "1,,choice,1,0,E,S,a,b,c,d",
            "line 2, column key: option E does not exist, the item has A to D",
        ),
        (
            "1,,choice,1,0,E,S,a,b,,",
            "line 2, column key: option E does not exist, the item has A to B",
        ),
        (
            "1,,choice,1,0,A;B,S,a,b,c,d",
            "line 2, column key: `A;B` is not one option",
        ),
        (
            "1,,choices,1,0,A;A,S,a,b,c,d",
            "line 2, column key: option A is named twice",
        ),
        (
            "1,,choices,1,0,AC,S,a,b,c,d",
            "column key: `AC` is not a list of options",
        ),
        (
            "1,,number,1,0,3..2,S,,,,",
            "column key: the range `3..2` is empty",
        ),
        (
            "1,,number,1,0,3...5,S,,,,",
            "column key: `3...5` is not a number or a range",
        ),
        ("1,,number,1,0,१२,S,,,,", "column key: `१२` is not a number"),
        (
            "1,,choice,1,0,,S,a,b,c,d",
            "column key: is empty; write what is right",
        ),
    ]);
}

#[test]
fn a_wrong_row_is_named_by_line_and_column_with_what_to_do() {
    assert_told(&[
        (
            "1,,number,1,0,3,S,x,,,",
            "column a: an item of kind number has no options",
        ),
        (
            "1,,choice,1,0,A,,a,b,c,d",
            "column stem: is empty; write the question",
        ),
        (
            "1,,choice,1,0,A,S,a,,c,d",
            "column b: option B is empty but option D is not",
        ),
        (
            "1,,choice,1,0,A,S,a,,,",
            "column a: an item of this kind has at least two options",
        ),
        (
            "1,,essay,1,0,A,S,a,b,,",
            "column kind: `essay` is not a kind of item",
        ),
        (
            "0,,choice,1,0,A,S,a,b,,",
            "column item: `0` is not an item number",
        ),
        ("1,,choice,one,0,A,S,a,b,,", "column marks: `one` is not marks"),
        (
            "1,,choice,1,-1,A,S,a,b,,",
            "column penalty: `-1` is not marks; write a number from 0 to 1000",
        ),
        (
            "1,,choice,1,0,A,S,a,b,c,d,e",
            "line 2: the row has 12 columns, the first line names 11",
        ),
    ]);
}

#[test]
fn all_faults_of_a_file_are_listed_by_line_and_nothing_is_imported() {
    let rows = [
        "1,,choice,1,0,E,,a,b,c,d",
        "2,,choice,1,0,A,S,a,b,c,d",
        "2,,choice,1,0,A,S,a,b,c,d",
    ];
    let faults = faults(&rows);
    let lines: Vec<&str> = faults.lines().collect();
    assert_eq!(lines.len(), 3, "{faults}");
    assert!(
        lines[2].starts_with("line 4, column item: item 2 stands already in line 3"),
        "{faults}"
    );
    let bytes = [&[HEADER], &rows[..]].concat().join("\n");
    let partly = paper_partly(bytes.as_bytes(), "T").unwrap();
    assert_eq!(partly.imported.paper.items.len(), 1);
    assert_eq!(partly.errors.errors.len(), 3);
}

#[test]
fn a_header_that_cannot_be_used_is_told_why() {
    for (header, expected) in [
        (
            "stem,a,b,answer\nS,1,2,A",
            "`answer` is not a column of this file",
        ),
        ("stem,a,b\nS,1,2", "line 1, column key: the column is missing"),
        (
            "key,item,a,b\nA,1,1,2",
            "line 1, column stem: the column is missing",
        ),
        (
            "key,stem,a,b,a_hi\nA,S,1,2,1",
            "line 1, column stem_hi: the column is missing",
        ),
        (
            "key,stem,a,b,A\nA,S,1,2,1",
            "line 1, column A: the column stands twice",
        ),
        ("stem;key;a;b\nS;A;1;2", "the columns are separated by `;`"),
        ("What?,1,2,3\n", "the first line must name the columns"),
        ("stem,key\n", "the file is empty"),
        ("", "the file is empty"),
    ] {
        let errors = paper(header.as_bytes(), "T").unwrap_err().to_string();
        assert!(errors.contains(expected), "{header}\n  gave {errors}");
    }
    assert!(
        paper(b"stem,key,a,b\nS,A,1,2", " ")
            .unwrap_err()
            .to_string()
            .contains("title")
    );
}

#[test]
fn a_language_that_is_given_must_be_complete() {
    let file = "key,stem,a,b,stem_mr,a_mr,b_mr,c_mr\nA,S,1,2,प्रश्न,१,२,\nB,S,1,2,,१,,३";
    let errors = paper(file.as_bytes(), "T").unwrap_err();
    let columns: Vec<&str> = errors.errors.iter().map(|error| error.column.as_str()).collect();
    assert_eq!(columns, ["stem_mr", "b_mr", "c_mr"]);
    assert!(errors.errors.iter().all(|error| error.line == 3));
}

#[test]
fn two_options_that_say_the_same_are_warned_of_and_imported() {
    let imported = import(&["1,,choice,1,0,A,S,12,-4,4,12"]).unwrap();
    let warnings: Vec<String> = imported.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        ["line 2: options A and D say the same; check that the item is meant so"]
    );
}

#[test]
fn bounds_are_kept() {
    let long = format!("1,,choice,1,0,A,{},a,b,,", "x".repeat(8_001));
    assert!(faults(&[&long]).contains("column stem: is too long: 8001 characters, at most 8000"));
    let rows: Vec<String> = (1..=501)
        .map(|no| format!("{no},,choice,1,0,A,S,a,b,,"))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    assert!(import(&rows[..500]).is_ok());
    assert!(faults(&rows).contains("at most 500 rows"));
    let wrong: Vec<&str> = vec!["x,,choice,1,0,E,S,a,b,,"; 300];
    let errors = import(&wrong).unwrap_err();
    assert_eq!((errors.errors.len(), errors.more), (600, 0));
}

proptest! {
    #[test]
    fn no_bytes_make_the_import_panic(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let _ = paper_partly(&bytes, "T");
        let _ = paper_partly(&[HEADER.as_bytes(), b"\n", &bytes].concat(), "T");
    }

    #[test]
    fn no_cells_make_the_import_panic(
        rows in proptest::collection::vec(
            proptest::collection::vec("[a-eA-E0-9;.,\"é \r\n-]{0,6}|choice|choices|number|\\PC{0,5}", 0..13),
            0..8,
        ),
    ) {
        let mut writer = ::csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        writer.write_record(HEADER.split(',')).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        if let Ok(partly) = paper_partly(&bytes, "T") {
            let Imported { paper, key, .. } = partly.imported;
            prop_assert_eq!(key.check(&paper.outline()), Ok(()));
        }
    }
}
