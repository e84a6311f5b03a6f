//! The README, which is the specification, against the code.

#![expect(
    clippy::disallowed_methods,
    reason = "the sources that the specification describes are files"
)]

use std::fs;
use std::path::{Path, PathBuf};

const SPECIFICATION: &str = include_str!("../../README.md");

#[test]
fn the_specification_was_touched_with_the_sources() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut bytes = Vec::new();
    for folder in ["frame", "message"] {
        for path in rust_files(&source.join(folder)) {
            bytes.extend(fs::read(path).unwrap());
        }
    }
    let hash = fnv1a_64(&bytes);
    let line = format!("<!-- sources: {hash:016x} -->");
    assert!(
        SPECIFICATION.lines().any(|other| other == line),
        "src/frame or src/message has changed. If the wire changed with it, update README.md, the \
         vectors and, as README.md says, the version. Then put this line into README.md in place \
         of the other one:\n{line}"
    );
}

#[test]
fn hashes_as_the_reference_does() {
    // From the test suite of the reference implementation.
    assert_eq!(fnv1a_64(b""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(fnv1a_64(b"foobar"), 0x8594_4171_f739_67e8);
}

#[cfg(feature = "messages")]
#[test]
fn every_example_of_a_message_is_valid_and_every_message_has_one() {
    use std::collections::BTreeSet;

    use relay_proto::message::{ClientMessage, RelayMessage};

    let (_, messages) = SPECIFICATION.split_once("### Client to relay").unwrap();
    let (client, relay) = messages.split_once("### Relay to client").unwrap();
    let examples = |section: &'static str| {
        section
            .split("```json\n")
            .skip(1)
            .map(|rest| rest.split_once("```").unwrap().0)
    };
    for text in examples(client) {
        ClientMessage::decode(text).unwrap();
    }
    for text in examples(relay) {
        RelayMessage::decode(text).unwrap();
    }
    for (section, types) in [
        (client, &ClientMessage::TYPES[..]),
        (relay, &RelayMessage::TYPES[..]),
    ] {
        let shown: BTreeSet<String> = examples(section)
            .map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap())
            .map(|message| message["type"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(shown, types.iter().map(|name| (*name).to_owned()).collect());
    }
}

/// The `.rs` files of a folder, by name.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    paths.sort();
    paths
}

/// The 64-bit hash of Fowler, Noll and Vo, variant 1a.
fn fnv1a_64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}
