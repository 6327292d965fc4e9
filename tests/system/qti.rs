//! A QTI package as an exam: imported, sealed, released, sat by fifty candidates through the nodes' API, scored. What each
//! should get is worked out here apart from the product, from the words that the candidate saw and a rule written by hand.

mod package;
mod seen;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use local::teacher::{Given, any_response, submission_id};
use protocol::{
    ids::{ItemNo, SittingId},
    outline::ResponseKind,
    paper::Paper,
    response::Response,
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use rust_decimal::Decimal;
use serde_json::Value;
use tests::{
    cluster::Cluster,
    crowd::{self, SignIn, TRIES},
    oracle,
};

use package::QUESTIONS;

const PER_DISTRICT: usize = 10;

/// One in so many items is left without a response.
const LEFT_OUT: u32 = 12;

#[tokio::test(flavor = "multi_thread")]
async fn a_qti_package_is_sat_by_fifty_candidates_and_scored_as_its_rules_say() -> anyhow::Result<()> {
    let cluster = Cluster::start().await?;
    let sign_ins = crowd::enrol(&cluster, PER_DISTRICT).await?;
    let file = cluster.path("package.zip");
    std::fs::write(&file, package::zip()?)?;
    let imported = cluster
        .ctl(&["paper", "import", &file.to_string_lossy(), "--title", "Geography"])
        .await?;
    ensure!(imported["items"] == QUESTIONS.len(), "{imported}");
    let paper = imported["paper"].as_str().context("a paper")?.to_owned();
    let sitting = crowd::open_paper(&cluster, &paper, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;

    let sat = sign_ins.iter().map(|sign_in| sit(&cluster, sign_in, sitting));
    let expected: BTreeMap<u64, Decimal> = futures::future::try_join_all(sat).await?.into_iter().collect();
    ensure!(expected.len() == 5 * PER_DISTRICT, "{} sat", expected.len());
    let different: BTreeSet<Decimal> = expected.values().copied().collect();
    ensure!(different.len() > 10, "only {} different totals", different.len());

    oracle::all_is_delivered(&cluster).await?;
    let number = sitting.to_string();
    let scored = cluster.ctl(&["result", "score", &number]).await?;
    ensure!(scored["scored"] == expected.len(), "{scored}");
    let results = cluster.ctl(&["result", "export", &number]).await?;
    let results = results.as_array().context("results are a list")?;
    ensure!(results.len() == expected.len(), "{} results", results.len());
    let max: Decimal = QUESTIONS.iter().map(package::Question::max).sum();
    for row in results {
        let candidate = row["candidate"].as_u64().context("a number")?;
        let total: Decimal = row["total"].as_str().context("a total")?.parse()?;
        ensure!(
            total == expected[&candidate],
            "candidate {candidate}: {total}, not {}",
            expected[&candidate]
        );
        ensure!(
            row["max"].as_str().context("a maximum")?.parse() == Ok(max),
            "{row}, not {max}"
        );
        ensure!(row["review"] == 0, "{row}");
    }
    println!(
        "{} candidates, {} items, {} different totals of {max}",
        expected.len(),
        QUESTIONS.len(),
        different.len()
    );
    Ok(())
}

/// One candidate reads the paper, answers, hands in; gives what the rules say they get.
async fn sit(cluster: &Cluster, sign_in: &SignIn, sitting: SittingId) -> anyhow::Result<(u64, Decimal)> {
    let mut random = StdRng::seed_from_u64(sign_in.candidate.0.into());
    let mut client = crowd::client(crowd::addresses(cluster, sign_in), sign_in)?;
    client.sign_in_surely(TRIES).await?;
    let started = client.start_surely(sitting, TRIES).await?;
    let sealed = client
        .paper("1/1")
        .await
        .map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let key: [u8; 32] = BASE64_STANDARD
        .decode(&started.key)?
        .try_into()
        .map_err(|_| anyhow::anyhow!("a key has 32 bytes"))?;
    let paper = content::seal::open(&sealed, &key)?;
    let given = answers(&paper, &mut random)?;
    for (seq, (item, response)) in (started.next_seq..).zip(&given) {
        let one = Given {
            item: *item,
            seq,
            response: response.clone(),
            marked: false,
        };
        let saved = client.save_surely(&[one], TRIES).await?;
        ensure!(saved.refused.is_empty(), "refused: {:?}", saved.refused);
    }
    client.submit_surely(&submission_id(&mut random), TRIES).await?;
    Ok((sign_in.candidate.0.into(), worth(&paper, &given)?))
}

/// A response for most items: now one that a person might give, now any that the item takes.
fn answers(paper: &Paper, random: &mut StdRng) -> anyhow::Result<BTreeMap<ItemNo, Option<Response>>> {
    let mut given = BTreeMap::new();
    for (item, question) in paper.items.iter().zip(QUESTIONS) {
        let likely: Vec<Value> = serde_json::from_str(question.likely)?;
        let kind = item.kind.outline();
        // Any pairs may be more than a page lets a candidate make; those wait for a person.
        let is_likely = random.random_ratio(2, 3) || matches!(kind, ResponseKind::Pairs { .. });
        let response = match (random.random_ratio(1, LEFT_OUT), is_likely) {
            (true, _) => None,
            (false, true) => {
                let likely = likely.choose(random).context("likely responses")?;
                Some(serde_json::from_value(likely.clone())?)
            }
            (false, false) => Some(any_response(&kind, random)),
        };
        given.insert(item.no, response);
    }
    Ok(given)
}

fn worth(paper: &Paper, given: &BTreeMap<ItemNo, Option<Response>>) -> anyhow::Result<Decimal> {
    let mut total = Decimal::ZERO;
    for (item, question) in paper.items.iter().zip(QUESTIONS) {
        let stem = item.stem.values().next().context("a stem")?;
        ensure!(
            stem.contains(question.about),
            "{stem} is not about {}",
            question.about
        );
        if let Some(response) = &given[&item.no] {
            total += (question.marks)(&seen::by(item, response)?);
        }
    }
    Ok(total)
}
