//! What can be wrong with a frame.

use super::{Kind, MAX_SAMPLE_TIME};
use crate::close::CloseCode;
use crate::{MAX_MESSAGE_BYTES, VERSION};

/// Why bytes are no frame, or why a frame cannot be put into bytes.
///
/// When decoding, the fault is the sender's and the connection is closed with
/// [`FrameError::close_code`]; when encoding, it is our own.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// There are fewer bytes than the header, or than the payload of this kind.
    #[error("the frame is too short: {actual} bytes, where at least {expected} are needed")]
    TooShort {
        /// The least number of bytes that would have done.
        expected: usize,
        /// The number of bytes there are.
        actual: usize,
    },
    /// The whole message is over the limit.
    #[error("the frame is too long: {actual} bytes, where at most {MAX_MESSAGE_BYTES} are allowed")]
    TooLong {
        /// The number of bytes there are.
        actual: usize,
    },
    /// Bytes follow after the payload.
    #[error("bytes follow after the frame: it has {actual} bytes, where its kind has {expected}")]
    TrailingBytes {
        /// The length of a frame of this kind.
        expected: usize,
        /// The number of bytes there are.
        actual: usize,
    },
    /// The first byte is another version's.
    #[error(
        "the frame is of version {actual}, where version {VERSION} is spoken: update the older side"
    )]
    UnsupportedVersion {
        /// The version that the frame names.
        actual: u8,
    },
    /// No frame has this kind.
    #[error("there is no frame of kind {actual}")]
    UnknownKind {
        /// The kind's number.
        actual: u8,
    },
    /// A flag is set; this version has none.
    #[error("the flags are {actual:#06x}, where all are reserved and must be 0")]
    ReservedFlags {
        /// All 16 flags.
        actual: u16,
    },
    /// A reserved field of the payload is not 0.
    #[error("a reserved field is {actual:#010x}, where it must be 0")]
    ReservedField {
        /// The field's value.
        actual: u32,
    },
    /// There is audio, and not a single sample in it.
    #[error("the audio is empty, where at least one sample is needed")]
    EmptyAudio,
    /// The audio ends in the middle of a sample.
    #[error("the audio is {actual} bytes long, where a sample has two: half a sample is left over")]
    OddPcmLength {
        /// The number of bytes of audio.
        actual: usize,
    },
    /// There is no such reason for the end of a segment.
    #[error("there is no reason number {actual} for the end of a segment")]
    UnknownReason {
        /// The reason's number.
        actual: u32,
    },
    /// There is no such capture mode.
    #[error("there is no capture mode number {actual}")]
    UnknownMode {
        /// The mode's number.
        actual: u32,
    },
    /// A number is infinite or not a number.
    #[error("`{field}` is {actual}, where a finite number is needed")]
    NotFinite {
        /// Which field.
        field: &'static str,
        /// Its value.
        actual: f32,
    },
    /// A gap of no samples is no gap.
    #[error("the gap is empty, where at least one sample must be lost")]
    EmptyGap,
    /// A time or a count of samples is over [`MAX_SAMPLE_TIME`].
    #[error("`{field}` is {actual}, where at most {MAX_SAMPLE_TIME} is allowed")]
    SampleTimeTooLarge {
        /// Which field.
        field: &'static str,
        /// Its value.
        actual: u64,
    },
    /// Two times of a segment are the wrong way round.
    #[error("`{earlier}` is {earlier_time}, where it may not be after `{later}`, {later_time}")]
    Disordered {
        /// Which field has to come first.
        earlier: &'static str,
        /// Its value.
        earlier_time: u64,
        /// Which field may not come before it.
        later: &'static str,
        /// Its value.
        later_time: u64,
    },
    /// The end of a segment has another sample time than the end of its audio.
    #[error("the sample time is {actual}, where it must be `audio_end`, {expected}")]
    EndMismatch {
        /// The end of the audio.
        expected: u64,
        /// The frame's sample time.
        actual: u64,
    },
    /// A frame of a kind that is never numbered has a number.
    #[error("the sequence number is {actual}, where frames of this kind have none and say 0")]
    Unsequenced {
        /// The sequence number.
        actual: u32,
    },
    /// A frame of a kind that is numbered has no number.
    #[error("the sequence number of a {kind:?} frame is 0, where the session counts from 1")]
    Unnumbered {
        /// The frame's kind.
        kind: Kind,
    },
    /// The buffer that was handed in does not hold the frame.
    #[error("the buffer has room for {actual} bytes, where the frame needs {expected}")]
    NoRoom {
        /// The length of the frame.
        expected: usize,
        /// The length of the buffer.
        actual: usize,
    },
}

impl FrameError {
    /// How the relay closes a connection on which such a frame arrived.
    pub const fn close_code(&self) -> CloseCode {
        match self {
            Self::TooLong { .. } => CloseCode::TooLong,
            Self::UnsupportedVersion { .. } => CloseCode::UnsupportedVersion,
            Self::TooShort { .. }
            | Self::TrailingBytes { .. }
            | Self::UnknownKind { .. }
            | Self::ReservedFlags { .. }
            | Self::ReservedField { .. }
            | Self::EmptyAudio
            | Self::OddPcmLength { .. }
            | Self::UnknownReason { .. }
            | Self::UnknownMode { .. }
            | Self::NotFinite { .. }
            | Self::EmptyGap
            | Self::SampleTimeTooLarge { .. }
            | Self::Disordered { .. }
            | Self::EndMismatch { .. }
            | Self::Unsequenced { .. }
            | Self::Unnumbered { .. }
            | Self::NoRoom { .. } => CloseCode::BadFrame,
        }
    }
}

/// Fails unless there are at least `expected` bytes.
pub(super) const fn need(expected: usize, bytes: &[u8]) -> Result<(), FrameError> {
    if bytes.len() < expected {
        return Err(FrameError::TooShort {
            expected,
            actual: bytes.len(),
        });
    }
    Ok(())
}
