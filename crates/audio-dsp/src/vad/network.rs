//! The network itself, generic over how wide the machine's vectors are.
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

use super::math::{mul_add, sigmoid, tanh};
use super::matvec::{Matrix, SparseVec};
use super::spectrum::{N_BINS, N_FRAMES, Spectrum};
use super::weights::{Layer, Weights};
use super::{CONTEXT_SAMPLES, N_HIDDEN, State};
use crate::WINDOW_SAMPLES;

const N_CONV1: usize = 128;
const N_CONV2: usize = 64;
const N_CONV3: usize = 64;
const N_CONV4: usize = 128;
const N_GATES: usize = 4 * N_HIDDEN;

/// The network for one vector width.
///
/// `C` outputs of the first layer are summed at once for all four frames, `W` outputs of the
/// wide matrices and `N` of the narrow ones: as many accumulators as the registers hold.
/// `FUSED` says whether multiply-add is one instruction.
#[derive(Clone, Debug)]
pub(super) struct Network<const C: usize, const W: usize, const N: usize, const FUSED: bool> {
    spectrum: Spectrum,
    conv1: Conv1<C>,
    conv2: Matrix<N>,
    conv3: Matrix<N>,
    conv4: Matrix<W>,
    lstm: Matrix<W>,
    head: [f32; N_HIDDEN],
    head_bias: f32,
    after_conv1: Vec<[f32; N_CONV1]>,
    after_conv2: [[f32; N_CONV2]; 2],
    after_conv3: [f32; N_CONV3],
    after_conv4: [f32; N_CONV4],
    gates: [f32; N_GATES],
    sparse: SparseVec,
}

impl<const C: usize, const W: usize, const N: usize, const FUSED: bool> Network<C, W, N, FUSED> {
    pub(super) fn new(weights: &Weights) -> Self {
        let layers = weights.layers();
        let conv2 = layers.conv2.weights;
        let conv3 = layers.conv3.weights;
        let conv4 = layers.conv4.weights;
        let (input, hidden) = (layers.lstm_input, layers.lstm_hidden);
        let mut head = [0.0; N_HIDDEN];
        head.copy_from_slice(layers.head.weights);
        Self {
            spectrum: Spectrum::new(),
            conv1: Conv1::new(&layers.conv1),
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
            lstm: Matrix::new(
                N_CONV4 + N_HIDDEN,
                layers.lstm_bias,
                |output, row| match row.checked_sub(N_CONV4) {
                    None => input[output * N_CONV4 + row],
                    Some(unit) => hidden[output * N_HIDDEN + unit],
                },
            ),
            head,
            head_bias: layers.head.bias[0],
            after_conv1: vec![[0.0; N_CONV1]; N_FRAMES],
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
        self.conv1.mul::<FUSED>(magnitudes, &mut self.after_conv1);

        // Stride 2 with one frame of padding: the first output sees frames -1, 0 and 1, the
        // second 1, 2 and 3. Frame -1 is padding, so tap 0 of the first has nothing to do.
        for (out, taps) in [(0, &[(1, 0), (2, 1)][..]), (1, &[(0, 1), (1, 2), (2, 3)])] {
            self.sparse.clear();
            for &(tap, frame) in taps {
                self.sparse
                    .extend_positive(tap * N_CONV1, &self.after_conv1[frame]);
            }
            self.conv2
                .mul::<FUSED>(&self.sparse, &mut self.after_conv2[out]);
        }

        // One output that sees padding, frame 0 and frame 1.
        self.sparse.clear();
        self.sparse.extend_positive(0, &self.after_conv2[0]);
        self.sparse.extend_positive(N_CONV2, &self.after_conv2[1]);
        self.conv3.mul::<FUSED>(&self.sparse, &mut self.after_conv3);

        self.sparse.clear();
        self.sparse.extend_positive(0, &self.after_conv3);
        self.conv4.mul::<FUSED>(&self.sparse, &mut self.after_conv4);

        self.sparse.clear();
        self.sparse.extend_positive(0, &self.after_conv4);
        self.sparse.extend(N_CONV4, &state.hidden);
        self.lstm.mul::<FUSED>(&self.sparse, &mut self.gates);
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
                logit[lane] = mul_add::<FUSED>(weights[lane], hidden[lane].max(0.0), logit[lane]);
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

/// The first layer: dense, and applied to four frames, so each weight that is loaded serves up
/// to four of them.
#[derive(Clone, Debug)]
pub(super) struct Conv1<const C: usize> {
    /// `[block of outputs][bin][tap]`, `C` weights each.
    taps: Vec<[[f32; C]; 3]>,
    bias: Vec<[f32; C]>,
}

impl<const C: usize> Conv1<C> {
    pub(super) fn new(layer: &Layer<'_>) -> Self {
        let weight = |output: usize, bin: usize, tap: usize| {
            layer.weights[(output * N_BINS + bin) * 3 + tap]
        };
        let mut taps = Vec::with_capacity(N_CONV1 / C * N_BINS);
        for block in 0..N_CONV1 / C {
            for bin in 0..N_BINS {
                taps.push(std::array::from_fn(|tap| {
                    std::array::from_fn(|lane| weight(block * C + lane, bin, tap))
                }));
            }
        }
        Self {
            taps,
            bias: layer.bias.as_chunks::<C>().0.to_vec(),
        }
    }

    #[inline(always)]
    pub(super) fn mul<const FUSED: bool>(
        &self,
        magnitudes: &[[f32; N_FRAMES]; N_BINS],
        out: &mut [[f32; N_CONV1]],
    ) {
        for (index, (block, bias)) in self.taps.chunks_exact(N_BINS).zip(&self.bias).enumerate() {
            let mut sums = [*bias; N_FRAMES];
            for ([early, middle, late], x) in block.iter().zip(magnitudes) {
                for lane in 0..C {
                    let (e, m, l) = (early[lane], middle[lane], late[lane]);
                    // The frames before the first and after the last are padding.
                    let s0 = mul_add::<FUSED>(l, x[1], m * x[0]);
                    let s1 = mul_add::<FUSED>(l, x[2], mul_add::<FUSED>(m, x[1], e * x[0]));
                    let s2 = mul_add::<FUSED>(l, x[3], mul_add::<FUSED>(m, x[2], e * x[1]));
                    let s3 = mul_add::<FUSED>(m, x[3], e * x[2]);
                    sums[0][lane] += s0;
                    sums[1][lane] += s1;
                    sums[2][lane] += s2;
                    sums[3][lane] += s3;
                }
            }
            for (frame, sums) in out.iter_mut().zip(&sums) {
                frame[index * C..(index + 1) * C].copy_from_slice(sums);
            }
        }
    }
}
