//! A sitting of many pieces is scored whole: pieces overtake each other on their way through Raft.

use std::collections::BTreeSet;

use bytes::Bytes;
use protocol::ids::CandidateId;

use super::{
    Down, Open, Reconciliation,
    steps::{Linked, exam, open, ship},
};
use crate::{ops::shapes::ResultRow, query::CANDIDATES_AT_ONCE};

/// More than are scored ahead and under way at once, and the last piece is not full.
const CANDIDATES: u32 = CANDIDATES_AT_ONCE as u32 * 6 + 7;

/// Candidates of one shipped message.
const TOGETHER: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sitting_of_many_pieces_is_scored_whole_and_again() {
    let Linked {
        cluster,
        mut node,
        link,
    } = Linked::start().await;
    let line = |candidate| format!("{candidate},Candidate {candidate},S{candidate},Pune");
    let mut roster = vec!["number,name,roll,district".to_owned()];
    roster.extend((1..=CANDIDATES).map(line));
    let roster = cluster.file("many.csv", &roster.join("\n"));
    let codes = cluster.path("many-codes.csv").display().to_string();
    let import = ["roster", "import", &roster, "--codes", &codes];
    assert_eq!(cluster.ctl(&import).await, 0);
    let mut stream = open(&link, Open::Ship).await;
    let (events, digest) = exam();
    let candidates: Vec<u32> = (1..=CANDIDATES).collect();
    for some in candidates.chunks(TOGETHER) {
        let frames: Vec<Bytes> = some
            .iter()
            .map(|candidate| {
                let mut events = events.clone();
                for (attempt, _) in &mut events {
                    attempt.candidate = CandidateId(*candidate);
                }
                node.frame(events).bytes().clone()
            })
            .collect();
        let answer = ship(&mut stream, &node, frames).await;
        assert!(matches!(answer, Down::Delivered { .. }), "{answer:?}");
    }
    let mut before: Option<String> = None;
    for turn in ["at first", "again"] {
        assert_eq!(cluster.ctl(&["result", "score", "1"]).await, 0, "{turn}");
        let rows: Vec<ResultRow> = cluster.get("sittings/1/results").await;
        let scored: BTreeSet<CandidateId> = rows.iter().map(|row| row.candidate).collect();
        assert_eq!(
            (rows.len(), scored.len()),
            (CANDIDATES as usize, CANDIDATES as usize)
        );
        for row in &rows {
            assert_eq!(
                (row.total.as_str(), &row.digest),
                ("4", &digest.to_string()),
                "{row:?}"
            );
        }
        let text = serde_json::to_string(&rows).unwrap();
        assert!(
            before.is_none_or(|before| before == text),
            "the same attempts and key, other scores"
        );
        before = Some(text);
    }
    let report: Reconciliation = cluster.get("sittings/1/reconciliation").await;
    assert!(report.balances, "{:?}", report.districts[0]);
    assert_eq!(report.districts[0].scored, u64::from(CANDIDATES));
    cluster.stop().await;
}
