//! Reading WAV files: any sample rate the pipeline takes, whole numbers of 8 to 32 bits or 32-bit
//! floats, one channel.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use audio_dsp::{MAX_INPUT_RATE_HZ, MIN_INPUT_RATE_HZ};
use hound::SampleFormat;

/// Samples handed out at a time.
const BLOCK_SAMPLES: usize = 4_096;

/// A mono WAV file that is read block by block, so that an hour of audio needs no more memory than
/// a second.
#[expect(missing_debug_implementations, reason = "hound's reader has none")]
pub struct WavFile {
    reader: hound::WavReader<BufReader<File>>,
    encoding: Encoding,
    /// Samples that the header promises.
    promised_samples: u32,
}

/// Why a file cannot be used. Each message completes the sentence that begins with the file's name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WavError {
    /// The file cannot be opened or read.
    #[error("cannot be read: {0}")]
    Io(#[source] io::Error),
    /// The file does not begin like a WAV file, or its header makes no sense.
    #[error("is not a WAV file: {0}")]
    NotWav(String),
    /// Zero bytes, or a header with no samples behind it.
    #[error("is empty: it holds no audio")]
    Empty,
    /// The file ends before what its header promises.
    #[error("is truncated: it ends after {actual} of {promised} samples; copy or record it again")]
    Truncated {
        /// Samples that could be read.
        actual: u32,
        /// Samples that the header promises.
        promised: u32,
    },
    /// The file ends inside its header.
    #[error("is truncated: it ends inside its header; copy or record it again")]
    TruncatedHeader,
    /// More than one channel: which of them holds the voice is not ours to guess.
    #[error("has {0} channels and must have one; make it mono with `sox in.wav out.wav remix -`")]
    Channels(u16),
    /// A sample rate that the pipeline does not take.
    #[error(
        "has a sample rate of {0} Hz; {MIN_INPUT_RATE_HZ} to {MAX_INPUT_RATE_HZ} Hz can be read"
    )]
    SampleRate(u32),
    /// A way of writing samples that is not read here.
    #[error("holds {0}; whole numbers of 8, 16, 24 or 32 bits and 32-bit floats can be read")]
    Encoding(String),
}

/// How one sample is written.
#[derive(Clone, Copy)]
enum Encoding {
    /// Whole numbers; the factor maps full scale to 1.
    Integer { factor: f32 },
    /// 32-bit floats, full scale at 1.
    Float,
}

impl WavFile {
    /// Opens a file and checks its header.
    pub fn open(path: &Path) -> Result<Self, WavError> {
        let mut file = BufReader::new(File::open(path).map_err(WavError::Io)?);
        check_magic(&mut file)?;
        let reader = hound::WavReader::new(file).map_err(header_error)?;
        let spec = reader.spec();
        if spec.channels != 1 {
            return Err(WavError::Channels(spec.channels));
        }
        if !(MIN_INPUT_RATE_HZ..=MAX_INPUT_RATE_HZ).contains(&spec.sample_rate) {
            return Err(WavError::SampleRate(spec.sample_rate));
        }
        let encoding = match (spec.sample_format, spec.bits_per_sample) {
            (SampleFormat::Int, bits @ (8 | 16 | 24 | 32)) => Encoding::Integer {
                factor: 0.5_f32.powi(i32::from(bits) - 1),
            },
            (SampleFormat::Float, 32) => Encoding::Float,
            (SampleFormat::Int, bits) => {
                return Err(WavError::Encoding(format!("{bits}-bit whole numbers")));
            }
            (SampleFormat::Float, bits) => {
                return Err(WavError::Encoding(format!("{bits}-bit floats")));
            }
        };
        let promised_samples = reader.duration();
        if promised_samples == 0 {
            return Err(WavError::Empty);
        }
        Ok(Self {
            reader,
            encoding,
            promised_samples,
        })
    }

    /// Replaces `block` by the next samples, full scale at 1; an empty block is the end of the file.
    pub fn read_block(&mut self, block: &mut Vec<f32>) -> Result<(), WavError> {
        block.clear();
        let remaining = self.reader.len();
        let filled = match self.encoding {
            Encoding::Integer { factor } => fill(
                block,
                self.reader
                    .samples()
                    .map(|sample| sample.map(|value: i32| value as f32 * factor)),
            ),
            Encoding::Float => fill(block, self.reader.samples()),
        };
        filled.map_err(|error| {
            let hound::Error::IoError(error) = error else {
                return WavError::Encoding(error.to_string());
            };
            if is_end_of_file(&error) {
                WavError::Truncated {
                    actual: self.promised_samples - remaining + block.len() as u32,
                    promised: self.promised_samples,
                }
            } else {
                WavError::Io(error)
            }
        })
    }

    /// Samples per second.
    pub fn sample_rate_hz(&self) -> u32 {
        self.reader.spec().sample_rate
    }
}

/// Takes at most one block of samples.
fn fill(
    block: &mut Vec<f32>,
    samples: impl Iterator<Item = Result<f32, hound::Error>>,
) -> Result<(), hound::Error> {
    for sample in samples.take(BLOCK_SAMPLES) {
        block.push(sample?);
    }
    Ok(())
}

