//! Chooses the kernel once, by what the processor can do.
//!
//! The network is written once; each function here compiles it for another instruction set.

use super::network::Network;
use super::weights::Weights;
use super::{CONTEXT_SAMPLES, State};
use crate::WINDOW_SAMPLES;

/// Which instructions the detector uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VadKernel {
    /// The baseline of the architecture: SSE2, four lanes. The reference for the others.
    Portable,
    /// AVX2 with fused multiply-add, eight lanes.
    Avx2,
    /// AVX-512F, sixteen lanes.
    Avx512,
}

impl VadKernel {
    /// Every kernel, slowest first.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// The fastest kernel that this machine can run.
    pub fn detect() -> Self {
        Self::ALL
            .into_iter()
            .rfind(|kernel| kernel.runs_here())
            .unwrap_or(Self::Portable)
    }

    /// Whether this machine has the instructions.
    pub fn runs_here(self) -> bool {
        match self {
            Self::Portable => true,
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            Self::Avx512 => is_x86_feature_detected!("avx512f") && Self::Avx2.runs_here(),
        }
    }
}

/// A network compiled for one of the instruction sets. A closed set, so that the choice costs
/// one predictable branch per window.
#[derive(Debug)]
pub(super) enum AnyNetwork {
    Portable(Network<8, 32, 32, false>),
    Avx2(Network<16, 64, 64, true>),
    Avx512(Network<32, 128, 64, true>),
}

impl AnyNetwork {
    pub(super) fn new(weights: &Weights, kernel: VadKernel) -> Self {
        let kernel = if kernel.runs_here() {
            kernel
        } else {
            VadKernel::detect()
        };
        match kernel {
            VadKernel::Portable => Self::Portable(Network::new(weights)),
            VadKernel::Avx2 => Self::Avx2(Network::new(weights)),
            VadKernel::Avx512 => Self::Avx512(Network::new(weights)),
        }
    }

    #[expect(
        unsafe_code,
        reason = "calling code compiled for instructions found at run time"
    )]
    pub(super) fn infer(
        &mut self,
        input: &[f32; CONTEXT_SAMPLES + WINDOW_SAMPLES],
        state: &mut State,
    ) -> f32 {
        match self {
            Self::Portable(network) => network.infer(input, state),
            // SAFETY: `new` builds this variant only where AVX2 and FMA were detected.
            Self::Avx2(network) => unsafe { infer_avx2(network, input, state) },
            // SAFETY: `new` builds this variant only where AVX-512F was detected.
            Self::Avx512(network) => unsafe { infer_avx512(network, input, state) },
        }
    }

    pub(super) fn kernel(&self) -> VadKernel {
        match self {
            Self::Portable(_) => VadKernel::Portable,
            Self::Avx2(_) => VadKernel::Avx2,
            Self::Avx512(_) => VadKernel::Avx512,
        }
    }
}

#[target_feature(enable = "avx2,fma")]
fn infer_avx2(
    network: &mut Network<16, 64, 64, true>,
    input: &[f32; CONTEXT_SAMPLES + WINDOW_SAMPLES],
    state: &mut State,
) -> f32 {
    network.infer(input, state)
}

#[target_feature(enable = "avx512f,avx2,fma")]
fn infer_avx512(
    network: &mut Network<32, 128, 64, true>,
    input: &[f32; CONTEXT_SAMPLES + WINDOW_SAMPLES],
    state: &mut State,
) -> f32 {
    network.infer(input, state)
}
