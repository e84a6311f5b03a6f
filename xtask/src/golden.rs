//! `cargo xtask golden`: reference probabilities for the detector's tests, from ONNX Runtime.
//!
//! The figures are committed, so that the tests need no runtime; this command is for whoever
//! changes a recording or doubts a figure.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};

use crate::{
    hash::sha256_hex,
    progress::Progress,
    tool, weights,
    workspace::{Workspace, write_file},
};

/// Recordings, 16 kHz mono.
const RECORDINGS: &str = "crates/audio-dsp/tests/data";

/// One `STEM.csv` per recording.
const FIGURES: &str = "crates/audio-dsp/tests/golden";

/// Runs the model over the recordings and writes the figures.
pub(crate) fn execute(workspace: &Workspace) -> anyhow::Result<()> {
    let recordings = recordings(&workspace.path(RECORDINGS))?;
    let mut progress = Progress::new(2);

    progress.step("ONNX Runtime in target/tools/python");
    let python = prepare_python(workspace)?;

    progress.step(format!("probabilities of {} recordings", recordings.len()));
    let figures = workspace.path(FIGURES);
    fs::create_dir_all(&figures).with_context(|| format!("cannot make the folder {FIGURES}"))?;
    let mut script = Command::new(python);
    script
        .arg(workspace.path("xtask/golden/probabilities.py"))
        .arg(weights::model_path(workspace)?)
        .current_dir(workspace.root());
    for recording in &recordings {
        let stem = recording.file_stem().context("a recording has a name")?;
        let destination = figures.join(stem).with_extension("csv");
        script.args([recording, &destination]);
    }
    tool::run(&mut script, "computing the probabilities")
}

fn recordings(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot list the recordings in {RECORDINGS}"))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wav") {
            paths.push(path);
        }
    }
    paths.sort();
    ensure!(
        !paths.is_empty(),
        "{RECORDINGS} has no .wav file to compute figures of"
    );
    Ok(paths)
}

/// The interpreter of an environment that has the required packages, made once.
pub(crate) fn prepare_python(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let requirements = workspace.path("xtask/golden/requirements.txt");
    let wanted = sha256_hex(&fs::read(&requirements).context("cannot read requirements.txt")?);
    let environment = workspace.target("tools/python");
    let python = environment.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let stamp = environment.join("requirements.sha256");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }

    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(&environment);
    tool::run(
        &mut make,
        "making a Python environment (Debian: is python3-venv installed?)",
    )?;
    let mut install = Command::new(&python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--requirement",
        ])
        .arg(&requirements);
    tool::run(&mut install, "installing the Python packages")?;
    write_file(&stamp, wanted.as_bytes())?;
    Ok(python)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use tempfile::TempDir;

    use super::recordings;

    #[test]
    fn takes_the_recordings_of_a_folder_in_the_order_of_their_names() {
        let folder = TempDir::new().unwrap();
        for name in ["b.wav", "README.md", "a.wav"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = recordings(folder.path()).unwrap();
        assert_eq!(
            found,
            ["a.wav", "b.wav"].map(|name| folder.path().join(name))
        );
    }

    #[test]
    fn says_that_there_is_no_recording() {
        let folder = TempDir::new().unwrap();
        let message = recordings(folder.path()).unwrap_err().to_string();
        assert!(message.contains("no .wav file"), "{message}");
    }
}
