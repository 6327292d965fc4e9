//! The reference load: 40,000 candidates. It takes minutes unoptimised; run it by name:
//! `cargo test --profile ci -p coordinator --lib -- --ignored --nocapture forty_thousand`.

use bytes::Bytes;
use protocol::{
    epoch::Epoch,
    ids::{
        AttemptKey, CandidateId, DeviceTag, ItemNo, OptionId, PaperId, PaperRef, PaperVersion, ResponseSeq,
        SittingId,
    },
    record::Event,
    response::Response,
    time::Instant,
};

use super::{
    super::steps::{Linked, open, ship},
    Down, Open,
    sitting::{GIVEN, sat},
};
use crate::{
    harness::{Cluster, Node},
    ops::shapes::tables::EXPORTED,
};

const CANDIDATES: u32 = 40_000;
/// Items of the paper, all answered.
const ITEMS: u16 = 100;
/// Candidates of one frame.
const TOGETHER: u32 = 20;

fn events(candidate: u32) -> Vec<(AttemptKey, Event)> {
    let epoch = Epoch::first(DeviceTag(5));
    let attempt = AttemptKey {
        sitting: SittingId(3),
        candidate: CandidateId(candidate),
    };
    let started = Event::Started {
        epoch,
        paper: PaperRef {
            paper: PaperId(3),
            version: PaperVersion(1),
        },
        deadline: Instant(3_600_000),
    };
    let answered = (1..=ITEMS).map(|item| Event::Answered {
        item: ItemNo(item),
        epoch,
        seq: ResponseSeq(u32::from(item)),
        response: Some(Response::Choice(OptionId(
            (candidate.wrapping_mul(u32::from(item) * 7919) >> 5) as u8 % 4 + 1,
        ))),
        marked: false,
        late: false,
    });
    std::iter::once(started)
        .chain(answered)
        .map(|event| (attempt, event))
        .collect()
}

/// The most memory that this process ever had, in MB.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kilobytes = line.split_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() / 1024
}

/// Sitting 3: registered, planned, and held by the centre.
async fn forty_thousand_sit(cluster: &Cluster, node: &mut Node, link: &link::Connection) {
    let line = |candidate| format!("{candidate},Candidate {candidate},S{candidate},Pune");
    let mut roster = vec!["number,name,roll,district".to_owned()];
    roster.extend((1..=CANDIDATES).map(|place| line(100_000 + place)));
    let roster = cluster.file("many.csv", &roster.join("\n"));
    let codes = cluster.path("many-codes.csv").display().to_string();
    assert_eq!(
        cluster
            .ctl(&["roster", "import", &roster, "--codes", &codes])
            .await,
        0
    );
    let mut paper = "kind,key,stem,a,b,c,d,marks,penalty\n".to_owned();
    for item in 1..=ITEMS {
        let line = format!("choice,B,Question {item}?,w {item},x {item},y {item},z {item},2,0.5\n");
        paper.push_str(&line);
    }
    let file = cluster.file("hundred.csv", &paper);
    assert_eq!(
        cluster.ctl(&["paper", "import", &file, "--title", "Third"]).await,
        0
    );
    let create = [
        "sitting",
        "create",
        "--paper",
        "3v1",
        "--title",
        "Night",
        "--opens",
        "+9h",
        "--closes",
        "+2h",
        "--duration",
        "60m",
        "--districts",
        "pune",
    ];
    assert_eq!(cluster.ctl(&create).await, 0);
    let mut stream = open(link, Open::Ship).await;
    for first in (1..=CANDIDATES).step_by(TOGETHER as usize) {
        let records = (first..first + TOGETHER)
            .flat_map(|place| events(100_000 + place))
            .collect();
        let frames: Vec<Bytes> = vec![node.frame(records).bytes().clone()];
        let answer = ship(&mut stream, node, frames).await;
        assert!(matches!(answer, Down::Delivered { .. }), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "minutes; measures"]
async fn forty_thousand_candidates_are_scored_normalised_analysed_and_exported() {
    let Linked {
        cluster,
        mut node,
        link,
    } = Linked::start().await;
    sat(&cluster, &mut node, &link).await;
    forty_thousand_sit(&cluster, &mut node, &link).await;
    println!("all is held; peak {} MB", peak_mb());
    let (dir, merit, analysis) = (
        cluster.path("out"),
        cluster.path("merit.csv"),
        cluster.path("analysis.json"),
    );
    let [dir, merit, analysis] = [dir, merit, analysis].map(|path| path.display().to_string());
    let parquet = format!("{dir}-parquet");
    let steps: [&[&str]; 6] = [
        &["result", "score", "3"],
        &["result", "export", "3", "--dir", &dir],
        &["result", "export", "3", "--dir", &parquet, "--format", "parquet"],
        &["result", "normalise", "--sittings", "3", "--out", &merit],
        &["result", "analyse", "3", "--out", &analysis],
        &["result", "score", "2"],
    ];
    for step in steps {
        let began = tokio::time::Instant::now();
        assert_eq!(cluster.ctl(step).await, 0, "{step:?}");
        println!(
            "{}: {:.1} s; peak {} MB",
            step[1],
            began.elapsed().as_secs_f64(),
            peak_mb()
        );
    }
    let lines = |name: &str| {
        std::fs::read_to_string(format!("{dir}/{name}.csv"))
            .unwrap()
            .lines()
            .count()
            - 1
    };
    let counts: Vec<usize> = EXPORTED.iter().map(|table| lines(table.name)).collect();
    let all = CANDIDATES as usize;
    assert_eq!(
        counts,
        [all, all * usize::from(ITEMS), all * (usize::from(ITEMS) + 1), 0]
    );
    assert_eq!(std::fs::read_to_string(merit).unwrap().lines().count() - 1, all);
    let scored: Vec<crate::ops::shapes::ResultRow> = cluster.get("sittings/2/results").await;
    assert_eq!(scored.len(), GIVEN.len());
    cluster.stop().await;
}
