//! How loud a window is.

/// What is reported for digital silence, in dBFS: below 16-bit quantisation noise.
const FLOOR_DBFS: f32 = -120.0;

/// The level of one window, relative to full scale (a sample of magnitude 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Root mean square, in dBFS. A full-scale square wave is 0.
    pub rms_dbfs: f32,
    /// Largest magnitude, in dBFS.
    pub peak_dbfs: f32,
}

impl Level {
    /// Measures `samples`; an empty slice is silence.
    pub fn of(samples: &[f32]) -> Self {
        // Sixteen running sums keep the additions independent, so they vectorise.
        let mut sums = [0.0_f32; 16];
        let mut peaks = [0.0_f32; 16];
        let (blocks, rest) = samples.as_chunks::<16>();
        for block in blocks {
            for lane in 0..16 {
                sums[lane] += block[lane] * block[lane];
                peaks[lane] = peaks[lane].max(block[lane].abs());
            }
        }
        for (lane, sample) in rest.iter().enumerate() {
            sums[lane] += sample * sample;
            peaks[lane] = peaks[lane].max(sample.abs());
        }
        let n_samples = samples.len().max(1) as f32;
        let mean_square = sums.iter().sum::<f32>() / n_samples;
        let peak = peaks.iter().fold(0.0_f32, |a, b| a.max(*b));
        Self {
            rms_dbfs: decibels(mean_square, 10.0),
            peak_dbfs: decibels(peak, 20.0),
        }
    }
}

fn decibels(ratio: f32, factor: f32) -> f32 {
    if ratio > 0.0 {
        (factor * ratio.log10()).max(FLOOR_DBFS)
    } else {
        FLOOR_DBFS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_scale_square_wave_is_zero_dbfs() {
        let wave: Vec<f32> = (0..512)
            .map(|n| if n % 20 < 10 { 1.0 } else { -1.0 })
            .collect();
        assert_eq!(
            Level::of(&wave),
            Level {
                rms_dbfs: 0.0,
                peak_dbfs: 0.0
            }
        );
    }

    #[test]
    fn half_amplitude_is_six_decibels_less() {
        let level = Level::of(&[0.5; 500]);
        assert!((level.rms_dbfs + 6.0206).abs() < 1e-3, "{level:?}");
        assert!((level.peak_dbfs + 6.0206).abs() < 1e-3, "{level:?}");
    }

    #[test]
    fn silence_and_nothing_are_the_floor() {
        for samples in [&[0.0_f32; 512][..], &[]] {
            assert_eq!(
                Level::of(samples),
                Level {
                    rms_dbfs: FLOOR_DBFS,
                    peak_dbfs: FLOOR_DBFS
                }
            );
        }
    }
}
