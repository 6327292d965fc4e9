use protocol::ids::OptionId;

use super::*;
use crate::import::csv;

fn held() -> (AnswerKey, Outline) {
    let csv = "item,section,kind,marks,penalty,key,stem,a,b,c\n\
               1,A,choice,1,0.25,B,One?,x,y,z\n\
               2,A,number,1,0,5,Two?,,,\n\
               3,B,text,2,0,Pune,Three?,,,\n\
               4,B,match,1,0,,Four?,a -> x,b -> y,c -> z\n";
    let imported = csv::paper(csv.as_bytes(), "T").unwrap();
    let outline = imported.paper.outline();
    (imported.key, outline)
}

fn corrected(csv: &str) -> Result<Corrected, ImportErrors> {
    let (key, outline) = held();
    let corrected = correct(&key, &outline, csv.as_bytes());
    if let Ok(made) = &corrected {
        assert_eq!(made.key.check(&outline), Ok(()));
    }
    corrected
}

#[test]
fn each_column_changes_what_it_names_and_nothing_else() {
    let csv = "item,key,also,dropped,bonus,marks,penalty,case,section,minimum\n\
               1,,C,,,,,,,\n\
               2,,,yes,,,,,,\n\
               3,Pune|Poona,,,,4,1,yes,,\n\
               4,,,,yes,2,,,,\n\
               ,,,,,,,,B,2.5\n";
    let made = corrected(csv).unwrap();
    assert_eq!((made.changed, made.dropped, made.bonus), (5, 1, 1));
    let item = |no| &made.key.items[&ItemNo(no)];
    assert!(item(1).key == Key::Choice(OptionId(2)) && item(1).also == [Key::Choice(OptionId(3))]);
    assert_eq!(item(1).penalty.to_string(), "0.25");
    assert_eq!(item(2).standing, Standing::Dropped);
    assert!(
        matches!(&item(3).key, Key::Texts(texts) if texts.accepted.len() == 2 && texts.is_case_sensitive)
    );
    assert_eq!(
        (item(3).marks.to_string(), item(3).penalty.to_string()),
        ("4".into(), "1".into())
    );
    assert!(matches!(&item(4).key, Key::Pairs(pairs) if pairs.each.to_string() == "0.6666"));
    let minimums: Vec<Option<String>> = made
        .key
        .sections
        .iter()
        .map(|one| one.minimum.map(|marks| marks.to_string()))
        .collect();
    assert_eq!(minimums, [None, Some("2.5".to_owned())]);
    let (_, outline) = held();
    let back = correct(
        &made.key,
        &outline,
        b"item,also,dropped,section,minimum\n1,none,,,\n2,,no,,\n,,,B,none\n",
    );
    let back = back.unwrap();
    assert!(back.key.items[&ItemNo(1)] == held().0.items[&ItemNo(1)] && back.dropped == 0);
    assert_eq!(back.key.sections, held().0.sections);
}

#[test]
fn a_faulty_correction_is_told_by_line_and_changes_nothing() {
    for (csv, expected) in [
        (
            "item,key\n9,A\n",
            "line 2, column item: `9` is not an item of this paper",
        ),
        ("item,key\n1,D\n", "line 2, column key: option D does not exist"),
        (
            "item,key\n1,B\n1,C\n",
            "line 3, column item: item 1 stands already in line 2",
        ),
        (
            "item,dropped\n1,maybe\n",
            "line 2, column dropped: `maybe` is not yes or no",
        ),
        ("item,dropped,bonus\n1,yes,yes\n", "either dropped or a bonus"),
        ("item,marks\n1,-1\n", "line 2, column marks: `-1` is not marks"),
        (
            "section,minimum\nC,1\n",
            "line 2, column section: `C` is not a section",
        ),
        ("item,answer\n1,B\n", "`answer` is not a column of this file"),
        ("item,key\n", "the file is empty"),
        ("item,key\n,A\n", "write the item's number"),
    ] {
        let told = corrected(csv).unwrap_err().to_string();
        assert!(told.contains(expected), "{csv}\n  gave {told}");
    }
}

#[test]
fn a_correction_is_not_printed() {
    let shown = format!("{:?}", corrected("item,key\n3,Satara\n").unwrap());
    assert!(!shown.contains("Satara") && !shown.contains("Pune"), "{shown}");
}
