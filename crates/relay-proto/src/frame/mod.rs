//! Frames: what travels in binary WebSocket messages, one frame in each.
//!
//! Nothing here allocates. A decoded [`Frame`] borrows its samples from the message it came in,
//! and encoding writes to a buffer of the caller's. Both refuse the same things, so that neither
//! side can send what the other would not take.

mod error;
pub use error::FrameError;

mod kind;
pub use kind::{CaptureMode, EndReason, Kind};

mod decode;
mod encode;
pub use encode::{encode_audio, stamp};

use crate::pcm::Pcm;

/// The length of a frame's header, in bytes.
pub const HEADER_BYTES: usize = 16;

/// The most samples that one audio frame can carry: 2.04 s.
pub const MAX_AUDIO_SAMPLES: usize =
    (crate::MAX_MESSAGE_BYTES - HEADER_BYTES) / crate::pcm::SAMPLE_BYTES;

/// The largest sample time or count of samples: 2^53 - 1, which JavaScript's numbers hold exactly
/// and which leaves room to add one to another. The clock reaches it after 17,000 years.
pub const MAX_SAMPLE_TIME: u64 = (1 << 53) - 1;

/// One unit on the wire.
///
/// All times count 16 kHz samples since capture started.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame<'a> {
    /// The place in the session, counted from 1. Zero in a frame that has no number yet, and
    /// always in [`Body::Level`], which gets none.
    pub sequence: u32,
    /// The sample that the frame is about; which one, each [`Body`] says.
    pub sample_time: u64,
    /// What the frame says.
    pub body: Body<'a>,
}

/// What a frame says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Body<'a> {
    /// Sound. `sample_time` is its first sample.
    Audio(Pcm<'a>),
    /// One window sounds like speech; `sample_time` is the onset.
    Probable {
        /// The segment's number.
        segment: u32,
    },
    /// It is speech; `sample_time` is the onset. The audio from `audio_start` on follows.
    Confirmed {
        /// The segment's number.
        segment: u32,
        /// The first sample of the segment's audio, not after the onset.
        audio_start: u64,
    },
    /// The segment is over; `sample_time` equals `audio_end`.
    ///
    /// `audio_start <= onset <= offset <= audio_end`. Audio from `audio_end` on that was sent
    /// already belongs to the next segment.
    Ended {
        /// The segment's number.
        segment: u32,
        /// Why it is over.
        reason: EndReason,
        /// The first sample of the detected speech.
        onset: u64,
        /// The first sample after the detected speech.
        offset: u64,
        /// The first sample of the audio, pre-roll included.
        audio_start: u64,
        /// The first sample after the audio, hangover included.
        audio_end: u64,
    },
    /// It was no speech, and no audio of it was sent as speech; `sample_time` is the onset.
    Retracted {
        /// The segment's number, which is not used again.
        segment: u32,
    },
    /// One step of the detector; `sample_time` is the first sample of the window. Never numbered,
    /// acknowledged or replayed.
    Level {
        /// The probability of speech, 0 to 1.
        probability: f32,
        /// The root mean square, in dB relative to full scale.
        rms_dbfs: f32,
        /// The largest magnitude, in dB relative to full scale.
        peak_dbfs: f32,
    },
    /// Audio was lost: it was never captured, or the replay ring had no room for it.
    /// `sample_time` is the first lost sample.
    Gap {
        /// How many samples are lost; at least 1.
        samples: u64,
    },
    /// Capture changed its mode; `sample_time` is the first sample under the new one.
    ModeChanged {
        /// The new mode.
        mode: CaptureMode,
    },
}

impl Body<'_> {
    /// Which kind of frame it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Audio(_) => Kind::Audio,
            Self::Probable { .. } => Kind::Probable,
            Self::Confirmed { .. } => Kind::Confirmed,
            Self::Ended { .. } => Kind::Ended,
            Self::Retracted { .. } => Kind::Retracted,
            Self::Level { .. } => Kind::Level,
            Self::Gap { .. } => Kind::Gap,
            Self::ModeChanged { .. } => Kind::ModeChanged,
        }
    }
}

impl Frame<'_> {
    /// The number of bytes that [`Frame::encode`] writes.
    pub fn encoded_len(&self) -> usize {
        let payload_bytes = if let Body::Audio(pcm) = self.body {
            pcm.as_bytes().len()
        } else {
            self.body.kind().payload_bytes().unwrap_or_default()
        };
        HEADER_BYTES + payload_bytes
    }

    /// Checks what the types cannot say. Decoding and encoding both do.
    fn check(&self) -> Result<(), FrameError> {
        let kind = self.body.kind();
        if !kind.is_sequenced() && self.sequence != 0 {
            return Err(FrameError::Unsequenced {
                actual: self.sequence,
            });
        }
        check_sample_time("sample_time", self.sample_time)?;
        match self.body {
            Body::Audio(_)
            | Body::Probable { .. }
            | Body::Retracted { .. }
            | Body::ModeChanged { .. } => Ok(()),
            Body::Confirmed { audio_start, .. } => check_order([
                ("audio_start", audio_start),
                ("sample_time", self.sample_time),
            ]),
            Body::Ended {
                onset,
                offset,
                audio_start,
                audio_end,
                ..
            } => {
                check_order([
                    ("audio_start", audio_start),
                    ("onset", onset),
                    ("offset", offset),
                    ("audio_end", audio_end),
                ])?;
                if audio_end != self.sample_time {
                    return Err(FrameError::EndMismatch {
                        expected: audio_end,
                        actual: self.sample_time,
                    });
                }
                Ok(())
            }
            Body::Level {
                probability,
                rms_dbfs,
                peak_dbfs,
            } => {
                for (field, value) in [
                    ("probability", probability),
                    ("rms_dbfs", rms_dbfs),
                    ("peak_dbfs", peak_dbfs),
                ] {
                    if !value.is_finite() {
                        return Err(FrameError::NotFinite {
                            field,
                            actual: value,
                        });
                    }
                }
                Ok(())
            }
            Body::Gap { samples: 0 } => Err(FrameError::EmptyGap),
            Body::Gap { samples } => check_sample_time("samples", samples),
        }
    }
}

fn check_sample_time(field: &'static str, actual: u64) -> Result<(), FrameError> {
    if actual > MAX_SAMPLE_TIME {
        return Err(FrameError::SampleTimeTooLarge { field, actual });
    }
    Ok(())
}

fn check_order<const N: usize>(times: [(&'static str, u64); N]) -> Result<(), FrameError> {
    for ((earlier, earlier_time), (later, later_time)) in
        times.into_iter().zip(times.into_iter().skip(1))
    {
        if earlier_time > later_time {
            return Err(FrameError::Disordered {
                earlier,
                earlier_time,
                later,
                later_time,
            });
        }
    }
    Ok(())
}
