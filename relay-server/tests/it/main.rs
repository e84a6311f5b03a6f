//! Behavior of the relay through its borders: a real listener with real clients, and the binary.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

mod assets;
mod bad_input;
mod calls;
mod capture_dir;
mod serve;
mod vad;
