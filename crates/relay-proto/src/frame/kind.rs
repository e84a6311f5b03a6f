//! The small closed sets of numbers in a frame.

use super::FrameError;

/// The kinds of frames, with their numbers on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Sound.
    Audio = 1,
    /// One window sounds like speech.
    Probable = 2,
    /// It is speech.
    Confirmed = 3,
    /// A segment is over.
    Ended = 4,
    /// It was no speech.
    Retracted = 5,
    /// One step of the detector.
    Level = 6,
    /// Audio was lost.
    Gap = 7,
    /// Capture changed its mode.
    ModeChanged = 8,
}

impl Kind {
    /// Whether frames of this kind are numbered, acknowledged and replayed.
    pub const fn is_sequenced(self) -> bool {
        !matches!(self, Self::Level)
    }

    /// The length of the payload in bytes; `None` where it varies.
    pub const fn payload_bytes(self) -> Option<usize> {
        match self {
            Self::Audio => None,
            Self::Probable | Self::Retracted | Self::ModeChanged => Some(4),
            Self::Gap => Some(8),
            Self::Level => Some(12),
            Self::Confirmed => Some(16),
            Self::Ended => Some(40),
        }
    }
}

impl TryFrom<u8> for Kind {
    type Error = FrameError;

    fn try_from(actual: u8) -> Result<Self, FrameError> {
        Ok(match actual {
            1 => Self::Audio,
            2 => Self::Probable,
            3 => Self::Confirmed,
            4 => Self::Ended,
            5 => Self::Retracted,
            6 => Self::Level,
            7 => Self::Gap,
            8 => Self::ModeChanged,
            _ => return Err(FrameError::UnknownKind { actual }),
        })
    }
}

/// Why a segment ended, with the numbers on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum EndReason {
    /// The caller fell silent.
    Silence = 0,
    /// The segment reached its longest length; the next one begins where it ends.
    MaxSpeech = 1,
    /// Capture stopped.
    Flush = 2,
}

impl TryFrom<u32> for EndReason {
    type Error = FrameError;

    fn try_from(actual: u32) -> Result<Self, FrameError> {
        Ok(match actual {
            0 => Self::Silence,
            1 => Self::MaxSpeech,
            2 => Self::Flush,
            _ => return Err(FrameError::UnknownReason { actual }),
        })
    }
}

/// Which audio a client sends, with the numbers on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "messages",
    derive(serde::Deserialize, serde::Serialize),
    serde(rename_all = "snake_case")
)]
#[repr(u32)]
pub enum CaptureMode {
    /// Only speech: the caller talks to the assistant.
    Gated = 0,
    /// Everything: the caller talks to a person.
    Continuous = 1,
}

impl TryFrom<u32> for CaptureMode {
    type Error = FrameError;

    fn try_from(actual: u32) -> Result<Self, FrameError> {
        Ok(match actual {
            0 => Self::Gated,
            1 => Self::Continuous,
            _ => return Err(FrameError::UnknownMode { actual }),
        })
    }
}
