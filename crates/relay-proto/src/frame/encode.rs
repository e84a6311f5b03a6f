//! From a frame to bytes.

use super::decode::Header;
use super::{Body, Frame, FrameError, HEADER_BYTES, Kind, check_sample_time};
use crate::pcm::{SAMPLE_BYTES, to_i16};
use crate::{MAX_MESSAGE_BYTES, VERSION};

impl Frame<'_> {
    /// Writes the frame to the front of `out` and says how many bytes it took.
    ///
    /// When the frame is refused, what `out` holds is unspecified.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, FrameError> {
        self.check()?;
        let n_bytes = self.encoded_len();
        let mut writer = Writer::header(
            self.body.kind(),
            self.sequence,
            self.sample_time,
            room(out, n_bytes)?,
        );
        match self.body {
            Body::Audio(pcm) => writer.put(pcm.as_bytes()),
            Body::Probable { segment } | Body::Retracted { segment } => {
                writer.put(&segment.to_le_bytes());
            }
            Body::Confirmed {
                segment,
                audio_start,
            } => {
                writer.put(&segment.to_le_bytes());
                writer.put(&0_u32.to_le_bytes());
                writer.put(&audio_start.to_le_bytes());
            }
            Body::Ended {
                segment,
                reason,
                onset,
                offset,
                audio_start,
                audio_end,
            } => {
                writer.put(&segment.to_le_bytes());
                writer.put(&(reason as u32).to_le_bytes());
                for time in [onset, offset, audio_start, audio_end] {
                    writer.put(&time.to_le_bytes());
                }
            }
            Body::Level {
                probability,
                rms_dbfs,
                peak_dbfs,
            } => {
                for value in [probability, rms_dbfs, peak_dbfs] {
                    writer.put(&value.to_le_bytes());
                }
            }
            Body::Gap { samples } => writer.put(&samples.to_le_bytes()),
            Body::ModeChanged { mode } => writer.put(&(mode as u32).to_le_bytes()),
        }
        Ok(n_bytes)
    }
}

/// Writes an audio frame without a number: float samples (full scale is 1) become PCM on the way
/// as [`to_i16`] says. Says how many bytes it took.
pub fn encode_audio(
    sample_time: u64,
    samples: &[f32],
    out: &mut [u8],
) -> Result<usize, FrameError> {
    if samples.is_empty() {
        return Err(FrameError::EmptyAudio);
    }
    check_sample_time("sample_time", sample_time)?;
    let n_bytes = HEADER_BYTES.saturating_add(samples.len().saturating_mul(SAMPLE_BYTES));
    let mut writer = Writer::header(Kind::Audio, 0, sample_time, room(out, n_bytes)?);
    for sample in samples {
        writer.put(&to_i16(*sample).to_le_bytes());
    }
    Ok(n_bytes)
}

/// Gives an encoded frame its number. Zero and kinds that are never numbered are refused.
pub fn stamp(bytes: &mut [u8], sequence: u32) -> Result<(), FrameError> {
    let header = Header::decode(bytes)?;
    if sequence == 0 {
        return Err(FrameError::Unnumbered { kind: header.kind });
    }
    if !header.kind.is_sequenced() {
        return Err(FrameError::Unsequenced { actual: sequence });
    }
    bytes[4..8].copy_from_slice(&sequence.to_le_bytes());
    Ok(())
}

/// The first `n_bytes` of `out`.
fn room(out: &mut [u8], n_bytes: usize) -> Result<&mut [u8], FrameError> {
    if n_bytes > MAX_MESSAGE_BYTES {
        return Err(FrameError::TooLong { actual: n_bytes });
    }
    let actual = out.len();
    out.get_mut(..n_bytes).ok_or(FrameError::NoRoom {
        expected: n_bytes,
        actual,
    })
}

/// Puts bytes at the front of a buffer that is as long as what is put there in all.
struct Writer<'a> {
    out: &'a mut [u8],
}

impl<'a> Writer<'a> {
    fn header(kind: Kind, sequence: u32, sample_time: u64, out: &'a mut [u8]) -> Self {
        let mut writer = Self { out };
        writer.put(&[VERSION, kind as u8]);
        writer.put(&0_u16.to_le_bytes());
        writer.put(&sequence.to_le_bytes());
        writer.put(&sample_time.to_le_bytes());
        writer
    }

    fn put(&mut self, bytes: &[u8]) {
        let (front, rest) = core::mem::take(&mut self.out).split_at_mut(bytes.len());
        front.copy_from_slice(bytes);
        self.out = rest;
    }
}
