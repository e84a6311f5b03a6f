//! The two large layers in 16-bit integers: half the memory, twice the products per instruction.
//!
//! Weights are scaled per output, inputs per window by their largest value. The scales are chosen
//! so that no 32-bit sum can overflow, whatever the input.

use super::N_HIDDEN;
use super::lanes::{Lanes, pack};
use super::network::{FirstLayer, N_CONV1, N_CONV4, N_GATES, RecurrentLayer};
use super::spectrum::{N_BINS, N_FRAMES};
use super::weights::{Layer, Layers};

/// The magnitude of the largest input, as an integer.
const INPUT_MAX: f32 = 8_191.0;

/// What an output's weights may sum to in magnitude: with inputs up to [`INPUT_MAX`] the sum of
/// products stays within 32 bits.
const WEIGHT_SUM_MAX: f32 = (i32::MAX / 8_192) as f32;

/// Vectors of sums that are kept in registers at once, for one frame or in all.
const N_SUMS: usize = 8;

/// Outputs of the first layer that are summed at once, in vectors: each for four frames.
const N_BLOCK: usize = N_SUMS / N_FRAMES;

/// One output's weights as integers, and what an integer of them is worth.
struct QuantizedRow {
    weights: Vec<i16>,
    unit: f32,
}

impl QuantizedRow {
    fn new(weights: impl Iterator<Item = f32> + Clone) -> Self {
        let largest = weights.clone().fold(0.0_f32, |a, b| a.max(b.abs()));
        let sum: f32 = weights.clone().map(f32::abs).sum();
        // Rounding may add half a unit to each weight.
        let room = WEIGHT_SUM_MAX - 0.5 * weights.clone().count() as f32;
        let unit = (largest / 32_767.0).max(sum / room).max(f32::MIN_POSITIVE);
        Self {
            weights: weights
                .map(|weight| (weight / unit).round() as i16)
                .collect(),
            unit,
        }
    }

    /// The pair of inputs at `2 * pair`; an odd last input is paired with nothing.
    fn pair(&self, pair: usize) -> u32 {
        let second = self.weights.get(2 * pair + 1).copied().unwrap_or(0);
        pack([self.weights[2 * pair], second])
    }
}

/// Rounds to the nearest integer and keeps its low 16 bits, in a form that vectorises.
#[inline(always)]
fn to_bits(value: f32) -> u32 {
    /// Adding it moves the integer part into the low mantissa bits.
    const ROUND: f32 = 12_582_912.0;
    (value + ROUND).to_bits() & 0xffff
}

/// The first layer.
#[derive(Clone, Debug)]
pub(super) struct QuantizedConv1<L> {
    /// `[block of outputs][pair of bins][tap]`
    taps: Vec<[[L; N_BLOCK]; 3]>,
    units: [f32; N_CONV1],
    bias: [f32; N_CONV1],
    /// The spectrum as integers: `[pair of bins][frame]`.
    pairs: Vec<[u32; N_FRAMES]>,
}

/// Pairs of bins; the last bin is alone.
const N_PAIRS: usize = N_BINS.div_ceil(2);

impl<L: Lanes> FirstLayer for QuantizedConv1<L> {
    fn new(layer: &Layer<'_>) -> Self {
        // A row holds an output's weights tap after tap, so that a tap's bins are neighbours.
        let rows: Vec<QuantizedRow> = layer
            .weights
            .chunks_exact(3 * N_BINS)
            .map(|row| {
                QuantizedRow::new((0..3).flat_map(move |tap| {
                    (0..2 * N_PAIRS).map(move |bin| row.get(3 * bin + tap).copied().unwrap_or(0.0))
                }))
            })
            .collect();
        let mut taps = Vec::with_capacity(N_CONV1 / (N_BLOCK * L::N) * N_PAIRS);
        for block in rows.chunks_exact(N_BLOCK * L::N) {
            for pair in 0..N_PAIRS {
                taps.push([0, 1, 2].map(|tap| {
                    std::array::from_fn(|vector| {
                        let rows = &block[vector * L::N..(vector + 1) * L::N];
                        let words: Vec<u32> = rows
                            .iter()
                            .map(|row| row.pair(tap * N_PAIRS + pair))
                            .collect();
                        L::from_words(&words)
                    })
                }));
            }
        }
        let mut bias = [0.0; N_CONV1];
        bias.copy_from_slice(layer.bias);
        Self {
            taps,
            units: std::array::from_fn(|output| rows[output].unit),
            bias,
            pairs: vec![[0; N_FRAMES]; N_PAIRS],
        }
    }

