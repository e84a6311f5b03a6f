//! What a call is to be like.

use std::time::Duration;

/// What a call is to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The language of all texts here, as a BCP 47 tag.
    pub language: String,
    /// What the caller hears first.
    pub greeting: String,
    /// How long to wait for word that the greeting was played, before going on without.
    pub greeting_limit: Duration,
    /// What to do when the caller says nothing after the greeting; `None` for nothing.
    pub reminder: Option<Reminder>,
    /// The longest that a call may last, from the moment the line is connected.
    pub max_duration: Duration,
}

/// A word to a caller who says nothing. It is said once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// How long the silence is.
    pub after: Duration,
    /// What the caller hears.
    pub text: String,
}

impl Config {
    /// A call that greets, waits up to 15 s for the greeting to be played, reminds nobody, and
    /// ends after an hour.
    pub fn new(language: impl Into<String>, greeting: impl Into<String>) -> Self {
        Self {
            language: language.into(),
            greeting: greeting.into(),
            greeting_limit: Duration::from_secs(15),
            reminder: None,
            max_duration: Duration::from_secs(60 * 60),
        }
    }
}
