//! The two large layers in single precision: the reference for the faster ones.

use super::N_HIDDEN;
use super::matvec::{Matrix, SparseVec};
use super::network::{FirstLayer, N_CONV1, N_CONV4, N_GATES, RecurrentLayer};
use super::spectrum::{N_BINS, N_FRAMES};
use super::weights::{Layer, Layers};

/// Outputs of the first layer that are summed at once.
const N_BLOCK: usize = 16;

/// The first layer.
#[derive(Clone, Debug)]
pub(super) struct SingleConv1 {
    /// `[block of outputs][bin][tap]`
    taps: Vec<[[f32; N_BLOCK]; 3]>,
    bias: Vec<[f32; N_BLOCK]>,
}

impl FirstLayer for SingleConv1 {
    fn new(layer: &Layer<'_>) -> Self {
        let weight = |output: usize, bin: usize, tap: usize| {
            layer.weights[(output * N_BINS + bin) * 3 + tap]
        };
        let mut taps = Vec::with_capacity(N_CONV1 / N_BLOCK * N_BINS);
        for block in 0..N_CONV1 / N_BLOCK {
            for bin in 0..N_BINS {
                taps.push([0, 1, 2].map(|tap| {
                    std::array::from_fn(|lane| weight(block * N_BLOCK + lane, bin, tap))
                }));
            }
        }
        Self {
            taps,
            bias: layer.bias.as_chunks::<N_BLOCK>().0.to_vec(),
        }
    }

    #[inline(always)]
    fn mul(
        &mut self,
        magnitudes: &[[f32; N_FRAMES]; N_BINS],
        out: &mut [[f32; N_CONV1]; N_FRAMES],
    ) {
        for (index, (block, bias)) in self.taps.chunks_exact(N_BINS).zip(&self.bias).enumerate() {
            let mut sums = [*bias; N_FRAMES];
            for ([early, middle, late], x) in block.iter().zip(magnitudes) {
                for lane in 0..N_BLOCK {
                    let (e, m, l) = (early[lane], middle[lane], late[lane]);
                    // The frames before the first and after the last are padding.
                    sums[0][lane] += m * x[0] + l * x[1];
                    sums[1][lane] += e * x[0] + m * x[1] + l * x[2];
                    sums[2][lane] += e * x[1] + m * x[2] + l * x[3];
                    sums[3][lane] += e * x[2] + m * x[3];
                }
            }
            for (frame, sums) in out.iter_mut().zip(&sums) {
                frame[index * N_BLOCK..(index + 1) * N_BLOCK].copy_from_slice(sums);
            }
        }
    }
}

/// The recurrent layer: one matrix over its input and its own previous output.
#[derive(Clone, Debug)]
pub(super) struct SingleRecurrent {
    matrix: Matrix<32>,
    sparse: SparseVec,
}

impl RecurrentLayer for SingleRecurrent {
    fn new(layers: &Layers<'_>) -> Self {
        let (input, hidden) = (layers.lstm_input, layers.lstm_hidden);
        let matrix = Matrix::new(
            N_CONV4 + N_HIDDEN,
            layers.lstm_bias,
            |output, row| match row.checked_sub(N_CONV4) {
                None => input[output * N_CONV4 + row],
                Some(unit) => hidden[output * N_HIDDEN + unit],
            },
        );
        Self {
            matrix,
            sparse: SparseVec::with_capacity(N_CONV4 + N_HIDDEN),
        }
    }

    #[inline(always)]
    fn mul(
        &mut self,
        input: &[f32; N_CONV4],
        hidden: &[f32; N_HIDDEN],
        gates: &mut [f32; N_GATES],
    ) {
        self.sparse.clear();
        self.sparse.extend_positive(0, input);
        self.sparse.extend(N_CONV4, hidden);
        self.matrix.mul(&self.sparse, gates);
    }
}
