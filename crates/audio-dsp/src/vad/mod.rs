//! The voice detector: Silero VAD v6.2, the 16 kHz branch, written out by hand.
//!
//! The README of this crate describes the network and what is skipped and why that is exact.

mod lanes;
mod math;
mod matvec;
mod network;
mod quantized;
#[cfg(not(target_arch = "wasm32"))]
mod single;
mod spectrum;
mod weights;

#[cfg(target_arch = "x86_64")]
mod dispatch;
#[cfg(target_arch = "wasm32")]
#[path = "dispatch_wasm.rs"]
mod dispatch;
#[cfg(not(any(target_arch = "x86_64", target_arch = "wasm32")))]
#[path = "dispatch_portable.rs"]
mod dispatch;

pub use dispatch::VadKernel;
pub use weights::{N_PARAMETERS, PACKED_WEIGHTS, Weights};

use crate::WINDOW_SAMPLES;
use dispatch::AnyNetwork;

/// Samples of the previous window that precede each window at the network's input. They are not
/// optional: without them the network never fires.
pub const CONTEXT_SAMPLES: usize = 64;

/// Hidden units of the recurrent layer.
const N_HIDDEN: usize = 128;

/// Something that judges windows one after the other and remembers what it heard.
///
/// [`Vad`] is the one that Switchboard uses; others are for people who bring their own model.
pub trait Detector {
    /// The probability, from 0 to 1, that the next window of 32 ms contains speech.
    fn probability(&mut self, window: &[f32; WINDOW_SAMPLES]) -> f32;

    /// Forgets everything heard so far.
    fn reset(&mut self);
}

impl Detector for Vad {
    fn probability(&mut self, window: &[f32; WINDOW_SAMPLES]) -> f32 {
        self.push(window)
    }

    fn reset(&mut self) {
        self.reset();
    }
}

/// The voice detector with its memory: 64 samples of context and the recurrent state.
#[derive(Debug)]
pub struct Vad {
    network: AnyNetwork,
    /// Context, then the current window.
    input: [f32; CONTEXT_SAMPLES + WINDOW_SAMPLES],
    state: State,
}

/// What the recurrent layer remembers between windows.
#[derive(Clone, Debug)]
struct State {
    hidden: [f32; N_HIDDEN],
    cell: [f32; N_HIDDEN],
}

impl State {
    const ZERO: Self = Self {
        hidden: [0.0; N_HIDDEN],
        cell: [0.0; N_HIDDEN],
    };
}

impl Default for Vad {
    fn default() -> Self {
        Self::new()
    }
}

impl Vad {
    /// A detector with the weights that this crate carries, on the fastest kernel of this
    /// machine.
    pub fn new() -> Self {
        Self::with_weights(&Weights::bundled(), VadKernel::detect())
    }

    /// A detector with weights and kernel of the caller's choice.
    ///
    /// A kernel that this machine cannot run is replaced by the best one that it can.
    pub fn with_weights(weights: &Weights, kernel: VadKernel) -> Self {
        Self {
            network: AnyNetwork::new(weights, kernel),
            input: [0.0; CONTEXT_SAMPLES + WINDOW_SAMPLES],
            state: State::ZERO,
        }
    }

    /// The probability, from 0 to 1, that the next `window` of 32 ms contains speech.
    pub fn push(&mut self, window: &[f32; WINDOW_SAMPLES]) -> f32 {
        self.input.copy_within(WINDOW_SAMPLES.., 0);
        self.input[CONTEXT_SAMPLES..].copy_from_slice(window);
        self.network.infer(&self.input, &mut self.state)
    }

    /// Forgets everything heard so far.
    pub fn reset(&mut self) {
        self.input.fill(0.0);
        self.state = State::ZERO;
    }

    /// The kernel in use.
    pub fn kernel(&self) -> VadKernel {
        self.network.kernel()
    }
}
