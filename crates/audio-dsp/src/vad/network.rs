//! The network itself, generic over the arithmetic of its two large layers.
//!
//! | stage | in | out |
//! |---|---|---|
//! | spectrum | 576 samples | 129 bins x 4 frames |
//! | conv1, ReLU | 129 x 4 | 128 x 4 |
//! | conv2 (stride 2), ReLU | 128 x 4 | 64 x 2 |
//! | conv3 (stride 2), ReLU | 64 x 2 | 64 x 1 |
//! | conv4, ReLU | 64 x 1 | 128 x 1 |
//! | LSTM | 128 | 128 |
//! | ReLU, head, sigmoid | 128 | 1 |

use super::math::{sigmoid, tanh};
use super::matvec::{Matrix, SparseVec};
use super::spectrum::{N_BINS, N_FRAMES, Spectrum};
use super::weights::{Layer, Layers, Weights};
use super::{CONTEXT_SAMPLES, N_HIDDEN, State};
use crate::WINDOW_SAMPLES;

pub(super) const N_CONV1: usize = 128;
const N_CONV2: usize = 64;
const N_CONV3: usize = 64;
pub(super) const N_CONV4: usize = 128;
pub(super) const N_GATES: usize = 4 * N_HIDDEN;

/// The first convolution: dense, and applied to four frames, so each weight that is loaded serves
/// up to four of them.
pub(super) trait FirstLayer {
    /// Packs the published weights.
    fn new(layer: &Layer<'_>) -> Self;

    /// Writes the outputs before the ReLU.
    fn mul(&mut self, magnitudes: &[[f32; N_FRAMES]; N_BINS], out: &mut [[f32; N_CONV1]; N_FRAMES]);
}

/// The matrices of the LSTM.
pub(super) trait RecurrentLayer {
    /// Packs the published weights.
    fn new(layers: &Layers<'_>) -> Self;

    /// Writes the four gates before their activations. `input` has not been through its ReLU.
    fn mul(&mut self, input: &[f32; N_CONV4], hidden: &[f32; N_HIDDEN], gates: &mut [f32; N_GATES]);
}

/// The network with all its weights and the workspace of one step.
#[derive(Clone, Debug)]
pub(super) struct Network<F, R> {
    spectrum: Spectrum,
    conv1: F,
    conv2: Matrix<32>,
    conv3: Matrix<32>,
    conv4: Matrix<32>,
    recurrent: R,
    head: [f32; N_HIDDEN],
    head_bias: f32,
    after_conv1: [[f32; N_CONV1]; N_FRAMES],
    after_conv2: [[f32; N_CONV2]; 2],
    after_conv3: [f32; N_CONV3],
    after_conv4: [f32; N_CONV4],
    gates: [f32; N_GATES],
    sparse: SparseVec,
}

impl<F: FirstLayer, R: RecurrentLayer> Network<F, R> {
    pub(super) fn new(weights: &Weights) -> Self {
        let layers = weights.layers();
        let conv2 = layers.conv2.weights;
        let conv3 = layers.conv3.weights;
        let conv4 = layers.conv4.weights;
        let mut head = [0.0; N_HIDDEN];
        head.copy_from_slice(layers.head.weights);
        Self {
            spectrum: Spectrum::new(),
            conv1: F::new(&layers.conv1),
            conv2: Matrix::new(3 * N_CONV1, layers.conv2.bias, |output, row| {
                let (tap, channel) = (row / N_CONV1, row % N_CONV1);
                conv2[(output * N_CONV1 + channel) * 3 + tap]
            }),
            conv3: Matrix::new(2 * N_CONV2, layers.conv3.bias, |output, row| {
                let (tap, channel) = (row / N_CONV2, row % N_CONV2);
                conv3[(output * N_CONV2 + channel) * 2 + tap]
            }),
            conv4: Matrix::new(N_CONV3, layers.conv4.bias, |output, row| {
                conv4[output * N_CONV3 + row]
            }),
            recurrent: R::new(&layers),
            head,
            head_bias: layers.head.bias[0],
            after_conv1: [[0.0; N_CONV1]; N_FRAMES],
            after_conv2: [[0.0; N_CONV2]; 2],
            after_conv3: [0.0; N_CONV3],
            after_conv4: [0.0; N_CONV4],
            gates: [0.0; N_GATES],
            sparse: SparseVec::with_capacity(3 * N_CONV1),
        }
    }

    /// One step: `input` is the context followed by the window.
    #[inline(always)]
    pub(super) fn infer(
        &mut self,
        input: &[f32; CONTEXT_SAMPLES + WINDOW_SAMPLES],
        state: &mut State,
    ) -> f32 {
        let magnitudes = self.spectrum.magnitudes(input);
        self.conv1.mul(magnitudes, &mut self.after_conv1);

        // Stride 2 with one frame of padding: the first output sees frames -1, 0 and 1, the
        // second 1, 2 and 3. Frame -1 is padding, so tap 0 of the first has nothing to do.
        for (out, taps) in [(0, &[(1, 0), (2, 1)][..]), (1, &[(0, 1), (1, 2), (2, 3)])] {
            self.sparse.clear();
            for &(tap, frame) in taps {
                self.sparse
                    .extend_positive(tap * N_CONV1, &self.after_conv1[frame]);
            }
            self.conv2.mul(&self.sparse, &mut self.after_conv2[out]);
        }

        // One output that sees padding, frame 0 and frame 1.
        self.sparse.clear();
        self.sparse.extend_positive(0, &self.after_conv2[0]);
        self.sparse.extend_positive(N_CONV2, &self.after_conv2[1]);
        self.conv3.mul(&self.sparse, &mut self.after_conv3);

        self.sparse.clear();
        self.sparse.extend_positive(0, &self.after_conv3);
        self.conv4.mul(&self.sparse, &mut self.after_conv4);

        self.recurrent
            .mul(&self.after_conv4, &state.hidden, &mut self.gates);
        self.recur(state);

        let mut logit = [0.0_f32; 16];
        for (weights, hidden) in self
            .head
            .as_chunks::<16>()
            .0
            .iter()
            .zip(state.hidden.as_chunks::<16>().0)
        {
            for lane in 0..16 {
                let positive = if hidden[lane] > 0.0 {
                    hidden[lane]
                } else {
                    0.0
                };
                logit[lane] += weights[lane] * positive;
            }
        }
        sigmoid(self.head_bias + logit.iter().sum::<f32>())
    }

    /// The gates' activations and the new state.
    #[inline(always)]
    fn recur(&self, state: &mut State) {
        let (input, rest) = self.gates.split_at(N_HIDDEN);
        let (forget, rest) = rest.split_at(N_HIDDEN);
        let (cell, output) = rest.split_at(N_HIDDEN);
        for unit in 0..N_HIDDEN {
            let remembered = sigmoid(forget[unit]) * state.cell[unit];
            let updated = remembered + sigmoid(input[unit]) * tanh(cell[unit]);
            state.cell[unit] = updated;
            state.hidden[unit] = sigmoid(output[unit]) * tanh(updated);
        }
    }
}
