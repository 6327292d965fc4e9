//! The shared cases of other makers, and the shared files; and how a case that differs is told.

use std::path::{Path, PathBuf};

use super::*;

const ITEM: &[u8] = b"<assessmentItem identifier='i'>
  <responseDeclaration identifier='R' cardinality='single' baseType='identifier'>
    <correctResponse><value>A</value></correctResponse>
  </responseDeclaration>
  <outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/>
  <itemBody><p>Score <printedVariable identifier='SCORE'/></p></itemBody>
  <responseProcessing>
    <setOutcomeValue identifier='SCORE'><mathConstant name='pi'/></setOutcomeValue>
  </responseProcessing>
</assessmentItem>";

fn one(expect: &str, more: &str) -> CaseResult {
    let cases = format!(r#"{{"cases":[{{"name":"n","responses":{{"R":"A"}},"expect":{expect}{more}}}]}}"#);
    run(ITEM, cases.as_bytes()).unwrap().remove(0)
}

#[test]
fn a_case_that_differs_says_what_was_expected_and_what_came() {
    assert_eq!(
        one(
            r#"{"score":3.141592653589793,"itemBodyContains":["Score 3.14"]}"#,
            ""
        )
        .verdict,
        Verdict::Passed
    );
    let differs = one(
        r#"{"outcomes":{"SCORE":3},"modalFeedbackIdentifiers":["x"],"warnings":["w"]}"#,
        "",
    );
    assert_eq!(differs.verdict, Verdict::Failed);
    assert_eq!(differs.differences.len(), 3);
    assert_eq!(differs.differences[0].what, "SCORE");
    assert!(differs.differences[0].came.starts_with("3.14"));
    assert_eq!(
        one(r#"{"outcomes":{"OTHER":1}}"#, "").differences[0].came,
        "not declared"
    );
    assert_eq!(one(r#"{"score":"3"}"#, "").verdict, Verdict::Failed);
}

#[test]
fn a_case_that_its_authors_expect_to_fail_is_skipped() {
    let skipped = one(r#"{"score":0}"#, r#","xfail":true,"xfailReason":"why""#);
    assert_eq!(
        (skipped.verdict, skipped.expected_to_fail.as_str()),
        (Verdict::Skipped, "why")
    );
    assert!(run(ITEM, b"{}").is_err());
    let refused = run(b"<quiz/>", br#"{"cases":[{"name":"n","expect":{}}]}"#).unwrap();
    assert_eq!(refused[0].verdict, Verdict::Failed);
}

/// The shared data of this project: named by the environment, or beside the checkout.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    if let Some(data) = std::env::var_os("PARIKSHA_SHARED_DATA") {
        return Some(Path::new(&data).join(folder)).filter(|path| path.is_dir());
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .map(|above| above.join("shared/data").join(folder))
        .find(|path| path.is_dir())
}

#[test]
fn the_shared_cases_give_their_expected_outcomes() {
    let Some(folder) = shared("qti2-scoring-pie-qti") else {
        println!("NOTICE: the folder shared/data/qti2-scoring-pie-qti is not there: its cases did not run");
        return;
    };
    let mut counts = [0usize; 3];
    let mut differing = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let place = entry.unwrap().path();
        let (Ok(item), Ok(cases)) = (
            std::fs::read(place.join("item.xml")),
            std::fs::read(place.join("cases.json")),
        ) else {
            continue;
        };
        for result in run(&item, &cases).unwrap() {
            counts[result.verdict as usize] += 1;
            if result.verdict == Verdict::Failed {
                differing.push(format!(
                    "{}: {} {:?}",
                    place.display(),
                    result.case,
                    result.differences
                ));
            }
        }
    }
    println!(
        "{} passed, {} failed, {} skipped",
        counts[0], counts[1], counts[2]
    );
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert!(counts[0] > 0, "the folder holds no cases");
}

/// Every file of the other folders is taken or refused by name; what is refused is printed.
#[test]
fn the_shared_items_tests_and_manifests_are_taken_or_refused_by_name() {
    for name in [
        "qti21-qtiworks",
        "qti2-tests-pie-qti",
        "qti2-packages-pie-qti",
        "qti3-items-pie-qti",
    ] {
        let Some(folder) = shared(name) else {
            println!("NOTICE: the folder shared/data/{name} is not there: its files were not examined");
            continue;
        };
        let mut taken = 0;
        for (place, bytes) in items_in(folder) {
            match crate::qti::examine(&bytes) {
                Ok(_) => taken += 1,
                Err(faults) => {
                    assert!(!faults.is_empty());
                    println!("{}: {faults}", place.display());
                }
            }
        }
        println!("{name}: {taken} taken");
        assert!(taken > 0, "{name}");
    }
}

/// Every item is deliverable, or is refused by line and name; what is refused is printed.
#[test]
fn the_shared_items_are_deliverable_or_say_why_not() {
    for (name, least) in [
        ("qti21-qtiworks", 1),
        ("qti2-tests-pie-qti", 0),
        ("qti2-packages-pie-qti", 1),
        ("qti3-items-pie-qti", 4),
        ("qti2-scoring-pie-qti", 1),
    ] {
        let Some(folder) = shared(name) else {
            println!("NOTICE: the folder shared/data/{name} is not there: its items were not tried");
            continue;
        };
        let (mut items, mut good) = (0, 0);
        for (place, bytes) in items_in(folder) {
            let Ok(root) = xml::parse(&bytes) else { continue };
            let is_item = normalise(root).root.name == "assessmentItem";
            items += usize::from(is_item);
            match crate::qti::deliverable(&bytes, "en") {
                Ok(_) => good += usize::from(is_item),
                Err(faults) => {
                    assert!(faults.faults.iter().all(|fault| !fault.problem.is_empty()));
                    println!("{}: {faults}", place.display());
                }
            }
        }
        println!("{name}: {good} of {items} items are deliverable");
        assert!(good >= least, "{name}");
    }
}

/// Whoever answers by the key is right, and has the score that the item gives for it.
#[test]
fn the_shared_items_answered_by_their_own_key_are_right() {
    for name in [
        "qti21-qtiworks",
        "qti2-packages-pie-qti",
        "qti3-items-pie-qti",
        "qti2-scoring-pie-qti",
    ] {
        let Some(folder) = shared(name) else {
            println!("NOTICE: the folder shared/data/{name} is not there: its keys were not tried");
            continue;
        };
        let mut right = 0;
        for (place, bytes) in items_in(folder) {
            let Ok((_, program)) = prepare(&bytes) else {
                continue;
            };
            let keys = program
                .variables
                .iter()
                .filter(|variable| !variable.correct.is_null());
            let responses = keys.fold(Responses::new(), |responses, variable| {
                responses.with(&variable.identifier, variable.correct.clone())
            });
            if responses == Responses::new() || !program.template_rules.is_empty() {
                continue;
            }
            let outcomes = evaluate(&program, &responses, 0).unwrap();
            assert!(outcomes.is_correct, "{}", place.display());
            let score = outcomes.values.get("SCORE").and_then(Value::number);
            // An item with a remark may be one that gives nothing.
            let gives = score.is_none_or(|score| score > Real::ZERO);
            assert!(
                gives || !program.remarks.is_empty(),
                "{}: {score:?}",
                place.display()
            );
            right += 1;
        }
        println!("{name}: {right} items are right when they are answered by their key");
        assert!(right > 0, "{name}");
    }
}

fn items_in(folder: PathBuf) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut places = vec![folder];
    while let Some(place) = places.pop() {
        if place.is_dir() {
            places.extend(
                std::fs::read_dir(&place)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if place.extension().is_some_and(|extension| extension == "xml") {
            found.push((place.clone(), std::fs::read(&place).unwrap()));
        }
    }
    found
}
