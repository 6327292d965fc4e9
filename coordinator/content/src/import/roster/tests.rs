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
    let file = format!("number,name,district\n{}", "x,Asha,Mumbai\n".repeat(10_800));
    let (_, errors) = candidates(file.as_bytes(), &districts());
    assert_eq!(errors.len(), super::super::ERRORS_MAX + 1);
    assert!(errors.last().unwrap().problem.contains("800 more"));
}

#[test]
fn a_disability_gives_at_least_twenty_minutes_an_hour() {
    let file = "number,name,district,disability,extra_minutes_per_hour\n\
        1,Asha,Pune,yes,\n2,Ravi,Pune,Yes,30\n3,Meera,Pune,yes,10\n4,Ila,Pune,no,10\n5,Om,Pune,perhaps,\n";
    let (rows, errors) = candidates(file.as_bytes(), &districts());
    let given: Vec<(u32, u16)> = rows
        .iter()
        .map(|row| (row.number.0, row.extra_permille))
        .collect();
    assert_eq!(given, [(1, 334), (2, 500), (4, 167)]);
    let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(
        said[0].contains("line 4") && said[0].contains("less than the 20 minutes"),
        "{said:?}"
    );
    assert!(
        said[1].contains("line 6") && said[1].contains("yes or no"),
        "{said:?}"
    );
}

#[test]
fn a_seat_is_given_to_one_candidate_of_those_who_sit_together() {
    let file = "number,name,district,batch,slot,centre,seat\n\
        1,Asha,Pune,A,morning,School 12,B-7\n\
        2,Ravi,Pune,A,evening,School 12,B-7\n\
        3,Ila,Pune,B,morning,School 12,B-7\n\
        4,Om,Mumbai,A,morning,School 12,B-7\n\
        5,Uma,Pune,A,morning,School 12,\n\
        6,Meera,Pune,A,morning,School 12,\n\
        7,Zoya,Pune,A,morning,School  12,B-7\n";
    let (rows, errors) = candidates(file.as_bytes(), &districts());
    assert_eq!(rows.len(), 6);
    let place = Place {
        slot: "morning".into(),
        centre: "School 12".into(),
        seat: "B-7".into(),
    };
    assert_eq!(rows[0].place, place);
    assert_eq!(errors.len(), 1, "{errors:?}");
    let said = errors[0].to_string();
    assert!(
        said.starts_with("line 8, column seat: the seat is given already in line 2"),
        "{said}"
    );
}

#[test]
fn a_spreadsheet_is_read_as_its_csv_would_be() {
    let csv = "number,name,district,batch\n1,मीरा,Pune,A\n2,Ravi,Atlantis,A\n3,Ila,Mumbai,\n";
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, line) in csv.lines().enumerate() {
        for (column, cell) in line.split(',').enumerate() {
            let (row, column) = (row as u32, column as u16);
            match cell.parse::<f64>() {
                Ok(number) => sheet.write_number(row, column, number),
                Err(_) => sheet.write_string(row, column, cell),
            }
            .unwrap();
        }
    }
    let bytes = workbook.save_to_buffer().unwrap();
    let read = candidates(&bytes, &districts());
    assert!(read == candidates(csv.as_bytes(), &districts()));
    assert_eq!((read.0.len(), read.1.len()), (2, 1));
}

