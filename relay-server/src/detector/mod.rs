//! What judges windows: the detector that is built in, or a model of one's own.
//!
//! [`Engine::load`] finds out at the start whether everything is there; after that
//! [`Engine::detector`] gives one detector for each call or file. A detector that fails while it runs
//! hears no more speech, and its [`FaultWatch`] says why, so that the call or the command ends.

#[cfg(feature = "ort")]
mod onnx;
#[cfg(feature = "ort")]
mod runtime;

use std::{
    io,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use audio_dsp::{Detector, Vad, WINDOW_SAMPLES};

#[cfg(feature = "ort")]
use self::onnx::{Model, OnnxDetector};

/// Which engine detects speech.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EngineConfig {
    /// The detector that is built in.
    #[default]
    Silero,
    /// ONNX Runtime, with a model of the same shape as Silero's.
    Ort {
        /// The ONNX file.
        model: PathBuf,
        /// The shared library of ONNX Runtime; `None` for what `ORT_DYLIB_PATH` names, or else for
        /// what the system finds.
        library: Option<PathBuf>,
    },
}

/// An engine that is ready to give detectors.
#[derive(Debug)]
pub struct Engine(Loaded);

#[derive(Debug)]
enum Loaded {
    Silero,
    #[cfg(feature = "ort")]
    Ort(Model),
}

impl Engine {
    /// Loads what the engine needs, and tries it.
    ///
    /// A process has one ONNX Runtime: the library that is loaded first stays.
    pub fn load(config: &EngineConfig) -> Result<Self, EngineError> {
        match config {
            EngineConfig::Silero => Ok(Self(Loaded::Silero)),
            #[cfg(feature = "ort")]
            EngineConfig::Ort { model, library } => {
                // The file is easier to put right than the library, so it is looked at first.
                Model::find(model)?;
                runtime::load(library.as_deref())?;
                Ok(Self(Loaded::Ort(Model::load(model)?)))
            }
            #[cfg(not(feature = "ort"))]
            EngineConfig::Ort { .. } => Err(EngineError::NotBuilt),
        }
    }

    /// A detector without memory, for one call or one file.
    pub fn detector(&self) -> Result<AnyDetector, EngineError> {
        let faults = FaultWatch::default();
        let kind = match &self.0 {
            Loaded::Silero => Kind::Silero(Box::default()),
            #[cfg(feature = "ort")]
            Loaded::Ort(model) => Kind::Ort(Box::new(model.detector(faults.clone())?)),
        };
        Ok(AnyDetector { kind, faults })
    }
}

/// A detector of any engine.
#[derive(Debug)]
pub struct AnyDetector {
    kind: Kind,
    faults: FaultWatch,
}

#[derive(Debug)]
enum Kind {
    Silero(Box<Vad>),
    #[cfg(feature = "ort")]
    Ort(Box<OnnxDetector>),
}

impl AnyDetector {
    /// Tells whether the detector has failed, also when a pipeline owns it.
    pub fn watch(&self) -> FaultWatch {
        self.faults.clone()
    }
}

impl Detector for AnyDetector {
    fn probability(&mut self, window: &[f32; WINDOW_SAMPLES]) -> f32 {
        match &mut self.kind {
            Kind::Silero(detector) => detector.probability(window),
            #[cfg(feature = "ort")]
            Kind::Ort(detector) => detector.probability(window),
        }
    }

    fn reset(&mut self) {
        match &mut self.kind {
            Kind::Silero(detector) => detector.reset(),
            #[cfg(feature = "ort")]
            Kind::Ort(detector) => detector.reset(),
        }
    }
}

/// Where a detector leaves word of its first failure.
#[derive(Clone, Debug, Default)]
pub struct FaultWatch(Arc<OnceLock<DetectorFault>>);

impl FaultWatch {
    /// Why the detector hears no more speech; `None` while all is well.
    pub fn fault(&self) -> Option<&DetectorFault> {
        self.0.get()
    }

    #[cfg(feature = "ort")]
    fn report(&self, fault: DetectorFault) {
        // Only the first counts: what follows from it says less.
        let _ = self.0.set(fault);
    }
}

/// A detector failed while it ran.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the detector failed after {n_judged} windows: {cause}")]
pub struct DetectorFault {
    /// Windows that were judged before.
    n_judged: u64,
    /// What went wrong, as a message: the detector that failed may be gone.
    cause: String,
}

/// Why an engine cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// This binary was built without the engine.
    #[error(
        "this switchboard was built without the engine \"ort\"; build it with the cargo feature \
         `ort`, or set vad.engine = \"silero\""
    )]
    NotBuilt,
    /// ONNX Runtime cannot be loaded.
    #[error(
        "cannot load ONNX Runtime: {problem}; get it with `pip install onnxruntime`: the library \
         lies in that package's folder `onnxruntime/capi` (`pip show --files onnxruntime` lists \
         it); name it with vad.library or in the environment variable ORT_DYLIB_PATH"
    )]
    Library {
        /// What is wrong, and with which file.
        problem: String,
    },
    /// The model's file cannot be read.
    #[error("cannot read the model {}, which vad.model names", path.display())]
    ModelFile {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// ONNX Runtime refuses the model.
    #[error(
        "{} is no model that ONNX Runtime can load: {problem}; vad.model names an ONNX file",
        path.display()
    )]
    ModelRefused {
        /// The file.
        path: PathBuf,
        /// What ONNX Runtime says.
        problem: String,
    },
    /// The model is none of a voice detector, or one of another make.
    #[error(
        "{} is not shaped like the 16 kHz Silero detector: {wanted}, but this one takes {takes} and \
         gives {gives}",
        path.display()
    )]
    ModelShape {
        /// The file.
        path: PathBuf,
        /// The inputs and outputs that are needed.
        wanted: &'static str,
        /// The inputs that it has.
        takes: String,
        /// The outputs that it has.
        gives: String,
    },
    /// The model cannot judge a window.
    #[error("{} cannot judge a window of silence: {problem}", path.display())]
    ModelFails {
        /// The file.
        path: PathBuf,
        /// What happens instead.
        problem: String,
    },
}
