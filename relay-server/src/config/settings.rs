//! The configuration file: read, checked, and turned into what the relay takes.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use call_engine::Reminder;

use super::{
    Config, ConfigError,
    raw::{Entry, RawCall, RawRelay, RawVad, Source},
};
use crate::detector::EngineConfig;

/// The most characters of a text that a caller hears: what one message of the wire holds.
const MAX_TEXT_CHARS: usize = 4_000;

/// The most characters of a language tag (RFC 5646, section 4.4.1).
const MAX_LANGUAGE_CHARS: usize = 35;

/// Everything that a configuration file can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// How the relay runs.
    pub relay: Config,
    /// What detects speech.
    pub vad: EngineConfig,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8480)),
            relay: Config::default(),
            vad: EngineConfig::default(),
        }
    }
}

impl Settings {
    /// The file that is used when it exists and no other is named.
    pub const USUAL_FILE: &'static str = "switchboard.toml";

    /// Reads and checks a file. What it does not say keeps its default.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, path)
    }

    /// Checks the text of a file. `path` is its name in errors, and what relative paths in it start
    /// from.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let source = Source { path, text };
        let raw = source.parse()?;
        let mut settings = Self::default();
        settings.check_relay(source, &raw.relay)?;
        settings.check_call(source, &raw.call)?;
        settings.vad = check_vad(source, &raw.vad)?;
        Ok(settings)
    }

    fn check_relay(&mut self, source: Source<'_>, raw: &RawRelay) -> Result<(), ConfigError> {
        let RawRelay { listen, max_calls } = raw;
        if let Some(entry) = source.entry("relay.listen", listen) {
            let wanted = "an address and a port, for example \"127.0.0.1:8480\"";
            let text = entry.text(wanted, |_| true)?;
            self.listen = text.parse().map_err(|_| entry.refuse(wanted))?;
        }
        if let Some(entry) = source.entry("relay.max_calls", max_calls) {
            self.relay.max_calls = entry.whole_number("calls", 1..=100_000)? as usize;
        }
        Ok(())
    }

    fn check_call(&mut self, source: Source<'_>, raw: &RawCall) -> Result<(), ConfigError> {
        let RawCall {
            language,
            greeting,
            greeting_limit_s,
            max_duration_s,
            reminder,
        } = raw;
        let call = &mut self.relay.call;
        if let Some(entry) = source.entry("call.language", language) {
            let wanted = "a language tag, for example \"en\" or \"pt-BR\"";
            call.language = entry.text(wanted, is_language)?.to_owned();
        }
        if let Some(entry) = source.entry("call.greeting", greeting) {
            call.greeting = words(entry)?;
        }
        if let Some(entry) = source.entry("call.greeting_limit_s", greeting_limit_s) {
            call.greeting_limit = seconds(entry, 300)?;
        }
        if let Some(entry) = source.entry("call.max_duration_s", max_duration_s) {
            call.max_duration = seconds(entry, 86_400)?;
        }
        let after = source.entry("call.reminder.after_s", &reminder.after_s);
        let text = source.entry("call.reminder.text", &reminder.text);
        call.reminder = match (after, text) {
            (None, None) => None,
            (Some(after), Some(text)) => Some(Reminder {
                after: seconds(after, 600)?,
                text: words(text)?,
            }),
            (Some(present), None) | (None, Some(present)) => {
                return Err(present.clash(
                    "a reminder needs both call.reminder.after_s and call.reminder.text; add the \
                     other one, or remove this one for no reminder",
                ));
            }
        };
        Ok(())
    }
}

