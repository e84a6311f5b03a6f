//! Voice detectors side by side in Chromium: speed, download size, accuracy.
//!
//! `cargo xtask bench vad` builds our module and runs this. All detectors take turns on one page,
//! round after round over the same audio, so that whatever else the machine does meets them all.
//! `tests/bench/vad/README.md` says how each figure comes about.
//!
//! # Layout
//! - [`detectors`]: what is compared
//! - [`peers`]: brings what is not ours
//! - [`labelled`]: recordings to measure accuracy on
//! - [`site`], [`page`]: the page, served and driven
//! - [`contest`]: the detectors taking turns
//! - [`weight`]: what it downloads
//! - [`report`], [`chart`]: what is shown

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod detectors;
mod labelled;
mod peers;

mod contest;
mod page;
mod site;
mod weight;

mod chart;
mod report;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::Parser;

use contest::Contestant;
use detectors::Folders;
use page::Page;
use report::Report;

/// Measures voice detectors in Chromium.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to write the figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where to draw them as SVG.
    #[arg(long)]
    chart: Option<PathBuf>,
    /// A folder with `vad/wav/*.wav` (16 kHz) and `vad/labels/*.csv`, to measure accuracy on.
    #[arg(long = "eval", value_name = "DIR", env = "SWITCHBOARD_EVAL_DIR")]
    eval_dir: Option<PathBuf>,
    /// Turns that each detector takes, after one to warm up.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = root.join("target");
    let folders = Folders::new(&target);
    folders.check()?;
    peers::prepare(&root)?;
    let eval_dir = arguments.eval_dir.map(|folder| folder.join("vad"));
    let labelled = match &eval_dir {
        Some(folder) => labelled::find(folder)?,
        None => Vec::new(),
    };

    let detectors = detectors::all(&folders);
    let address = site::serve(vec![
        ("/capture/", folders.capture),
        ("/packages/", folders.packages),
        ("/earshot/", folders.earshot),
        ("/timed/", root.join("crates/audio-dsp/tests/data")),
        ("/labelled/", eval_dir.unwrap_or_default().join("wav")),
        ("/", root.join(peers::PAGE)),
    ])
    .await?;
    let page = Page::open(address).await?;
    let mut contestants = Vec::new();
    for detector in detectors {
        contestants.push(Contestant::load(&page, detector).await);
    }
    if let Some(fault) = contestants.first().and_then(Contestant::fault) {
        bail!("our own module does not run: {fault}");
    }
    for round in 0..=arguments.rounds {
        for contestant in &mut contestants {
            contestant.measure(&page).await?;
            if round == 0 {
                contestant.warmed_up();
            }
        }
    }
    for contestant in &mut contestants {
        contestant.judge(&page, &labelled).await?;
    }
    let browser = page.browser_version().await?;
    page.close().await?;

    let report = Report {
        bench: "vad",
        browser,
        labelled_recordings: labelled.len(),
        rows: contest::rows(&contestants, &target.join("bench/brotli"))?,
    };
    println!("{report}");
    if let Some(path) = arguments.json {
        write(&path, &(serde_json::to_string_pretty(&report)? + "\n"))?;
    }
    if let Some(path) = arguments.chart {
        write(&path, &report.chart().render())?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
