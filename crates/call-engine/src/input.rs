//! What can happen to a call.

use crate::{PromptId, SegmentId};

/// Something that happened.
///
/// Times in milliseconds count from the start of the caller's audio: they come from its sample
/// clock and say nothing about [`Timestamp`](crate::Timestamp).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The line is open both ways.
    Connected,
    /// Somebody ended the call.
    HungUp {
        /// Who it was.
        by: Party,
    },
    /// The line is gone and will not come back.
    LineLost,
    /// A prompt was played to its end, or as far as the channel could.
    Played {
        /// Which one.
        prompt: PromptId,
    },
    /// The caller's speech ended.
    SpeechEnded {
        /// The segment.
        segment: SegmentId,
        /// Where the speech started.
        onset_ms: u64,
        /// Where the speech ended.
        offset_ms: u64,
    },
    /// What sounded like speech was none.
    SpeechRetracted {
        /// The segment.
        segment: SegmentId,
    },
    /// The caller seems to speak; also when a segment goes on where the one before was cut.
    SpeechStarted {
        /// The segment.
        segment: SegmentId,
        /// Where the speech starts.
        at_ms: u64,
    },
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The caller.
    Caller,
    /// The relay, which is shutting down.
    Relay,
}
