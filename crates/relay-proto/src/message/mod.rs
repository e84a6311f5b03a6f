//! Control messages: what travels in text WebSocket messages, one JSON object in each.
//!
//! Decoding and encoding check the same bounds, so that neither side can send what the other
//! would not take.

extern crate alloc;

mod client;
pub use client::{ClientMessage, Codec, Device, Digit, Hello, NotADigit, Resume, Rung};

mod relay;
pub use relay::{CallState, EndedReason, Heard, HeardState, RelayMessage};

mod private;
pub use private::Private;

mod bounds;
mod error;
pub use error::MessageError;

use alloc::borrow::Cow;
use alloc::string::String;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::MAX_MESSAGE_BYTES;
use bounds::Bounded;

/// The most characters that a `text` carries.
pub const MAX_TEXT_CHARS: usize = 1_000;

/// The most values that a `heard.envelope` has.
pub const MAX_ENVELOPE_VALUES: usize = 120;

impl ClientMessage {
    /// Reads one message of the client.
    pub fn decode(text: &str) -> Result<Self, MessageError> {
        decode(text, &Self::TYPES)
    }

    /// Writes the message as JSON.
    pub fn encode(&self) -> Result<String, MessageError> {
        encode(self)
    }
}

impl RelayMessage {
    /// Reads one message of the relay.
    pub fn decode(text: &str) -> Result<Self, MessageError> {
        decode(text, &Self::TYPES)
    }

    /// Writes the message as JSON.
    pub fn encode(&self) -> Result<String, MessageError> {
        encode(self)
    }
}

/// Just the type of a message, so that an unknown one can be named.
#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow, rename = "type")]
    name: Option<Cow<'a, str>>,
}

/// Just the version of a message, so that another version's is told apart from a wrong one.
#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

fn decode<M: Bounded + DeserializeOwned>(text: &str, types: &[&str]) -> Result<M, MessageError> {
    if text.len() > MAX_MESSAGE_BYTES {
        return Err(MessageError::TooLong { actual: text.len() });
    }
    let tag: Tag<'_> = serde_json::from_str(text).map_err(MessageError::NotAMessage)?;
    let name = tag.name.ok_or(MessageError::NoType)?;
    if !types.contains(&&*name) {
        return Err(MessageError::unknown_type(&name));
    }
    if matches!(&*name, "hello" | "welcome")
        && let Ok(Versioned { version }) = serde_json::from_str(text)
    {
        bounds::check_version(version)?;
    }
    let message: M = serde_json::from_str(text).map_err(|source| MessageError::BadField {
        name: name.into_owned(),
        source,
    })?;
    message.check_bounds()?;
    Ok(message)
}

fn encode<M: Bounded + Serialize>(message: &M) -> Result<String, MessageError> {
    message.check_bounds()?;
    let text = serde_json::to_string(message).map_err(MessageError::NotAMessage)?;
    if text.len() > MAX_MESSAGE_BYTES {
        return Err(MessageError::TooLong { actual: text.len() });
    }
    Ok(text)
}
