use std::collections::BTreeMap;

use super::*;

fn sitting(batch: &str) -> SittingRow {
    SittingRow {
        id: 3,
        title: "Morning".into(),
        paper: "1v1".into(),
        opens: 0,
        closes: 1,
        duration_ms: 3_600_000,
        districts: vec!["Pune".into()],
        batch: batch.into(),
    }
}

/// Rows of a roster in two districts.
fn rows(csv: &str) -> Vec<RosterRow> {
    use protocol::ids::DistrictId;
    let districts = BTreeMap::from([("Pune".into(), DistrictId(1)), ("Nashik".into(), DistrictId(2))]);
    let (rows, errors) = content::import::roster::candidates(csv.as_bytes(), &districts);
    assert!(errors.is_empty(), "{errors:?}");
    rows
}

fn nodes() -> Addresses {
    Addresses {
        everywhere: None,
        of_nodes: BTreeMap::from([(
            "Pune".into(),
            vec!["https://a:8443".into(), "https://b:8443/".into()],
        )]),
    }
}

#[test]
fn a_card_has_what_the_codes_file_the_sitting_and_the_nodes_say() {
    let rows = rows(
        "number,name,district,extra_minutes_per_hour,access_code,slot,centre,seat\n\
         27001,Asha,Pune,20,ABCD-EFGH-JKLM-NPQR,9 to 11,School 12,B-7\n",
    );
    let card = card(&rows[0], "Pune", &sitting(""), &nodes()).unwrap();
    assert_eq!(
        (card.minutes, card.access_code.as_str()),
        (80, "ABCD-EFGH-JKLM-NPQR")
    );
    assert_eq!(card.address, "https://b:8443/#c=27001");
    assert_eq!(
        (card.slot.as_str(), card.centre.as_str(), card.seat.as_str()),
        ("9 to 11", "School 12", "B-7")
    );
    let even = nodes().of_candidate("Pune", 27_002).unwrap();
    assert_eq!(even, "https://a:8443/#c=27002");
}

#[test]
fn only_who_sits_there_gets_a_card() {
    let rows = rows("number,name,district,batch\n1,Asha,Pune,A\n2,Ravi,Pune,B\n3,Ila,Nashik,A\n");
    let sits = |batch: &str| -> Vec<u32> {
        let name = |row: &RosterRow| if row.district.0 == 1 { "Pune" } else { "Nashik" };
        let theirs = rows.iter().filter(|row| sits(row, name(row), &sitting(batch)));
        theirs.map(|row| row.number.0).collect()
    };
    assert_eq!(sits(""), [1, 2]);
    assert_eq!(sits("B"), [2]);
}

#[test]
fn who_cannot_have_a_card_is_listed_by_line_and_nobody_gets_one() {
    let rows = rows("number,name,district,access_code\n1,Asha,Pune,\n2,Ila,Nashik,ABCDEFGHJKLMNPQR\n");
    let name = |row: &RosterRow| if row.district.0 == 1 { "Pune" } else { "Nashik" };
    let all: Vec<&RosterRow> = rows.iter().collect();
    let Err(Failure::Input { errors, .. }) = cards(&all, name, &sitting(""), &nodes()) else {
        panic!("it should have errors")
    };
    assert_eq!((errors[0].line, errors[0].column.as_str()), (2, "access_code"));
    assert_eq!(errors[1].line, 3);
    assert!(errors[1].problem.contains("--address"), "{}", errors[1].problem);
    assert!(matches!(
        cards(&[], name, &sitting(""), &nodes()),
        Err(Failure::Usage(_))
    ));
}