fn check_vad(source: Source<'_>, raw: &RawVad) -> Result<EngineConfig, ConfigError> {
    let RawVad {
        engine,
        model,
        library,
    } = raw;
    let engine = source.entry("vad.engine", engine);
    let model = source.entry("vad.model", model);
    let library = source.entry("vad.library", library);
    let wanted = "\"silero\", the one built in, or \"ort\", for a model of your own";
    let name = engine
        .map(|entry| entry.text(wanted, |name| ["ort", "silero"].contains(&name)))
        .transpose()?;
    let Some(ort) = engine.filter(|_| name == Some("ort")) else {
        return match model.or(library) {
            None => Ok(EngineConfig::Silero),
            Some(present) => Err(present.clash(
                "vad.model and vad.library are for the engine \"ort\"; set vad.engine = \"ort\", \
                 or remove them",
            )),
        };
    };
    let model = model.ok_or_else(|| {
        ort.clash(
            "the engine \"ort\" needs a model; name an ONNX file with vad.model, or remove \
             vad.engine for the detector that is built in",
        )
    })?;
    Ok(EngineConfig::Ort {
        model: file(source, model)?,
        library: library.map(|library| file(source, library)).transpose()?,
    })
}

/// What a caller hears.
fn words(entry: Entry<'_>) -> Result<String, ConfigError> {
    let wanted = format!("a text of 1 to {MAX_TEXT_CHARS} characters");
    let text = entry.text(&wanted, |text| {
        !text.trim().is_empty() && text.chars().count() <= MAX_TEXT_CHARS
    })?;
    Ok(text.to_owned())
}

fn seconds(entry: Entry<'_>, most: u32) -> Result<Duration, ConfigError> {
    let seconds = entry.whole_number("seconds", 1..=most)?;
    Ok(Duration::from_secs(seconds.into()))
}

/// A file beside the configuration, unless its path says otherwise.
fn file(source: Source<'_>, entry: Entry<'_>) -> Result<PathBuf, ConfigError> {
    let text = entry.text("the path of a file", |text| !text.is_empty())?;
    Ok(source.path.with_file_name(text))
}

