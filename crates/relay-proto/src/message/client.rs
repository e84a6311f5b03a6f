//! What the client says.

use super::alloc::string::String;

use serde::{Deserialize, Serialize};

use super::Private;

/// A message from the client to the relay.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// The first message on each connection.
    Hello(Hello),
    /// The caller ends the call. The relay answers with `ended` and closes.
    Hangup {},
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
    /// A prompt was played to its end, or as far as it was allowed to.
    Played {
        /// The prompt's id, from `say`.
        prompt: String,
        /// How much of it was heard, in milliseconds.
        ms: u32,
    },
    /// The caller typed an utterance.
    Text {
        /// The caller's words: 1 to [`MAX_TEXT_CHARS`](super::MAX_TEXT_CHARS) characters.
        text: Private,
    },
    /// The caller pressed a key.
    Digit {
        /// The key.
        digit: Digit,
    },
}

impl ClientMessage {
    /// All values of `type` that a client sends.
    pub const TYPES: [&'static str; 7] =
        ["hello", "hangup", "ping", "pong", "played", "text", "digit"];
}

/// Who calls, and how it captures. Fields that this version does not know are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Hello {
    /// The version of the wire that the client speaks.
    pub version: u8,
    /// The way capture runs.
    pub rung: Rung,
    /// Why it runs this way, for the people who run the relay.
    pub rung_reason: String,
    /// How the audio frames are encoded.
    pub codec: Codec,
    /// The microphone.
    pub device: Device,
    /// The browser's name and version, as it gives them.
    pub browser: String,
    /// The address of the page that carries the call button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Private>,
    /// What admits the client, where the relay asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Private>,
    /// The session to continue; absent for a new call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Resume>,
}

/// The way capture runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// The pipeline runs in the audio thread.
    Worklet,
    /// The page's main thread captures, the pipeline runs elsewhere in the browser.
    ScriptProcessor,
    /// The browser sends everything, the relay runs the pipeline.
    ServerVad,
}

/// How audio is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    /// Signed 16-bit little-endian samples, mono, 16 kHz.
    Pcm16,
}

/// The microphone and what the browser does to its sound, as `getSettings()` tells; absent where
/// the browser does not tell. Fields that this version does not know are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Device {
    /// The rate of the audio graph before resampling, in Hz.
    pub sample_rate_hz: u32,
    /// The device's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Private>,
    /// Whether echo is canceled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo_cancellation: Option<bool>,
    /// Whether noise is suppressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_suppression: Option<bool>,
    /// Whether the gain is controlled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_gain_control: Option<bool>,
}

/// Which session to continue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The session's id, from `welcome`.
    pub session: String,
    /// The session's `resume_token`, from `welcome`.
    pub token: Private,
    /// The oldest frame that the client can still send.
    pub next_sequence: u32,
}

/// A key of the telephone keypad: `0` to `9`, `*` or `#`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "char", into = "char")]
pub struct Digit(char);

/// A character that is on no key of the telephone keypad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{actual:?} is no key: expected 0 to 9, * or #")]
pub struct NotADigit {
    /// The character.
    pub actual: char,
}

impl TryFrom<char> for Digit {
    type Error = NotADigit;

    fn try_from(actual: char) -> Result<Self, NotADigit> {
        match actual {
            '0'..='9' | '*' | '#' => Ok(Self(actual)),
            _ => Err(NotADigit { actual }),
        }
    }
}

impl From<Digit> for char {
    fn from(digit: Digit) -> Self {
        digit.0
    }
}
