//! What a page may ask for, and the check that it asked for nothing else.
//!
//! A mistake here is the embedding page's: it is refused with a `TypeError` that names the option,
//! before anything is touched.

use std::fmt;

use audio_dsp::{SegmenterConfig, SegmenterError};
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, Url};

/// What a page asked for, checked.
#[derive(Debug)]
pub(crate) struct Options {
    /// The one listener.
    pub(crate) on_event: Function,
    /// The relay's socket; by default the module's host.
    pub(crate) relay: Option<String>,
    /// Where the files are; by default beside the module.
    pub(crate) assets_url: Option<String>,
    /// Which detector to load.
    pub(crate) detector: DetectorSize,
    /// When sound becomes speech; by default the detector's own parameters.
    pub(crate) segmenter: Option<SegmenterConfig>,
    /// Names the page to the relay.
    pub(crate) page: Option<String>,
    /// Withdraws.
    pub(crate) signal: Option<AbortSignal>,
}

/// The same detector with weights of different precision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DetectorSize {
    /// Half precision.
    #[default]
    Standard,
    /// Eight bits: half the download.
    Lite,
}

impl Options {
    /// Reads what the page handed over.
    pub(crate) fn read(given: &JsValue) -> Result<Self, OptionError> {
        let given = as_object(given).ok_or(OptionError::NotAnObject)?;
        check("", &FIELDS, &entries(given))?;
        let segmenter = match as_object(&property(given, "segmenter")) {
            Some(segmenter) => Some(read_segmenter(segmenter)?),
            None => None,
        };
        let relay = property(given, "relay").as_string();
        if let Some(relay) = &relay {
            check_relay(relay)?;
        }
        let assets_url = property(given, "assetsUrl").as_string();
        if let Some(url) = &assets_url {
            Url::new_with_base(url, &crate::capture::module_url()).map_err(|_| {
                OptionError::AssetsUrl {
                    actual: url.clone(),
                }
            })?;
        }
        let detector = match property(given, "detector").as_string() {
            Some(detector) => read_detector(&detector)?,
            None => DetectorSize::default(),
        };
        Ok(Self {
            on_event: property(given, "onEvent").unchecked_into(),
            relay,
            assets_url,
            detector,
            segmenter,
            page: property(given, "page").as_string(),
            signal: property(given, "signal").dyn_into().ok(),
        })
    }
}

/// A mistake in the options.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum OptionError {
    /// An asset folder that is no URL.
    #[error("the option assetsUrl is no URL: {actual}")]
    AssetsUrl {
        /// What was given.
        actual: String,
    },
    /// A detector that there is not.
    #[error("the option detector is \"standard\" or \"lite\", and not {actual}")]
    Detector {
        /// What was given.
        actual: String,
    },
    /// A required option is missing.
    #[error("the option {name} is missing; it must be {expected}")]
    Missing {
        /// The option.
        name: String,
        /// What it takes.
        expected: Kind,
    },
    /// The options themselves are missing.
    #[error("Capture.start takes an object of options")]
    NotAnObject,
    /// A duration that is no whole number of its unit.
    #[error("the option segmenter.{name} must be a whole number that is not negative")]
    NotWhole {
        /// The parameter.
        name: &'static str,
    },
    /// A relay address that is no socket's.
    #[error("the option relay must begin with ws:// or wss://, and is {actual}")]
    Relay {
        /// What was given.
        actual: String,
    },
    /// A parameter of the detector that is out of range.
    #[error("the option segmenter.{rule}")]
    Segmenter {
        /// The parameter, and between what it must lie.
        rule: String,
    },
    /// A value of the wrong kind.
    #[error("the option {name} must be {expected}, not {actual}")]
    Type {
        /// The option.
        name: String,
        /// What it takes.
        expected: Kind,
        /// What was given.
        actual: Kind,
    },
    /// A name that means nothing here.
    #[error("there is no option {name}; the options are {known}")]
    Unknown {
        /// The name that was given.
        name: String,
        /// The names there are.
        known: String,
    },
}