fn is_language(text: &str) -> bool {
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
    };
    text.len() <= MAX_LANGUAGE_CHARS
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.split('-').all(is_part)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../switchboard.sample.toml");

    fn parse(text: &str) -> Result<Settings, ConfigError> {
        Settings::parse(text, Path::new("conf/s.toml"))
    }

    /// The sample with the keys that have no default.
    fn whole_sample() -> String {
        let lines = SAMPLE.lines().map(|line| match line.strip_prefix('#') {
            Some(key) if key.starts_with(|c: char| c.is_ascii_lowercase()) => key,
            _ => line,
        });
        let whole: Vec<&str> = lines.collect();
        whole.join("\n").replace("\"silero\"\n", "\"ort\"\n")
    }

    #[test]
    fn has_the_defaults_of_the_sample() {
        assert_eq!(parse(SAMPLE).unwrap(), Settings::default());
        assert_eq!(parse("").unwrap(), Settings::default());
    }

    #[test]
    fn takes_every_key_of_the_sample() {
        let settings = parse(&whole_sample()).unwrap();
        let reminder = settings.relay.call.reminder.unwrap();
        assert_eq!(reminder.after, Duration::from_secs(10));
        assert_eq!(
            settings.vad,
            EngineConfig::Ort {
                model: PathBuf::from("conf/my-voice-detector.onnx"),
                library: Some(PathBuf::from("/opt/onnxruntime/lib/libonnxruntime.so")),
            }
        );
    }

    #[test]
    fn shows_every_key_in_the_sample() {
        let sample = whole_sample();
        for table in ["relay", "call", "call.reminder", "vad"] {
            assert!(sample.contains(&format!("\n[{table}]\n")), "[{table}]");
            // The message lists all keys of the table.
            let message = parse(&format!("[{table}]\nunknown = 0\n"))
                .unwrap_err()
                .to_string();
            let (_, listed) = message.split_once("expected").unwrap();
            let keys: Vec<&str> = listed.split('`').skip(1).step_by(2).collect();
            assert!(keys.len() >= 2, "{message}");
            for key in keys {
                let stands_there = sample.contains(&format!("\n{key} = "))
                    || sample.contains(&format!("\n[{table}.{key}]\n"));
                assert!(stands_there, "{table}.{key}");
            }
        }
    }

    #[test]
    fn reads_what_differs_from_the_defaults() {
        let settings = parse(
            "[relay]\nlisten = \"[::1]:9000\"\nmax_calls = 7\n\
             [call]\nlanguage = \"pt-BR\"\ngreeting = \"Olá!\"\ngreeting_limit_s = 5\n\
             max_duration_s = 60\nreminder = { after_s = 20, text = \"Alô?\" }\n",
        )
        .unwrap();
        let call = call_engine::Config {
            greeting_limit: Duration::from_secs(5),
            max_duration: Duration::from_secs(60),
            reminder: Some(Reminder {
                after: Duration::from_secs(20),
                text: "Alô?".to_owned(),
            }),
            ..call_engine::Config::new("pt-BR", "Olá!")
        };
        let wanted = Settings {
            listen: "[::1]:9000".parse().unwrap(),
            relay: Config {
                call,
                max_calls: 7,
                ..Config::default()
            },
            vad: EngineConfig::Silero,
        };
        assert_eq!(settings, wanted);
    }

    #[test]
    fn names_line_key_and_remedy() {
        let long_greeting = format!("[call]\ngreeting = \"{}\"", "x".repeat(4_001));
        for (text, wanted) in [
            (
                "[relay]\n\nlisten = \"here\"",
                "conf/s.toml, line 3: relay.listen is \"here\", but must be an address and a port, \
                 for example \"127.0.0.1:8480\"",
            ),
            (
                "[relay]\nlisten = 8480",
                "line 2: relay.listen is 8480, but must be an address and a port",
            ),
            (
                "[relay]\nmax_calls = 0",
                "relay.max_calls is 0, but must be a whole number of calls from 1 to 100000",
            ),
            (
                "[relay]\nmax_calls = \"many\"",
                "relay.max_calls is \"many\"",
            ),
            ("[relay]\nmax_calls = 1.5", "relay.max_calls is 1.5"),
            (
                "[relay]\nmax_calls = 4294967297",
                "relay.max_calls is 42949",
            ),
            ("[call]\nlanguage = \"en_US\"", "call.language is \"en_US\""),
            ("[call]\nlanguage = \"\"", "for example \"en\" or \"pt-BR\""),
            ("[call]\ngreeting = \" \"", "a text of 1 to 4000 characters"),
            (&long_greeting, "xxx…, but must be a text of 1 to 4000"),
            ("[call]\nmax_duration_s = -1", "of seconds from 1 to 86400"),
            (
                "[call.reminder]\nafter_s = 9",
                "line 2: a reminder needs both call.reminder.after_s and call.reminder.text",
            ),
            (
                "[vad]\nengine = \"orb\"",
                "vad.engine is \"orb\", but must be \"silero\", the one built in, or \"ort\"",
            ),
            (
                "[vad]\nengine = \"ort\"",
                "line 2: the engine \"ort\" needs a model; name an ONNX file with vad.model",
            ),
            (
                "[vad]\nmodel = \"a.onnx\"",
                "line 2: vad.model and vad.library are for the engine \"ort\"; set vad.engine",
            ),
            (
                "[vad]\nengine = \"silero\"\nlibrary = \"a.so\"",
                "line 3: vad.model and vad.library are for the engine \"ort\"",
            ),
            (
                "[relay]\n# calls\nmax_cals = 7",
                "conf/s.toml, line 3: unknown field `max_cals`, expected `listen` or `max_calls`; \
                 switchboard.sample.toml shows every key",
            ),
            (
                "[rely]\n",
                "line 1: unknown field `rely`, expected one of `relay`",
            ),
            (
                "relay = 3",
                "line 1: invalid type: integer `3`, expected the table [relay]",
            ),
            (
                "[relay]\nmax_calls = 1\nmax_calls = 2",
                "line 3: duplicate key",
            ),
            ("[relay]\nlisten = \"127.0.0.1:1", "line 2: "),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains(wanted), "{text}\n{message}");
            assert!(!message.contains('\n'), "{message}");
        }
    }

    #[test]
    fn says_which_file_cannot_be_read() {
        let missing = Path::new("no/such/file.toml");
        let message = Settings::read(missing).unwrap_err().to_string();
        let start = "cannot read the configuration no/such/file.toml (switchboard.sample.toml";
        assert!(message.starts_with(start), "{message}");
    }
}
