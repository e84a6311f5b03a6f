//! Recordings with labels of what was said.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use switchboard_tests::recording::{RATE_HZ, Recording};

/// A recording at 16 kHz with labels.
#[derive(Debug)]
pub(crate) struct Labelled {
    /// The name of its file.
    pub(crate) name: String,
    /// Its length.
    pub(crate) duration_s: f64,
    /// The file of its labels.
    pub(crate) labels: PathBuf,
}

/// Every `wav/NAME.wav` of a folder with its `labels/NAME.csv`, by name.
pub(crate) fn find(folder: &Path) -> Result<Vec<Labelled>> {
    let recordings = folder.join("wav");
    let entries = fs::read_dir(&recordings)
        .with_context(|| format!("cannot list the recordings in {}", recordings.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if path.extension().is_some_and(|extension| extension == "wav") {
            let recording = Recording::read(&path)?;
            let is_comparable = recording.rate_hz == RATE_HZ;
            ensure!(is_comparable, "{} is not at {RATE_HZ} Hz", path.display());
            found.push(Labelled {
                name: format!("{stem}.wav"),
                duration_s: recording.seconds(),
                labels: folder.join("labels").join(format!("{stem}.csv")),
            });
        }
    }
    ensure!(
        !found.is_empty(),
        "{} has no .wav file",
        recordings.display()
    );
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}