/// Tells an empty file and a file of another kind from a damaged WAV file.
fn check_magic(file: &mut (impl Read + Seek)) -> Result<(), WavError> {
    let mut start = Vec::with_capacity(12);
    file.take(12)
        .read_to_end(&mut start)
        .map_err(WavError::Io)?;
    match start.as_slice() {
        [] => Err(WavError::Empty),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E'] => {
            file.seek(SeekFrom::Start(0)).map_err(WavError::Io)?;
            Ok(())
        }
        [b'R', b'I', b'F', b'F', rest @ ..] if rest.len() < 8 => Err(WavError::TruncatedHeader),
        _ => Err(WavError::NotWav(
            "it does not begin with RIFF and WAVE".to_owned(),
        )),
    }
}

fn header_error(error: hound::Error) -> WavError {
    if let hound::Error::IoError(error) = error {
        return if is_end_of_file(&error) {
            WavError::TruncatedHeader
        } else {
            WavError::Io(error)
        };
    }
    if let hound::Error::Unsupported = error {
        return WavError::Encoding("samples of an unusual kind".to_owned());
    }
    WavError::NotWav(error.to_string())
}

/// hound reports the end of a file as an error that no system call made.
fn is_end_of_file(error: &io::Error) -> bool {
    error.raw_os_error().is_none()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::{fs, path::PathBuf};

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn reads_every_encoding_to_the_same_samples() {
        let wanted = [0.0, 0.5, -0.5, -1.0, 0.25];
        for (bits, format) in [
            (8, SampleFormat::Int),
            (16, SampleFormat::Int),
            (24, SampleFormat::Int),
            (32, SampleFormat::Int),
            (32, SampleFormat::Float),
        ] {
            let folder = TempDir::new().unwrap();
            let path = write(&folder, spec(1, 44_100, bits, format), &wanted);
            assert_eq!(read_all(&path).unwrap(), wanted, "{bits} bits, {format:?}");
        }
    }

    #[test]
    fn reads_a_file_longer_than_a_block_in_order() {
        let folder = TempDir::new().unwrap();
        let wanted: Vec<f32> = (0..2 * BLOCK_SAMPLES as i32 + 7)
            .map(|n| (n % 128) as f32 / 128.0)
            .collect();
        let path = write(&folder, spec(1, 8_000, 16, SampleFormat::Int), &wanted);
        assert_eq!(read_all(&path).unwrap(), wanted);
    }

    #[test]
    fn says_what_is_wrong_with_a_file() {
        let folder = TempDir::new().unwrap();
        let good = write(&folder, spec(1, 16_000, 16, SampleFormat::Int), &[0.5; 100]);
        let good_bytes = fs::read(&good).unwrap();
        let plain = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            path
        };
        let silent = |channels, rate, samples: &[f32]| {
            write(
                &folder,
                spec(channels, rate, 16, SampleFormat::Int),
                samples,
            )
        };
        for (path, wanted) in [
            (plain("zero", b""), "is empty: it holds no audio"),
            (silent(1, 16_000, &[]), "is empty: it holds no audio"),
            (
                plain("text", b"Dear diary, today"),
                "is not a WAV file: it does not begin with RIFF and WAVE",
            ),
            (
                plain("cut header", &good_bytes[..30]),
                "is truncated: it ends inside its header; copy or record it again",
            ),
            (
                plain("cut audio", &good_bytes[..good_bytes.len() - 50]),
                "is truncated: it ends after 75 of 100 samples; copy or record it again",
            ),
            (
                silent(2, 16_000, &[0.0; 4]),
                "has 2 channels and must have one; make it mono with `sox in.wav out.wav remix -`",
            ),
            (
                silent(1, 4_000, &[0.0; 4]),
                "has a sample rate of 4000 Hz; 8000 to 192000 Hz can be read",
            ),
        ] {
            assert_eq!(read_all(&path).unwrap_err().to_string(), wanted);
        }
        let missing = read_all(&folder.path().join("nothing.wav")).unwrap_err();
        assert!(matches!(missing, WavError::Io(_)), "{missing}");
    }

    fn spec(channels: u16, rate: u32, bits: u16, format: SampleFormat) -> hound::WavSpec {
        hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: bits,
            sample_format: format,
        }
    }

    fn write(folder: &TempDir, spec: hound::WavSpec, samples: &[f32]) -> PathBuf {
        let name = format!(
            "{}-{}-{}.wav",
            spec.channels,
            spec.sample_rate,
            samples.len()
        );
        let path = folder.path().join(name);
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for &sample in samples {
            match spec.sample_format {
                SampleFormat::Float => writer.write_sample(sample).unwrap(),
                SampleFormat::Int => {
                    let full_scale = 2_f64.powi(i32::from(spec.bits_per_sample) - 1);
                    writer
                        .write_sample((f64::from(sample) * full_scale) as i32)
                        .unwrap();
                }
            }
        }
        writer.finalize().unwrap();
        path
    }

    fn read_all(path: &Path) -> Result<Vec<f32>, WavError> {
        let mut file = WavFile::open(path)?;
        let (mut all, mut block) = (Vec::new(), Vec::new());
        loop {
            file.read_block(&mut block)?;
            if block.is_empty() {
                return Ok(all);
            }
            all.extend_from_slice(&block);
        }
    }
}
