//! What can be wrong with a configuration file: each message names the place and the remedy.

use std::{io, path::PathBuf};

/// Where every key is shown, for those who need more than one line of help.
const SAMPLE: &str = "switchboard.sample.toml shows every key with its default";

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(
        "cannot read the configuration {} (switchboard.sample.toml is one to start from)",
        path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The file is not TOML, or holds a key or table that does not exist.
    #[error("{}, line {line}: {problem}; {SAMPLE}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A value is of the wrong kind or out of range.
    #[error("{}, line {line}: {key} is {actual}, but must be {wanted}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The key with its table.
        key: &'static str,
        /// The value, as it stands in the file.
        actual: String,
        /// What it may be, with an example.
        wanted: String,
    },
    /// Two keys belong together, or exclude each other.
    #[error("{}, line {line}: {problem}", path.display())]
    Combination {
        /// The file.
        path: PathBuf,
        /// The line of the key that is there, counted from 1.
        line: usize,
        /// Which keys, and what to do.
        problem: String,
    },
}
