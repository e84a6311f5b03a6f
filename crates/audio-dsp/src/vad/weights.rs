//! The network's parameters, and the two forms in which they are stored.

use crate::WeightsError;

/// The parameters that ever meet anything but padding, out of 309,633 in the published model.
pub const N_PARAMETERS: usize = 222_593;

/// The bundled weights: half precision, all low bytes first, then all high bytes (which
/// compresses better). The folder `weights` says where they come from.
pub const PACKED_WEIGHTS: &[u8; 2 * N_PARAMETERS] =
    include_bytes!("../../weights/silero-v6.2-16k.f16");

/// All parameters in single precision, in the order of the layers.
///
/// Convolution weights are `[output][input][tap]`, matrices `[output][input]`; the recurrent
/// layer's 512 rows are its input, forget, cell and output gates.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    values: Vec<f32>,
}

impl Weights {
    /// The weights that this crate carries.
    pub fn bundled() -> Self {
        let (low, high) = PACKED_WEIGHTS.split_at(N_PARAMETERS);
        let values = low
            .iter()
            .zip(high)
            .map(|(&l, &h)| from_half([l, h]))
            .collect();
        Self { values }
    }

    /// Reads half-precision weights stored as a plane of low bytes and a plane of high bytes.
    pub fn from_packed(bytes: &[u8]) -> Result<Self, WeightsError> {
        check_len(bytes, 2)?;
        let (low, high) = bytes.split_at(N_PARAMETERS);
        Self::checked(
            low.iter()
                .zip(high)
                .map(|(&l, &h)| from_half([l, h]))
                .collect(),
        )
    }

    /// Reads single-precision little-endian weights.
    pub fn from_f32_le(bytes: &[u8]) -> Result<Self, WeightsError> {
        check_len(bytes, 4)?;
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

fn check_len(bytes: &[u8], bytes_per_value: usize) -> Result<(), WeightsError> {
    let expected = N_PARAMETERS * bytes_per_value;
    if bytes.len() == expected {
        Ok(())
    } else {
        Err(WeightsError::Length {
            expected,
            actual: bytes.len(),
        })
    }
}

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
        let weights =
            Weights::from_packed(PACKED_WEIGHTS).expect("bundled weights are well formed");
        assert_eq!(weights, Weights::bundled());
        let layers = weights.layers();
        assert_eq!(layers.head.bias.len(), 1);
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
