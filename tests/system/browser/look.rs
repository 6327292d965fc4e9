//! How the page looks and what it weighs, in a real browser: accessibility on every screen, budgets, pictures of the screens.

use tests::binary::workspace;

use super::{hall::Hall, is_ready};

#[tokio::test(flavor = "multi_thread")]
async fn browser_finds_every_screen_accessible_in_every_language_and_theme() -> anyhow::Result<()> {
    if !is_ready() {
        return Ok(());
    }
    let hall = Hall::open(2).await?;
    println!("{}", hall.run("axe.mjs", &[]).await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_keeps_the_budgets() -> anyhow::Result<()> {
    if !is_ready() {
        return Ok(());
    }
    let hall = Hall::open(2).await?;
    println!("{}", hall.run("budgets.mjs", &[]).await?);
    Ok(())
}

/// Not run with the others: it writes `docs/screens`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes docs/screens; `tests/run screens` runs it"]
async fn browser_takes_pictures_of_every_screen() -> anyhow::Result<()> {
    if !is_ready() {
        return Ok(());
    }
    let hall = Hall::open(2).await?;
    let folder = workspace().join("docs/screens");
    let settings = [("PARIKSHA_SCREENS", &*folder.to_string_lossy())];
    println!("{}", hall.run("screens.mjs", &settings).await?);
    Ok(())
}
