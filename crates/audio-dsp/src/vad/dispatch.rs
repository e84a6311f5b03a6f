//! x86-64: the kernel is chosen once, by what the processor can do.
//!
//! The network is written once; the functions here compile it for each instruction set. This is
//! the only file of the crate with `unsafe` code.

#![expect(unsafe_code, reason = "instructions that were found at run time")]

use std::arch::x86_64::{
    __m256i, __m512i, _mm256_add_epi32, _mm256_cvtepi32_ps, _mm256_madd_epi16, _mm256_set1_epi32,
    _mm256_storeu_ps, _mm512_add_epi32, _mm512_cvtepi32_ps, _mm512_madd_epi16, _mm512_set1_epi32,
    _mm512_storeu_ps,
};

use super::lanes::{Four, Lanes, Plain};
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
    /// The large layers in 16-bit integers, in plain code: the reference for the ones below.
    Plain,
    /// Four lanes: what every x86-64 processor has.
    Four,
    /// Eight lanes.
    Avx2,
    /// Sixteen lanes.
    Avx512,
}

impl VadKernel {
    /// Every kernel, slowest first.
    pub const ALL: [Self; 5] = [
        Self::Single,
        Self::Plain,
        Self::Four,
        Self::Avx2,
        Self::Avx512,
    ];

    /// The fastest kernel that this machine can run.
    pub fn detect() -> Self {
        Self::ALL
            .into_iter()
            .rfind(|kernel| kernel.runs_here())
            .unwrap_or(Self::Four)
    }

    /// Whether this machine has the instructions.
    pub fn runs_here(self) -> bool {
        match self {
            Self::Single | Self::Plain | Self::Four => true,
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw")
            }
        }
    }
}

type Quantized<L> = Network<QuantizedConv1<L>, QuantizedRecurrent<L>>;

/// A network compiled for one of the kernels. A closed set, so that the choice costs one
/// predictable branch per window.
#[derive(Debug)]
pub(super) enum AnyNetwork {
    Single(Box<Network<SingleConv1, SingleRecurrent>>),
    Plain(Box<Quantized<Plain>>),
    Four(Box<Quantized<Four>>),
    Avx2(Box<Quantized<Avx2>>),
    Avx512(Box<Quantized<Avx512>>),
}

impl AnyNetwork {
    pub(super) fn new(weights: &Weights, kernel: VadKernel) -> Self {
        let kernel = if kernel.runs_here() {
            kernel
        } else {
            VadKernel::detect()
        };
        match kernel {
            VadKernel::Single => Self::Single(Box::new(Network::new(weights))),
            VadKernel::Plain => Self::Plain(Box::new(Network::new(weights))),
            VadKernel::Four => Self::Four(Box::new(Network::new(weights))),
            VadKernel::Avx2 => Self::Avx2(Box::new(Network::new(weights))),
            VadKernel::Avx512 => Self::Avx512(Box::new(Network::new(weights))),
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
            // SAFETY: `new` builds this variant only where AVX2 was detected.
            Self::Avx2(network) => unsafe { infer_avx2(network, input, state) },
            // SAFETY: `new` builds this variant only where AVX-512F and BW were detected.
            Self::Avx512(network) => unsafe { infer_avx512(network, input, state) },
        }
    }

    pub(super) fn kernel(&self) -> VadKernel {
        match self {
            Self::Single(_) => VadKernel::Single,
            Self::Plain(_) => VadKernel::Plain,
            Self::Four(_) => VadKernel::Four,
            Self::Avx2(_) => VadKernel::Avx2,
            Self::Avx512(_) => VadKernel::Avx512,
        }
    }
}

#[target_feature(enable = "avx2")]
fn infer_avx2(
    network: &mut Quantized<Avx2>,
    input: &[f32; CONTEXT_SAMPLES + WINDOW_SAMPLES],
    state: &mut State,
) -> f32 {
    network.infer(input, state)
}

#[target_feature(enable = "avx512f,avx512bw")]
fn infer_avx512(
    network: &mut Quantized<Avx512>,
    input: &[f32; CONTEXT_SAMPLES + WINDOW_SAMPLES],
    state: &mut State,
) -> f32 {
    network.infer(input, state)
}

/// One vector type for each instruction set, all alike.
macro_rules! lanes {
    ($(#[$doc:meta])* $name:ident, $vector:ty, $n:literal, $set1:ident, $add:ident, $madd:ident, $convert:ident, $store:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(super) struct $name($vector);

        impl Lanes for $name {
            const N: usize = $n;

            #[inline(always)]
            fn from_words(words: &[u32]) -> Self {
                let words: [u32; $n] = std::array::from_fn(|lane| words[lane]);
                // SAFETY: both types are that many plain bits.
                Self(unsafe { std::mem::transmute::<[u32; $n], $vector>(words) })
            }

            #[inline(always)]
            fn splat(word: u32) -> Self {
                // SAFETY: networks of these lanes exist only where the processor was asked.
                Self(unsafe { $set1(word as i32) })
            }

            #[inline(always)]
            fn dot_add(self, weights: Self, inputs: Self) -> Self {
                // SAFETY: networks of these lanes exist only where the processor was asked.
                Self(unsafe { $add(self.0, $madd(weights.0, inputs.0)) })
            }

            #[inline(always)]
            fn store(self, out: &mut [f32]) {
                let out = &mut out[..$n];
                // SAFETY: as above, and `out` has exactly that many places.
                unsafe { $store(out.as_mut_ptr(), $convert(self.0)) }
            }
        }
    };
}

lanes!(
    /// Eight lanes.
    Avx2, __m256i, 8, _mm256_set1_epi32, _mm256_add_epi32, _mm256_madd_epi16,
    _mm256_cvtepi32_ps, _mm256_storeu_ps
);
lanes!(
    /// Sixteen lanes.
    Avx512, __m512i, 16, _mm512_set1_epi32, _mm512_add_epi32, _mm512_madd_epi16,
    _mm512_cvtepi32_ps, _mm512_storeu_ps
);
