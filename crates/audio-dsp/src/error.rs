//! What can be wrong with the parameters of each stage.
//!
//! Only construction can fail. Once a stage exists, samples cannot make it fail.

use crate::{MAX_INPUT_RATE_HZ, MIN_INPUT_RATE_HZ};

/// The resampler cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResamplerError {
    /// The input rate is outside what devices deliver.
    #[error(
        "an input rate of {actual_hz} Hz is not supported; it must lie between \
         {MIN_INPUT_RATE_HZ} and {MAX_INPUT_RATE_HZ} Hz"
    )]
    Rate {
        /// The rate that was asked for, in Hz.
        actual_hz: u32,
    },
}

/// The segmenter's parameters contradict each other or are out of range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SegmenterError {
    /// `threshold` is not a probability strictly between 0 and 1.
    #[error("threshold is {actual}; it must lie between 0 and 1")]
    Threshold {
        /// The value given.
        actual: f32,
    },
    /// `neg_threshold` is not between 0 and `threshold`.
    #[error("neg_threshold is {actual}; it must lie between 0 and threshold ({threshold})")]
    NegThreshold {
        /// The value given.
        actual: f32,
        /// The `threshold` given beside it.
        threshold: f32,
    },
    /// A duration is outside its range.
    #[error("{name} is {actual}; it must lie between {min} and {max}")]
    Duration {
        /// The parameter's name, its unit included.
        name: &'static str,
        /// The value given.
        actual: u32,
        /// The smallest value accepted.
        min: u32,
        /// The largest value accepted.
        max: u32,
    },
}

/// The pipeline cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The resampler refused the input rate.
    #[error(transparent)]
    Resampler(#[from] ResamplerError),
    /// The segmenter refused its parameters.
    #[error(transparent)]
    Segmenter(#[from] SegmenterError),
}

/// A weights file is not what its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The file has another length than the network has parameters.
    #[error("the weights take {actual} bytes, but the network needs exactly {expected}")]
    Length {
        /// The length the network needs, in bytes.
        expected: usize,
        /// The length given, in bytes.
        actual: usize,
    },
    /// A weight is infinite or not a number.
    #[error("weight number {index} is not a finite number")]
    NotFinite {
        /// The position of the first such weight.
        index: usize,
    },
}
