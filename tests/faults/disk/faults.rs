//! A disk that is full, whose fsync fails, that is slow, that cannot be read: nothing acknowledged is lost, and the node
//! says what is wrong by what it does.

use std::{sync::atomic::Ordering, time::Duration};

use local::relay::Line;
use tests::disk::Keep;

use super::district::{DISTRICT, District, NODE};

/// Less than the reserve below which a node refuses new answers.
const NEARLY_FULL_BYTES: u64 = 32 << 20;
const ROOM_BYTES: u64 = 4 << 30;

/// Refusals that show that the full disk was met by many saves.
const REFUSALS: u64 = 50;

const SOON: Duration = Duration::from_secs(15);

/// One sync of a slow disk.
const SLOW_SYNC: Duration = Duration::from_secs(1);

/// The node is killed and everything that it had not synced goes; what it acknowledged must be there afterwards.
async fn outlives_a_power_cut(district: &mut District) -> anyhow::Result<()> {
    // It may have ended by itself before.
    let _ = district.cluster.kill(NODE).await;
    let District { disk, random, .. } = &mut *district;
    disk.cut_power(Keep::Nothing, random);
    district.start_again().await?;
    district.nothing_is_missing().await
}

#[tokio::test(flavor = "multi_thread")]
async fn full_disk() -> anyhow::Result<()> {
    let mut district = District::start(super::seed("full_disk"), &[]).await?;
    district
        .under_load(async |district| {
            district.acknowledges(100, SOON).await?;
            district.disk.leave_free(NEARLY_FULL_BYTES);
            district.refuses_as_full(1, SOON).await
        })
        .await?;
    district.nothing_is_missing().await?;
    district.disk.leave_free(ROOM_BYTES);
    district
        .under_load(async |district| district.acknowledges(100, SOON).await)
        .await?;
    // Now all at once, faster than anybody measures it: the next write finds no space.
    district
        .under_load(async |district| {
            district.disk.leave_free(0);
            district.refuses_as_full(REFUSALS, SOON).await?;
            // Once more: now the ballast is used up.
            district.disk.leave_free(0);
            district.refuses_as_full(REFUSALS, SOON).await?;
            district.disk.leave_free(ROOM_BYTES);
            Ok(())
        })
        .await?;
    outlives_a_power_cut(&mut district).await?;
    let refused = district.tally.full.load(Ordering::Relaxed);
    district
        .judge("full_disk", &format!("runs 2, refused with 507 {refused}"))
        .await
}

/// A disk that is full without a warning: it says that there is room, but the write of an accepted answer finds none. The
/// node must end rather than acknowledge, must not take its log for damaged while it cannot write, and serves again when
/// there is room.
#[tokio::test(flavor = "multi_thread")]
async fn full_disk_without_warning() -> anyhow::Result<()> {
    let mut district = District::start(super::seed("full_disk_without_warning"), &[]).await?;
    let files = ["db", "head"];
    for file in files {
        let before = district.disk.counts().writes_refused;
        district
            .under_load(async |district| {
                district.acknowledges(100, SOON).await?;
                district.disk.refuse_writes(Some(file));
                district.ends_by_itself(SOON).await
            })
            .await?;
        district.cluster.start_again(NODE).await?;
        district.is_up_or_ends().await?;
        let refused = district.disk.counts().writes_refused - before;
        anyhow::ensure!(refused > 0, "no write of {file} was refused: nothing was tried");
        district.disk.refuse_writes(None);
        outlives_a_power_cut(&mut district).await?;
        let aside = district.quarantines()?;
        anyhow::ensure!(aside.is_empty(), "a good log was put aside: {aside:?}");
        district
            .under_load(async |district| district.acknowledges(100, SOON).await)
            .await?;
    }
    let words = format!("runs {}", files.len());
    district.judge("full_disk_without_warning", &words).await
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_fsync() -> anyhow::Result<()> {
    let runs = super::runs(3);
    let mut district = District::start(super::seed("failing_fsync"), &[]).await?;
    for _ in 0..runs {
        district
            .under_load(async |district| {
                district.acknowledges(100, SOON).await?;
                district.disk.fail_syncs(true);
                district.ends_by_itself(SOON).await
            })
            .await?;
        district.disk.fail_syncs(false);
        outlives_a_power_cut(&mut district).await?;
    }
    district.judge("failing_fsync", &format!("runs {runs}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_disk() -> anyhow::Result<()> {
    let mut district = District::start(super::seed("slow_disk"), &[]).await?;
    district
        .under_load(async |district| {
            district.acknowledges(100, SOON).await?;
            district.disk.slow_syncs(SLOW_SYNC);
            // Many commits of a second and more: everybody is served several times.
            district.acknowledges(100, SLOW_SYNC * 60).await?;
            let unanswered = district.tally.unanswered.load(Ordering::Relaxed);
            anyhow::ensure!(unanswered == 0, "{unanswered} saves were not answered");
            Ok(())
        })
        .await?;
    outlives_a_power_cut(&mut district).await?;
    district.disk.slow_syncs(Duration::ZERO);
    let slowest = district.tally.slowest_ms.load(Ordering::Relaxed);
    district
        .judge("slow_disk", &format!("runs 1, slowest save {slowest} ms"))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn read_errors() -> anyhow::Result<()> {
    let mut district = District::start(super::seed("read_errors"), &[]).await?;
    district
        .under_load(async |district| district.acknowledges(300, SOON).await)
        .await?;
    // A node whose log cannot be read does not start, and does not put the log aside.
    district.cluster.kill(NODE).await?;
    for file in ["db", "head"] {
        district.disk.fail_reads(Some(file));
        district.cluster.start_again(NODE).await?;
        district.ends_by_itself(SOON).await?;
    }
    district.disk.fail_reads(None);
    district.start_again().await?;
    district.nothing_is_missing().await?;
    // Reading fails while it runs and delivers: it may serve on from memory or end, but loses nothing.
    district
        .under_load(async |district| {
            district.disk.fail_reads(Some("db"));
            district.cluster.wan(DISTRICT, Line::Whole).await?;
            district.delivers_or_ends(SOON).await?;
            district.cluster.wan(DISTRICT, Line::Cut).await?;
            district.disk.fail_reads(None);
            Ok(())
        })
        .await?;
    outlives_a_power_cut(&mut district).await?;
    let failed = district.disk.counts().reads_failed;
    anyhow::ensure!(failed > 0, "no read failed: nothing was tried");
    district.judge("read_errors", "runs 3").await
}
