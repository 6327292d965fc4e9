//! From responses that people mark to a rescored, compared, normalised, analysed and exported sitting: a real cluster, a
//! real link, `parikshactl` as operators use it.

mod files;
mod sitting;
mod size;

use std::collections::BTreeMap;

use content::{AnswerKey, Key};
use protocol::{
    ids::{ItemNo, KeyVersion, OptionId, ResponseSeq},
    record::Event,
};
use state::Command;

use super::{
    Down, Open,
    steps::{Linked, open, ship},
};
use crate::{
    cluster_key::{ClusterKey, Secret},
    harness::{Cluster, Node},
    ops::shapes::{MarkingRow, ResultRow, ScoreSetRow},
};
use files::{
    folders_hold_what_their_manifests_say, the_analysis_says_how_the_items_did,
    the_merit_list_can_be_recomputed_from_its_file,
};
use sitting::{events, paper, sat};

/// What a file of scripts says: the response by script.
fn scripts(cluster: &Cluster, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut csv = csv::Reader::from_path(cluster.path(name)).unwrap();
    csv.deserialize().map(Result::unwrap).collect()
}

async fn exported(cluster: &Cluster, marker: &str, more: &[&str]) -> Vec<BTreeMap<String, String>> {
    let name = format!("scripts-{marker}.csv");
    let out = cluster.path(&name).display().to_string();
    let mut line = vec!["marks", "export", "2", "2", "--marker", marker, "--out", &out];
    line.extend(more);
    assert_eq!(cluster.ctl(&line).await, 0);
    scripts(cluster, &name)
}

/// Writes a marker's file: marks by the beginning of the response.
fn filled(cluster: &Cluster, rows: &[BTreeMap<String, String>], marks: &[(&str, &str)]) -> String {
    let mut text = "sitting,item,script,marks,response\n".to_owned();
    for row in rows {
        let given = marks
            .iter()
            .find(|(begins, _)| row["response"].starts_with(begins));
        let given = given.map_or("", |(_, marks)| marks);
        let line = format!("2,2,{},{given},\"several\nlines\"\n", row["script"]);
        text.push_str(&line);
    }
    cluster.file("filled.csv", &text)
}

async fn import(cluster: &Cluster, file: &str, marker: &str, more: &[&str]) -> u8 {
    let mut line = vec!["marks", "import", file, "--marker", marker];
    line.extend(more);
    cluster.ctl(&line).await
}

async fn status(cluster: &Cluster) -> [u32; 6] {
    let rows: Vec<MarkingRow> = cluster.get("sittings/2/marks").await;
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    [
        row.scripts,
        row.new,
        row.once,
        row.agreed,
        row.differing,
        row.moderated,
    ]
}

async fn totals(cluster: &Cluster) -> Vec<(u32, String, u16)> {
    assert_eq!(cluster.ctl(&["result", "score", "2"]).await, 0);
    let rows: Vec<ResultRow> = cluster.get("sittings/2/results").await;
    rows.iter()
        .map(|row| (row.candidate.0, row.total.clone(), row.unmarked))
        .collect()
}

