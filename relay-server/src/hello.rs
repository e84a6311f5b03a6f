//! Reads the message that opens a call, and decides whether this relay can take it.

use std::error::Error;

use crate::goodbye::Goodbye;
use relay_proto::{
    close::CloseCode,
    message::{ClientMessage, Hello, MessageError, Rung},
};

/// Reads a client's first message.
pub(crate) fn check(text: &str) -> Result<Hello, Goodbye> {
    let hello = match ClientMessage::decode(text).map_err(|error| refuse(&error))? {
        ClientMessage::Hello(hello) => hello,
        ClientMessage::Hangup {}
        | ClientMessage::Ping { .. }
        | ClientMessage::Pong { .. }
        | ClientMessage::Played { .. }
        | ClientMessage::Text { .. }
        | ClientMessage::Digit { .. } => {
            return Err(Goodbye::refusal(
                CloseCode::BadMessage,
                "the first message must be hello",
            ));
        }
    };
    if hello.resume.is_some() {
        return Err(Goodbye::refusal(
            CloseCode::UnknownSession,
            "this relay does not keep sessions whose connection is gone: open a new call",
        ));
    }
    match hello.rung {
        Rung::Worklet | Rung::ScriptProcessor => Ok(hello),
        Rung::ServerVad => Err(Goodbye::refusal(
            CloseCode::NotAdmitted,
            "this relay does not detect speech in raw audio: the browser must do it",
        )),
    }
}

/// The answer to a message that cannot be read.
pub(crate) fn refuse(error: &MessageError) -> Goodbye {
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        reason = format!("{reason}: {error}");
        source = error.source();
    }
    if let MessageError::UnsupportedVersion { .. } = error {
        reason += ": reload the page";
    }
    Goodbye::refusal(error.close_code(), reason)
}
