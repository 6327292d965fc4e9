//! The merge and the scoring by themselves: the centre's own pure state takes frames, the content crate's scoring takes
//! merged attempts; one thread, no disk, no network.

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use protocol::{
    hash::Hash,
    ids::{
        CandidateId, DistrictId, Incarnation, ItemNo, LogId, NodeId, PaperId, PaperRef, PaperVersion,
        SittingId,
    },
    limits::ENTRY_BYTES_MAX,
    merge::{LatePolicy, MergedAttempt},
    outline::ResponseKind,
    time::Instant,
    watermark::Watermark,
    wire::join::Newcomer,
};
use serde_json::{Value, json};
use state::{Command, NewNewcomer, Outcome, Stamped, State};
use tests::exam::Exam;

use super::backlog::Crowd;

/// Candidates, and answers of each.
const CANDIDATES: u32 = 4_000;
const ANSWERS: u64 = 400_000;

/// Turns; the median counts.
const TURNS: usize = 5;

const SITTING: SittingId = SittingId(1);
const NODE: NodeId = NodeId(1);

pub(crate) fn run(seed: u64, items: usize) -> Result<Value> {
    let exam = Exam::of_real_items(items)?;
    println!("\nin this process alone, by a second of one processor, median of {TURNS}");
    let mut rates = serde_json::Map::new();
    let mut attempts = Vec::new();
    for records_per_frame in [1, 2, 100] {
        let entries = entries(&exam, seed, records_per_frame)?;
        let mut found = Vec::new();
        for _ in 0..TURNS {
            let (rate, state) = merge(&entries)?;
            found.push(rate);
            attempts = state.attempts(SITTING).map(|one| one.attempt).collect();
        }
        let rate = median(&mut found);
        println!("merge, {records_per_frame:>3} answers a frame: {rate:>9.0} answers");
        rates.insert(format!("merged_{records_per_frame}"), rate.into());
    }
    let paper = content::import::csv::paper(exam.csv.as_bytes(), "Bench")
        .ok()
        .context("the paper imports")?;
    let mut found: Vec<f64> = (0..TURNS)
        .map(|_| score(&paper.key, &attempts))
        .collect::<Result<_>>()?;
    let rate = median(&mut found);
    println!("scoring, {items} items: {rate:>9.0} exams");
    rates.insert("scored".into(), rate.into());
    Ok(json!(rates))
}

/// Raft's entries of a backlog.
fn entries(exam: &Exam, seed: u64, records_per_frame: usize) -> Result<Vec<Stamped>> {
    let kinds: Vec<(ItemNo, ResponseKind)> = exam
        .items
        .iter()
        .map(|(no, known)| (*no, known.kind.clone()))
        .collect();
    let paper = PaperRef {
        paper: PaperId(1),
        version: PaperVersion(1),
    };
    let candidates = (1..=CANDIDATES).map(CandidateId);
    let mut crowd = Crowd::new(
        candidates,
        SITTING,
        paper,
        kinds,
        (seed, Instant(1_700_000_000_000)),
    );
    let log = LogId {
        node: NODE,
        incarnation: Incarnation(7),
    };
    let (mut entries, mut frames, mut bytes): (_, Vec<Bytes>, _) = (Vec::new(), Vec::new(), 0);
    crowd.frames(log, Watermark::default(), ANSWERS, records_per_frame, |frame| {
        if bytes + frame.bytes().len() > ENTRY_BYTES_MAX {
            let frames = std::mem::take(&mut frames);
            entries.push(stamped(Command::Frames { frames }));
            bytes = 0;
        }
        bytes += frame.bytes().len();
        frames.push(frame.bytes().clone());
        Ok(())
    })?;
    entries.push(stamped(Command::Frames { frames }));
    Ok(entries)
}

fn stamped(command: Command) -> Stamped {
    Stamped {
        at: Instant(1),
        by: "bench".into(),
        command,
    }
}

/// A centre that knows one node.
fn centre() -> Result<State> {
    let mut state = State::new();
    let secret_hash = Hash::blake3(b"secret");
    let commands = [
        Command::InitCluster {
            name: "bench".into(),
            ca_certificate: "certificate".into(),
            wrapped_ca_key: vec![1],
            token_key: Hash::blake3(b"token"),
            code_key: Hash::blake3(b"code"),
            ops_token_hash: Hash::blake3(b"ops"),
        },
        Command::AddDistrict { name: "Pune".into() },
        Command::MakeJoin {
            newcomer: NewNewcomer::NewNode {
                name: "pune-1".into(),
                district: DistrictId(1),
            },
            secret_hash,
            expires: Instant(i64::MAX),
        },
        Command::UseJoin {
            newcomer: Newcomer::Node(NODE),
            secret_hash,
            link_address: "127.0.0.1:1".into(),
            public_url: "https://localhost".into(),
            signing_key: [1; 32],
            at: Instant(1),
        },
    ];
    for command in commands {
        let outcome = state.apply(&stamped(command)).outcome;
        ensure!(outcome.is_ok(), "the centre is not made: {outcome:?}");
    }
    Ok(state)
}

fn merge(entries: &[Stamped]) -> Result<(f64, State)> {
    let mut state = centre()?;
    let begun = processor_seconds()?;
    for entry in entries {
        match state.apply(entry).outcome {
            Ok(Outcome::Delivered { logs, .. }) if logs.iter().all(|log| log.result.is_ok()) => {}
            other => bail!("frames were not taken: {other:?}"),
        }
    }
    Ok((ANSWERS as f64 / (processor_seconds()? - begun), state))
}

fn score(key: &content::AnswerKey, attempts: &[MergedAttempt]) -> Result<f64> {
    let begun = processor_seconds()?;
    for attempt in attempts {
        let score = content::score(key, attempt, LatePolicy::InTimeOnly);
        std::hint::black_box((score.counts(), score.total_text(), score.encode_items().ok()));
    }
    Ok(attempts.len() as f64 / (processor_seconds()? - begun))
}

/// How long this thread has had a processor: what others do on the machine does not count.
fn processor_seconds() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: u64 = text
        .split(' ')
        .next()
        .context("schedstat begins with a number")?
        .parse()?;
    Ok(nanoseconds as f64 / 1e9)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
