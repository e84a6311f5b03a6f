//! The call page by keyboard alone.

use anyhow::{Result, ensure};
use fantoccini::key::Key;
use switchboard_tests::{
    browser::Options,
    visit::{console_errors, visit},
};

use crate::fixture;

#[tokio::test]
async fn tab_and_enter_start_a_call_and_escape_hangs_up() -> Result<()> {
    visit(Options::playing(&fixture("yes")), async |visit| {
        visit.open_call_page().await?;
        visit.tab_to_call_button().await?;
        visit.browser.press(Key::Enter).await?;
        visit.wait_for_phase("listening").await?;
        visit.browser.press(Key::Escape).await?;
        visit.wait_for_phase("ended").await?;

        let console = visit.browser.console().await?;
        ensure!(console_errors(&console).is_empty(), "{console:#?}");
        Ok(())
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_second_call_works_like_the_first() -> Result<()> {
    visit(Options::playing(&fixture("yes")), async |visit| {
        visit.open_call_page().await?;
        for _ in 0..2 {
            visit.browser.click("#call-button").await?;
            visit.wait_for_phase("listening").await?;
            visit.browser.click("#call-button").await?;
            visit.wait_for_phase("ended").await?;
        }
        Ok(())
    })
    .await?;
    Ok(())
}
