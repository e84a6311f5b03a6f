//! How the relay ends a connection: what it says, then the close code and its reason.

use axum::extract::ws::CloseFrame;
use relay_proto::{
    close::CloseCode,
    message::{EndedReason, RelayMessage},
};

/// The most bytes of a close reason (RFC 6455, section 5.5: 125 with the code).
const MAX_REASON_BYTES: usize = 123;

/// The most characters of a reason: some repeat what the client sent.
const MAX_REASON_CHARS: usize = 1_000;

/// The last words on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Goodbye {
    /// Why the connection ends.
    code: CloseCode,
    /// The same in words, for the people who make the page.
    reason: String,
    /// What is sent before the close.
    farewell: RelayMessage,
}

impl Goodbye {
    /// The call is over.
    pub(crate) fn over(reason: EndedReason) -> Self {
        let (code, text) = match reason {
            EndedReason::Fault => (
                CloseCode::RelayFault,
                "Something went wrong in the relay. Please call again.",
            ),
            EndedReason::Hangup => (CloseCode::Normal, "You have hung up."),
            EndedReason::Limit => (
                CloseCode::Normal,
                "The call has reached its longest duration. Please call again to go on.",
            ),
            EndedReason::RelayShutdown => (
                CloseCode::GoingAway,
                "The relay is shutting down. Please call again in a few minutes.",
            ),
        };
        Self {
            code,
            reason: text.to_owned(),
            farewell: RelayMessage::Ended {
                reason,
                text: text.to_owned(),
            },
        }
    }

    /// The client did something that the relay does not accept.
    pub(crate) fn refusal(code: CloseCode, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        if let Some((end, _)) = reason.char_indices().nth(MAX_REASON_CHARS) {
            reason.truncate(end);
        }
        Self {
            code,
            farewell: RelayMessage::Error {
                code,
                message: reason.clone(),
            },
            reason,
        }
    }

    /// What is sent before the close.
    pub(crate) fn farewell(&self) -> &RelayMessage {
        &self.farewell
    }

    /// The close itself.
    pub(crate) fn close_frame(&self) -> CloseFrame {
        let mut reason = self.reason.as_str();
        while reason.len() > MAX_REASON_BYTES {
            let last = reason.char_indices().next_back();
            reason = &reason[..last.map_or(0, |(start, _)| start)];
        }
        CloseFrame {
            code: self.code.code(),
            reason: reason.into(),
        }
    }

    /// Why the connection ends.
    pub(crate) fn code(&self) -> CloseCode {
        self.code
    }

    /// The same in words.
    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_a_reason_to_what_a_close_can_hold() {
        let goodbye = Goodbye::refusal(CloseCode::BadMessage, "ä".repeat(2_000));
        assert_eq!(goodbye.close_frame().reason.as_str(), "ä".repeat(61));
        let RelayMessage::Error { message, .. } = goodbye.farewell() else {
            panic!("a refusal is told as an error");
        };
        assert_eq!(message.chars().count(), MAX_REASON_CHARS);
    }
}