/// What kind of value an option takes or was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Boolean,
    /// Something to call.
    Function,
    /// `null`.
    Null,
    /// A number that is not `NaN`.
    Number,
    /// Any object that is nothing more special.
    Object,
    /// A symbol, a bigint, or `NaN`.
    Other,
    /// An `AbortSignal`.
    Signal,
    /// A string.
    Text,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean => "a boolean",
            Self::Function => "a function",
            Self::Null => "null",
            Self::Number => "a number",
            Self::Object => "an object",
            Self::Other => "a value of another kind",
            Self::Signal => "an AbortSignal",
            Self::Text => "a string",
        })
    }
}

/// One option.
struct Field {
    name: &'static str,
    kind: Kind,
    required: bool,
}

impl Field {
    const fn optional(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: false,
        }
    }
}

const FIELDS: [Field; 7] = [
    Field {
        name: "onEvent",
        kind: Kind::Function,
        required: true,
    },
    Field::optional("relay", Kind::Text),
    Field::optional("assetsUrl", Kind::Text),
    Field::optional("detector", Kind::Text),
    Field::optional("segmenter", Kind::Object),
    Field::optional("page", Kind::Text),
    Field::optional("signal", Kind::Signal),
];

const SEGMENTER_FIELDS: [Field; 6] = [
    Field::optional("threshold", Kind::Number),
    Field::optional("neg_threshold", Kind::Number),
    Field::optional("min_speech_ms", Kind::Number),
    Field::optional("speech_pad_ms", Kind::Number),
    Field::optional("min_silence_ms", Kind::Number),
    Field::optional("max_speech_s", Kind::Number),
];

/// Checks names and kinds. `given` leaves out what is `undefined`; `scope` goes before each name.
fn check(scope: &str, fields: &[Field], given: &[(String, Kind)]) -> Result<(), OptionError> {
    for (name, actual) in given {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            let known = fields.iter().fold(String::new(), |known, field| {
                let comma = if known.is_empty() { "" } else { ", " };
                known + comma + field.name
            });
            return Err(OptionError::Unknown {
                name: [scope, name].concat(),
                known,
            });
        };
        if field.kind != *actual {
            return Err(OptionError::Type {
                name: [scope, name].concat(),
                expected: field.kind,
                actual: *actual,
            });
        }
    }
    for field in fields.iter().filter(|field| field.required) {
        if !given.iter().any(|(name, _)| name == field.name) {
            return Err(OptionError::Missing {
                name: [scope, field.name].concat(),
                expected: field.kind,
            });
        }
    }
    Ok(())
}

fn read_detector(detector: &str) -> Result<DetectorSize, OptionError> {
    match detector {
        "standard" => Ok(DetectorSize::Standard),
        "lite" => Ok(DetectorSize::Lite),
        _ => Err(OptionError::Detector {
            actual: detector.to_owned(),
        }),
    }
}

fn check_relay(relay: &str) -> Result<(), OptionError> {
    let is_socket = ["ws://", "wss://"].iter().any(|scheme| {
        relay
            .strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty())
    });
    if is_socket {
        Ok(())
    } else {
        Err(OptionError::Relay {
            actual: relay.to_owned(),
        })
    }
}

fn read_segmenter(given: &Object) -> Result<SegmenterConfig, OptionError> {
    check("segmenter.", &SEGMENTER_FIELDS, &entries(given))?;
    let number = |name: &str| property(given, name).as_f64();
    let mut config = SegmenterConfig::default();
    if let Some(threshold) = number("threshold") {
        config.threshold = threshold as f32;
    }
    if let Some(neg_threshold) = number("neg_threshold") {
        config.neg_threshold = neg_threshold as f32;
    }
    for (name, slot) in [
        ("min_speech_ms", &mut config.min_speech_ms),
        ("speech_pad_ms", &mut config.speech_pad_ms),
        ("min_silence_ms", &mut config.min_silence_ms),
        ("max_speech_s", &mut config.max_speech_s),
    ] {
        if let Some(value) = number(name) {
            *slot = whole(value).ok_or(OptionError::NotWhole { name })?;
        }
    }
    config.check().map_err(|error| OptionError::Segmenter {
        rule: rule_of(error),
    })?;
    Ok(config)
}

/// The rule that was broken. The detector's own words hold its numbers as well, but to print
/// fractions takes more code than everything else in this file.
fn rule_of(error: SegmenterError) -> String {
    match error {
        SegmenterError::Threshold { .. } => "threshold must lie between 0 and 1".to_owned(),
        SegmenterError::NegThreshold { .. } => {
            "neg_threshold must lie between 0 and threshold".to_owned()
        }
        SegmenterError::Duration { name, min, max, .. } => [
            name,
            " must lie between ",
            &min.to_string(),
            " and ",
            &max.to_string(),
        ]
        .concat(),
        _ => "* contradicts the detector's rules".to_owned(),
    }
}

