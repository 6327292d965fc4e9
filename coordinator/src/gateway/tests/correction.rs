//! A key that is corrected after the exam: results under it are new, and those under the key before stay readable.

use bytes::Bytes;

use super::{
    Down, Open,
    steps::{Linked, exam, open, ship},
};
use crate::{
    harness::Cluster,
    ops::shapes::{PaperRow, ResultRow},
};

async fn scored(cluster: &Cluster) -> (String, String, u16) {
    assert_eq!(cluster.ctl(&["result", "score", "1"]).await, 0);
    let rows: Vec<ResultRow> = cluster.get("sittings/1/results").await;
    let row = &rows[0];
    (row.total.clone(), row.max.clone(), row.key_version)
}

fn is(scored: &(String, String, u16), total: &str, max: &str, version: u16) {
    assert_eq!(*scored, (total.to_owned(), max.to_owned(), version));
}

async fn correct(cluster: &Cluster, csv: &str) -> u8 {
    let file = cluster.file("correction.csv", csv);
    cluster.ctl(&["paper", "key", "correct", "1v1", &file]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_corrected_key_scores_anew_and_a_faulty_correction_changes_nothing() {
    let Linked {
        cluster,
        mut node,
        link,
    } = Linked::start().await;
    let mut stream = open(&link, Open::Ship).await;
    let frames: Vec<Bytes> = vec![node.frame(exam().0).bytes().clone()];
    let answer = ship(&mut stream, &node, frames).await;
    assert!(matches!(answer, Down::Delivered { .. }), "{answer:?}");
    is(&scored(&cluster).await, "4", "5", 1);

    assert_eq!(correct(&cluster, "item,key\n9,A\n").await, 5, "no such item");
    assert_eq!(correct(&cluster, "item,key\n1,B\n").await, 4, "nothing new");
    assert_eq!(
        cluster
            .ctl(&[
                "paper",
                "key",
                "correct",
                "7v1",
                &cluster.file("c.csv", "item,key\n1,A\n")
            ])
            .await,
        4,
        "no such paper"
    );
    is(&scored(&cluster).await, "4", "5", 1);

    // 3.4 is accepted as well; then the rivers are dropped, and the capital is a bonus worth three.
    assert_eq!(correct(&cluster, "item,also\n3,3.4\n").await, 0);
    is(&scored(&cluster).await, "5", "5", 2);
    assert_eq!(
        correct(&cluster, "item,dropped,bonus,marks\n2,yes,,\n1,,yes,3\n").await,
        0
    );
    is(&scored(&cluster).await, "4", "4", 3);

    let papers: Vec<PaperRow> = cluster.get("papers").await;
    assert_eq!(papers[0].key_version, 3);
    for (version, total) in [(1, "4"), (2, "5"), (3, "4")] {
        let path = format!("sittings/1/results?format=json&key_version={version}");
        let rows: Vec<ResultRow> = cluster.get(&path).await;
        assert_eq!((rows[0].key_version, rows[0].total.as_str()), (version, total));
    }
    cluster.stop().await;
}
