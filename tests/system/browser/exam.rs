//! What candidates do at the page in a real browser, and what happens to them: whole exams in every way, mishaps at every step,
//! a LAN that flaps, two devices, a wrong clock. See `tests/browser`.

use super::{hall::Hall, is_ready};

/// How long the LAN flaps in the short form, in minutes; `PARIKSHA_FLAP_MINUTES=30` is the long one.
const FLAP_MINUTES: &str = "1.5";

/// Lets a script run in a hall of so many candidates for each district and judges what came of it.
async fn sat(script: &str, per_district: usize, settings: &[(&str, &str)]) -> anyhow::Result<()> {
    if !is_ready() {
        return Ok(());
    }
    let hall = Hall::open(per_district).await?;
    println!("{}", hall.run(script, settings).await?);
    let counts = hall.judge().await?;
    println!(
        "{script}: {} candidates, {} answers at the centre as given, {} words of the page about saved answers were true",
        counts.candidates, counts.answers, counts.claims
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_sits_by_keyboard_by_touch_and_in_marathi() -> anyhow::Result<()> {
    sat("ways.mjs", 1, &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_goes_on_after_every_mishap_at_every_step() -> anyhow::Result<()> {
    sat("matrix.mjs", 6, &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_of_another_device_waits_and_a_wrong_clock_changes_nothing() -> anyhow::Result<()> {
    sat("devices.mjs", 2, &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_loses_nothing_on_a_lan_that_flaps() -> anyhow::Result<()> {
    let minutes = std::env::var("PARIKSHA_FLAP_MINUTES").unwrap_or_else(|_| FLAP_MINUTES.to_owned());
    sat("flapping.mjs", 1, &[("PARIKSHA_FLAP_MINUTES", &minutes)]).await
}
