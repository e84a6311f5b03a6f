//! Which tensors of the network are taken, and in which order.
//!
//! Silero VAD v6.2 at 16 kHz: a short-time Fourier transform as a convolution, four convolutions
//! with ReLU, one LSTM cell, one dense head. A window has 576 samples (64 of them context), which
//! gives four time steps to the first convolution; strides of 1, 2, 2 and 1 leave 4, 2, 1 and 1.
//! Where a kernel only ever meets the zero padding, its taps are not taken.

use std::f64::consts::TAU;

use anyhow::ensure;

use super::onnx::{GraphProto, ModelProto};

/// Points of the Fourier transform.
const FFT_POINTS: usize = 256;

/// Frequencies from zero to half the rate, both included.
const BINS: usize = FFT_POINTS / 2 + 1;

/// How far the model's basis may be from the transform that the kernel computes instead.
const BASIS_TOLERANCE: f64 = 1e-6;

/// Width of the LSTM's state and of its input.
const HIDDEN: usize = 128;

/// Rows of an LSTM matrix: the gates input, forget, cell and output.
const GATE_ROWS: usize = 4 * HIDDEN;

/// How many values are taken.
const VALUES: usize = 222_593;

/// One convolution of the encoder.
struct Convolution {
    outputs: usize,
    inputs: usize,
    /// Taps (of three) that can meet something else than padding.
    taps: &'static [usize],
}

const ENCODER: [Convolution; 4] = [
    Convolution {
        outputs: 128,
        inputs: BINS,
        taps: &[0, 1, 2],
    },
    Convolution {
        outputs: 64,
        inputs: 128,
        taps: &[0, 1, 2],
    },
    Convolution {
        outputs: 64,
        inputs: 64,
        taps: &[1, 2],
    },
    Convolution {
        outputs: 128,
        inputs: 64,
        taps: &[1],
    },
];

/// Taps of each kernel in the model.
const KERNEL_TAPS: usize = 3;

/// The values that the detector needs, in the order of the packed file.
pub(super) fn extract(model: &ModelProto) -> anyhow::Result<Vec<f32>> {
    let graph = model.branch_16k()?;
    check_basis(&graph.constant("stft.forward_basis_buffer", &[2 * BINS, 1, FFT_POINTS])?)?;

    let mut values = Vec::with_capacity(VALUES);
    for (index, layer) in ENCODER.iter().enumerate() {
        let name = format!("encoder.{index}.reparam_conv");
        let shape = [layer.outputs, layer.inputs, KERNEL_TAPS];
        let weight = graph.constant(&format!("{name}.weight"), &shape)?;
        values.extend(select_taps(&weight, layer.taps));
        values.extend(graph.constant(&format!("{name}.bias"), &[layer.outputs])?);
    }
    values.extend(graph.constant("decoder.rnn.weight_ih", &[GATE_ROWS, HIDDEN])?);
    values.extend(graph.constant("decoder.rnn.weight_hh", &[GATE_ROWS, HIDDEN])?);
    values.extend(lstm_bias(graph)?);
    values.extend(graph.constant("decoder.decoder.2.weight", &[1, HIDDEN, 1])?);
    values.extend(graph.constant("decoder.decoder.2.bias", &[1])?);

    ensure!(
        values.len() == VALUES,
        "the network gave {} values, expected {VALUES}",
        values.len(),
    );
    Ok(values)
}

/// Both bias vectors only ever occur as their sum.
fn lstm_bias(graph: &GraphProto) -> anyhow::Result<Vec<f32>> {
    let input = graph.constant("decoder.rnn.bias_ih", &[GATE_ROWS])?;
    let hidden = graph.constant("decoder.rnn.bias_hh", &[GATE_ROWS])?;
    Ok(input.iter().zip(&hidden).map(|(a, b)| a + b).collect())
}

/// The given taps of each kernel, rows left in their order.
fn select_taps(weight: &[f32], taps: &'static [usize]) -> impl Iterator<Item = f32> {
    weight
        .as_chunks::<KERNEL_TAPS>()
        .0
        .iter()
        .flat_map(|kernel| taps.iter().map(|&tap| kernel[tap]))
}

/// Fails unless the model's transform is the periodic-Hann DFT (cosine rows, then negative sine
/// rows), which the detector computes by an FFT of its own.
fn check_basis(basis: &[f32]) -> anyhow::Result<()> {
    for (row, cells) in basis.as_chunks::<FFT_POINTS>().0.iter().enumerate() {
        for (sample, &actual) in cells.iter().enumerate() {
            let expected = basis_cell(row, sample);
            let error = (f64::from(actual) - expected).abs();
            ensure!(
                error <= BASIS_TOLERANCE,
                "the model's transform is no periodic-Hann DFT: row {row}, sample {sample} is \
                 {actual}, expected {expected} within {BASIS_TOLERANCE}; the detector's FFT \
                 cannot stand for it",
            );
        }
    }
    Ok(())
}

/// One cell of the transform, computed at double precision.
fn basis_cell(row: usize, sample: usize) -> f64 {
    let turn = |count: usize| TAU * (count % FFT_POINTS) as f64 / FFT_POINTS as f64;
    let hann = 0.5 - 0.5 * turn(sample).cos();
    if row < BINS {
        hann * turn(row * sample).cos()
    } else {
        -hann * turn((row - BINS) * sample).sin()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn exact_basis() -> Vec<f32> {
        (0..2 * BINS)
            .flat_map(|row| (0..FFT_POINTS).map(move |sample| basis_cell(row, sample) as f32))
            .collect()
    }

    #[test]
    fn accepts_the_transform_that_the_detector_computes() {
        check_basis(&exact_basis()).unwrap();
    }

    #[test]
    fn refuses_a_transform_that_is_off_in_one_cell() {
        let mut basis = exact_basis();
        basis[5 * FFT_POINTS + 7] += 1e-5;
        let message = check_basis(&basis).unwrap_err().to_string();
        assert!(message.contains("row 5, sample 7"), "{message}");
    }

    #[test]
    fn takes_the_named_taps_of_each_kernel() {
        let weight = [0.0, 1.0, 2.0, 10.0, 11.0, 12.0];
        let taken: Vec<f32> = select_taps(&weight, &[1, 2]).collect();
        assert_eq!(taken, [1.0, 2.0, 11.0, 12.0]);
    }
}
