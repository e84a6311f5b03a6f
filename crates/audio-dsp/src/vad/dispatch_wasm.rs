//! wasm cannot ask what the machine has: the crate is compiled with and without `simd128`, the
//! page chooses, and each build carries one kernel.

use super::lanes::Four;
use super::network::Network;
use super::quantized::{QuantizedConv1, QuantizedRecurrent};
use super::weights::Weights;
use super::{CONTEXT_SAMPLES, State};
use crate::WINDOW_SAMPLES;

/// Which arithmetic and instructions the detector uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VadKernel {
    /// Four lanes of `simd128`, or plain code that computes the same.
    Four,
}

impl VadKernel {
    /// Every kernel of this build.
    pub const ALL: [Self; 1] = [Self::Four];

    /// The kernel of this build.
    pub fn detect() -> Self {
        Self::Four
    }

    /// Whether this machine has the instructions: else the module would not have been accepted.
    pub fn runs_here(self) -> bool {
        match self {
            Self::Four => true,
        }
    }
}

#[derive(Debug)]
pub(super) struct AnyNetwork(Box<Network<QuantizedConv1<Four>, QuantizedRecurrent<Four>>>);

impl AnyNetwork {
    pub(super) fn new(weights: &Weights, kernel: VadKernel) -> Self {
        match kernel {
            VadKernel::Four => Self(Box::new(Network::new(weights))),
        }
    }

    pub(super) fn infer(
        &mut self,
        input: &[f32; CONTEXT_SAMPLES + WINDOW_SAMPLES],
        state: &mut State,
    ) -> f32 {
        self.0.infer(input, state)
    }

    pub(super) fn kernel(&self) -> VadKernel {
        VadKernel::Four
    }
}
