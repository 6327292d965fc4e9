//! What is published: the merit list, the analysis, the folders of tables.

use std::collections::BTreeMap;

use bytes::Bytes;
use parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::Field,
};
use protocol::hash::Hash;
use sha2::{Digest as _, Sha256};

use crate::{harness::Cluster, ops::shapes::AnalysisRow};

/// Counts again, from the file alone and in the most naive way.
pub(super) async fn the_merit_list_can_be_recomputed_from_its_file(cluster: &Cluster) {
    assert_eq!(
        cluster.ctl(&["result", "normalise", "--sittings", "1,2"]).await,
        4,
        "1 is not scored"
    );
    assert_eq!(cluster.ctl(&["result", "score", "1"]).await, 0);
    let out = cluster.path("merit.csv").display().to_string();
    let line = ["result", "normalise", "--sittings", "1,2", "--out", &out];
    assert_eq!(cluster.ctl(&line).await, 0);
    let mut csv = csv::Reader::from_path(&out).unwrap();
    let rows: Vec<BTreeMap<String, String>> = csv.deserialize().map(Result::unwrap).collect();
    let shown: Vec<[&str; 3]> = rows
        .iter()
        .map(|row| {
            [
                row["rank"].as_str(),
                row["candidate"].as_str(),
                row["percentile"].as_str(),
            ]
        })
        .collect();
    let list = [
        ["1", "27002", "100.0000000"],
        ["1", "27001", "100.0000000"],
        ["3", "27003", "75.0000000"],
        ["4", "27004", "50.0000000"],
        ["5", "27005", "25.0000000"],
    ];
    let ranks: BTreeMap<&str, [&str; 3]> = shown.iter().map(|row| (row[1], *row)).collect();
    assert_eq!(ranks, list.iter().map(|row| (row[1], *row)).collect());
    for row in &rows {
        let total = |row: &BTreeMap<String, String>| row["total"].parse::<f64>().unwrap();
        let slot: Vec<_> = rows
            .iter()
            .filter(|other| other["sitting"] == row["sitting"])
            .collect();
        let at_most = slot.iter().filter(|other| total(other) <= total(row)).count();
        let percentile = format!("{:.7}", 100.0 * at_most as f64 / slot.len() as f64);
        assert_eq!(row["percentile"], percentile, "{row:?}");
        assert_eq!(
            (row["at_most"].clone(), row["slot_candidates"].clone()),
            (at_most.to_string(), slot.len().to_string())
        );
    }
}

pub(super) async fn the_analysis_says_how_the_items_did(cluster: &Cluster) {
    let report: AnalysisRow = cluster.get("sittings/2/analysis").await;
    assert_eq!((report.candidates, report.key_version), (4, 2));
    // -0.5, 2, -0.5, -0.5 of 2; 4, 1, 3, 0 of 5.
    let facilities: Vec<&str> = report
        .items
        .iter()
        .map(|item| item.facility.as_deref().unwrap())
        .collect();
    assert_eq!(facilities, ["0.0625", "0.4000"]);
    let given: Vec<(&str, u32, &str)> = report.items[0]
        .given
        .iter()
        .map(|row| (row.given.as_str(), row.candidates, row.mean_total.as_str()))
        .collect();
    assert_eq!(
        given,
        [("2", 2, "3.0000"), ("1", 1, "3.0000"), ("3", 1, "-0.5000")]
    );
    let left_out = report.items[1].omitted + report.items[1].not_reached.unwrap();
    assert_eq!(left_out, 1);
    assert_eq!(report.districts[&1], "Pune");
    let before: AnalysisRow = cluster.get("sittings/2/analysis?key_version=1").await;
    assert_eq!(before.items[0].facility.as_deref(), Some("0.3750"));
    assert_eq!(cluster.ctl(&["result", "analyse", "2"]).await, 0);
    let out = cluster.path("analysis.json").display().to_string();
    assert_eq!(cluster.ctl(&["result", "analyse", "2", "--out", &out]).await, 0);
    let written: AnalysisRow = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    assert_eq!(written, report);
}

pub(super) async fn folders_hold_what_their_manifests_say(cluster: &Cluster) {
    let mut tables: Vec<BTreeMap<String, Vec<Vec<String>>>> = Vec::new();
    for format in ["csv", "parquet"] {
        let folder = cluster.path(&format!("export-{format}"));
        let shown = folder.display().to_string();
        let line = ["result", "export", "2", "--dir", &shown, "--format", format];
        assert_eq!(cluster.ctl(&line).await, 0, "{format}");
        assert_eq!(cluster.ctl(&line).await, 2, "nothing is overwritten");
        let manifest: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
        assert_eq!(
            (manifest["key_version"].as_u64(), manifest["format"].as_str()),
            (Some(2), Some(format))
        );
        let mut read = BTreeMap::new();
        for file in manifest["files"].as_array().unwrap() {
            let name = file["name"].as_str().unwrap();
            let path = folder.join(name);
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(file["sha256"], hex::encode(Sha256::digest(&bytes)));
            assert_eq!(file["blake3"], Hash::blake3(&bytes).to_string());
            let mode =
                std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600, "{name}");
            let rows = if format == "csv" {
                csv_rows(&bytes)
            } else {
                parquet_rows(bytes)
            };
            assert_eq!(file["rows"].as_u64(), Some(rows.len() as u64), "{name}");
            read.insert(name.split('.').next().unwrap().to_owned(), rows);
        }
        tables.push(read);
    }
    assert_eq!(tables[0], tables[1], "both forms say the same");
    let counts: Vec<(&str, usize)> = tables[0]
        .iter()
        .map(|(name, rows)| (name.as_str(), rows.len()))
        .collect();
    // 4 candidates, 2 items; 4 starts with a choice, 3 texts, and one later piece of three records; marks: 3 + 3 + 1 + 2.
    assert_eq!(
        counts,
        [("events", 14), ("marks", 9), ("responses", 8), ("results", 4)]
    );
    let text = &tables[0]["responses"][3];
    assert_eq!(
        text[..5],
        [
            "27003",
            "2",
            "partial",
            "1",
            "{\"text\":\"=HYPERLINK(\\\"http://elsewhere\\\")\"}"
        ]
    );
    assert!(
        tables[0]["marks"].iter().any(|mark| mark[1] == text[7]),
        "marks and responses meet in the script"
    );
    let refused = cluster.path("export-old").display().to_string();
    let line = ["result", "export", "2", "--dir", &refused, "--key-version", "9"];
    assert_ne!(cluster.ctl(&line).await, 0);
}

fn csv_rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut csv = csv::Reader::from_reader(bytes);
    csv.records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

fn parquet_rows(bytes: Vec<u8>) -> Vec<Vec<String>> {
    let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
    let cell = |field: &Field| match field {
        Field::Null => String::new(),
        Field::Long(number) => number.to_string(),
        Field::Str(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    rows.map(|row| row.get_column_iter().map(|(_, field)| cell(field)).collect())
        .collect()
}
