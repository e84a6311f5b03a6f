//! The kernels of machines where nothing is asked at run time, such as those with NEON.

use super::lanes::{Four, Plain};
use super::network::Network;
use super::quantized::{QuantizedConv1, QuantizedRecurrent};
use super::single::{SingleConv1, SingleRecurrent};
use super::weights::Weights;
use super::{CONTEXT_SAMPLES, State};
use crate::WINDOW_SAMPLES;

/// Which arithmetic and instructions the detector uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VadKernel {
    /// Single precision throughout: the reference for accuracy.
    Single,
    /// The large layers in 16-bit integers, in plain code: the reference for the one below.
    Plain,
    /// Four lanes of NEON, or of whatever else the compiler was told of.
    Four,
}

impl VadKernel {
    /// Every kernel, slowest first.
    pub const ALL: [Self; 3] = [Self::Single, Self::Plain, Self::Four];

    /// The fastest kernel that this machine can run.
    pub fn detect() -> Self {
        Self::Four
    }

    /// Whether this machine has the instructions.
    pub fn runs_here(self) -> bool {
        match self {
            Self::Single | Self::Plain | Self::Four => true,
        }
    }
}

/// A network compiled for one of the kernels.
#[derive(Debug)]
pub(super) enum AnyNetwork {
    Single(Box<Network<SingleConv1, SingleRecurrent>>),
    Plain(Box<Network<QuantizedConv1<Plain>, QuantizedRecurrent<Plain>>>),
    Four(Box<Network<QuantizedConv1<Four>, QuantizedRecurrent<Four>>>),
}

impl AnyNetwork {
    pub(super) fn new(weights: &Weights, kernel: VadKernel) -> Self {
        match kernel {
            VadKernel::Single => Self::Single(Box::new(Network::new(weights))),
            VadKernel::Plain => Self::Plain(Box::new(Network::new(weights))),
            VadKernel::Four => Self::Four(Box::new(Network::new(weights))),
        }
    }

    pub(super) fn infer(
        &mut self,
        input: &[f32; CONTEXT_SAMPLES + WINDOW_SAMPLES],
        state: &mut State,
    ) -> f32 {
        match self {
            Self::Single(network) => network.infer(input, state),
            Self::Plain(network) => network.infer(input, state),
            Self::Four(network) => network.infer(input, state),
        }
    }

    pub(super) fn kernel(&self) -> VadKernel {
        match self {
            Self::Single(_) => VadKernel::Single,
            Self::Plain(_) => VadKernel::Plain,
            Self::Four(_) => VadKernel::Four,
        }
    }
}