/// The roster of the reference load with every hundredth row bad, each in one of five ways.
#[test]
fn of_forty_thousand_rows_in_a_spreadsheet_exactly_the_bad_ones_are_listed() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, name) in ["number", "name", "roll", "district", "extra_minutes_per_hour"]
        .iter()
        .enumerate()
    {
        sheet.write_string(0, column as u16, *name).unwrap();
    }
    let mut bad = Vec::new();
    for row in 1..=40_000u32 {
        let is_bad = row % 100 == 0;
        let way = if is_bad { row / 100 % 5 } else { 9 };
        if is_bad {
            bad.push(u64::from(row) + 1);
        }
        match way {
            0 => sheet.write_string(row, 0, "twenty-seven").unwrap(),
            // The number of the row before.
            1 => sheet.write_number(row, 0, 270_000 + row - 1).unwrap(),
            _ => sheet.write_number(row, 0, 270_000 + row).unwrap(),
        };
        let name = if way == 2 {
            String::new()
        } else {
            format!("मीरा {row}")
        };
        sheet.write_string(row, 1, name).unwrap();
        sheet.write_string(row, 2, format!("R-{row}")).unwrap();
        sheet
            .write_string(row, 3, if way == 3 { "Atlantis" } else { "Pune" })
            .unwrap();
        sheet
            .write_number(row, 4, if way == 4 { 61 } else { 20 })
            .unwrap();
    }
    let bytes = workbook.save_to_buffer().unwrap();
    let (rows, errors) = candidates(&bytes, &districts());
    let listed: Vec<u64> = errors.iter().map(|error| error.line).collect();
    assert_eq!(listed, bad);
    assert_eq!(rows.len(), 40_000 - bad.len());
}

/// A zip of OneRoster files.
fn one_roster(files: &[(&str, &str)]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const ORGS: &str = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n\
    o1,active,2026-01-05,Maharashtra,state,,\no2,active,05/01/2026,PUNE,district,,o1\n\
    o3,active,,Zilla Parishad School 12,school,,o2\no4,active,,Lost School,school,,o5\no5,active,,Ring,school,,o4\n";

#[test]
fn one_roster_1_1_gives_its_enabled_teachers_by_the_district_above_their_school() {
    let users = "\u{feff}SourcedId,Status,DateLastModified,EnabledUser,OrgSourcedIds,Role,Username,UserIds,GivenName,FamilyName,\
        MiddleName,Identifier,Email,Sms,Phone,AgentSourcedIds,Grades,Password,metadata.extraMinutesPerHour\n\
        u1,active,,true,\"o3,o2\",teacher,T-1,,Asha,Patil,R,27001,,,,,,secret,20\n\
        u2,active,,TRUE,o2,Teacher,27002,,Ravi,More,,,,,,,,secret,\n\
        u3,active,,true,o3,student,27003,,Ila,Rao,,,,,,,,secret,\n\
        u4,tobedeleted,,true,o3,teacher,27004,,Om,Rao,,,,,,,,secret,\n\
        u5,active,,false,o3,teacher,27005,,Om,Rao,,,,,,,,secret,\n\
        u6,active,,true,o4,teacher,27006,,Uma,Rao,,,,,,,,secret,\n";
    let zip = one_roster(&[("users.csv", users), ("orgs.csv", ORGS)]);
    let (rows, errors) = candidates(&zip, &districts());
    let pune = districts()["Pune"];
    let first = &rows[0];
    assert_eq!((first.number.0, first.name.as_str()), (27_001, "Asha R Patil"));
    assert_eq!((first.roll.as_str(), first.extra_permille), ("T-1", 334));
    assert!(first.district == pune && first.access_code.is_none());
    assert_eq!((rows[1].number.0, rows.len()), (27_002, 2));
    let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].contains("line 7") && said[0].contains("Lost School"),
        "{said:?}"
    );
    assert!(!said[0].contains("secret"));
}

#[test]
fn one_roster_1_2_takes_roles_from_their_own_file() {
    let users = "sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,middleName,identifier,\
        primaryOrgSourcedId\nu1,active,,true,27001,Asha,Patil,,,o1\nu2,active,,true,27002,Ravi,More,,,o3\n";
    let roles = "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\n\
        r1,active,,u1,secondary,teacher,,,o4\nr2,active,,u1,primary,teacher,,,o3\nr3,active,,u2,primary,parent,,,o3\n";
    let zip = one_roster(&[("users.csv", users), ("orgs.csv", ORGS), ("roles.csv", roles)]);
    let (rows, errors) = candidates(&zip, &districts());
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!((rows.len(), rows[0].number.0), (1, 27_001));
    let no_orgs = one_roster(&[("users.csv", users)]);
    let (_, errors) = candidates(&no_orgs, &districts());
    assert!(errors[0].problem.contains("`orgs.csv` is missing"), "{errors:?}");
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
