use proptest::prelude::*;

use super::*;

fn districts() -> BTreeMap<String, DistrictId> {
    [
        ("Mumbai".to_owned(), DistrictId(1)),
        ("Pune".to_owned(), DistrictId(2)),
    ]
    .into()
}

#[test]
fn a_roster_from_a_spreadsheet_is_read() {
    let file = "\u{feff}number,name,roll,district,batch,extra_minutes_per_hour,access_code\r\n\
        27001,  सुनीता   Patil ,M-1, MUMBAI ,morning,20,abcd-efgh jkLM-npqr\r\n\
        \r\n\
        27002,A. Kale,M-2,pune,,,\r\n";
    let (rows, errors) = candidates(file.as_bytes(), &districts());
    assert_eq!(errors, []);
    let first = &rows[0];
    assert_eq!(
        (first.number, first.district, first.line),
        (CandidateId(27001), DistrictId(1), 2)
    );
    assert_eq!(
        (first.name.as_str(), first.batch.as_str()),
        ("सुनीता Patil", "morning")
    );
    // 20 minutes an hour is a third: rounded up.
    assert_eq!(first.extra_permille, 334);
    assert_eq!(first.access_code.as_deref(), Some("ABCDEFGHJKLMNPQR"));
    assert_eq!(
        (rows[1].line, rows[1].extra_permille, &rows[1].access_code),
        (4, 0, &None)
    );
}

#[test]
fn each_fault_is_named_by_line_and_column_and_the_other_rows_are_read() {
    let long = "x".repeat(101);
    let file = format!(
        "number,name,district,roll,batch,extra_minutes_per_hour,access_code\n\
         1,Asha,Mumbai,,,,\n\
         1,Asha,Mumbai,,,,\n\
         x,Asha,Mumbai,,,,\n\
         3,,Mumbai,,,,\n\
         4,{long},Mumbai,,,,\n\
         5,Asha,Satara,,,,\n\
         6,Asha,Pune,,,61,\n\
         7,Asha,Pune,,,,SHORT\n\
         8,Asha,Pune,,,,,surplus\n\
         9,Asha,Pune\n"
    );
    let (rows, errors) = candidates(file.as_bytes(), &districts());
    let numbers: Vec<u32> = rows.iter().map(|row| row.number.0).collect();
    assert_eq!(numbers, [1, 9]);
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    for (error, expected) in shown.iter().zip([
        "line 3, column number: number 1 stands already in line 2",
        "line 4, column number: `x` is not a candidate's number",
        "line 5, column name: is empty",
        "line 6, column name: is too long: 101 characters, at most 100",
        "line 7, column district: the district `Satara` is not known; known are: Mumbai, Pune",
        "line 8, column extra_minutes_per_hour: `61` is not a number of extra minutes",
        "line 9, column access_code: is not an access code",
        "line 10: the row has 8 columns, the first line names 7",
    ]) {
        assert!(error.starts_with(expected), "{error}\n  not {expected}");
    }
    assert_eq!(shown.len(), 8);
    assert!(!shown.join("").contains("SHORT"), "an access code is a secret");
}

#[test]
fn a_header_that_cannot_be_used_is_told_why() {
    for (file, expected) in [
        ("number,name\n1,Asha\n", "column district: the column is missing"),
        (
            "number,name,district,phone\n",
            "`phone` is not a column of this file",
        ),
        ("1,Asha,Mumbai\n", "the first line must name the columns"),
        ("number;name;district\n", "the columns are separated by `;`"),
        ("number,name,district\n", "the file is empty"),
    ] {
        let (rows, errors) = candidates(file.as_bytes(), &districts());
        assert!(rows.is_empty());
        assert!(
            errors[0].to_string().contains(expected),
            "{file}\n  gave {errors:?}"
        );
    }
}

#[test]
fn a_flood_of_faults_is_listed_up_to_its_bound() {
    let file = format!("number,name,district\n{}", "x,Asha,Mumbai\n".repeat(1000));
    let (_, errors) = candidates(file.as_bytes(), &districts());
    assert_eq!(errors.len(), super::super::ERRORS_MAX + 1);
    assert!(errors.last().unwrap().problem.contains("800 more"));
}

#[test]
fn names_and_codes_are_not_printed_by_debug() {
    let file = "number,name,district,access_code\n1,Asha,Pune,ABCD-EFGH-JKLM-NPQR\n";
    let (rows, _) = candidates(file.as_bytes(), &districts());
    let shown = format!("{rows:?}");
    assert!(!shown.contains("ABCD") && !shown.contains("Asha"), "{shown}");
}

proptest! {
    #[test]
    fn no_bytes_make_the_import_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = candidates(&bytes, &districts());
        let _ = candidates(&[b"number,name,district,extra_minutes_per_hour\n", &bytes[..]].concat(), &districts());
    }
}
