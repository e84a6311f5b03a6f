//! The network's parameters, and the two forms in which they are stored.

use crate::WeightsError;

/// The parameters that ever meet anything but padding, out of 309,633 in the published model.
pub const N_PARAMETERS: usize = 222_593;

/// Bias values among them; the rest are weights.
const N_BIASES: usize = 128 + 64 + 64 + 128 + 512 + 1;

/// Weights that share a scale in the 8-bit form.
const GROUP: usize = 32;

/// The half-precision weights: all low bytes first, then all high bytes (which compresses better).
/// The folder `weights` says where they come from.
#[cfg(not(feature = "lite"))]
pub const PACKED_WEIGHTS: &[u8; 2 * N_PARAMETERS] =
    include_bytes!("../../weights/silero-v6.2-16k.f16");

/// The 8-bit weights of the small build. The folder `weights` says where they come from.
#[cfg(feature = "lite")]
pub const PACKED_WEIGHTS: &[u8; N_QUANTIZED_BYTES] =
    include_bytes!("../../weights/silero-v6.2-16k.q8");

/// Bytes of the 8-bit form.
const N_QUANTIZED_BYTES: usize =
    (N_PARAMETERS - N_BIASES) + (N_PARAMETERS - N_BIASES) / GROUP * 2 + N_BIASES * 2;

/// All parameters in single precision, in the order of the layers.
///
/// Convolution weights are `[output][input][tap]`, matrices `[output][input]`; the recurrent
/// layer's 512 rows are its input, forget, cell and output gates.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    values: Vec<f32>,
}

impl Weights {
    /// The weights that this crate carries: half precision, or 8 bits with the feature `lite`.
    pub fn bundled() -> Self {
        #[cfg(not(feature = "lite"))]
        let values = unpack_halves(PACKED_WEIGHTS);
        #[cfg(feature = "lite")]
        let values = unpack_quantized(PACKED_WEIGHTS);
        Self { values }
    }

    /// Reads half-precision weights stored as a plane of low bytes and a plane of high bytes.
    pub fn from_packed(bytes: &[u8]) -> Result<Self, WeightsError> {
        check_len(bytes, 2 * N_PARAMETERS)?;
        Self::checked(unpack_halves(bytes))
    }

    /// Reads 8-bit weights: the integers of every weight tensor, then a half-precision scale for
    /// each 32 of them, then the biases in half precision.
    pub fn from_quantized(bytes: &[u8]) -> Result<Self, WeightsError> {
        check_len(bytes, N_QUANTIZED_BYTES)?;
        Self::checked(unpack_quantized(bytes))
    }

    /// Reads single-precision little-endian weights.
    pub fn from_f32_le(bytes: &[u8]) -> Result<Self, WeightsError> {
        check_len(bytes, 4 * N_PARAMETERS)?;
        Self::checked(
            bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect(),
        )
    }

    fn checked(values: Vec<f32>) -> Result<Self, WeightsError> {
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(WeightsError::NotFinite { index }),
            None => Ok(Self { values }),
        }
    }

    /// The layers' slices, in the order in which they are stored.
    pub(super) fn layers(&self) -> Layers<'_> {
        let mut rest = &self.values[..];
        let mut take = |n_values: usize| {
            let (head, tail) = rest.split_at(n_values);
            rest = tail;
            head
        };
        Layers {
            conv1: Layer {
                weights: take(128 * 129 * 3),
                bias: take(128),
            },
            conv2: Layer {
                weights: take(64 * 128 * 3),
                bias: take(64),
            },
            conv3: Layer {
                weights: take(64 * 64 * 2),
                bias: take(64),
            },
            conv4: Layer {
                weights: take(128 * 64),
                bias: take(128),
            },
            lstm_input: take(512 * 128),
            lstm_hidden: take(512 * 128),
            lstm_bias: take(512),
            head: Layer {
                weights: take(128),
                bias: take(1),
            },
        }
    }
}