    #[inline(always)]
    fn mul(
        &mut self,
        magnitudes: &[[f32; N_FRAMES]; N_BINS],
        out: &mut [[f32; N_CONV1]; N_FRAMES],
    ) {
        let unit = self.quantize(magnitudes);
        for (index, block) in self.taps.chunks_exact(N_PAIRS).enumerate() {
            let mut sums = [[L::splat(0); N_BLOCK]; N_FRAMES];
            for ([early, middle, late], pairs) in block.iter().zip(&self.pairs) {
                let x = pairs.map(L::splat);
                for v in 0..N_BLOCK {
                    let (e, m, l) = (early[v], middle[v], late[v]);
                    // The frames before the first and after the last are padding.
                    sums[0][v] = sums[0][v].dot_add(m, x[0]).dot_add(l, x[1]);
                    sums[1][v] = sums[1][v]
                        .dot_add(e, x[0])
                        .dot_add(m, x[1])
                        .dot_add(l, x[2]);
                    sums[2][v] = sums[2][v]
                        .dot_add(e, x[1])
                        .dot_add(m, x[2])
                        .dot_add(l, x[3]);
                    sums[3][v] = sums[3][v].dot_add(e, x[2]).dot_add(m, x[3]);
                }
            }
            let first = index * N_BLOCK * L::N;
            for (out, sums) in out.iter_mut().zip(&sums) {
                for (v, sum) in sums.iter().enumerate() {
                    sum.store(&mut out[first + v * L::N..]);
                }
            }
        }
        for frame in out {
            for ((value, weight_unit), bias) in frame.iter_mut().zip(&self.units).zip(&self.bias) {
                *value = *value * (weight_unit * unit) + bias;
            }
        }
    }
}

impl<L> QuantizedConv1<L> {
    /// Fills `pairs` and returns what an integer in them is worth.
    #[inline(always)]
    fn quantize(&mut self, magnitudes: &[[f32; N_FRAMES]; N_BINS]) -> f32 {
        let mut largest = [0.0_f32; N_FRAMES];
        for frames in magnitudes {
            for (largest, magnitude) in largest.iter_mut().zip(frames) {
                *largest = if magnitude > largest {
                    *magnitude
                } else {
                    *largest
                };
            }
        }
        let largest = largest.iter().fold(f32::MIN_POSITIVE, |a, b| a.max(*b));
        let unit = largest / INPUT_MAX;
        let scale = 1.0 / unit.max(f32::MIN_POSITIVE);
        let (both, last) = magnitudes.as_chunks::<2>();
        for (pair, [even, odd]) in self.pairs.iter_mut().zip(both) {
            for frame in 0..N_FRAMES {
                pair[frame] = to_bits(even[frame] * scale) | to_bits(odd[frame] * scale) << 16;
            }
        }
        for (pair, even) in self.pairs[both.len()..].iter_mut().zip(last) {
            for frame in 0..N_FRAMES {
                pair[frame] = to_bits(even[frame] * scale);
            }
        }
        unit
    }
}

/// The recurrent layer: two matrices, because their inputs have different scales.
#[derive(Clone, Debug)]
pub(super) struct QuantizedRecurrent<L> {
    input: QuantizedMatrix<L>,
    hidden: QuantizedMatrix<L>,
    bias: [f32; N_GATES],
    sums: [f32; N_GATES],
}

