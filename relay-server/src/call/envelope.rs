//! The outline of a segment, for the page to draw.

/// The most values of an outline.
const MAX_VALUES: usize = 120;

/// The peak of each slice of `samples`, in hundredths of full scale, at most 120 values.
///
/// The slices are of equal length except for the last; together they cover every sample.
pub(super) fn envelope(samples: &[i16]) -> Vec<u8> {
    let slice_len = samples.len().div_ceil(MAX_VALUES).max(1);
    samples
        .chunks(slice_len)
        .map(|slice| {
            let peak = slice.iter().map(|sample| sample.unsigned_abs()).max();
            let hundredths = u32::from(peak.unwrap_or(0)) * 100;
            // At most 100, because a peak is at most 32,768.
            hundredths.div_ceil(1 << 15) as u8
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_peak_of_each_slice() {
        let mut samples = vec![0_i16; 1_200];
        samples[10] = -16_384;
        samples[29] = i16::MIN;
        samples[1_199] = 1;
        let mut wanted = [0; 120];
        wanted[1] = 50;
        wanted[2] = 100;
        wanted[119] = 1;
        assert_eq!(envelope(&samples), wanted);
    }

    #[test]
    fn never_exceeds_its_length() {
        for (n_samples, n_values) in [(0, 0), (1, 1), (120, 120), (121, 61), (960_000, 120)] {
            assert_eq!(envelope(&vec![0; n_samples]).len(), n_values, "{n_samples}");
        }
    }
}
