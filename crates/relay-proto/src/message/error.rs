//! What can be wrong with a control message.

use super::alloc::string::String;

use crate::close::CloseCode;
use crate::{MAX_MESSAGE_BYTES, VERSION};

/// The most characters of an unknown type that an error repeats.
const MAX_QUOTED_CHARS: usize = 40;

/// Why a text is no message, or why a message cannot be put into text.
///
/// When decoding, the fault is the sender's and the connection is closed with
/// [`MessageError::close_code`]; when encoding, it is our own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The whole message is over the limit.
    #[error(
        "the message is too long: {actual} bytes, where at most {MAX_MESSAGE_BYTES} are allowed"
    )]
    TooLong {
        /// The length in bytes.
        actual: usize,
    },
    /// The text is no JSON object.
    #[error("the message is no JSON object with a string `type`")]
    NotAMessage(#[source] serde_json::Error),
    /// The object has no `type`.
    #[error("the message has no `type`")]
    NoType,
    /// This side sends no message of this type.
    #[error("there is no message of type {name:?} in this direction")]
    UnknownType {
        /// The beginning of the type's name.
        name: String,
    },
    /// `hello` or `welcome` names another version of the wire.
    #[error(
        "the peer speaks version {actual}, where version {VERSION} is spoken: update the older side"
    )]
    UnsupportedVersion {
        /// The version that the message names.
        actual: u64,
    },
    /// A field is missing, unknown or of the wrong kind.
    #[error("a field of `{name}` is wrong")]
    BadField {
        /// The message's type.
        name: String,
        /// Which field, and what about it.
        source: serde_json::Error,
    },
    /// A string or a list is too long.
    #[error("`{field}` is too long: {actual}, where at most {limit} are allowed")]
    FieldTooLong {
        /// Which field.
        field: &'static str,
        /// The most characters or values that are allowed.
        limit: usize,
        /// How many there are.
        actual: usize,
    },
    /// A string that has to say something is empty.
    #[error("`{field}` is empty")]
    FieldEmpty {
        /// Which field.
        field: &'static str,
    },
    /// A number is over its limit.
    #[error("`{field}` is {actual}, where at most {limit} is allowed")]
    TooLarge {
        /// Which field.
        field: &'static str,
        /// The largest value that is allowed.
        limit: u64,
        /// The value.
        actual: u64,
    },
}

impl MessageError {
    /// How the relay closes a connection on which such a message arrived.
    pub const fn close_code(&self) -> CloseCode {
        match self {
            Self::TooLong { .. } => CloseCode::TooLong,
            Self::UnsupportedVersion { .. } => CloseCode::UnsupportedVersion,
            Self::NotAMessage(_)
            | Self::NoType
            | Self::UnknownType { .. }
            | Self::BadField { .. }
            | Self::FieldTooLong { .. }
            | Self::FieldEmpty { .. }
            | Self::TooLarge { .. } => CloseCode::BadMessage,
        }
    }

    pub(super) fn unknown_type(name: &str) -> Self {
        Self::UnknownType {
            name: name.chars().take(MAX_QUOTED_CHARS).collect(),
        }
    }
}
