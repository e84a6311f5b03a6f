//! The shared library of ONNX Runtime: found, checked and loaded once.

use std::{
    env,
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    path::{self, Path, PathBuf},
};

use ort::{LoadDynamicError, environment::Environment, logging::LogLevel};

use super::EngineError;

/// The variable that names the library when the configuration does not.
const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";

/// Loads the library, from `library` if that names one.
pub(super) fn load(library: Option<&Path>) -> Result<(), EngineError> {
    let path = match library {
        Some(path) => absolute(path)?,
        None => match env::var_os(LIBRARY_VARIABLE).filter(|path| !path.is_empty()) {
            Some(path) => absolute(Path::new(&path))?,
            // A bare name: the system looks for it where it keeps libraries.
            None => PathBuf::from(format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}")),
        },
    };
    let environment = ort::init_from(&path).map_err(|error| refuse(&error))?;
    environment
        .with_name("switchboard")
        .with_telemetry(false)
        .commit();
    let environment = Environment::current().map_err(|error| EngineError::Library {
        problem: error.to_string(),
    })?;
    environment.set_log_level(LogLevel::Error);
    Ok(())
}

/// A library that is named is never looked for elsewhere.
fn absolute(path: &Path) -> Result<PathBuf, EngineError> {
    path::absolute(path).map_err(|error| EngineError::Library {
        problem: format!("{}: {error}", path.display()),
    })
}

fn refuse(error: &LoadDynamicError) -> EngineError {
    let problem = match error {
        LoadDynamicError::Dlopen { error, path } => {
            let cause = std::error::Error::source(error)
                .map_or_else(|| error.to_string(), ToString::to_string);
            format!("{} does not load: {cause}", path.display())
        }
        LoadDynamicError::MissingApi { path } => {
            format!("{} is another library", path.display())
        }
        LoadDynamicError::BadVersion { version_str, path } => format!(
            "{} is version {version_str}, which is too old: 1.{} or newer is needed",
            path.display(),
            ort::MINOR_VERSION
        ),
    };
    EngineError::Library { problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_which_library_is_too_old_and_how_to_get_another() {
        let error = refuse(&LoadDynamicError::BadVersion {
            version_str: "1.10.0".to_owned(),
            path: PathBuf::from("old/libonnxruntime.so"),
        });
        let message = error.to_string();
        for wanted in [
            "old/libonnxruntime.so is version 1.10.0, which is too old: 1.17 or newer",
            "pip install onnxruntime",
            "vad.library",
            LIBRARY_VARIABLE,
        ] {
            assert!(message.contains(wanted), "{message}");
        }
    }
}
