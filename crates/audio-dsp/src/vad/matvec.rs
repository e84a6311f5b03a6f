//! Matrix times sparse vector, the shape of every layer but the first.

/// The positive entries of a vector, by position. After a ReLU a third to three quarters of the
/// activations are zero, and what is zero needs no weights.
#[derive(Clone, Debug)]
pub(super) struct SparseVec {
    entries: Vec<Entry>,
    len: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    row: u32,
    value: f32,
}

impl SparseVec {
    /// An empty vector with room for `capacity` entries, and one more that is never counted.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self {
            entries: vec![Entry::default(); capacity + 1],
            len: 0,
        }
    }

    #[inline(always)]
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    /// Appends what a ReLU lets pass of `values`, which belong to the rows from `first_row` on.
    #[inline(always)]
    pub(super) fn extend_positive(&mut self, first_row: usize, values: &[f32]) {
        // Each entry is written before it is known to count: arithmetic on the length in place
        // of a branch that the processor could not predict.
        let mut len = self.len;
        for (row, &value) in (first_row as u32..).zip(values) {
            self.entries[len] = Entry { row, value };
            len += usize::from(value > 0.0);
        }
        self.len = len;
    }

    /// Appends all `values`, which belong to the rows from `first_row` on.
    #[cfg(not(target_arch = "wasm32"))]
    #[inline(always)]
    pub(super) fn extend(&mut self, first_row: usize, values: &[f32]) {
        let entries = &mut self.entries[self.len..self.len + values.len()];
        for ((entry, row), &value) in entries.iter_mut().zip(first_row as u32..).zip(values) {
            *entry = Entry { row, value };
        }
        self.len += values.len();
    }
}

/// A matrix laid out so that one input's weights for `W` outputs are contiguous.
#[derive(Clone, Debug)]
pub(super) struct Matrix<const W: usize> {
    /// `[block of outputs][input]`, `W` weights each.
    rows: Vec<[f32; W]>,
    bias: Vec<[f32; W]>,
    n_inputs: usize,
}

impl<const W: usize> Matrix<W> {
    /// Packs the matrix whose weight from `input` to `output` is `weight(output, input)`.
    pub(super) fn new(n_inputs: usize, bias: &[f32], weight: impl Fn(usize, usize) -> f32) -> Self {
        let n_blocks = bias.len() / W;
        debug_assert_eq!(n_blocks * W, bias.len(), "outputs come in whole blocks");
        let mut rows = Vec::with_capacity(n_blocks * n_inputs);
        for block in 0..n_blocks {
            for input in 0..n_inputs {
                rows.push(std::array::from_fn(|lane| weight(block * W + lane, input)));
            }
        }
        Self {
            rows,
            bias: bias.as_chunks::<W>().0.to_vec(),
            n_inputs,
        }
    }

    /// Writes `bias + matrix * x` to `out`.
    #[inline(always)]
    pub(super) fn mul(&self, x: &SparseVec, out: &mut [f32]) {
        let blocks = self.rows.chunks_exact(self.n_inputs);
        for ((block, bias), out) in blocks.zip(&self.bias).zip(out.as_chunks_mut::<W>().0) {
            let mut sums = *bias;
            for entry in &x.entries[..x.len] {
                let weights = &block[entry.row as usize];
                for lane in 0..W {
                    sums[lane] += weights[lane] * entry.value;
                }
            }
            *out = sums;
        }
    }
}
