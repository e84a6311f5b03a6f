//! `switchboard vad`

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use relay_server::{
    detector::Engine,
    vad::{Detection, VadError},
    wav::WavFile,
};

use super::{complain, configuration::ConfigFlag};

/// Find speech in WAV files with the detector of a call
///
/// Writes CSV: one line per segment (onset_s,offset_s,audio_start_s,audio_end_s,state). A retracted
/// segment ends with its last window that sounded like speech and has no audio: audio_start_s and
/// audio_end_s equal its onset.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// WAV files with one channel, of any sample rate from 8 to 192 kHz
    #[arg(required = true, value_name = "FILE.wav")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    configuration: ConfigFlag,

    /// Write the probability of speech per window instead (time_s,prob)
    #[arg(long)]
    probs: bool,

    /// Write one STEM.csv per file into this folder; needed for several files
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let configuration = arguments.configuration.read()?;
    if let Some(file) = configuration.file.filter(|_| configuration.is_found) {
        complain(&format!("using the configuration {}", file.display()));
    }
    let engine = Engine::load(&configuration.settings.vad)?;
    let Some(out) = &arguments.out else {
        let [file] = arguments.files.as_slice() else {
            bail!("several files need --out FOLDER, which gets one CSV for each");
        };
        let detection = detect(file, &engine)?;
        let mut stdout = BufWriter::new(io::stdout().lock());
        write(&detection, arguments.probs, &mut stdout)?;
        stdout.flush()?;
        return Ok(());
    };

    let targets = targets(&arguments.files, out)?;
    fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;
    let mut n_failed = 0;
    for (file, target) in &targets {
        if let Err(error) = convert(file, target, &engine, arguments.probs) {
            complain(&format!("error: {error:#}"));
            n_failed += 1;
        }
    }
    ensure!(
        n_failed == 0,
        "{n_failed} of {} files could not be judged",
        targets.len()
    );
    Ok(())
}

/// Pairs each file with its CSV, in the order given; two files must not share one.
fn targets<'a>(files: &'a [PathBuf], out: &Path) -> anyhow::Result<Vec<(&'a Path, PathBuf)>> {
    let mut taken: BTreeMap<&OsStr, &Path> = BTreeMap::new();
    let mut targets = Vec::with_capacity(files.len());
    for file in files {
        let stem = file
            .file_stem()
            .with_context(|| format!("{} does not name a file", file.display()))?;
        if let Some(other) = taken.insert(stem, file) {
            bail!(
                "{} and {} would both be written to {}.csv; give them one at a time",
                other.display(),
                file.display(),
                stem.display()
            );
        }
        let mut name = stem.to_owned();
        name.push(".csv");
        targets.push((file.as_path(), out.join(name)));
    }
    Ok(targets)
}

fn convert(file: &Path, target: &Path, engine: &Engine, probs: bool) -> anyhow::Result<()> {
    let detection = detect(file, engine)?;
    let written = File::create(target).and_then(|target| {
        let mut target = BufWriter::new(target);
        write(&detection, probs, &mut target)?;
        target.flush()
    });
    written.with_context(|| format!("cannot write {}", target.display()))
}

fn detect(file: &Path, engine: &Engine) -> anyhow::Result<Detection> {
    let detected = WavFile::open(file)
        .map_err(VadError::from)
        .and_then(|file| Detection::of(file, engine));
    // The errors complete a sentence that begins with the file's name.
    detected.map_err(|error| anyhow::anyhow!("{} {error}", file.display()))
}

fn write(detection: &Detection, probs: bool, out: &mut impl Write) -> io::Result<()> {
    if probs {
        detection.write_probabilities(out)
    } else {
        detection.write_segments(out)
    }
}
