//! The names of things.

use std::fmt;

/// The most characters of a [`CallId`].
const MAX_CALL_ID_CHARS: usize = 64;

/// The name of a call. People quote it, and files are named after it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(String);

/// Why a text is no [`CallId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallIdError {
    /// There is nothing.
    #[error("a call id needs at least one character")]
    Empty,
    /// There is too much.
    #[error(
        "a call id of {actual} characters is too long: at most {MAX_CALL_ID_CHARS} are allowed"
    )]
    TooLong {
        /// The number of characters.
        actual: usize,
    },
    /// A character could mean something in a path, or be mistaken for another one.
    #[error("a call id cannot contain {actual:?}: only a to z, 0 to 9 and - are allowed")]
    Character {
        /// The first such character.
        actual: char,
    },
}

impl CallId {
    /// Takes a text of `a` to `z`, `0` to `9` and `-`, 1 to 64 characters long.
    pub fn new(text: impl Into<String>) -> Result<Self, CallIdError> {
        let text = text.into();
        if text.is_empty() {
            return Err(CallIdError::Empty);
        }
        let actual = text.chars().count();
        if actual > MAX_CALL_ID_CHARS {
            return Err(CallIdError::TooLong { actual });
        }
        match text
            .chars()
            .find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-'))
        {
            Some(actual) => Err(CallIdError::Character { actual }),
            None => Ok(Self(text)),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of something that was said to the caller; counts from 1 within a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PromptId(pub u32);

/// The name of a stretch of the caller's speech; the detector counts from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub u32);