impl<L: Lanes> RecurrentLayer for QuantizedRecurrent<L> {
    fn new(layers: &Layers<'_>) -> Self {
        let mut bias = [0.0; N_GATES];
        bias.copy_from_slice(layers.lstm_bias);
        Self {
            input: QuantizedMatrix::new(layers.lstm_input),
            hidden: QuantizedMatrix::new(layers.lstm_hidden),
            bias,
            sums: [0.0; N_GATES],
        }
    }

    #[inline(always)]
    fn mul(
        &mut self,
        input: &[f32; N_CONV4],
        hidden: &[f32; N_HIDDEN],
        gates: &mut [f32; N_GATES],
    ) {
        *gates = self.bias;
        let largest = input
            .iter()
            .fold(0.0_f32, |a, b| if *b > a { *b } else { a });
        if largest > 0.0 {
            let scale = INPUT_MAX / largest;
            let positive = input.map(|value| if value > 0.0 { value * scale } else { 0.0 });
            self.input
                .mul(&positive, 1.0 / scale, &mut self.sums, gates);
        }
        self.hidden.mul(
            &hidden.map(|value| value * INPUT_MAX),
            1.0 / INPUT_MAX,
            &mut self.sums,
            gates,
        );
    }
}

/// Inputs of each half of the recurrent layer.
const N_INPUTS: usize = N_HIDDEN;

/// A matrix of 512 outputs and 128 inputs, which are taken in pairs.
#[derive(Clone, Debug)]
struct QuantizedMatrix<L> {
    /// `[block of outputs][pair of inputs]`
    rows: Vec<[L; N_SUMS]>,
    units: [f32; N_GATES],
    /// The pairs that are not zero.
    entries: [Entry; N_INPUTS / 2 + 1],
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    row: u32,
    pair: u32,
}

impl<L: Lanes> QuantizedMatrix<L> {
    fn new(weights: &[f32]) -> Self {
        let rows: Vec<QuantizedRow> = weights
            .chunks_exact(N_INPUTS)
            .map(|row| QuantizedRow::new(row.iter().copied()))
            .collect();
        let mut packed = Vec::with_capacity(N_GATES / (N_SUMS * L::N) * N_INPUTS / 2);
        for block in rows.chunks_exact(N_SUMS * L::N) {
            for pair in 0..N_INPUTS / 2 {
                packed.push(std::array::from_fn(|vector| {
                    let rows = &block[vector * L::N..(vector + 1) * L::N];
                    let words: Vec<u32> = rows.iter().map(|row| row.pair(pair)).collect();
                    L::from_words(&words)
                }));
            }
        }
        Self {
            rows: packed,
            units: std::array::from_fn(|output| rows[output].unit),
            entries: [Entry::default(); N_INPUTS / 2 + 1],
        }
    }

    /// Adds the product with `inputs`, integers worth `unit` each, to `out`.
    #[inline(always)]
    fn mul(
        &mut self,
        inputs: &[f32; N_INPUTS],
        unit: f32,
        sums_out: &mut [f32; N_GATES],
        out: &mut [f32; N_GATES],
    ) {
        let mut n_entries = 0;
        for (row, [even, odd]) in (0_u32..).zip(inputs.as_chunks::<2>().0) {
            let pair = to_bits(*even) | to_bits(*odd) << 16;
            self.entries[n_entries] = Entry { row, pair };
            n_entries += usize::from(pair != 0);
        }
        for (index, block) in self.rows.chunks_exact(N_INPUTS / 2).enumerate() {
            let mut sums = [L::splat(0); N_SUMS];
            for entry in &self.entries[..n_entries] {
                let weights = &block[entry.row as usize];
                let x = L::splat(entry.pair);
                for v in 0..N_SUMS {
                    sums[v] = sums[v].dot_add(weights[v], x);
                }
            }
            for (v, sum) in sums.iter().enumerate() {
                sum.store(&mut sums_out[(index * N_SUMS + v) * L::N..]);
            }
        }
        for ((out, sum), weight_unit) in out.iter_mut().zip(sums_out).zip(&self.units) {
            *out += *sum * (weight_unit * unit);
        }
    }
}
