//! Sets the stage: roster, paper, sittings and the key at every node, by the same commands that people use. Says how long
//! each stage took.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use anyhow::{Context, ensure};
use local::{plan::DISTRICTS, sample::candidate_number};
use protocol::ids::SittingId;
use serde::Serialize;
use tests::{
    cluster::{Cluster, eventually},
    crowd::{self, SignIn},
    exam::Exam,
};
use tokio::time::Instant;

use crate::scenario::Scenario;

/// How long the feed may take to bring 40,000 candidates to every node.
const FEED_WITHIN: Duration = Duration::from_secs(180);

/// Longer than any scenario: nobody's exam ends by the clock.
const ATTEMPT: &str = "3h";

/// How long a step took.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Stage {
    /// What.
    pub what: String,
    /// Seconds.
    pub seconds: f64,
}

/// The stages so far.
#[derive(Debug, Default, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Stages(pub Vec<Stage>);

/// A candidate with their slot.
#[derive(Debug, Clone)]
pub(crate) struct Enrolled {
    /// How they sign in.
    pub sign_in: SignIn,
    /// Place in the scenario's slots.
    pub slot: u8,
}

impl Stages {
    /// Notes a step that began then, and says it.
    pub(crate) fn done(&mut self, what: &str, begun: Instant) {
        let seconds = begun.elapsed().as_secs_f64();
        eprintln!("{what}: {seconds:.1} s");
        self.0.push(Stage {
            what: what.to_owned(),
            seconds,
        });
    }
}

/// The roster as CSV, batches by slot, and every candidate's slot.
fn roster(scenario: &Scenario) -> (String, BTreeMap<u32, u8>) {
    let mut csv = String::from("number,name,roll,district,batch,extra_minutes_per_hour\n");
    let mut slots = BTreeMap::new();
    for (place, (district, _)) in DISTRICTS.iter().enumerate() {
        let Some(count) = scenario.districts.get(*district) else {
            continue;
        };
        let counts = scenario.by_slot(*count);
        let of_each = (0_u8..)
            .zip(counts)
            .flat_map(|(slot, count)| (0..count).map(move |_| slot));
        for (index, slot) in (1..).zip(of_each) {
            let number = candidate_number(place, index) as u32;
            let batch = &scenario.slots[usize::from(slot)].name;
            // Writing to a string cannot fail.
            let _ = writeln!(csv, "{number},Teacher {number},{number},{district},{batch},0");
            slots.insert(number, slot);
        }
    }
    (csv, slots)
}

/// Imports the roster and gives everybody's way to sign in.
pub(crate) async fn enrol(
    cluster: &Cluster,
    scenario: &Scenario,
    stages: &mut Stages,
) -> anyhow::Result<Vec<Enrolled>> {
    let (csv, slots) = roster(scenario);
    let file = cluster.file("swarm-roster.csv", csv)?;
    let codes = cluster.path("swarm-codes.csv");
    ensure!(
        !codes.exists(),
        "{} is there: this system has had a swarm; start with an empty one",
        codes.display()
    );
    let begun = Instant::now();
    cluster
        .ctl(&["roster", "import", &file, "--codes", &codes.to_string_lossy()])
        .await?;
    stages.done(&format!("roster of {} imported", slots.len()), begun);
    let mut reader = csv::Reader::from_path(&codes)?;
    let headers = reader.headers()?.clone();
    let column = |name: &str| {
        let place = headers.iter().position(|header| header == name);
        place.with_context(|| format!("the codes have no column {name}"))
    };
    let (number, code, district) = (column("number")?, column("access_code")?, column("district")?);
    let enrolled = reader.records().map(|row| {
        let row = row?;
        let candidate: u32 = row[number].parse()?;
        Ok(Enrolled {
            sign_in: SignIn {
                candidate: protocol::ids::CandidateId(candidate),
                code: row[code].into(),
                district: row[district].into(),
            },
            slot: *slots.get(&candidate).context("a code of a stranger")?,
        })
    });
    enrolled.collect()
}

/// Imports the paper and plans a sitting for each slot of a run that begins then.
pub(crate) async fn plan_sittings(
    cluster: &Cluster,
    scenario: &Scenario,
    exam: &Exam,
    begins: Instant,
    stages: &mut Stages,
) -> anyhow::Result<Vec<SittingId>> {
    let begun = Instant::now();
    let file = cluster.file("swarm-paper.csv", &exam.csv)?;
    let imported = cluster
        .ctl(&["paper", "import", &file, "--title", "Swarm"])
        .await?;
    let paper = imported["paper"]
        .as_str()
        .context("paper import names the paper")?
        .to_owned();
    let mut sittings = Vec::new();
    let districts = scenario.districts.keys().cloned().collect::<Vec<_>>().join(",");
    for slot in &scenario.slots {
        let opens = begins + Duration::from_secs_f64(scenario.compressed(slot.opens_seconds));
        let opens = format!("+{}s", opens.saturating_duration_since(Instant::now()).as_secs());
        let made = cluster
            .ctl(&[
                "sitting",
                "create",
                "--paper",
                &paper,
                "--title",
                &slot.name,
                "--opens",
                &opens,
                "--closes",
                "+2h",
                "--duration",
                ATTEMPT,
                "--districts",
                &districts,
                "--batch",
                &slot.name,
            ])
            .await?;
        let id = made["id"].as_u64().or_else(|| made["sitting"].as_u64());
        sittings.push(SittingId(u32::try_from(
            id.context("sitting create names the sitting")?,
        )?));
    }
    cluster.ctl(&["paper", "release", &paper]).await?;
    stages.done("paper sealed, sittings planned, key released", begun);
    Ok(sittings)
}

/// Waits until every node of every district that sits knows the last candidate of each slot and, where sittings are
/// named, has their sealed paper and its key.
pub(crate) async fn wait_for_feed(
    cluster: &Cluster,
    enrolled: &[Enrolled],
    sittings: &[SittingId],
    what: &str,
    stages: &mut Stages,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut last: BTreeMap<(&str, u8), &SignIn> = BTreeMap::new();
    for one in enrolled {
        last.insert((&one.sign_in.district, one.slot), &one.sign_in);
    }
    for node in cluster.plan.nodes() {
        let of_district = last
            .iter()
            .filter(|((district, _), _)| *district == node.district);
        for ((_, slot), one) in of_district {
            let sitting = sittings.get(usize::from(*slot));
            let waited_for = format!("{what} at {} (candidate {})", node.name, one.candidate);
            let url = format!("http://localhost:{}", node.plain.port());
            eventually(&waited_for, FEED_WITHIN, || async {
                let mut client = crowd::client(vec![url.clone()], one).map_err(|error| error.to_string())?;
                let views = client.sign_in().await.map_err(|error| error.to_string())?;
                let is_there = |sitting| views.iter().any(|view| view.id == sitting && view.released);
                let is_ready = sitting.is_none_or(|sitting| is_there(*sitting));
                is_ready.then_some(()).ok_or_else(|| format!("{views:?}"))
            })
            .await?;
        }
    }
    stages.done(what, begun);
    Ok(())
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn the_roster_has_everybody_in_their_slot() {
        let scenario = Scenario::read("reference").unwrap().scaled_to(1000).unwrap();
        let (csv, slots) = roster(&scenario);
        assert_eq!((csv.lines().count(), slots.len()), (1001, 1000));
        assert_eq!(csv.matches(",evening,").count(), 100);
        assert_eq!(slots.values().filter(|slot| **slot == 0).count(), 600);
    }
}
