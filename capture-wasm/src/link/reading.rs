//! The relay's messages, read field by field.
//!
//! `relay-proto` decodes them with serde, which is right for the relay; on a page it would add about
//! half to this module's download. The browser parses JSON anyway, so what is left is to pick the
//! fields; `relay-proto`'s golden vectors hold both to the same meaning. Fields that this version
//! does not know are passed over.

use relay_proto::close::CloseCode;
use relay_proto::frame::CaptureMode;
use relay_proto::message::{CallState, EndedReason, Heard, HeardState, RelayMessage};

/// A parsed JSON object.
pub(crate) trait Fields {
    /// The field `name`, if it is a string.
    fn text(&self, name: &str) -> Option<String>;

    /// The field `name`, if it is a number.
    fn number(&self, name: &str) -> Option<f64>;

    /// The field `name`, if it is a list; what is no number in it is `NaN`.
    fn numbers(&self, name: &str) -> Option<Vec<f64>>;
}

/// What was no message of this version. The fault is the relay's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadError {
    /// A field is missing or of the wrong kind.
    #[error("the relay's message {message} has no valid {field}")]
    BadField {
        /// The message's type.
        message: String,
        /// The field.
        field: &'static str,
    },
    /// The text is no JSON, or the message is binary.
    #[error("the relay sent what is no message")]
    NotAMessage,
    /// There is no such type in this version.
    #[error("the relay sent a message of unknown type {0}")]
    UnknownType(String),
}

/// Reads one message of the relay.
pub(crate) fn read(fields: &impl Fields) -> Result<RelayMessage, ReadError> {
    let message = fields.text("type").ok_or(ReadError::NotAMessage)?;
    let reader = Reader {
        fields,
        message: &message,
    };
    Ok(match message.as_str() {
        "welcome" => RelayMessage::Welcome {
            version: reader.one_of("version", |version: u32| {
                (version == u32::from(relay_proto::VERSION)).then_some(relay_proto::VERSION)
            })?,
            session: reader.text("session")?,
            resume_token: reader.text("resume_token")?.into(),
            call: reader.text("call")?,
            capture_mode: reader.capture_mode("capture_mode")?,
            next_sequence: reader.u32("next_sequence")?,
        },
        "ack" => RelayMessage::Ack {
            sequence: reader.u32("sequence")?,
        },
        "capture_mode" => RelayMessage::CaptureMode {
            mode: reader.capture_mode("mode")?,
        },
        "say" => RelayMessage::Say {
            prompt: reader.text("prompt")?,
            text: reader.text("text")?,
            language: reader.text("language")?,
        },
        "heard" => RelayMessage::Heard(reader.heard()?),
        "call_state" => RelayMessage::CallState {
            state: reader.word("state", |word| {
                Some(match word {
                    "greeting" => CallState::Greeting,
                    "listening" => CallState::Listening,
                    "ended" => CallState::Ended,
                    _ => return None,
                })
            })?,
        },
        "ended" => RelayMessage::Ended {
            reason: reader.word("reason", |word| {
                Some(match word {
                    "hangup" => EndedReason::Hangup,
                    "relay_shutdown" => EndedReason::RelayShutdown,
                    "fault" => EndedReason::Fault,
                    "limit" => EndedReason::Limit,
                    _ => return None,
                })
            })?,
            text: reader.text("text")?,
        },
        "error" => RelayMessage::Error {
            code: reader.one_of("code", |code| {
                CloseCode::try_from(u16::try_from(code).ok()?).ok()
            })?,
            message: reader.text("message")?,
        },
        "ping" => RelayMessage::Ping {
            nonce: reader.u32("nonce")?,
        },
        "pong" => RelayMessage::Pong {
            nonce: reader.u32("nonce")?,
        },
        _ => return Err(ReadError::UnknownType(message)),
    })
}

/// Picks fields, and names the one that is wrong.
struct Reader<'a, F> {
    fields: &'a F,
    message: &'a str,
}

