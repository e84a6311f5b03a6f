//! What is said into the microphone arrives at the relay: all of it, in time, and little else.

use anyhow::{Result, ensure};
use switchboard_tests::{
    judge::{Limits, Report},
    recording::{Recording, labels_of, read_labels},
    visit::{FinishedCall, Heard, Visit, speak},
};

use crate::fixture;

/// Makes a call of a recording with an ordinary browser that is left alone.
async fn check(name: &str) -> Result<FinishedCall> {
    check_with(name, &[], async |_| Ok(())).await
}

/// Makes a call of a recording, compares what was kept with the labels, and gives the rest.
async fn check_with(
    name: &str,
    flags: &[&str],
    meanwhile: impl AsyncFnOnce(&Visit) -> Result<()>,
) -> Result<FinishedCall> {
    let recording = fixture(name);
    let labels = read_labels(&labels_of(&recording)?)?;
    let source = Recording::read(&recording)?.at_comparison_rate()?;
    let call = speak(&recording, flags, meanwhile).await?;

    let report = Report::new(&source, &labels, &call.captured);
    let faults = report.faults(&Limits::default());
    ensure!(faults.is_empty(), "{faults:#?}\n{report:#?}");
    ensure!(
        report.rungs == ["worklet"],
        "captured on {:?}",
        report.rungs
    );
    ensure!(call.console_errors().is_empty(), "{:#?}", call.console);

    let ended = |heard: &&Heard| heard.state == "ended";
    let shown = call.sight.heard.iter().filter(ended).count();
    ensure!(
        shown == call.captured.confirmed.len(),
        "the relay kept {} segments, the page shows {:?}",
        call.captured.confirmed.len(),
        call.sight.heard
    );
    Ok(call)
}

#[tokio::test]
async fn a_clean_statement_arrives() -> Result<()> {
    check("statement_clean").await?;
    Ok(())
}

#[tokio::test]
async fn a_statement_over_pink_noise_arrives() -> Result<()> {
    check("statement_pink").await?;
    Ok(())
}

#[tokio::test]
async fn a_long_pause_is_not_sent() -> Result<()> {
    let call = check("two_utterances").await?;
    assert!(call.captured.confirmed.len() >= 2);
    Ok(())
}

#[tokio::test]
async fn a_hesitation_does_not_cut_a_sentence() -> Result<()> {
    let call = check("hesitation").await?;
    assert_eq!(call.captured.confirmed.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_single_yes_arrives_and_the_page_follows_the_call() -> Result<()> {
    let call = check("yes").await?;
    let expected = [
        "idle",
        "starting",
        "requesting-microphone",
        "listening",
        "speaking",
        "listening",
        "ended",
    ];
    assert_eq!(call.sight.phases, expected);
    Ok(())
}

#[tokio::test]
async fn a_browser_without_simd_calls_with_the_scalar_module() -> Result<()> {
    // Chromium's wasm vectors need SSE4.1; without it, it refuses modules that use them.
    let without_simd = ["--js-flags=--no-enable-sse4-1"];
    let call = check_with("yes", &without_simd, async |_| Ok(())).await?;
    let loaded = |file: &str| call.sight.resources.iter().any(|url| url.ends_with(file));
    assert!(loaded("/worklet.scalar.wasm"), "{:?}", call.sight.resources);
    assert!(!loaded("/worklet.simd.wasm"), "{:?}", call.sight.resources);
    Ok(())
}

#[tokio::test]
async fn a_page_that_hangs_for_two_seconds_loses_no_word() -> Result<()> {
    let hang = async |visit: &Visit| {
        visit.wait_for_phase("speaking").await?;
        let script = "const end = performance.now() + 2_000; while (performance.now() < end);";
        visit.browser.run(script).await?;
        Ok(())
    };
    check_with("statement_clean", &[], hang).await?;
    Ok(())
}
