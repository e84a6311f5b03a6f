//! The configuration file as a person wrote it: known keys, unchecked values.

use std::{ops::RangeInclusive, path::Path};

use serde::Deserialize;
use toml::{Spanned, Value};

use super::ConfigError;

/// The most characters of a value that an error repeats.
const MAX_SHOWN_CHARS: usize = 60;

/// A value of any kind, and where it stands.
pub(super) type RawValue = Option<Spanned<Value>>;

/// All tables.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawConfig {
    pub(super) relay: RawRelay,
    pub(super) call: RawCall,
    pub(super) vad: RawVad,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "the table [relay]")]
pub(super) struct RawRelay {
    pub(super) listen: RawValue,
    pub(super) max_calls: RawValue,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "the table [call]")]
pub(super) struct RawCall {
    pub(super) language: RawValue,
    pub(super) greeting: RawValue,
    pub(super) greeting_limit_s: RawValue,
    pub(super) max_duration_s: RawValue,
    pub(super) reminder: RawReminder,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "the table [call.reminder]")]
pub(super) struct RawReminder {
    pub(super) after_s: RawValue,
    pub(super) text: RawValue,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "the table [vad]")]
pub(super) struct RawVad {
    pub(super) engine: RawValue,
    pub(super) model: RawValue,
    pub(super) library: RawValue,
}

/// The text of a file with its name, for errors that show the place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

/// One value that is there, on its way to being checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    key: &'static str,
    value: &'a Spanned<Value>,
    source: Source<'a>,
}

impl<'a> Source<'a> {
    /// Reads the keys.
    pub(super) fn parse(self) -> Result<RawConfig, ConfigError> {
        toml::from_str(self.text).map_err(|error| ConfigError::Form {
            path: self.path.to_owned(),
            line: self.line(error.span().map_or(0, |span| span.start)),
            problem: error.message().replace('\n', ", "),
        })
    }

    /// The value of `key`, if it is there.
    pub(super) fn entry(self, key: &'static str, value: &'a RawValue) -> Option<Entry<'a>> {
        let source = self;
        value.as_ref().map(|value| Entry { key, value, source })
    }

    /// The line of a byte, counted from 1.
    fn line(self, offset: usize) -> usize {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        1 + before.iter().filter(|&&byte| byte == b'\n').count()
    }
}

impl<'a> Entry<'a> {
    /// A text that `accepts` takes; `wanted` says which those are.
    pub(super) fn text(
        self,
        wanted: &str,
        accepts: impl FnOnce(&str) -> bool,
    ) -> Result<&'a str, ConfigError> {
        let text = self.value.as_ref().as_str();
        text.filter(|text| accepts(text))
            .ok_or_else(|| self.refuse(wanted))
    }

    /// A whole number; `unit` is what it counts.
    pub(super) fn whole_number(
        self,
        unit: &str,
        range: RangeInclusive<u32>,
    ) -> Result<u32, ConfigError> {
        let number = self.value.as_ref().as_integer();
        number
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (first, last) = (range.start(), range.end());
                self.refuse(&format!("a whole number of {unit} from {first} to {last}"))
            })
    }

    /// The value is not one of those `wanted`.
    pub(super) fn refuse(self, wanted: &str) -> ConfigError {
        let written = self.source.text.get(self.value.span()).unwrap_or_default();
        let mut actual: String = written.chars().take(MAX_SHOWN_CHARS).collect();
        if actual.len() < written.len() {
            actual.push('…');
        }
        ConfigError::Value {
            path: self.source.path.to_owned(),
            line: self.line(),
            key: self.key,
            actual: actual.replace('\n', " "),
            wanted: wanted.to_owned(),
        }
    }

    /// The key does not go with others as they are.
    pub(super) fn clash(self, problem: impl Into<String>) -> ConfigError {
        ConfigError::Combination {
            path: self.source.path.to_owned(),
            line: self.line(),
            problem: problem.into(),
        }
    }

    fn line(self) -> usize {
        self.source.line(self.value.span().start)
    }
}