impl<F: Fields> Reader<'_, F> {
    fn text(&self, name: &'static str) -> Result<String, ReadError> {
        self.fields.text(name).ok_or_else(|| self.bad(name))
    }

    fn word<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ReadError> {
        let word = self.fields.text(name);
        word.and_then(|word| read(&word))
            .ok_or_else(|| self.bad(name))
    }

    fn capture_mode(&self, name: &'static str) -> Result<CaptureMode, ReadError> {
        self.word(name, |word| match word {
            "gated" => Some(CaptureMode::Gated),
            "continuous" => Some(CaptureMode::Continuous),
            _ => None,
        })
    }

    fn u32(&self, name: &'static str) -> Result<u32, ReadError> {
        self.one_of(name, Some)
    }

    fn one_of<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(u32) -> Option<T>,
    ) -> Result<T, ReadError> {
        let number = self.fields.number(name).and_then(|number| {
            let whole = number as u32;
            (f64::from(whole) == number).then_some(whole)
        });
        number.and_then(read).ok_or_else(|| self.bad(name))
    }

    /// A time: a whole number that a JavaScript number holds exactly.
    fn u64(&self, name: &'static str) -> Result<u64, ReadError> {
        let number = self.fields.number(name).filter(|number| {
            *number >= 0.0 && *number <= 9_007_199_254_740_991.0 && number.trunc() == *number
        });
        Ok(number.ok_or_else(|| self.bad(name))? as u64)
    }

    fn heard(&self) -> Result<Heard, ReadError> {
        Ok(Heard {
            segment: self.u32("segment")?,
            onset_ms: self.u64("onset_ms")?,
            offset_ms: self.u64("offset_ms")?,
            audio_ms: self.u64("audio_ms")?,
            state: self.word("state", |word| {
                Some(match word {
                    "probable" => HeardState::Probable,
                    "confirmed" => HeardState::Confirmed,
                    "ended" => HeardState::Ended,
                    "retracted" => HeardState::Retracted,
                    _ => return None,
                })
            })?,
            // Peaks are for the eye: what is out of range is drawn at its limit.
            envelope: self
                .fields
                .numbers("envelope")
                .map(|peaks| peaks.into_iter().map(|peak| peak as u8).collect()),
        })
    }

    fn bad(&self, field: &'static str) -> ReadError {
        ReadError::BadField {
            message: self.message.to_owned(),
            field,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use serde_json::{Value, json};

    impl Fields for Value {
        fn text(&self, name: &str) -> Option<String> {
            self.get(name)?.as_str().map(str::to_owned)
        }

        fn number(&self, name: &str) -> Option<f64> {
            self.get(name)?.as_f64()
        }

        fn numbers(&self, name: &str) -> Option<Vec<f64>> {
            let list = self.get(name)?.as_array()?;
            Some(
                list.iter()
                    .map(|value| value.as_f64().unwrap_or(f64::NAN))
                    .collect(),
            )
        }
    }

    #[test]
    fn reads_the_golden_vectors_as_relay_proto_does() {
        let vectors = include_str!("../../../crates/relay-proto/vectors/messages.json");
        let vectors: Value = serde_json::from_str(vectors).expect("the vectors are JSON");
        let relay = vectors["relay"]
            .as_array()
            .expect("the vectors have a relay's side");
        let types: Vec<&str> = relay
            .iter()
            .filter_map(|v| v["message"]["type"].as_str())
            .collect();
        for name in RelayMessage::TYPES {
            assert!(types.contains(&name), "no vector shows {name}");
        }
        for vector in relay {
            let message = &vector["message"];
            let expected = RelayMessage::decode(&message.to_string()).expect("a valid vector");
            assert_eq!(read(message), Ok(expected), "{}", vector["name"]);
        }
    }

    #[test]
    fn names_what_is_wrong() {
        for (message, words) in [
            (json!({}), "the relay sent what is no message"),
            (
                json!({"type": "sing"}),
                "the relay sent a message of unknown type sing",
            ),
            (
                json!({"type": "ack"}),
                "the relay's message ack has no valid sequence",
            ),
            (
                json!({"type": "ack", "sequence": 1.5}),
                "the relay's message ack has no valid sequence",
            ),
            (
                json!({"type": "ping", "nonce": 4_294_967_296_u64}),
                "the relay's message ping has no valid nonce",
            ),
            (
                json!({"type": "welcome", "version": 2}),
                "the relay's message welcome has no valid version",
            ),
            (
                json!({"type": "ended", "reason": "boredom", "text": ""}),
                "the relay's message ended has no valid reason",
            ),
            (
                json!({"type": "error", "code": 4499, "message": ""}),
                "the relay's message error has no valid code",
            ),
            (
                json!({"type": "heard", "segment": 0, "onset_ms": -1}),
                "the relay's message heard has no valid onset_ms",
            ),
        ] {
            assert_eq!(read(&message).expect_err(words).to_string(), words);
        }
    }
}
