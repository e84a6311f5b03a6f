//! Behavior of the relay through its borders: a real listener with real clients, and the binary.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod harness;
#[cfg(feature = "ort")]
mod onnx;
mod site;

mod assets;
mod bad_input;
mod calls;
mod capture_dir;
mod configuration;
mod delivery;
#[cfg(feature = "ort")]
mod engine;
mod serve;
mod vad;
