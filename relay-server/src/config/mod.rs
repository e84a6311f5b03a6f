//! What a relay can be told, with safe defaults.
//!
//! [`Config`] is what [`serve`](crate::serve) takes. [`Settings`] is what a configuration file says:
//! that, where to listen, and which engine detects speech.

mod error;
pub use error::ConfigError;

mod raw;

mod settings;
pub use settings::Settings;

use std::{path::PathBuf, time::Duration};

/// What a caller hears first.
const GREETING: &str = "Hello, this is Switchboard. Please go ahead, I am listening.";

/// How a relay runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What each call is like.
    pub call: call_engine::Config,
    /// Where to keep what callers say, for debugging. Possible only while listening on loopback.
    pub capture_dir: Option<PathBuf>,
    /// The most calls at once; the next caller is told that the relay is busy.
    pub max_calls: usize,
    /// How long the relay waits for what.
    pub timings: Timings,
    /// The folder of the page's files, read on each request; `None` for those that come with the
    /// relay.
    pub web_dir: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            call: call_engine::Config::new("en", GREETING),
            capture_dir: None,
            max_calls: 1_000,
            timings: Timings::default(),
            web_dir: None,
        }
    }
}

/// How long the relay waits for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    /// From the opening of a socket to its `hello`.
    pub hello: Duration,
    /// Between two `ping`s to the browser.
    pub ping_every: Duration,
    /// Without any message from the browser, until its session is over.
    pub silence_limit: Duration,
    /// For a browser to take one message or to answer a close.
    pub write_limit: Duration,
    /// For all calls to end when the relay stops.
    pub shutdown: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            hello: Duration::from_secs(5),
            ping_every: Duration::from_secs(5),
            silence_limit: Duration::from_secs(15),
            write_limit: Duration::from_secs(2),
            shutdown: Duration::from_secs(5),
        }
    }
}
