//! The packed form: 16-bit floats, all low bytes before all high bytes.
//!
//! High bytes (sign, exponent, two bits of the fraction) repeat a lot and low bytes do not, so
//! split planes compress better on their way to a browser.

use anyhow::ensure;
use half::f16;

/// Rounds to the nearest 16-bit float, ties to even, and splits the bytes.
pub(super) fn to_f16_planes(values: &[f32]) -> anyhow::Result<Vec<u8>> {
    let halves: Vec<[u8; 2]> = values
        .iter()
        .map(|&value| f16::from_f32(value))
        .map(|half| half.to_le_bytes())
        .collect();
    for (index, (&value, &bytes)) in values.iter().zip(&halves).enumerate() {
        ensure!(
            f16::from_le_bytes(bytes).is_finite(),
            "value {index} is {value}, which is too large for a 16-bit float",
        );
    }
    let low = halves.iter().map(|bytes| bytes[0]);
    let high = halves.iter().map(|bytes| bytes[1]);
    Ok(low.chain(high).collect())
}

/// Little-endian 32-bit floats in the same order.
pub(super) fn to_f32_bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// How two packed files differ, in words, if they do.
pub(super) fn first_difference(committed: &[u8], fresh: &[u8]) -> Option<String> {
    if committed.len() != fresh.len() {
        return Some(format!(
            "it has {} bytes, expected {}",
            committed.len(),
            fresh.len()
        ));
    }
    let differs = |(a, b): (&u8, &u8)| a != b;
    let offset = committed.iter().zip(fresh).position(differs)?;
    let count = committed
        .iter()
        .zip(fresh)
        .filter(|&pair| differs(pair))
        .count();
    Some(format!(
        "{count} bytes differ, the first at offset {offset}"
    ))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn puts_all_low_bytes_before_all_high_bytes() {
        // 1.0 is 0x3c00, -2.5 is 0xc100, and 0.1 rounds to 0x2e66.
        let packed = to_f16_planes(&[1.0, -2.5, 0.1]).unwrap();
        assert_eq!(packed, [0x00, 0x00, 0x66, 0x3c, 0xc1, 0x2e]);
    }

    #[test]
    fn rounds_ties_to_the_even_neighbor() {
        // Half a unit above 1.0 (0x3c00) and half a unit above 0x3c01.
        let unit = 1.0 / 1024.0;
        let packed = to_f16_planes(&[1.0 + unit / 2.0, 1.0 + unit * 1.5]).unwrap();
        assert_eq!(packed, [0x00, 0x02, 0x3c, 0x3c]);
    }

    #[test]
    fn refuses_a_value_that_has_no_16_bit_float() {
        let message = to_f16_planes(&[0.0, 70_000.0]).unwrap_err().to_string();
        assert!(message.contains("value 1 is 70000"), "{message}");
    }

    #[test]
    fn keeps_full_precision_in_little_endian_order() {
        assert_eq!(to_f32_bytes(&[1.0]), [0x00, 0x00, 0x80, 0x3f]);
    }

    #[test]
    fn tells_how_two_files_differ() {
        let cases: [(&[u8], Option<&str>); 3] = [
            (&[1, 2, 3], None),
            (&[1, 2], Some("it has 2 bytes, expected 3")),
            (&[1, 9, 9], Some("2 bytes differ, the first at offset 1")),
        ];
        for (committed, expected) in cases {
            assert_eq!(first_difference(committed, &[1, 2, 3]).as_deref(), expected);
        }
    }
}
