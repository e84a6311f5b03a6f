//! The kernels of machines without run-time dispatch.
//!
//! wasm cannot ask what the machine has: the same code is compiled twice, with and without
//! `simd128`, and the page chooses.

use super::lanes;
use super::network::Network;
use super::quantized::{QuantizedConv1, QuantizedRecurrent};
use super::single::{SingleConv1, SingleRecurrent};
use super::weights::Weights;
use super::{CONTEXT_SAMPLES, State};
use crate::WINDOW_SAMPLES;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
type Lanes = lanes::Simd128;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
type Lanes = lanes::Portable;

/// Which arithmetic and instructions the detector uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VadKernel {
    /// Single precision throughout: the reference for accuracy.
    Single,
    /// The large layers in 16-bit integers, with the instructions that the compiler was told of.
    Portable,
}

impl VadKernel {
    /// Every kernel, slowest first.
    pub const ALL: [Self; 2] = [Self::Single, Self::Portable];

    /// The fastest kernel that this machine can run.
    pub fn detect() -> Self {
        Self::Portable
    }

    /// Whether this machine has the instructions.
    pub fn runs_here(self) -> bool {
        match self {
            Self::Single | Self::Portable => true,
        }
    }
}

/// A network compiled for one of the kernels.
#[derive(Debug)]
pub(super) enum AnyNetwork {
    Single(Box<Network<SingleConv1, SingleRecurrent>>),
    Portable(Box<Network<QuantizedConv1<Lanes>, QuantizedRecurrent<Lanes>>>),
}

impl AnyNetwork {
    pub(super) fn new(weights: &Weights, kernel: VadKernel) -> Self {
        match kernel {
            VadKernel::Single => Self::Single(Box::new(Network::new(weights))),
            VadKernel::Portable => Self::Portable(Box::new(Network::new(weights))),
        }
    }

    pub(super) fn infer(
        &mut self,
        input: &[f32; CONTEXT_SAMPLES + WINDOW_SAMPLES],
        state: &mut State,
    ) -> f32 {
        match self {
            Self::Single(network) => network.infer(input, state),
            Self::Portable(network) => network.infer(input, state),
        }
    }

    pub(super) fn kernel(&self) -> VadKernel {
        match self {
            Self::Single(_) => VadKernel::Single,
            Self::Portable(_) => VadKernel::Portable,
        }
    }
}