fn expected(rows: [(u32, &str, u16); 4]) -> Vec<(u32, String, u16)> {
    rows.map(|(candidate, total, unmarked)| (candidate, total.to_owned(), unmarked))
        .to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_are_marked_blind_by_two_moderated_scored_rescored_and_exported() {
    let Linked {
        cluster,
        mut node,
        link,
    } = Linked::start().await;
    sat(&cluster, &mut node, &link).await;
    assert_eq!(status(&cluster).await, [3, 3, 0, 0, 0, 0]);
    let unmarked = [
        (27_002, "2", 1),
        (27_003, "-0.5", 1),
        (27_004, "2", 1),
        (27_005, "-0.5", 0),
    ];
    assert_eq!(totals(&cluster).await, expected(unmarked));

    two_markers_and_a_moderator(&cluster).await;
    let marked = [
        (27_002, "6", 0),
        (27_003, "0.5", 0),
        (27_004, "4.5", 0),
        (27_005, "-0.5", 0),
    ];
    assert_eq!(totals(&cluster).await, expected(marked));

    more_of_an_attempt_makes_a_new_script(&cluster, &mut node, &link).await;
    a_corrected_key_leaves_the_old_scores_readable(&cluster).await;
    the_merit_list_can_be_recomputed_from_its_file(&cluster).await;
    the_analysis_says_how_the_items_did(&cluster).await;
    folders_hold_what_their_manifests_say(&cluster).await;
    cluster.stop().await;
}

async fn two_markers_and_a_moderator(cluster: &Cluster) {
    a_markers_file_says_nothing_of_whose_it_is(cluster).await;
    lines_at_fault_take_nothing(cluster).await;
    two_mark(cluster).await;
    a_third_person_decides(cluster).await;
}

async fn a_markers_file_says_nothing_of_whose_it_is(cluster: &Cluster) {
    let rows = exported(cluster, "asha", &[]).await;
    assert!(rows.is_sorted_by_key(|row| row["script"].clone()) && rows.len() == 3);
    for row in &rows {
        // By chance a script's name can have any digits.
        let cells = row.iter().filter(|(column, _)| *column != "script");
        let shown: Vec<&str> = cells.flat_map(|(column, cell)| [column.as_str(), cell]).collect();
        for told in ["2700", "Meera", "R2", "Ravi", "R3", "Pune", "candidate"] {
            assert!(!shown.join(" ").contains(told), "{told} in {row:?}");
        }
    }
    let is_formula = |row: &BTreeMap<String, String>| row["response"].starts_with("'=HYPERLINK");
    assert!(
        rows.iter().any(is_formula),
        "a formula must not reach a spreadsheet"
    );
}

async fn lines_at_fault_take_nothing(cluster: &Cluster) {
    let for_asha = exported(cluster, "asha", &[]).await;
    let too_many = filled(cluster, &for_asha, &[("The God", "4"), ("'=", "5.5")]);
    assert_eq!(
        import(cluster, &too_many, "asha", &[]).await,
        5,
        "one line is above the maximum"
    );
    let other = cluster.file("other.csv", "sitting,item,script,marks\n2,2,00000000000000ab,1\n");
    assert_eq!(import(cluster, &other, "asha", &[]).await, 5, "nobody's script");
    assert_eq!(status(cluster).await, [3, 3, 0, 0, 0, 0], "nothing was taken");
}

async fn two_mark(cluster: &Cluster) {
    let for_asha = exported(cluster, "asha", &[]).await;
    let file = filled(
        cluster,
        &for_asha,
        &[("The God", "4"), ("'=", "1"), ("The Kri", "2")],
    );
    assert_eq!(import(cluster, &file, "asha", &[]).await, 0);
    assert_eq!(import(cluster, &file, "asha", &[]).await, 0, "again is harmless");
    let for_bela = exported(cluster, "bela", &[]).await;
    assert!(
        for_bela.iter().all(|row| row["marks"].is_empty()),
        "never the other's marks"
    );
    let file = filled(
        cluster,
        &for_bela,
        &[("The God", "4.0"), ("'=", "1"), ("The Kri", "3.5")],
    );
    assert_eq!(import(cluster, &file, "bela", &[]).await, 0);
    assert_eq!(status(cluster).await, [3, 0, 0, 2, 1, 0]);
    assert_eq!(
        exported(cluster, "chand", &[]).await.len(),
        0,
        "each has two markers"
    );
    assert_eq!(import(cluster, &file, "chand", &[]).await, 5, "a third marker");
}

async fn a_third_person_decides(cluster: &Cluster) {
    let differing = exported(cluster, "mod", &["--moderate"]).await;
    let shown: Vec<[&str; 3]> = differing
        .iter()
        .map(|row| {
            [
                row["response"].as_str(),
                row["first"].as_str(),
                row["second"].as_str(),
            ]
        })
        .collect();
    assert_eq!(shown, [["The Krishna.", "2", "3.5"]]);
    let tolerance = ["marks", "tolerance", "2", "2", "1.5"];
    assert_eq!(cluster.ctl(&tolerance).await, 0);
    assert_eq!(
        status(cluster).await,
        [3, 0, 0, 3, 0, 0],
        "1.5 is within the tolerance now"
    );
    assert_eq!(cluster.ctl(&["marks", "tolerance", "2", "2", "0"]).await, 0);
    let file = filled(cluster, &differing, &[("The Kri", "2.5")]);
    assert_eq!(
        import(cluster, &file, "asha", &["--moderate"]).await,
        5,
        "a marker is no moderator"
    );
    assert_eq!(import(cluster, &file, "mod", &["--moderate"]).await, 0);
    assert_eq!(status(cluster).await, [3, 0, 0, 2, 0, 1]);
    assert_eq!(cluster.ctl(&["marks", "status", "2"]).await, 0);
    assert_eq!(
        cluster
            .ctl(&["marks", "export", "2", "1", "--marker", "asha"])
            .await,
        4,
        "not by hand"
    );
    let audited = cluster.running.centre().read(|state| {
        let marks = state.audit().filter(|entry| entry.what == "assign marks");
        marks.map(|entry| entry.by.clone()).collect::<Vec<_>>()
    });
    assert_eq!(
        audited,
        ["marker asha", "marker asha", "marker bela", "marker mod"]
    );
}

/// A text that arrives after it was marked is another script: the old mark does not count for it.
async fn more_of_an_attempt_makes_a_new_script(cluster: &Cluster, node: &mut Node, link: &link::Connection) {
    let mut late = events(27_004, 2, "The Krishna, and more.");
    let Event::Answered { seq, .. } = &mut late[2].1 else {
        panic!("an answer stands there");
    };
    *seq = ResponseSeq(9);
    let mut stream = open(link, Open::Ship).await;
    let frame = node.frame(late).bytes().clone();
    let answer = ship(&mut stream, node, vec![frame]).await;
    assert!(matches!(answer, Down::Delivered { .. }), "{answer:?}");
    let rows: Vec<MarkingRow> = cluster.get("sittings/2/marks").await;
    assert_eq!((rows[0].new, rows[0].outdated), (1, 1));
    for (marker, marks) in [("asha", "3"), ("bela", "3")] {
        let rows = exported(cluster, marker, &[]).await;
        let file = filled(cluster, &rows, &[("The Krishna, and", marks)]);
        assert_eq!(import(cluster, &file, marker, &[]).await, 0);
    }
    let marked = [
        (27_002, "6", 0),
        (27_003, "0.5", 0),
        (27_004, "5", 0),
        (27_005, "-0.5", 0),
    ];
    assert_eq!(totals(cluster).await, expected(marked));
}

async fn a_corrected_key_leaves_the_old_scores_readable(cluster: &Cluster) {
    let centre = cluster.running.centre();
    let held = centre.read(|state| state.answer_key(paper(), KeyVersion(1)).unwrap().wrapped.clone());
    let cluster_key = ClusterKey::read(&cluster.path("cluster.key")).unwrap();
    let plain = cluster_key.unwrap(Secret::Answers(paper()), &held).unwrap();
    let mut key = AnswerKey::from_bytes(&plain).unwrap();
    key.items.get_mut(&ItemNo(1)).unwrap().key = Key::Choice(OptionId(1));
    let wrapped = cluster_key
        .wrap(Secret::Answers(paper()), &key.to_bytes().unwrap())
        .unwrap();
    let command = Command::CorrectKey {
        paper: paper(),
        wrapped_answer_key: wrapped,
    };
    centre.propose("test", command).await.unwrap();

    let rescored = [
        (27_002, "3.5", 0),
        (27_003, "3", 0),
        (27_004, "2.5", 0),
        (27_005, "-0.5", 0),
    ];
    assert_eq!(totals(cluster).await, expected(rescored));
    let sets: Vec<ScoreSetRow> = cluster.get("sittings/2/versions").await;
    let shown: Vec<(u16, u32, bool)> = sets
        .iter()
        .map(|set| (set.key_version, set.rows, set.stands))
        .collect();
    assert_eq!(shown, [(1, 4, false), (2, 4, true)]);
    let before: Vec<ResultRow> = cluster.get("sittings/2/results?key_version=1").await;
    assert_eq!(before[0].total, "6", "the old set stays readable");
    the_differences_are_listed(cluster).await;
}

async fn the_differences_are_listed(cluster: &Cluster) {
    let answer = cluster
        .http()
        .get(cluster.url("sittings/2/compare?from=1&to=2"))
        .bearer_auth(&cluster.context.token)
        .send()
        .await
        .unwrap();
    let lines = answer.text().await.unwrap();
    let changed: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let differences: Vec<(i64, &str)> = changed
        .iter()
        .map(|row| {
            (
                row["candidate"].as_i64().unwrap(),
                row["difference"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        differences,
        [(27_002, "-2.5"), (27_003, "2.5"), (27_004, "-2.5")],
        "27005 was wrong before and after"
    );
    assert_eq!(
        changed[0]["items"],
        serde_json::json!([{ "item": 1, "from": "2", "to": "-0.5" }])
    );
    assert_eq!(
        cluster
            .ctl(&["result", "compare", "2", "--from", "1", "--to", "2"])
            .await,
        0
    );
    assert_eq!(
        cluster
            .ctl(&["result", "compare", "2", "--from", "1", "--to", "7"])
            .await,
        4
    );
    assert_eq!(cluster.ctl(&["result", "versions", "2"]).await, 0);
}
