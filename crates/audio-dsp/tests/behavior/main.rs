//! What the audio stages promise, tested through their public faces.
#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap fails the test and names the line"
)]

mod oracle;
mod parity;
mod pipeline;
mod realtime;
mod resampler;
mod segmenter;
mod support;
