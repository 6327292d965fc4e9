//! Power cuts: kill -9 at a random moment under load, and what was not synced is gone or torn. And the proof that this
//! campaign can fail: the same with the fdatasync taken out must report losses.

use std::time::Duration;

use local::relay::Line;
use rand::Rng;
use tests::disk::{Keep, Taken};

use super::district::{DISTRICT, District, NODE};

const CUTS_IN_CI: usize = 40;

/// With nothing synced the first cut shows it; a few are allowed for.
const CUTS_UNTIL_A_LOSS: usize = 8;

/// Commits do not wait for the disk; the second says that this is a harness.
const WITHOUT_SYNC: [(&str, &str); 2] = [
    ("PARIKSHA_TEST_WITHOUT_SYNC", "1"),
    ("PARIKSHA_TEST_HARNESS", "answers-may-be-lost"),
];

#[tokio::test(flavor = "multi_thread")]
async fn power_cut() -> anyhow::Result<()> {
    let (cuts, seed) = (super::runs(CUTS_IN_CI), super::seed("power_cut"));
    let mut district = District::start(seed, &[]).await?;
    let mut taken = Taken::default();
    for cut in 0..cuts {
        if cut == cuts * 3 / 4 {
            // From here on frames leave while they are made: none may leave that a cut takes back.
            district.cluster.wan(DISTRICT, Line::Whole).await?;
        }
        add(&mut taken, cut_under_load(&mut district).await?);
        if cut % 5 == 4 {
            add(&mut taken, cut_while_starting(&mut district).await?);
        }
        district.start_again().await?;
        district.nothing_is_missing().await?;
    }
    district
        .judge("power_cut", &format!("runs {cuts}, {taken:?}"))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn power_cut_sees_a_missing_fdatasync() -> anyhow::Result<()> {
    let seed = super::seed("power_cut_sees_a_missing_fdatasync");
    let mut district = District::start(seed, &WITHOUT_SYNC).await?;
    for cut in 1..=CUTS_UNTIL_A_LOSS {
        cut_under_load(&mut district).await?;
        district.start_again().await?;
        let missing = district.missing().await?;
        if !missing.is_empty() {
            println!(
                "power_cut_sees_a_missing_fdatasync: runs {cut}, acknowledged {}, lost {} (as it must be)",
                district.tally.acknowledged(),
                missing.len()
            );
            return Ok(());
        }
    }
    anyhow::bail!(
        "{CUTS_UNTIL_A_LOSS} power cuts without any fdatasync lost nothing: this campaign sees nothing"
    )
}

async fn cut_under_load(district: &mut District) -> anyhow::Result<Taken> {
    district
        .under_load(async |district| {
            district.acknowledges(1, Duration::from_secs(30)).await?;
            let moment = district.random.random_range(0..600);
            tokio::time::sleep(Duration::from_millis(moment)).await;
            cut(district).await
        })
        .await
}

/// The power goes again before the node is up: while it opens, verifies and marks what it found.
async fn cut_while_starting(district: &mut District) -> anyhow::Result<Taken> {
    district.cluster.start_again(NODE).await?;
    let moment = district.random.random_range(0..400);
    tokio::time::sleep(Duration::from_millis(moment)).await;
    cut(district).await
}

async fn cut(district: &mut District) -> anyhow::Result<Taken> {
    district.cluster.kill(NODE).await?;
    let keep = if district.random.random_bool(0.3) {
        Keep::Nothing
    } else {
        Keep::Sectors(district.random.random_range(5..=95))
    };
    let District { disk, random, .. } = district;
    Ok(disk.cut_power(keep, random))
}

fn add(sum: &mut Taken, one: Taken) {
    sum.writes_dropped += one.writes_dropped;
    sum.writes_torn += one.writes_torn;
    sum.writes_kept += one.writes_kept;
    sum.names_undone += one.names_undone;
}
