//! A detector whose network runs in ONNX Runtime: any model that takes and gives what the 16 kHz
//! Silero model does.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use audio_dsp::{CONTEXT_SAMPLES, Detector, SAMPLE_RATE_HZ, WINDOW_SAMPLES};
use ndarray::{Array0, Array2, Array3, ArrayViewD, arr0};
use ort::{
    session::{Session, SessionOutputs},
    value::{Outlet, TensorElementType, TensorRef, ValueType},
};

use super::{DetectorFault, EngineError, FaultWatch};

/// What the network sees of the audio: the end of the window before, then the window.
const INPUT_SAMPLES: usize = CONTEXT_SAMPLES + WINDOW_SAMPLES;

/// What it remembers from window to window.
const STATE_SHAPE: [usize; 3] = [2, 1, 128];

/// The inputs by name, with their types and shapes.
const INPUTS: [(&str, TensorElementType, &[i64]); 3] = [
    (
        "input",
        TensorElementType::Float32,
        &[1, INPUT_SAMPLES as i64],
    ),
    ("state", TensorElementType::Float32, &[2, 1, 128]),
    ("sr", TensorElementType::Int64, &[]),
];

/// The outputs by name. Their shapes are rarely declared, and checked when they come.
const OUTPUTS: [&str; 2] = ["output", "stateN"];

/// [`INPUTS`] and [`OUTPUTS`], for people.
const WANTED: &str = "it must take `input` (f32, 1 x 576), `state` (f32, 2 x 1 x 128) and `sr` \
     (i64), and give `output` and `stateN`";

/// A model that has been tried.
#[derive(Debug)]
pub(super) struct Model {
    path: PathBuf,
}

/// The network with its memory.
#[derive(Debug)]
pub(super) struct OnnxDetector {
    session: Session,
    /// Context, then the current window.
    input: Array2<f32>,
    state: Array3<f32>,
    rate_hz: Array0<i64>,
    n_judged: u64,
    faults: FaultWatch,
}

