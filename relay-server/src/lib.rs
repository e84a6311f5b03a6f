#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
pub use config::{Config, ConfigError, Settings, Timings};

mod server;
pub use server::{Relay, ServeError, serve};

mod router;

mod assets;

mod origin;

mod socket;

mod hello;

mod call;

mod goodbye;

mod segments;

mod id;

mod capture_dir;
pub use capture_dir::CaptureDirError;

pub mod rows;

pub mod wav;

pub mod detector;

pub mod vad;
