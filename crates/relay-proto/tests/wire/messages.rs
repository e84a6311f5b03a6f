//! Control messages: golden vectors in both directions, and what holds for all texts.

use std::collections::BTreeSet;

use proptest::prelude::*;
use relay_proto::close::CloseCode;
use relay_proto::frame::CaptureMode;
use relay_proto::message::{
    CallState, ClientMessage, Codec, Device, Digit, EndedReason, Heard, HeardState, Hello,
    MessageError, RelayMessage, Resume, Rung,
};
use relay_proto::{MAX_MESSAGE_BYTES, VERSION};
use serde::Deserialize;
use serde_json::Value;

use crate::variant;

#[derive(Deserialize)]
struct Vectors {
    client: Vec<Valid>,
    relay: Vec<Valid>,
    tolerated: Vec<Tolerated>,
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
struct Valid {
    name: String,
    message: Value,
}

#[derive(Deserialize)]
struct Tolerated {
    name: String,
    from: Side,
    message: Value,
    becomes: Value,
}

#[derive(Deserialize)]
struct Refused {
    name: String,
    from: Side,
    error: String,
    text: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Side {
    Client,
    Relay,
}

impl Side {
    /// Decodes a message of this side and encodes it again.
    fn recode(self, text: &str) -> Result<Value, MessageError> {
        let encoded = match self {
            Self::Client => ClientMessage::decode(text)?.encode()?,
            Self::Relay => RelayMessage::decode(text)?.encode()?,
        };
        Ok(serde_json::from_str(&encoded).unwrap())
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../vectors/messages.json")).unwrap()
}

#[test]
fn decodes_and_encodes_the_vectors() {
    let Vectors { client, relay, .. } = vectors();
    for (side, messages) in [(Side::Client, client), (Side::Relay, relay)] {
        for Valid { name, message } in messages {
            let recoded = side.recode(&message.to_string());
            assert_eq!(recoded.unwrap(), message, "{name}");
        }
    }
}

#[test]
fn ignores_fields_only_where_they_may_be_added() {
    for vector in vectors().tolerated {
        let recoded = vector.from.recode(&vector.message.to_string());
        assert_eq!(recoded.unwrap(), vector.becomes, "{}", vector.name);
    }
}

#[test]
fn refuses_the_vectors_that_are_no_messages() {
    for vector in vectors().refused {
        let error = vector.from.recode(&vector.text).unwrap_err();
        assert_eq!(variant(&error), vector.error, "{}: {error}", vector.name);
        let expected = if vector.error == "UnsupportedVersion" {
            CloseCode::UnsupportedVersion
        } else {
            CloseCode::BadMessage
        };
        assert_eq!(error.close_code(), expected, "{}", vector.name);
    }
}

#[test]
fn the_vectors_show_every_type() {
    let Vectors { client, relay, .. } = vectors();
    for (messages, types) in [
        (client, &ClientMessage::TYPES[..]),
        (relay, &RelayMessage::TYPES[..]),
    ] {
        let shown: BTreeSet<&str> = messages
            .iter()
            .map(|valid| valid.message["type"].as_str().unwrap())
            .collect();
        assert_eq!(shown, types.iter().copied().collect());
    }
}

/// One value each way, so that a field cannot trade places with another one unnoticed.
#[test]
fn fields_mean_what_their_names_say() {
    let Vectors { client, relay, .. } = vectors();
    let text_of = |messages: &[Valid], name: &str| {
        let valid = messages.iter().find(|valid| valid.name == name).unwrap();
        valid.message.to_string()
    };
    let hello = ClientMessage::Hello(Hello {
        version: VERSION,
        rung: Rung::Worklet,
        rung_reason: "all is there".to_owned(),
        codec: Codec::Pcm16,
        device: Device {
            sample_rate_hz: 48_000,
            label: Some("Mikrofon (Gerät)".into()),
            echo_cancellation: Some(true),
            noise_suppression: Some(false),
            auto_gain_control: Some(true),
        },
        browser: "Chromium 142".to_owned(),
        page: Some("https://example.com/".into()),
        token: Some("t".into()),
        resume: Some(Resume {
            session: "s-1".to_owned(),
            token: "r-1".into(),
            next_sequence: 7,
        }),
    });
    for (name, expected) in [
        ("hello: everything", hello),
        ("hangup", ClientMessage::Hangup {}),
        ("pong", ClientMessage::Pong { nonce: u32::MAX }),
        (
            "played",
            ClientMessage::Played {
                prompt: "p-1".to_owned(),
                ms: 0,
            },
        ),
        (
            "text",
            ClientMessage::Text {
                text: "Grüße, 👋".into(),
            },
        ),
        (
            "digit: #",
            ClientMessage::Digit {
                digit: Digit::try_from('#').unwrap(),
            },
        ),
    ] {
        let decoded = ClientMessage::decode(&text_of(&client, name));
        assert_eq!(decoded.unwrap(), expected, "{name}");
    }
    for (name, expected) in [
        (
            "welcome: continuous",
            RelayMessage::Welcome {
                version: VERSION,
                session: "s-1".to_owned(),
                resume_token: "r-1".into(),
                call: "c-1".to_owned(),
                capture_mode: CaptureMode::Continuous,
                next_sequence: u32::MAX,
            },
        ),
        (
            "say",
            RelayMessage::Say {
                prompt: "p-1".to_owned(),
                text: "Guten Tag.".to_owned(),
                language: "de".to_owned(),
            },
        ),
        (
            "heard: retracted",
            RelayMessage::Heard(Heard {
                segment: 2,
                onset_ms: 5,
                offset_ms: 37,
                audio_ms: 0,
                state: HeardState::Retracted,
                envelope: None,
            }),
        ),
        (
            "call_state: listening",
            RelayMessage::CallState {
                state: CallState::Listening,
            },
        ),
        (
            "ended: relay_shutdown",
            RelayMessage::Ended {
                reason: EndedReason::RelayShutdown,
                text: "Bye.".to_owned(),
            },
        ),
        (
            "error: 4429",
            RelayMessage::Error {
                code: CloseCode::TooBusy,
                message: String::new(),
            },
        ),
    ] {
        let decoded = RelayMessage::decode(&text_of(&relay, name));
        assert_eq!(decoded.unwrap(), expected, "{name}");
    }
}

#[test]
fn refuses_a_message_that_is_too_long() {
    let text = format!("{{\"type\":\"hangup\"{}}}", " ".repeat(MAX_MESSAGE_BYTES));
    let error = ClientMessage::decode(&text).unwrap_err();
    assert_eq!(variant(&error), "TooLong");
    assert_eq!(error.close_code(), CloseCode::TooLong);
}

#[test]
fn encodes_nothing_that_the_peer_would_refuse() {
    let text = ClientMessage::Text { text: "".into() };
    assert_eq!(variant(&text.encode().unwrap_err()), "FieldEmpty");
    let said = RelayMessage::Say {
        prompt: "p-1".to_owned(),
        text: "x".repeat(4_001),
        language: "en".to_owned(),
    };
    assert_eq!(variant(&said.encode().unwrap_err()), "FieldTooLong");
}

#[test]
fn names_an_unknown_type_but_repeats_no_more_than_its_beginning() {
    let text = format!("{{\"type\":\"{}\"}}", "ab".repeat(1_000));
    let error = ClientMessage::decode(&text).unwrap_err().to_string();
    assert!(error.contains("abab"), "{error}");
    assert!(error.len() < 200, "{error}");
}

#[test]
fn shows_no_secret_and_no_words_of_the_caller_in_a_log() {
    for message in ["hello: everything", "text"] {
        let client = vectors().client;
        let valid = client.iter().find(|valid| valid.name == message).unwrap();
        let debug = format!("{:?}", ClientMessage::decode(&valid.message.to_string()));
        for secret in ["\"t\"", "r-1", "Grüße", "example.com", "Mikrofon"] {
            assert!(!debug.contains(secret), "{debug}");
        }
    }
}

proptest! {
    #[test]
    fn no_text_upsets_the_decoders(text in ".{0,200}") {
        let _ = ClientMessage::decode(&text);
        let _ = RelayMessage::decode(&text);
    }

    #[test]
    fn no_json_upsets_the_decoders_and_what_they_take_they_take_again(text in near_messages()) {
        for side in [Side::Client, Side::Relay] {
            if let Ok(once) = side.recode(&text) {
                prop_assert_eq!(side.recode(&once.to_string()).unwrap(), once);
            }
        }
    }
}

/// Messages of the vectors with one field replaced.
fn near_messages() -> impl Strategy<Value = String> {
    let Vectors { client, relay, .. } = vectors();
    let messages: Vec<Value> = client
        .into_iter()
        .chain(relay)
        .map(|valid| valid.message)
        .collect();
    let values = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,70}".prop_map(Value::from),
        prop::collection::vec(0..130_u32, 0..130).prop_map(Value::from),
    ];
    (
        proptest::sample::select(messages),
        any::<prop::sample::Index>(),
        values,
    )
        .prop_map(|(mut message, field, value)| {
            let fields = message.as_object_mut().unwrap();
            let name = fields
                .keys()
                .nth(field.index(fields.len()))
                .unwrap()
                .clone();
            fields.insert(name, value);
            message.to_string()
        })
}