fn whole(value: f64) -> Option<u32> {
    let rounded = value as u32;
    (f64::from(rounded) == value).then_some(rounded)
}

/// The object's own enumerable names with the kind of each value, without those that are
/// `undefined`.
fn entries(object: &Object) -> Vec<(String, Kind)> {
    Object::keys(object)
        .iter()
        .filter_map(|name| {
            let value = Reflect::get(object, &name).unwrap_or(JsValue::UNDEFINED);
            let name = name.as_string()?;
            (!value.is_undefined()).then(|| (name, kind_of(&value)))
        })
        .collect()
}

fn kind_of(value: &JsValue) -> Kind {
    if value.is_null() {
        Kind::Null
    } else if value.is_function() {
        Kind::Function
    } else if value.is_string() {
        Kind::Text
    } else if value.as_bool().is_some() {
        Kind::Boolean
    } else if let Some(number) = value.as_f64() {
        if number.is_nan() {
            Kind::Other
        } else {
            Kind::Number
        }
    } else if value.has_type::<AbortSignal>() {
        Kind::Signal
    } else if value.is_object() {
        Kind::Object
    } else {
        Kind::Other
    }
}

fn as_object(value: &JsValue) -> Option<&Object> {
    value.is_object().then(|| value.unchecked_ref())
}

fn property(object: &Object, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: &str = include_str!("types.d.ts");

    #[test]
    fn accepts_what_is_documented() {
        let given = [
            ("onEvent".to_owned(), Kind::Function),
            ("relay".to_owned(), Kind::Text),
            ("segmenter".to_owned(), Kind::Object),
            ("signal".to_owned(), Kind::Signal),
        ];
        assert_eq!(check("", &FIELDS, &given), Ok(()));
    }

    #[test]
    fn refuses_with_a_message_that_names_the_option() {
        let on_event = ("onEvent", Kind::Function);
        for (given, message) in [
            (
                vec![],
                "the option onEvent is missing; it must be a function",
            ),
            (
                vec![on_event, ("relais", Kind::Text)],
                "there is no option relais; the options are onEvent, relay, assetsUrl, detector, segmenter, \
                 page, signal",
            ),
            (
                vec![on_event, ("relay", Kind::Number)],
                "the option relay must be a string, not a number",
            ),
            (
                vec![on_event, ("signal", Kind::Object)],
                "the option signal must be an AbortSignal, not an object",
            ),
            (
                vec![("onEvent", Kind::Null)],
                "the option onEvent must be a function, not null",
            ),
        ] {
            let given: Vec<_> = given
                .into_iter()
                .map(|(n, kind)| (n.to_owned(), kind))
                .collect();
            let error = check("", &FIELDS, &given).expect_err(message);
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn names_a_segmenter_parameter_with_its_path() {
        let given = [("minSpeechMs".to_owned(), Kind::Number)];
        let error = check("segmenter.", &SEGMENTER_FIELDS, &given).expect_err("unknown");
        assert!(
            error
                .to_string()
                .starts_with("there is no option segmenter.minSpeechMs;")
        );
    }

    #[test]
    fn a_relay_is_a_socket() {
        for relay in [
            "ws://localhost:8480/v1/socket",
            "wss://relay.example/v1/socket",
        ] {
            assert_eq!(check_relay(relay), Ok(()), "{relay}");
        }
        for relay in ["https://relay.example", "relay.example", "", "wss://"] {
            assert!(check_relay(relay).is_err(), "{relay}");
        }
    }

    #[test]
    fn durations_are_whole() {
        assert_eq!(whole(96.0), Some(96));
        assert_eq!([96.5, -1.0, f64::INFINITY, 1e12].map(whole), [None; 4]);
    }

    #[test]
    fn every_option_is_declared_to_typescript() {
        for field in FIELDS.iter().chain(&SEGMENTER_FIELDS) {
            let optional = if field.required { "" } else { "?" };
            let declaration = format!("    {}{optional}: ", field.name);
            assert!(TYPES.contains(&declaration), "{declaration}");
        }
    }
}
