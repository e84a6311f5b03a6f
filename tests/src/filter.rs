//! Linear-phase filters without delay, for bringing recordings to a form that can be compared.
//!
//! They are plain windowed sincs and kept apart from the product's resampler, so that a fault
//! there cannot hide in the comparison.

use std::f64::consts::PI;

/// Taps on each side of the center, per sample of the filter's output.
const HALF_TAPS: usize = 32;

/// Keeps every `factor`th sample after removing what would alias.
pub fn decimate(samples: &[f32], factor: usize) -> Vec<f32> {
    let kernel = low_pass(0.45 / factor as f64, HALF_TAPS * factor);
    convolve(samples, &kernel, factor)
}

/// Keeps what lies between two frequencies, given as shares of the sample rate.
pub fn band_pass(samples: &[f32], from: f64, to: f64) -> Vec<f32> {
    let half = 2 * HALF_TAPS;
    let lower = low_pass(from, half);
    let upper = low_pass(to, half);
    let kernel: Vec<_> = upper.iter().zip(lower).map(|(b, a)| b - a).collect();
    convolve(samples, &kernel, 1)
}

/// A Hann-windowed sinc with unit gain; `cutoff` is a share of the sample rate.
fn low_pass(cutoff: f64, half: usize) -> Vec<f64> {
    let half = half as i64;
    let taps: Vec<_> = (-half..=half)
        .map(|tap| {
            let x = tap as f64;
            let sinc = if tap == 0 {
                2.0 * cutoff
            } else {
                (2.0 * PI * cutoff * x).sin() / (PI * x)
            };
            sinc * (0.5 + 0.5 * (PI * x / (half + 1) as f64).cos())
        })
        .collect();
    let gain: f64 = taps.iter().sum();
    taps.iter().map(|tap| tap / gain).collect()
}

/// Filters with the kernel's center on every `step`th sample; beyond the ends there is silence.
fn convolve(samples: &[f32], kernel: &[f64], step: usize) -> Vec<f32> {
    let half = kernel.len() / 2;
    (0..samples.len())
        .step_by(step)
        .map(|center| {
            let from = center.saturating_sub(half);
            let to = samples.len().min(center + half + 1);
            let taps = &kernel[from + half - center..];
            let weighted = samples[from..to].iter().zip(taps);
            let sum: f64 = weighted.map(|(&sample, tap)| f64::from(sample) * tap).sum();
            sum as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One second of a tone at 48 kHz.
    fn tone(hz: f64) -> Vec<f32> {
        let phase = |n: u32| 2.0 * PI * hz * f64::from(n) / 48_000.0;
        (0..48_000).map(|n| phase(n).sin() as f32).collect()
    }

    /// Largest difference away from the ends.
    fn distance(a: &[f32], b: impl IntoIterator<Item = f32>) -> f32 {
        let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
        let inner = differences.skip(200).take(a.len() - 400);
        inner.fold(0.0, f32::max)
    }

    #[test]
    fn decimation_keeps_a_low_tone_in_place_and_removes_a_high_one() {
        let low = tone(1_000.0);
        let kept = decimate(&low, 3);
        assert_eq!(kept.len(), 16_000);
        assert!(distance(&kept, low.into_iter().step_by(3)) < 1e-3);

        let removed = decimate(&tone(10_000.0), 3);
        assert!(distance(&removed, [0.0; 16_000]) < 1e-3);
    }

    #[test]
    fn a_band_keeps_its_middle_in_place_and_removes_both_sides() {
        for (hz, keeps) in [(500.0, false), (6_000.0, true), (15_000.0, false)] {
            let tone = tone(hz);
            let passed = band_pass(&tone, 0.0375, 0.25);
            let gain = if keeps { 1.0 } else { 0.0 };
            let expected = tone.iter().map(|sample| gain * sample);
            assert!(distance(&passed, expected) < 2e-3, "{hz} Hz");
        }
    }
}
