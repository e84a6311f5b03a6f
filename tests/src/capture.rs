//! What the relay kept of a call: the folder that `--capture-dir` fills.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    recording::{RATE_HZ, Recording},
    span::Span,
};

/// One call as the relay kept it.
#[derive(Clone, Debug)]
pub struct CapturedCall {
    /// The folder of the call.
    pub folder: PathBuf,
    /// Confirmed segments in order, each with the audio that was sent for it.
    pub confirmed: Vec<Segment>,
    /// How many segments were taken back.
    pub retracted: usize,
    /// Every rung that a segment was captured on, without repetition.
    pub rungs: Vec<String>,
}

/// A confirmed segment, on the caller's sample clock.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The detected speech, from onset to offset.
    pub speech: Span,
    /// The audio that was sent: with pre-roll and hangover.
    pub audio_span: Span,
    /// The audio itself, at [`RATE_HZ`].
    pub audio: Vec<f32>,
}

impl CapturedCall {
    /// Reads the only call in a capture folder.
    pub fn read_only_call(capture_dir: &Path) -> Result<Self> {
        let mut calls = children(capture_dir)?;
        calls.retain(|path| path.is_dir());
        let [call] = calls.as_slice() else {
            bail!(
                "expected the folder of one call in {}, found {}",
                capture_dir.display(),
                calls.len()
            );
        };
        Self::read(call)
    }

    /// Reads the folder of one call.
    pub fn read(folder: &Path) -> Result<Self> {
        let table = folder.join("segments.csv");
        let text = std::fs::read_to_string(&table)
            .with_context(|| format!("cannot read {}", table.display()))?;
        let rows = parse_rows(&text).with_context(|| format!("in {}", table.display()))?;

        let mut files = children(folder)?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "wav"));
        let mut rungs: Vec<_> = rows.iter().map(|row| row.rung.clone()).collect();
        rungs.sort();
        rungs.dedup();
        let retracted = rows.iter().filter(|row| !row.confirmed).count();
        let confirmed: Vec<_> = rows.into_iter().filter(|row| row.confirmed).collect();
        ensure!(
            files.len() == confirmed.len(),
            "{} confirmed segments but {} recordings in {}",
            confirmed.len(),
            files.len(),
            folder.display()
        );

        let confirmed = confirmed
            .into_iter()
            .zip(files)
            .map(|(row, file)| row.with_audio(&file))
            .collect::<Result<_>>()?;
        Ok(Self {
            folder: folder.to_owned(),
            confirmed,
            retracted,
            rungs,
        })
    }
}

/// Paths in a folder, sorted as numbers are: `segment-10` after `segment-9`.
fn children(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = std::fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.path()))
                .collect::<Result<Vec<_>, _>>()
        })
        .with_context(|| format!("cannot list {}", folder.display()))?;
    paths.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    Ok(paths)
}

struct Row {
    speech: Span,
    audio: Span,
    confirmed: bool,
    rung: String,
}

impl Row {
    fn parse(line: &str) -> Option<Self> {
        let fields: Vec<_> = line.split(',').collect();
        let [onset, offset, audio_start, audio_end, state, rung] = fields[..] else {
            return None;
        };
        let confirmed = match state {
            "confirmed" => true,
            "retracted" => false,
            _ => return None,
        };
        Some(Self {
            speech: Span {
                start_s: onset.parse().ok()?,
                end_s: offset.parse().ok()?,
            },
            audio: Span {
                start_s: audio_start.parse().ok()?,
                end_s: audio_end.parse().ok()?,
            },
            confirmed,
            rung: rung.to_owned(),
        })
    }

    fn with_audio(self, file: &Path) -> Result<Segment> {
        let recording = Recording::read(file)?;
        ensure!(
            recording.rate_hz == RATE_HZ,
            "{} has {} Hz instead of {RATE_HZ}",
            file.display(),
            recording.rate_hz
        );
        let expected_s = self.audio.seconds();
        ensure!(
            (recording.seconds() - expected_s).abs() < 0.001,
            "{} lasts {:.3} s, but the table says {expected_s:.3} s were sent",
            file.display(),
            recording.seconds()
        );
        Ok(Segment {
            speech: self.speech,
            audio_span: self.audio,
            audio: recording.samples,
        })
    }
}

fn parse_rows(text: &str) -> Result<Vec<Row>> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    ensure!(
        header == "onset_s,offset_s,audio_start_s,audio_end_s,state,rung",
        "unexpected header {header:?}"
    );
    lines
        .map(|line| Row::parse(line).with_context(|| format!("cannot understand {line:?}")))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    const HEADER: &str = "onset_s,offset_s,audio_start_s,audio_end_s,state,rung\n";

    fn keep(folder: &Path, name: &str, seconds: f64) {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: RATE_HZ,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(folder.join(name), spec).unwrap();
        for _ in 0..(seconds * f64::from(RATE_HZ)) as usize {
            writer.write_sample(100_i16).unwrap();
        }
        writer.finalize().unwrap();
    }

    #[test]
    fn pairs_confirmed_segments_with_their_recordings_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let call = folder.path().join("call");
        std::fs::create_dir(&call).unwrap();
        let rows = "0.2,0.3,0.2,0.2,retracted,worklet\n\
                    1.0,2.0,0.5,2.5,confirmed,worklet\n\
                    3.0,3.5,2.75,4.0,confirmed,worklet\n";
        std::fs::write(call.join("segments.csv"), format!("{HEADER}{rows}")).unwrap();
        keep(&call, "9.wav", 2.0);
        keep(&call, "10.wav", 1.25);

        let captured = CapturedCall::read_only_call(folder.path()).unwrap();
        assert_eq!(captured.retracted, 1);
        assert_eq!(captured.rungs, ["worklet"]);
        let lengths: Vec<_> = captured.confirmed.iter().map(|s| s.audio.len()).collect();
        assert_eq!(lengths, [32_000, 20_000]);
    }

    #[test]
    fn complains_when_table_and_recordings_disagree() {
        let row = "1.0,2.0,0.5,2.5,confirmed,worklet\n";
        for (rows, seconds, complaint) in [
            (row, 1.0, "lasts 1.000 s"),
            ("", 1.0, "0 confirmed segments but 1 recordings"),
            ("1.0,2.0,confirmed\n", 2.0, "cannot understand"),
            (
                "1.0,2.0,0.5,2.5,perhaps,worklet\n",
                2.0,
                "cannot understand",
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(
                folder.path().join("segments.csv"),
                format!("{HEADER}{rows}"),
            )
            .unwrap();
            keep(folder.path(), "0.wav", seconds);
            let error = format!("{:#}", CapturedCall::read(folder.path()).unwrap_err());
            assert!(error.contains(complaint), "{rows:?} gave {error:?}");
        }
    }

    #[test]
    fn says_how_many_calls_it_found_when_there_is_not_one() {
        let folder = tempfile::tempdir().unwrap();
        let error = CapturedCall::read_only_call(folder.path()).unwrap_err();
        assert!(error.to_string().contains("found 0"), "{error}");
    }
}