/// Why a window could not be judged.
#[derive(Debug, thiserror::Error)]
enum InferenceError {
    #[error(transparent)]
    Runtime(#[from] ort::Error),
    #[error("the model gave no `{0}`")]
    Missing(&'static str),
    #[error("the model gave `{name}` with the shape {actual:?} instead of {wanted}")]
    Shape {
        name: &'static str,
        actual: Vec<usize>,
        wanted: &'static str,
    },
    #[error("the model gave {0} as a probability")]
    Probability(f32),
}

impl Model {
    /// Whether the file can be read.
    pub(super) fn find(path: &Path) -> Result<(), EngineError> {
        let opened = File::open(path).map(drop);
        opened.map_err(|source| EngineError::ModelFile {
            path: path.to_owned(),
            source,
        })
    }

    /// Loads the model and tries it on silence. ONNX Runtime must have been loaded.
    pub(super) fn load(path: &Path) -> Result<Self, EngineError> {
        let model = Self {
            path: path.to_owned(),
        };
        let mut detector = model.detector(FaultWatch::default())?;
        let tried = detector.infer();
        tried.map_err(|error| EngineError::ModelFails {
            path: path.to_owned(),
            problem: error.to_string(),
        })?;
        Ok(model)
    }

    /// A detector without memory, which reports to `faults`.
    pub(super) fn detector(&self, faults: FaultWatch) -> Result<OnnxDetector, EngineError> {
        let session = open(&self.path).map_err(|error| EngineError::ModelRefused {
            path: self.path.clone(),
            problem: error.to_string(),
        })?;
        self.check_shape(&session)?;
        Ok(OnnxDetector {
            session,
            input: Array2::zeros((1, INPUT_SAMPLES)),
            state: Array3::zeros(STATE_SHAPE),
            rate_hz: arr0(SAMPLE_RATE_HZ.into()),
            n_judged: 0,
            faults,
        })
    }

    fn check_shape(&self, session: &Session) -> Result<(), EngineError> {
        let takes = session.inputs();
        let gives = session.outputs();
        let fits = takes.len() == INPUTS.len()
            && takes.iter().all(is_known_input)
            && OUTPUTS
                .iter()
                .all(|name| gives.iter().any(|output| output.name() == *name));
        if fits {
            return Ok(());
        }
        Err(EngineError::ModelShape {
            path: self.path.clone(),
            wanted: WANTED,
            takes: list(takes),
            gives: list(gives),
        })
    }
}

/// One thread: the windows of a call come one after the other, and calls must not fight over cores.
fn open(path: &Path) -> Result<Session, ort::Error> {
    Session::builder()?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .commit_from_file(path)
}

fn is_known_input(input: &Outlet) -> bool {
    let ValueType::Tensor { ty, shape, .. } = input.dtype() else {
        return false;
    };
    INPUTS.iter().any(|(name, wanted_type, wanted_shape)| {
        // A dimension of -1 takes any length.
        let is_shape = shape.len() == wanted_shape.len()
            && shape
                .iter()
                .zip(*wanted_shape)
                .all(|(dimension, wanted)| [-1, *wanted].contains(dimension));
        input.name() == *name && *ty == *wanted_type && is_shape
    })
}

fn list(outlets: &[Outlet]) -> String {
    let outlets: Vec<String> = outlets
        .iter()
        .map(|outlet| format!("`{}` ({})", outlet.name(), outlet.dtype()))
        .collect();
    outlets.join(", ")
}

impl OnnxDetector {
    /// Judges what is in `input`, and remembers.
    fn infer(&mut self) -> Result<f32, InferenceError> {
        let outputs = self.session.run(ort::inputs![
            "input" => TensorRef::from_array_view(self.input.view())?,
            "state" => TensorRef::from_array_view(self.state.view())?,
            "sr" => TensorRef::from_array_view(self.rate_hz.view())?,
        ])?;
        let output = array(&outputs, "output")?;
        let state = array(&outputs, "stateN")?;
        if state.shape() != STATE_SHAPE {
            return Err(InferenceError::Shape {
                name: "stateN",
                actual: state.shape().to_vec(),
                wanted: "[2, 1, 128]",
            });
        }
        let mut probabilities = output.iter();
        let (Some(&probability), None) = (probabilities.next(), probabilities.next()) else {
            return Err(InferenceError::Shape {
                name: "output",
                actual: output.shape().to_vec(),
                wanted: "one value",
            });
        };
        if !(0.0..=1.0).contains(&probability) {
            return Err(InferenceError::Probability(probability));
        }
        self.state.assign(&state);
        Ok(probability)
    }
}

fn array<'a>(
    outputs: &'a SessionOutputs<'_>,
    name: &'static str,
) -> Result<ArrayViewD<'a, f32>, InferenceError> {
    let value = outputs.get(name).ok_or(InferenceError::Missing(name))?;
    Ok(value.try_extract_array()?)
}

impl Detector for OnnxDetector {
    /// After a failure the probability is 0, because [`Detector`] has no other word for it.
    fn probability(&mut self, window: &[f32; WINDOW_SAMPLES]) -> f32 {
        if self.faults.fault().is_some() {
            return 0.0;
        }
        let mut input = self.input.row_mut(0);
        for n in 0..CONTEXT_SAMPLES {
            input[n] = input[WINDOW_SAMPLES + n];
        }
        for (slot, sample) in input.iter_mut().skip(CONTEXT_SAMPLES).zip(window) {
            *slot = *sample;
        }
        match self.infer() {
            Ok(probability) => {
                self.n_judged += 1;
                probability
            }
            Err(error) => {
                self.faults.report(DetectorFault {
                    n_judged: self.n_judged,
                    cause: error.to_string(),
                });
                0.0
            }
        }
    }

    fn reset(&mut self) {
        self.input.fill(0.0);
        self.state.fill(0.0);
    }
}
