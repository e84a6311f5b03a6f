//! Plays a folder of spoken calls into a real browser, one after another, and measures what
//! reaches the relay.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde::Serialize;
use switchboard_tests::{
    judge::{Limits, Report},
    recording::{Recording, labels_of, read_labels},
    visit::speak,
};

/// Measure spoken calls from a browser's microphone to the relay.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder with audio/*.wav and audio/labels/*.csv; the recordings of the tests when absent.
    #[arg(long, env = "SWITCHBOARD_EVAL_DIR")]
    calls: Option<PathBuf>,

    /// Where to write the figures.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Recordings with this word in their name have background talk, which is speech to any
    /// detector: an early onset of the first utterance, and what is sent before it, are shown but
    /// not judged.
    #[arg(long, value_name = "WORD", default_value = "babble")]
    background_talk: String,
}

/// The figures of all calls.
#[derive(Debug, Serialize)]
struct Figures {
    rows: Vec<Row>,
}

/// The figures of one call.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    #[serde(flatten)]
    report: Option<Report>,
    faults: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut rows = Vec::new();
    println!("{HEADER}");
    for recording in recordings(arguments.calls.as_deref())? {
        let row = measure(&recording, &arguments.background_talk).await;
        print!("{}", table_lines(&row));
        rows.push(row);
    }
    let failed = rows.iter().filter(|row| !row.faults.is_empty()).count();
    println!(
        "{} calls, {} within the limits",
        rows.len(),
        rows.len() - failed
    );
    if let Some(path) = arguments.json {
        let text = serde_json::to_string_pretty(&Figures { rows })?;
        std::fs::write(&path, text + "\n")
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn recordings(eval_dir: Option<&Path>) -> Result<Vec<PathBuf>> {
    let folder = eval_dir.map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"),
        |eval_dir| eval_dir.join("audio"),
    );
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut recordings = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    recordings.retain(|path| path.extension().is_some_and(|extension| extension == "wav"));
    recordings.sort();
    ensure!(
        !recordings.is_empty(),
        "no recordings in {}",
        folder.display()
    );
    Ok(recordings)
}

/// Makes one call. A call that cannot be made is a row too, so that the others still are.
async fn measure(recording: &Path, background_talk: &str) -> Row {
    let stem = recording.file_stem().unwrap_or_default();
    let name = stem.to_string_lossy().into_owned();
    let limits = Limits {
        background_talk: name.contains(background_talk),
        ..Limits::default()
    };
    match call(recording).await {
        Ok(report) => Row {
            name,
            faults: report.faults(&limits),
            report: Some(report),
        },
        Err(error) => Row {
            name,
            faults: vec![format!("{error:#}")],
            report: None,
        },
    }
}

async fn call(recording: &Path) -> Result<Report> {
    let labels = read_labels(&labels_of(recording)?)?;
    let source = Recording::read(recording)?.at_comparison_rate()?;
    let call = speak(recording, &[], async |_| Ok(())).await?;
    Ok(Report::new(&source, &labels, &call.captured))
}

const HEADER: &str = "call                               utterance  onset ms  offset ms   sent %  \
                      extra s  before s  corr.  rung";

/// One line per utterance, then one per fault.
fn table_lines(row: &Row) -> String {
    let error = |error: Option<f64>| error.map_or_else(|| "-".into(), |ms| format!("{ms:+.0}"));
    let mut lines = String::new();
    let utterances = row.report.iter().flat_map(|report| {
        let numbered = report.utterances.iter().enumerate();
        numbered.map(move |(index, utterance)| (report, index, utterance))
    });
    for (report, index, utterance) in utterances {
        let found = if utterance.found() { "found" } else { "MISSED" };
        lines += &format!(
            "{:34} {:>2} {found:6} {:>9} {:>10} {:>8.1}",
            if index == 0 { &row.name } else { "" },
            index + 1,
            error(utterance.onset_error_ms),
            error(utterance.offset_error_ms),
            100.0 * utterance.sent_share,
        );
        if index == 0 {
            lines += &format!(
                " {:>8.3} {:>9.3} {:>6.3}  {}",
                report.extra_s,
                report.extra_before_first_s,
                report.correlation,
                report.rungs.join(" ")
            );
        }
        lines.push('\n');
    }
    for fault in &row.faults {
        lines += &format!("{:34} FAULT: {fault}\n", row.name);
    }
    lines
}
