//! Samples on the wire: signed 16-bit little-endian PCM, mono, 16 kHz.

use crate::frame::FrameError;

/// Bytes per sample.
pub const SAMPLE_BYTES: usize = 2;

/// Samples as they lie in a frame's payload: borrowed, never empty, never half a sample.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pcm<'a> {
    bytes: &'a [u8],
}

#[expect(
    clippy::len_without_is_empty,
    reason = "there is always at least one sample"
)]
impl<'a> Pcm<'a> {
    /// Takes `bytes` as samples. Zero bytes and an odd number of them are refused.
    pub fn new(bytes: &'a [u8]) -> Result<Self, FrameError> {
        if bytes.is_empty() {
            return Err(FrameError::EmptyAudio);
        }
        if !bytes.len().is_multiple_of(SAMPLE_BYTES) {
            return Err(FrameError::OddPcmLength {
                actual: bytes.len(),
            });
        }
        Ok(Self { bytes })
    }

    /// The number of samples; at least 1.
    pub const fn len(&self) -> usize {
        self.bytes.len() / SAMPLE_BYTES
    }

    /// The samples, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = i16> + use<'a> {
        let (samples, _) = self.bytes.as_chunks::<SAMPLE_BYTES>();
        samples.iter().map(|bytes| i16::from_le_bytes(*bytes))
    }

    /// The bytes as they lie in the frame.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

// The bytes are somebody's voice: a log shows how many there are, never what they are.
impl core::fmt::Debug for Pcm<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Pcm")
            .field("n_samples", &self.len())
            .finish()
    }
}

/// A float sample (full scale is 1) as it goes on the wire: times 32,768, to the nearest integer,
/// ties to even, saturated. NaN is silence.
pub fn to_i16(sample: f32) -> i16 {
    // Adding and subtracting 1.5 * 2^23 leaves no fraction bits, so the addition rounds. `core`
    // has no rounding of its own, and this costs two instructions on the audio thread.
    const NO_FRACTION: f32 = 12_582_912.0;
    let scaled = (sample * 32_768.0).clamp(-32_768.0, 32_767.0);
    (scaled + NO_FRACTION - NO_FRACTION) as i16
}

/// A sample from the wire as a float in -1 to 1: divided by 32,768, which is exact.
pub fn to_f32(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}
