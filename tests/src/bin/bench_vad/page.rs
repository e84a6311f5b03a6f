//! The page in the browser, driven one call at a time.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use switchboard_tests::browser::{Browser, Microphone, Options};

use crate::detectors::Detector;

/// A browser with the bench's page.
pub(crate) struct Page {
    browser: Browser,
}

/// What a detector said about a recording.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Probabilities {
    /// Samples of a frame at 16 kHz.
    pub(crate) frame_samples: u32,
    /// One for each frame.
    pub(crate) probabilities: Vec<f64>,
}

impl Page {
    /// Starts the browser and waits until the page has read the recording.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let options =
            Options::with(Microphone::Absent).flag("--autoplay-policy=no-user-gesture-required");
        let browser = Browser::start(&options).await?;
        browser.open(&format!("http://{address}/")).await?;
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..100 {
            tick.tick().await;
            let is_ready = "return crossOriginIsolated && window.bench !== undefined";
            if browser.run(is_ready).await? == json!(true) {
                return Ok(Self { browser });
            }
        }
        bail!(
            "the page is not ready; its console says {:?}",
            browser.console().await?
        )
    }

    /// The browser's name and version, as it gives them.
    pub(crate) async fn browser_version(&self) -> Result<String> {
        let agent = self.browser.run("return navigator.userAgent").await?;
        let agent = agent.as_str().unwrap_or_default();
        let name = agent.split(' ').find(|part| part.contains("Chrome/"));
        Ok(name.unwrap_or(agent).to_owned())
    }

    /// Prepares a detector. Gives how many samples one of its timed steps has.
    pub(crate) async fn load(&self, detector: &Detector) -> Result<usize> {
        let Detector {
            id,
            script,
            options,
            worklet,
            ..
        } = detector;
        let _: Value = self.call("load", json!([id, script, options])).await?;
        if let Some((class, url)) = worklet {
            let _: Value = self.call("loadWorklet", json!([id, class, url])).await?;
        }
        self.call("stepSamples", json!([id])).await
    }

    /// One pass over the recording on the page: microseconds of each step.
    pub(crate) async fn time_page(&self, id: &str) -> Result<Vec<f64>> {
        self.call("timePage", json!([id])).await
    }

    /// A block of passes in the audio thread: mean microseconds of a step.
    pub(crate) async fn time_worklet(&self, id: &str) -> Result<f64> {
        self.call("timeWorklet", json!([id])).await
    }

    /// What a detector says about the recording at `url`.
    pub(crate) async fn judge(&self, id: &str, url: &str) -> Result<Probabilities> {
        self.call("judge", json!([id, url])).await
    }

    /// Ends the browser in order.
    pub(crate) async fn close(self) -> Result<()> {
        self.browser.close().await
    }

    async fn call<T: DeserializeOwned>(&self, function: &str, arguments: Value) -> Result<T> {
        let script = format!("return window.bench.{function}(...{arguments})");
        let result = self.browser.run(&script).await?;
        serde_json::from_value(result).with_context(|| format!("unexpected answer of {function}"))
    }
}
