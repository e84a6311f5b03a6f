//! What the relay says.

use super::alloc::string::String;
use super::alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::Private;
use crate::close::CloseCode;
use crate::frame::CaptureMode;

/// A message from the relay to the client.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RelayMessage {
    /// Answers `hello`: the session is open.
    Welcome {
        /// The version of the wire that the relay speaks.
        version: u8,
        /// The session's id.
        session: String,
        /// The secret that allows to resume the session.
        resume_token: Private,
        /// The call's id; people may quote it.
        call: String,
        /// Which audio the client sends at first.
        capture_mode: CaptureMode,
        /// The number of the frame that the relay expects next.
        next_sequence: u32,
    },
    /// The relay has all frames up to and including this one.
    Ack {
        /// The newest frame's number.
        sequence: u32,
    },
    /// Which audio the client sends from here on.
    CaptureMode {
        /// The mode.
        mode: CaptureMode,
    },
    /// Words for the caller.
    Say {
        /// The prompt's id, for `played`.
        prompt: String,
        /// The words.
        text: String,
        /// The words' language, as a BCP 47 tag.
        language: String,
    },
    /// What the relay received of a segment.
    Heard(Heard),
    /// What the call is doing.
    CallState {
        /// The call's state.
        state: CallState,
    },
    /// The call is over; a close follows.
    Ended {
        /// Why it is over.
        reason: EndedReason,
        /// The same in words for the caller.
        text: String,
    },
    /// Something is wrong; a close with this code follows.
    Error {
        /// The code of the close.
        code: CloseCode,
        /// What is wrong, in words for the people who make the page.
        message: String,
    },
    /// Asks for a `pong` with the same nonce.
    Ping {
        /// Comes back in the answer.
        nonce: u32,
    },
    /// Answers a `ping`.
    Pong {
        /// The nonce of the `ping`.
        nonce: u32,
    },
}

impl RelayMessage {
    /// All values of `type` that a relay sends.
    pub const TYPES: [&'static str; 10] = [
        "welcome",
        "ack",
        "capture_mode",
        "say",
        "heard",
        "call_state",
        "ended",
        "error",
        "ping",
        "pong",
    ];
}

/// What the relay received of a segment. Times are milliseconds since capture started.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Heard {
    /// The segment's number.
    pub segment: u32,
    /// Where the speech starts.
    pub onset_ms: u64,
    /// Where the speech ends, as far as is known.
    pub offset_ms: u64,
    /// How much audio arrived, pre-roll and hangover included.
    pub audio_ms: u64,
    /// Which step the segment has reached.
    pub state: HeardState,
    /// The peaks of equal slices of the segment, 0 to 100; at most
    /// [`MAX_ENVELOPE_VALUES`](super::MAX_ENVELOPE_VALUES).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope: Option<Vec<u8>>,
}

/// The step that a segment has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeardState {
    /// One window sounds like speech.
    Probable,
    /// It is speech.
    Confirmed,
    /// It is over.
    Ended,
    /// It was no speech.
    Retracted,
}

/// What a call is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// The caller is being greeted.
    Greeting,
    /// The relay waits for the caller to speak, or hears the caller.
    Listening,
    /// The call is over.
    Ended,
}

/// Why a call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedReason {
    /// The caller hung up.
    Hangup,
    /// The relay is shutting down.
    RelayShutdown,
    /// Something failed.
    Fault,
    /// The call reached its longest duration.
    Limit,
}
