#![doc = include_str!("../README.md")]

mod capture;
pub use capture::{Capture, INPUT_CAPACITY};

mod outbox;

#[cfg(target_arch = "wasm32")]
mod abi;
