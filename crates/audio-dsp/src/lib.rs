#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod error;
pub use error::{PipelineError, ResamplerError, SegmenterError, WeightsError};

mod resampler;
pub use resampler::Resampler;

mod vad;
pub use vad::{CONTEXT_SAMPLES, Detector, N_PARAMETERS, PACKED_WEIGHTS, Vad, VadKernel, Weights};

mod level;
pub use level::Level;

mod segmenter;
pub use segmenter::{
    EndReason, MAX_PRE_ROLL_WINDOWS, MAX_SEGMENT_S, Segmenter, SegmenterConfig, SpeechEvent,
    SpeechState,
};

mod pipeline;
pub use pipeline::{Event, Gate, InputHealth, Pipeline, PipelineConfig, Sink, Window};

/// The rate at which everything after the resampler runs, in Hz.
pub const SAMPLE_RATE_HZ: u32 = 16_000;

/// Samples per detector step: 32 ms at [`SAMPLE_RATE_HZ`].
pub const WINDOW_SAMPLES: usize = 512;

/// The length of one detector step in milliseconds.
pub const WINDOW_MS: u32 = 32;

/// The lowest input rate that is accepted, in Hz: the telephone's.
pub const MIN_INPUT_RATE_HZ: u32 = 8_000;

/// The highest input rate that is accepted, in Hz.
pub const MAX_INPUT_RATE_HZ: u32 = 192_000;
