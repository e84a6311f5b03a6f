//! A site on which one file is missing names that file.

use anyhow::{Result, ensure};
use switchboard_tests::{browser::Options, visit::visit};

use crate::{fixture, proxy::Proxy};

async fn check(missing: &str) -> Result<()> {
    visit(Options::playing(&fixture("yes")), async |visit| {
        let site = Proxy::start(visit.relay.port(), missing).await?;
        visit.open(&site.url()).await?;
        visit.browser.click("#call-button").await?;
        let sight = visit.wait_for_failure("asset-missing").await?;
        ensure!(
            sight.failure_detail.contains(missing),
            "the detail does not name {missing}: {:?}",
            sight.failure_detail
        );
        Ok(())
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_missing_module_is_named() -> Result<()> {
    check("/capture/switchboard_capture.js").await
}

#[tokio::test]
async fn a_missing_module_body_is_named() -> Result<()> {
    check("/capture/switchboard_capture_bg.wasm").await
}

#[tokio::test]
async fn a_missing_processor_is_named() -> Result<()> {
    check("/capture/processor.js").await
}

#[tokio::test]
async fn a_missing_detector_is_named() -> Result<()> {
    check("/capture/worklet.simd.wasm").await
}

#[tokio::test]
async fn a_missing_socket_worker_does_not_stop_a_call() -> Result<()> {
    visit(Options::playing(&fixture("yes")), async |visit| {
        let site = Proxy::start(visit.relay.port(), "/capture/link-worker.js").await?;
        visit.open(&site.url()).await?;
        visit.browser.click("#call-button").await?;
        visit.wait_for_phase("listening").await
    })
    .await?;
    Ok(())
}
