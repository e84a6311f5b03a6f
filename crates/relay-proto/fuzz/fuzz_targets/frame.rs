//! No bytes make the decoder panic, and what it accepts encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use relay_proto::frame::Frame;

fuzz_target!(|bytes: &[u8]| {
    let Ok(frame) = Frame::decode(bytes) else {
        return;
    };
    let mut encoded = vec![0; frame.encoded_len()];
    assert_eq!(frame.encode(&mut encoded), Ok(bytes.len()));
    assert_eq!(encoded, bytes);
});
