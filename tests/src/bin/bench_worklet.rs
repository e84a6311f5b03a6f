//! What one window and one render quantum cost inside Chromium's AudioWorklet.
//!
//! `cargo xtask bench worklet` builds the module and runs this. Figures are means over blocks of
//! at least 200 ms, because the audio thread has no finer clock; median and largest mean of all
//! blocks are reported.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use clap::Parser;
use serde::{Deserialize, Serialize};
use switchboard_tests::browser::{Browser, Microphone, Options};

/// Measures the audio-thread module in Chromium.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to write the figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Blocks for each figure.
    #[arg(long, default_value_t = 15)]
    blocks: u32,
}

/// What the page hands back: one mean per block, in microseconds.
#[derive(Debug, Deserialize)]
struct Means {
    window_us: Vec<f64>,
    quantum_us: Vec<f64>,
}

/// One line of the table.
#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    place: String,
    median_us: f64,
    max_us: f64,
}

impl Row {
    fn new(name: &'static str, place: &str, mut means_us: Vec<f64>) -> Result<Self> {
        means_us.sort_by(f64::total_cmp);
        let max_us = *means_us.last().context("the page measured nothing")?;
        let median_us = means_us[means_us.len() / 2];
        let place = format!("AudioWorklet, {place}");
        Ok(Self {
            name,
            place,
            median_us,
            max_us,
        })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let address = serve().await?;
    let browser = Browser::start(
        &Options::with(Microphone::Absent).flag("--autoplay-policy=no-user-gesture-required"),
    )
    .await?;
    let mut rows = Vec::new();
    for (module, place) in [
        ("worklet.simd.wasm", "simd128"),
        ("worklet.scalar.wasm", "scalar"),
    ] {
        let blocks = arguments.blocks;
        browser
            .open(&format!(
                "http://{address}/?module={module}&blocks={blocks}"
            ))
            .await?;
        let means = result(&browser).await?;
        rows.push(Row::new(
            "window (32 ms, whole pipeline)",
            place,
            means.window_us,
        )?);
        rows.push(Row::new(
            "render quantum (128 at 48 kHz)",
            place,
            means.quantum_us,
        )?);
    }
    browser.close().await?;

    println!(
        "{:<34} {:<24} {:>10} {:>10}",
        "what", "where", "median us", "max us"
    );
    for row in &rows {
        println!(
            "{:<34} {:<24} {:>10.2} {:>10.2}",
            row.name, row.place, row.median_us, row.max_us
        );
    }
    if let Some(path) = arguments.json {
        fs::write(
            &path,
            serde_json::to_vec_pretty(&serde_json::json!({ "rows": rows }))?,
        )
        .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Waits until the page has its figures.
async fn result(browser: &Browser) -> Result<Means> {
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    for _ in 0..600 {
        tick.tick().await;
        let result = browser.run("return window.result ?? null").await?;
        if let Some(error) = result["error"].as_str() {
            bail!("the page could not measure: {error}");
        }
        if !result.is_null() {
            return Ok(serde_json::from_value(result)?);
        }
    }
    bail!(
        "no figures after two minutes; the console says {:?}",
        browser.console().await?
    )
}

/// What the page asks for, and where in the repository it is.
const FILES: [(&str, &str, &str); 7] = [
    ("/", "tests/bench/worklet/index.html", "text/html"),
    (
        "/bench.js",
        "tests/bench/worklet/bench.js",
        "text/javascript",
    ),
    (
        "/processor.js",
        "tests/bench/worklet/processor.js",
        "text/javascript",
    ),
    (
        "/capture/worklet.simd.wasm",
        "target/web/capture/worklet.simd.wasm",
        "application/wasm",
    ),
    (
        "/capture/worklet.scalar.wasm",
        "target/web/capture/worklet.scalar.wasm",
        "application/wasm",
    ),
    (
        "/recordings/windows.wav",
        "crates/audio-dsp/tests/data/statement.wav",
        "audio/wav",
    ),
    (
        "/recordings/quanta.wav",
        "tests/fixtures/statement_clean.wav",
        "audio/wav",
    ),
];

/// Serves the page, the built module and the recordings on a free port.
async fn serve() -> Result<std::net::SocketAddr> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let app = FILES
        .iter()
        .fold(Router::new(), |app, (address, path, content_type)| {
            let path = root.join(path);
            app.route(address, get(async move || file(path, content_type)))
        });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

fn file(path: PathBuf, content_type: &'static str) -> Response {
    match fs::read(&path) {
        Ok(bytes) => ([(header::CONTENT_TYPE, content_type)], bytes).into_response(),
        Err(_) => (
            StatusCode::NOT_FOUND,
            format!("{} is missing", path.display()),
        )
            .into_response(),
    }
}
