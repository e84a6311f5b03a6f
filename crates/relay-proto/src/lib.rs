#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

// No `extern crate alloc` here: only `session` and `message` name it, so that the compiler keeps
// `frame` and `pcm`, which run on the audio thread, from allocating.

pub mod frame;

pub mod pcm;

#[cfg(feature = "messages")]
pub mod message;

pub mod close;

pub mod session;

/// The version of this wire: the first byte of each frame, and `version` in `hello` and `welcome`.
pub const VERSION: u8 = 1;

/// The largest WebSocket message that either side accepts, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 65_536;

/// The rate of all audio and of the sample clock, in Hz.
pub const SAMPLE_RATE_HZ: u32 = 16_000;
