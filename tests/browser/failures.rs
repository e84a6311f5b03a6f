//! What the page says when a call cannot be made or breaks: whose fault, and what to do next.

use anyhow::Result;
use switchboard_tests::{
    browser::{Microphone, Options},
    visit::{SOON, visit},
};

use crate::fixture;

#[tokio::test]
async fn a_refused_microphone_is_told() -> Result<()> {
    visit(Options::with(Microphone::Refused), async |visit| {
        visit.open_call_page().await?;
        visit.browser.click("#call-button").await?;
        visit.wait_for_failure("permission-denied").await
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_missing_microphone_is_told() -> Result<()> {
    visit(Options::with(Microphone::Absent), async |visit| {
        visit.open_call_page().await?;
        visit.browser.click("#call-button").await?;
        visit.wait_for_failure("no-microphone").await
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_page_without_a_secure_address_is_told_before_it_asks_for_anything() -> Result<()> {
    let options =
        Options::playing(&fixture("yes")).flag("--host-resolver-rules=MAP page.test 127.0.0.1");
    visit(options, async |visit| {
        visit
            .open(&format!("http://page.test:{}/", visit.relay.port()))
            .await?;
        visit.browser.click("#call-button").await?;
        visit.wait_for_failure("insecure-page").await
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_relay_that_is_gone_before_the_call_is_told() -> Result<()> {
    visit(Options::playing(&fixture("yes")), async |visit| {
        visit.open_call_page().await?;
        let loaded = "performance.getEntriesByType('resource').some(({ name, responseEnd }) =>
            responseEnd > 0 && name.endsWith('/switchboard_capture_bg.wasm'))";
        visit
            .wait_until("the module to be loaded", SOON, loaded)
            .await?;
        visit.relay.kill();
        visit.browser.click("#call-button").await?;
        visit.wait_for_failure("relay-unreachable").await
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_relay_that_dies_during_the_call_is_told() -> Result<()> {
    visit(Options::playing(&fixture("yes")), async |visit| {
        visit.open_call_page().await?;
        visit.browser.click("#call-button").await?;
        visit.wait_for_phase("listening").await?;
        visit.relay.kill();
        visit.wait_for_failure("relay-lost").await
    })
    .await?;
    Ok(())
}
