//! `--config`, which several commands take.

use std::path::{Path, PathBuf};

use relay_server::{ConfigError, Settings};

#[derive(Debug, clap::Args)]
pub(super) struct ConfigFlag {
    /// Read the configuration from this file [default: switchboard.toml, if there is one here]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What is configured, and where that is written.
pub(super) struct Configuration {
    pub(super) settings: Settings,
    /// The file; `None` for the defaults alone.
    pub(super) file: Option<PathBuf>,
    /// Whether nobody asked for the file by name.
    pub(super) is_found: bool,
}

impl ConfigFlag {
    /// Reads the file that is named, or else the usual one if it exists.
    pub(super) fn read(&self) -> Result<Configuration, ConfigError> {
        let usual = Path::new(Settings::USUAL_FILE);
        let is_found = self.config.is_none() && usual.exists();
        let file = self
            .config
            .clone()
            .or_else(|| is_found.then(|| usual.to_owned()));
        let settings = match &file {
            Some(path) => Settings::read(path)?,
            None => Settings::default(),
        };
        Ok(Configuration {
            settings,
            file,
            is_found,
        })
    }
}
