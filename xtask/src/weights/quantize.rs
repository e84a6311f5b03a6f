//! The small form: 8-bit integers, 32 of which share a scale.

use anyhow::ensure;
use half::f16;

/// Weights that share a scale.
const GROUP: usize = 32;

/// Weights and biases of each tensor pair, in the order in which they are stored. Biases stay at
/// 16 bits: there are few of them, and they differ too much to share a scale.
const SHAPES: [(usize, usize); 6] = [
    (128 * 129 * 3, 128),
    (64 * 128 * 3, 64),
    (64 * 64 * 2, 64),
    (128 * 64, 128),
    (2 * 512 * 128, 512),
    (128, 1),
];

/// All integers, then all scales, then all biases, the latter two as 16-bit floats.
pub(super) fn to_q8(values: &[f32]) -> anyhow::Result<Vec<u8>> {
    let expected: usize = SHAPES
        .iter()
        .map(|(weights, biases)| weights + biases)
        .sum();
    ensure!(
        values.len() == expected,
        "{} values, where the network has {expected}",
        values.len()
    );
    let (mut integers, mut scales, mut halves) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = values;
    for (n_weights, n_biases) in SHAPES {
        let (weights, after) = rest.split_at(n_weights);
        let (biases, after) = after.split_at(n_biases);
        rest = after;
        for group in weights.chunks(GROUP) {
            let (scale, bytes) = quantize(group);
            scales.extend(scale.to_le_bytes());
            integers.extend(bytes);
        }
        halves.extend(
            biases
                .iter()
                .flat_map(|bias| f16::from_f32(*bias).to_le_bytes()),
        );
    }
    Ok([integers, scales, halves].concat())
}

/// A group's scale, rounded as it will be read, and its integers.
fn quantize(group: &[f32]) -> (f16, Vec<u8>) {
    let largest = group.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
    let scale = f16::from_f32(largest / 127.0);
    let unit = if scale == f16::ZERO {
        1.0
    } else {
        scale.to_f32()
    };
    let integer = |value: &f32| (value / unit).round_ties_even().clamp(-127.0, 127.0) as i8;
    let bytes = group.iter().map(|value| integer(value) as u8).collect();
    (f16::from_f32(unit), bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn the_largest_of_a_group_becomes_127() {
        let mut group = [0.0_f32; GROUP];
        (group[3], group[7]) = (12.7, -6.35);
        let (scale, bytes) = quantize(&group);
        assert!((scale.to_f32() - 0.1).abs() < 1e-4);
        assert_eq!((bytes[3] as i8, bytes[7] as i8, bytes[0]), (127, -64, 0));
    }

    #[test]
    fn a_group_of_zeros_stays_zero() {
        assert_eq!(quantize(&[0.0; GROUP]), (f16::ONE, vec![0; GROUP]));
    }

    #[test]
    fn the_file_has_integers_then_scales_then_biases() {
        let file = to_q8(&vec![0.5; 222_593]).unwrap();
        let (n_weights, n_biases) = (221_696, 897);
        assert_eq!(file.len(), n_weights + n_weights / GROUP * 2 + n_biases * 2);
        assert_eq!(file[0], 127);
        assert_eq!(file[file.len() - 2..], f16::from_f32(0.5).to_le_bytes());
    }

    #[test]
    fn another_number_of_values_is_refused() {
        let message = to_q8(&[1.0]).unwrap_err().to_string();
        assert!(message.contains("1 values"), "{message}");
    }
}
