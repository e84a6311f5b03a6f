//! What one window costs natively: each kernel of this machine, beside ONNX Runtime.
//!
//! `cargo xtask bench native` installs ONNX Runtime and runs this. All take turns in one process,
//! on one thread, over the same windows; each window is timed by itself. So that nobody compares
//! different work, the greatest difference between the probabilities is shown beside the times.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result};
use audio_dsp::{CONTEXT_SAMPLES, Vad, VadKernel, WINDOW_SAMPLES, Weights};
use clap::Parser;
use ort::{
    session::{Session, builder::GraphOptimizationLevel},
    value::TensorRef,
};
use serde::Serialize;
use switchboard_tests::{
    recording::Recording,
    timing::{Timing, rounded},
};

/// What is judged: 16 kHz, below the repository's top folder.
const RECORDINGS: [&str; 2] = [
    "crates/audio-dsp/tests/data/statement.wav",
    "crates/audio-dsp/tests/data/noisy.wav",
];

const STATE_SHAPE: [usize; 3] = [2, 1, 128];
const STATE_VALUES: usize = 2 * 128;

/// Measures the detector beside ONNX Runtime.
#[derive(Debug, Parser)]
struct Arguments {
    /// The library of ONNX Runtime.
    #[arg(long)]
    library: PathBuf,
    /// The ONNX file of Silero VAD v6.2.
    #[arg(long)]
    model: PathBuf,
    /// Where to write the figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Turns that each takes, after one to warm up.
    #[arg(long, default_value_t = 30)]
    rounds: usize,
}

type Window = [f32; WINDOW_SAMPLES];

/// Gives the probability of the next window.
type Judge = Box<dyn FnMut(&Window) -> Result<f32>>;

/// Someone who takes turns.
struct Contender {
    name: String,
    judge: Judge,
    /// Those of the first turn.
    probabilities: Vec<f32>,
    windows_us: Vec<f64>,
}

/// One line of the table.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    place: &'static str,
    median_us: f64,
    min_us: f64,
    p99_us: f64,
    /// The median over that of the kernel that this machine uses.
    times_ours: f64,
    /// The greatest difference to a probability of ONNX Runtime.
    max_difference: f32,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let windows = windows(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))?;
    let mut contenders = vec![onnx_runtime(&arguments.library, &arguments.model)?];
    contenders.extend(
        VadKernel::ALL
            .into_iter()
            .filter(|kernel| kernel.runs_here())
            .map(ours),
    );

    for contender in &mut contenders {
        let judged: Result<_> = windows.iter().map(&mut contender.judge).collect();
        contender.probabilities = judged?;
    }
    for _ in 0..arguments.rounds {
        for contender in &mut contenders {
            contender.take_turn(&windows)?;
        }
    }

    let rows = rows(contenders)?;
    println!(
        "{:<24} {:>10} {:>10} {:>10} {:>8} {:>15}",
        "one window (32 ms)", "median us", "min us", "p99 us", "x ours", "max difference"
    );
    for row in &rows {
        println!(
            "{:<24} {:>10.2} {:>10.2} {:>10.2} {:>8.2} {:>15.1e}",
            row.name, row.median_us, row.min_us, row.p99_us, row.times_ours, row.max_difference
        );
    }
    if let Some(path) = arguments.json {
        let figures = serde_json::json!({ "bench": "native", "rows": rows });
        fs::write(&path, serde_json::to_string_pretty(&figures)? + "\n")
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

impl Contender {
    fn new(name: String, judge: impl FnMut(&Window) -> Result<f32> + 'static) -> Self {
        Self {
            name,
            judge: Box::new(judge),
            probabilities: Vec::new(),
            windows_us: Vec::new(),
        }
    }

    fn take_turn(&mut self, windows: &[Window]) -> Result<()> {
        for window in windows {
            let start = Instant::now();
            (self.judge)(window)?;
            self.windows_us.push(start.elapsed().as_secs_f64() * 1e6);
        }
        Ok(())
    }
}

/// The whole windows of all recordings.
fn windows(root: &Path) -> Result<Vec<Window>> {
    let mut windows = Vec::new();
    for recording in RECORDINGS {
        let samples = Recording::read(&root.join(recording))?.samples;
        windows.extend(samples.as_chunks().0);
    }
    Ok(windows)
}

/// Our detector on one kernel.
fn ours(kernel: VadKernel) -> Contender {
    let mut vad = Vad::with_weights(&Weights::bundled(), kernel);
    Contender::new(format!("{kernel:?}"), move |window| Ok(vad.push(window)))
}

/// ONNX Runtime on one thread, its graph optimized as far as it can.
fn onnx_runtime(library: &Path, model: &Path) -> Result<Contender> {
    ort::init_from(library)
        .with_context(|| format!("cannot load ONNX Runtime from {}", library.display()))?
        .commit();
    let mut session = session(model)
        .map_err(|error| anyhow::anyhow!("cannot load {}: {error}", model.display()))?;
    let mut input = [0.0_f32; CONTEXT_SAMPLES + WINDOW_SAMPLES];
    let mut state = [0.0_f32; STATE_VALUES];
    let rate_hz = [16_000_i64];
    Ok(Contender::new("ONNX Runtime".to_owned(), move |window| {
        input.copy_within(WINDOW_SAMPLES.., 0);
        input[CONTEXT_SAMPLES..].copy_from_slice(window);
        let outputs = session.run(ort::inputs![
            "input" => TensorRef::from_array_view(([1, input.len()], &input[..]))?,
            "state" => TensorRef::from_array_view((STATE_SHAPE, &state[..]))?,
            "sr" => TensorRef::from_array_view(([0_usize; 0], &rate_hz[..]))?,
        ])?;
        let (_, next_state) = outputs["stateN"].try_extract_tensor()?;
        state.copy_from_slice(next_state);
        let (_, probability) = outputs["output"].try_extract_tensor::<f32>()?;
        Ok(probability[0])
    }))
}

fn session(model: &Path) -> Result<Session, ort::Error> {
    Session::builder()?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_parallel_execution(false)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .commit_from_file(model)
}

/// The rows of all: ONNX Runtime comes first and is what probabilities are compared with.
fn rows(contenders: Vec<Contender>) -> Result<Vec<Row>> {
    let reference = contenders
        .first()
        .map(|contender| contender.probabilities.clone())
        .unwrap_or_default();
    let mut rows = Vec::new();
    for contender in contenders {
        let timing = Timing::of_windows(contender.windows_us).context("nothing was measured")?;
        let pairs = contender.probabilities.iter().zip(&reference);
        rows.push(Row {
            name: contender.name,
            place: "native, one thread",
            median_us: rounded(timing.median_us, 2),
            min_us: rounded(timing.min_us, 2),
            p99_us: rounded(timing.p99_us.unwrap_or_default(), 2),
            times_ours: 1.0,
            max_difference: pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max),
        });
    }
    let used = format!("{:?}", VadKernel::detect());
    let ours = rows.iter().find(|row| row.name == used);
    let ours_us = ours
        .context("the kernel in use was not measured")?
        .median_us;
    for row in &mut rows {
        row.times_ours = rounded(row.median_us / ours_us, 2);
    }
    Ok(rows)
}
