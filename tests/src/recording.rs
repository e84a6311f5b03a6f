//! Recordings (WAV) and their labels (CSV).

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::{filter::decimate, span::Span};

/// The rate at which recordings are compared, in Hz: that of the caller's sample clock.
pub const RATE_HZ: u32 = 16_000;

/// Mono audio in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Samples per second.
    pub rate_hz: u32,
    /// Samples in -1..=1.
    pub samples: Vec<f32>,
}

impl Recording {
    /// Reads a mono WAV file of 16-bit samples.
    pub fn read(path: &Path) -> Result<Self> {
        let file = path.display();
        let mut reader =
            hound::WavReader::open(path).with_context(|| format!("cannot read {file}"))?;
        let spec = reader.spec();
        ensure!(
            spec.channels == 1 && spec.bits_per_sample == 16,
            "{file}: expected mono with 16 bits, found {} channels with {} bits",
            spec.channels,
            spec.bits_per_sample
        );
        let samples = reader
            .samples::<i16>()
            .map(|sample| sample.map(|value| f32::from(value) / 32_768.0))
            .collect::<Result<_, _>>()
            .with_context(|| format!("{file} ends in the middle"))?;
        Ok(Self {
            rate_hz: spec.sample_rate,
            samples,
        })
    }

    /// Writes a WAV file as [`Recording::read`] reads it.
    pub fn write(&self, path: &Path) -> Result<()> {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: self.rate_hz,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let write = || {
            let mut writer = hound::WavWriter::create(path, spec)?;
            for sample in &self.samples {
                writer.write_sample((sample * 32_768.0) as i16)?;
            }
            writer.finalize()
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }

    /// The same audio with the tone of an empty room after it: noise at -72 dBFS.
    pub fn followed_by_room_tone(mut self, seconds: u32) -> Self {
        const PEAK: f32 = 4.35e-4;
        let mut state = 1_u32;
        let tone = (0..seconds * self.rate_hz).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            PEAK * ((state >> 8) as f32 / (1 << 23) as f32 - 1.0)
        });
        self.samples.extend(tone);
        self
    }

    /// The same audio at [`RATE_HZ`]. The rate must be a whole multiple of it.
    pub fn at_comparison_rate(&self) -> Result<Self> {
        let factor = (self.rate_hz / RATE_HZ) as usize;
        if self.rate_hz != RATE_HZ * factor as u32 || factor == 0 {
            bail!(
                "a recording at {} Hz cannot be compared: make it a multiple of {RATE_HZ} Hz",
                self.rate_hz
            );
        }
        if factor == 1 {
            return Ok(self.clone());
        }
        Ok(Self {
            rate_hz: RATE_HZ,
            samples: decimate(&self.samples, factor),
        })
    }

    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate_hz)
    }
}

/// Reads the utterances of a label file: lines of `start_s,end_s,is_speech`, contiguous from zero.
pub fn read_labels(path: &Path) -> Result<Vec<Span>> {
    let file = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {file}"))?;
    parse_labels(&text).with_context(|| format!("{file} is not a label file"))
}

/// The label file that belongs to a recording: beside it, or in a folder `labels` beside it.
pub fn labels_of(recording: &Path) -> Result<PathBuf> {
    let beside = recording.with_extension("csv");
    let folder = recording
        .parent()
        .unwrap_or_else(|| Path::new(""))
        .join("labels");
    let inside = folder.join(beside.file_name().unwrap_or_default());
    [&beside, &inside]
        .into_iter()
        .find(|path| path.is_file())
        .cloned()
        .with_context(|| {
            let (beside, inside) = (beside.display(), inside.display());
            format!("no labels: neither {beside} nor {inside} exists")
        })
}

fn parse_labels(text: &str) -> Result<Vec<Span>> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    ensure!(
        header == "start_s,end_s,is_speech",
        "unexpected header {header:?}"
    );
    let mut speech = Vec::new();
    let mut at_s = 0.0;
    for (index, line) in lines.enumerate() {
        let (start_s, end_s, is_speech) = parse_label(line)
            .with_context(|| format!("line {}: cannot understand {line:?}", index + 2))?;
        ensure!(
            start_s == at_s && end_s >= start_s,
            "line {}: expected a stretch that starts at {at_s}, found {line:?}",
            index + 2
        );
        at_s = end_s;
        if is_speech {
            speech.push(Span { start_s, end_s });
        }
    }
    Ok(speech)
}

fn parse_label(line: &str) -> Option<(f64, f64, bool)> {
    let mut fields = line.split(',');
    let start_s = fields.next()?.parse().ok()?;
    let end_s = fields.next()?.parse().ok()?;
    let is_speech = match fields.next()? {
        "0" => false,
        "1" => true,
        _ => return None,
    };
    fields
        .next()
        .is_none()
        .then_some((start_s, end_s, is_speech))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn refuses_a_rate_that_cannot_be_decimated() {
        let recording = Recording {
            rate_hz: 44_100,
            samples: vec![0.0; 100],
        };
        let error = recording.at_comparison_rate().unwrap_err();
        assert!(error.to_string().contains("44100 Hz"), "{error}");
    }

    #[test]
    fn writes_what_it_reads_with_room_tone_behind() {
        let speech = Recording {
            rate_hz: 48_000,
            samples: vec![0.5, -0.25, -1.0],
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        let longer = speech.clone().followed_by_room_tone(1);
        longer.write(file.path()).unwrap();

        let read = Recording::read(file.path()).unwrap();
        assert_eq!(read.rate_hz, 48_000);
        assert_eq!(read.samples[..3], speech.samples);
        assert_eq!(read.samples.len(), 48_003);
        let energy: f32 = read.samples[3..].iter().map(|sample| sample.powi(2)).sum();
        let level_dbfs = 10.0 * (energy / 48_000.0).log10();
        assert!((level_dbfs + 72.0).abs() < 1.0, "{level_dbfs}");
    }

    #[test]
    fn labels_keep_only_the_speech() {
        let text = "start_s,end_s,is_speech\n0.000,0.900,0\n0.900,2.000,1\n2.000,3.000,0\n";
        let speech = Span {
            start_s: 0.9,
            end_s: 2.0,
        };
        assert_eq!(parse_labels(text).unwrap(), [speech]);
    }

    #[test]
    fn refuses_labels_that_are_not_contiguous_or_not_labels() {
        for (text, complaint) in [
            ("a,b\n", "header"),
            ("start_s,end_s,is_speech\n0,1,0\n1.5,2,1\n", "line 3"),
            ("start_s,end_s,is_speech\n0,1,maybe\n", "line 2"),
            ("start_s,end_s,is_speech\n0,1,1,1\n", "line 2"),
        ] {
            let error = parse_labels(text).unwrap_err().to_string();
            assert!(error.contains(complaint), "{text:?} gave {error:?}");
        }
    }
}
