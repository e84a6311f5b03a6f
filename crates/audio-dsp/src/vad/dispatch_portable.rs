//! The one kernel of machines without run-time dispatch: four lanes wide.
//!
//! On wasm the same code is compiled twice, with and without `simd128`; the page chooses.

use super::network::Network;
use super::weights::Weights;
use super::{CONTEXT_SAMPLES, State};
use crate::WINDOW_SAMPLES;

/// Which instructions the detector uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VadKernel {
    /// What the compiler was told to target.
    Portable,
}

impl VadKernel {
    /// Every kernel, slowest first.
    pub const ALL: [Self; 1] = [Self::Portable];

    /// The fastest kernel that this machine can run.
    pub fn detect() -> Self {
        Self::Portable
    }

    /// Whether this machine has the instructions.
    pub fn runs_here(self) -> bool {
        match self {
            Self::Portable => true,
        }
    }
}

#[derive(Debug)]
pub(super) struct AnyNetwork(Network<4, 32, 32, false>);

impl AnyNetwork {
    pub(super) fn new(weights: &Weights, _kernel: VadKernel) -> Self {
        Self(Network::new(weights))
    }

    pub(super) fn infer(
        &mut self,
        input: &[f32; CONTEXT_SAMPLES + WINDOW_SAMPLES],
        state: &mut State,
    ) -> f32 {
        self.0.infer(input, state)
    }

    pub(super) fn kernel(&self) -> VadKernel {
        VadKernel::Portable
    }
}
