#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod time;
pub use time::Timestamp;

mod id;
pub use id::{CallId, CallIdError, PromptId, SegmentId};

mod config;
pub use config::{Config, Reminder};

mod input;
pub use input::{Input, Party};

mod output;
pub use output::{CallState, EndReason, Note, Oddity, Output};

mod state;

mod timer;

mod engine;
pub use engine::CallEngine;