/// Borrowed parameters of each layer.
pub(super) struct Layers<'a> {
    /// `[128][129 bins][3 taps]`
    pub(super) conv1: Layer<'a>,
    /// `[64][128][3 taps]`
    pub(super) conv2: Layer<'a>,
    /// `[64][64][2]`: tap 0 only ever meets padding.
    pub(super) conv3: Layer<'a>,
    /// `[128][64]`: taps 0 and 2 only ever meet padding.
    pub(super) conv4: Layer<'a>,
    /// `[512][128]`
    pub(super) lstm_input: &'a [f32],
    /// `[512][128]`
    pub(super) lstm_hidden: &'a [f32],
    /// The two bias vectors of the published layer, added.
    pub(super) lstm_bias: &'a [f32],
    /// `[1][128]`
    pub(super) head: Layer<'a>,
}

/// One layer's weights and bias.
pub(super) struct Layer<'a> {
    pub(super) weights: &'a [f32],
    pub(super) bias: &'a [f32],
}

fn check_len(bytes: &[u8], expected: usize) -> Result<(), WeightsError> {
    let actual = bytes.len();
    if actual == expected {
        Ok(())
    } else {
        Err(WeightsError::Length { expected, actual })
    }
}

fn unpack_halves(bytes: &[u8]) -> Vec<f32> {
    let (low, high) = bytes.split_at(N_PARAMETERS);
    low.iter()
        .zip(high)
        .map(|(&l, &h)| from_half([l, h]))
        .collect()
}

fn unpack_quantized(bytes: &[u8]) -> Vec<f32> {
    let (integers, halves) = bytes.split_at(N_PARAMETERS - N_BIASES);
    let mut halves = halves
        .as_chunks::<2>()
        .0
        .iter()
        .map(|half| from_half(*half));
    let scales: Vec<f32> = halves.by_ref().take(integers.len() / GROUP).collect();
    let weights = integers.chunks(GROUP).zip(scales);
    let mut weights = weights
        .flat_map(|(group, scale)| group.iter().map(move |&byte| f32::from(byte as i8) * scale));
    let mut values = Vec::with_capacity(N_PARAMETERS);
    for (n_weights, n_biases) in SHAPES {
        values.extend(weights.by_ref().take(n_weights));
        values.extend(halves.by_ref().take(n_biases));
    }
    values
}

/// Weights and biases of each tensor pair, in the order in which they are stored.
const SHAPES: [(usize, usize); 6] = [
    (128 * 129 * 3, 128),
    (64 * 128 * 3, 64),
    (64 * 64 * 2, 64),
    (128 * 64, 128),
    (2 * 512 * 128, 512),
    (128, 1),
];

/// Converts an IEEE 754 half, little-endian.
///
/// Moving the 15 magnitude bits into place and multiplying by 2^112 corrects the exponent bias
/// and normalises subnormals in one step; halves above 65,504 do not occur in weights.
fn from_half(bytes: [u8; 2]) -> f32 {
    let half = u32::from(u16::from_le_bytes(bytes));
    let magnitude = f32::from_bits((half & 0x7fff) << 13) * f32::from_bits((127 + 112) << 23);
    if half & 0x8000 == 0 {
        magnitude
    } else {
        -magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_convert_exactly() {
        for (half, expected) in [
            (0x0000_u16, 0.0_f32),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65_504.0),
            (0x0400, 6.103_515_6e-5),
            (0x0001, 5.960_464_5e-8),
            (0x8001, -5.960_464_5e-8),
        ] {
            assert_eq!(from_half(half.to_le_bytes()), expected, "{half:#06x}");
        }
    }

    #[test]
    fn bundled_weights_fill_every_layer_and_are_finite() {
        let weights = Weights::bundled();
        assert_eq!(weights.values.len(), N_PARAMETERS);
        assert_eq!(Weights::checked(weights.values.clone()), Ok(weights));
        assert_eq!(
            SHAPES.iter().map(|(w, b)| w + b).sum::<usize>(),
            N_PARAMETERS
        );
        assert_eq!(SHAPES.iter().map(|(_, b)| b).sum::<usize>(), N_BIASES);
    }

    #[test]
    fn weights_of_another_length_are_refused_with_both_lengths() {
        assert_eq!(
            Weights::from_packed(&[0; 10]),
            Err(WeightsError::Length {
                expected: 2 * N_PARAMETERS,
                actual: 10
            })
        );
        let mut bytes = vec![0_u8; 4 * N_PARAMETERS];
        bytes[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
        assert_eq!(
            Weights::from_f32_le(&bytes),
            Err(WeightsError::NotFinite { index: 2 })
        );
    }
}
