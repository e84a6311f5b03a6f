//! How long the fields of a message may be.

use super::{
    ClientMessage, Heard, Hello, MAX_ENVELOPE_VALUES, MAX_TEXT_CHARS, MessageError, RelayMessage,
};
use crate::VERSION;

/// The most characters of an id.
const MAX_ID_CHARS: usize = 64;
/// The most characters of a token.
const MAX_TOKEN_CHARS: usize = 2_048;
/// The most characters of a page's address.
const MAX_PAGE_CHARS: usize = 2_048;
/// The most characters of a name or a reason.
const MAX_NAME_CHARS: usize = 512;
/// The most characters of words for people.
const MAX_WORDS_CHARS: usize = 4_000;
/// The most characters of a language tag.
const MAX_LANGUAGE_CHARS: usize = 35;
/// The latest time, in milliseconds: what JavaScript's numbers hold exactly.
const MAX_TIME_MS: u64 = (1 << 53) - 1;
/// The highest peak in an envelope: full scale.
const MAX_PEAK: u64 = 100;

/// A message whose strings and lists have limits.
pub(super) trait Bounded {
    /// Fails at the first field that is over its limit.
    fn check_bounds(&self) -> Result<(), MessageError>;
}

impl Bounded for ClientMessage {
    fn check_bounds(&self) -> Result<(), MessageError> {
        match self {
            Self::Hello(hello) => hello.check_bounds(),
            Self::Hangup {} | Self::Ping { .. } | Self::Pong { .. } | Self::Digit { .. } => Ok(()),
            Self::Played { prompt, .. } => text_present("prompt", prompt, MAX_ID_CHARS),
            Self::Text { text } => text_present("text", text.as_str(), MAX_TEXT_CHARS),
        }
    }
}

impl Bounded for Hello {
    fn check_bounds(&self) -> Result<(), MessageError> {
        check_version(self.version.into())?;
        text_within("rung_reason", &self.rung_reason, MAX_NAME_CHARS)?;
        text_within("browser", &self.browser, MAX_NAME_CHARS)?;
        if let Some(label) = &self.device.label {
            text_within("device.label", label.as_str(), MAX_NAME_CHARS)?;
        }
        if let Some(page) = &self.page {
            text_within("page", page.as_str(), MAX_PAGE_CHARS)?;
        }
        if let Some(token) = &self.token {
            text_present("token", token.as_str(), MAX_TOKEN_CHARS)?;
        }
        if let Some(resume) = &self.resume {
            text_present("resume.session", &resume.session, MAX_ID_CHARS)?;
            text_present("resume.token", resume.token.as_str(), MAX_TOKEN_CHARS)?;
        }
        Ok(())
    }
}

impl Bounded for RelayMessage {
    fn check_bounds(&self) -> Result<(), MessageError> {
        match self {
            Self::Welcome {
                version,
                session,
                resume_token,
                call,
                ..
            } => {
                check_version((*version).into())?;
                text_present("session", session, MAX_ID_CHARS)?;
                text_present("resume_token", resume_token.as_str(), MAX_TOKEN_CHARS)?;
                text_present("call", call, MAX_ID_CHARS)
            }
            Self::Ack { .. }
            | Self::CaptureMode { .. }
            | Self::CallState { .. }
            | Self::Ping { .. }
            | Self::Pong { .. } => Ok(()),
            Self::Say {
                prompt,
                text,
                language,
            } => {
                text_present("prompt", prompt, MAX_ID_CHARS)?;
                text_within("text", text, MAX_WORDS_CHARS)?;
                text_present("language", language, MAX_LANGUAGE_CHARS)
            }
            Self::Heard(heard) => heard.check_bounds(),
            Self::Ended { text, .. } => text_within("text", text, MAX_WORDS_CHARS),
            Self::Error { message, .. } => text_within("message", message, MAX_WORDS_CHARS),
        }
    }
}

impl Bounded for Heard {
    fn check_bounds(&self) -> Result<(), MessageError> {
        number_within("onset_ms", self.onset_ms, MAX_TIME_MS)?;
        number_within("offset_ms", self.offset_ms, MAX_TIME_MS)?;
        number_within("audio_ms", self.audio_ms, MAX_TIME_MS)?;
        let envelope = self.envelope.as_deref().unwrap_or_default();
        count_within("envelope", envelope.len(), MAX_ENVELOPE_VALUES)?;
        envelope
            .iter()
            .try_for_each(|peak| number_within("envelope", (*peak).into(), MAX_PEAK))
    }
}

/// A version that is this crate's own.
pub(super) fn check_version(actual: u64) -> Result<(), MessageError> {
    if actual == u64::from(VERSION) {
        Ok(())
    } else {
        Err(MessageError::UnsupportedVersion { actual })
    }
}

/// A string that is neither empty nor too long.
fn text_present(field: &'static str, text: &str, limit: usize) -> Result<(), MessageError> {
    if text.is_empty() {
        return Err(MessageError::FieldEmpty { field });
    }
    text_within(field, text, limit)
}

/// A string that is not too long; characters are counted, not bytes.
fn text_within(field: &'static str, text: &str, limit: usize) -> Result<(), MessageError> {
    count_within(field, text.chars().count(), limit)
}

fn count_within(field: &'static str, actual: usize, limit: usize) -> Result<(), MessageError> {
    if actual > limit {
        return Err(MessageError::FieldTooLong {
            field,
            limit,
            actual,
        });
    }
    Ok(())
}

fn number_within(field: &'static str, actual: u64, limit: u64) -> Result<(), MessageError> {
    if actual > limit {
        return Err(MessageError::TooLarge {
            field,
            limit,
            actual,
        });
    }
    Ok(())
}
