//! No text makes the decoders panic, and what they accept survives encoding.

#![no_main]

use libfuzzer_sys::fuzz_target;
use relay_proto::message::{ClientMessage, RelayMessage};

fuzz_target!(|text: &str| {
    if let Ok(message) = ClientMessage::decode(text) {
        let encoded = message.encode().expect("what was accepted can be said");
        assert_eq!(ClientMessage::decode(&encoded).ok(), Some(message));
    }
    if let Ok(message) = RelayMessage::decode(text) {
        let encoded = message.encode().expect("what was accepted can be said");
        assert_eq!(RelayMessage::decode(&encoded).ok(), Some(message));
    }
});
