//! Finds where a piece of audio lies in a longer recording, by cross-correlation.

use std::f64::consts::PI;

/// Where a piece lies in the reference, and how alike the two are there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alignment {
    /// Position of the piece's first sample in the reference, in samples. Negative when the
    /// piece begins before the reference does.
    pub lag_samples: i64,
    /// Normalized correlation at that position: 1 for a copy at any volume, 0 for strangers.
    pub correlation: f64,
}

/// Finds the position at which `piece` resembles `reference` most.
///
/// Every position at which the two overlap is tried; what lies outside the reference counts as
/// silence. Gives `None` when one of the two holds no energy, since silence resembles nothing.
pub fn align(reference: &[f32], piece: &[f32]) -> Option<Alignment> {
    let energy = Energy::of(reference);
    let piece_energy = Energy::of(piece).total();
    if energy.total() <= 0.0 || piece_energy <= 0.0 {
        return None;
    }
    let size = (reference.len() + piece.len()).next_power_of_two();
    let correlation = cross_correlate(reference, piece, size);

    // A stretch of the reference with next to no energy would turn rounding into resemblance.
    let floor = energy.total() * 1e-4;
    (1 - piece.len() as i64..reference.len() as i64)
        .map(|lag| {
            let under = energy.between(lag, lag + piece.len() as i64).max(floor);
            let product = correlation[lag.rem_euclid(size as i64) as usize];
            Alignment {
                lag_samples: lag,
                correlation: product / (under * piece_energy).sqrt(),
            }
        })
        .max_by(|a, b| a.correlation.total_cmp(&b.correlation))
}

/// Running sum of squares, so that the energy of any stretch is one subtraction.
struct Energy(Vec<f64>);

impl Energy {
    fn of(samples: &[f32]) -> Self {
        let mut sum = 0.0;
        let running = samples.iter().map(|&sample| {
            sum += f64::from(sample).powi(2);
            sum
        });
        Self(std::iter::once(0.0).chain(running).collect())
    }

    fn total(&self) -> f64 {
        self.between(0, self.0.len() as i64 - 1)
    }

    fn between(&self, from: i64, to: i64) -> f64 {
        let last = self.0.len() as i64 - 1;
        let at = |index: i64| self.0[index.clamp(0, last) as usize];
        at(to) - at(from)
    }
}

/// `out[k]` is the sum of `reference[n + k] * piece[n]`, with negative `k` counted from the end.
fn cross_correlate(reference: &[f32], piece: &[f32], size: usize) -> Vec<f64> {
    let mut spectrum = transform(reference, size);
    let other = transform(piece, size);
    for (a, b) in spectrum.iter_mut().zip(other) {
        // a * conj(b), then conjugated: a forward transform of that is the inverse.
        *a = Complex {
            re: a.re * b.re + a.im * b.im,
            im: a.re * b.im - a.im * b.re,
        };
    }
    fft(&mut spectrum);
    spectrum.iter().map(|bin| bin.re / size as f64).collect()
}

fn transform(samples: &[f32], size: usize) -> Vec<Complex> {
    let mut bins: Vec<_> = samples
        .iter()
        .map(|&sample| Complex {
            re: f64::from(sample),
            im: 0.0,
        })
        .collect();
    bins.resize(size, Complex { re: 0.0, im: 0.0 });
    fft(&mut bins);
    bins
}

#[derive(Clone, Copy)]
struct Complex {
    re: f64,
    im: f64,
}

/// In-place radix-2 transform; the length is a power of two.
fn fft(bins: &mut [Complex]) {
    let size = bins.len();
    let bits = size.trailing_zeros();
    for index in 0..size {
        let mirrored = index
            .reverse_bits()
            .checked_shr(usize::BITS - bits)
            .unwrap_or(0);
        if index < mirrored {
            bins.swap(index, mirrored);
        }
    }
    let mut half = 1;
    while half < size {
        let twiddles: Vec<_> = (0..half)
            .map(|k| {
                let angle = -PI * k as f64 / half as f64;
                Complex {
                    re: angle.cos(),
                    im: angle.sin(),
                }
            })
            .collect();
        for block in bins.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((a, b), w) in low.iter_mut().zip(high).zip(&twiddles) {
                let turned = Complex {
                    re: b.re * w.re - b.im * w.im,
                    im: b.re * w.im + b.im * w.re,
                };
                *b = Complex {
                    re: a.re - turned.re,
                    im: a.im - turned.im,
                };
                *a = Complex {
                    re: a.re + turned.re,
                    im: a.im + turned.im,
                };
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    /// Deterministic noise with a loudness that changes like that of speech.
    fn babble(len: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        (0..len)
            .map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = (state >> 8) as f32 / (1 << 23) as f32 - 1.0;
                noise * (0.1 + (n as f32 / 700.0).sin().abs())
            })
            .collect()
    }

    #[test]
    fn finds_a_piece_wherever_it_was_cut() {
        let reference = babble(20_000, 1);
        for start in [0, 1, 777, 12_345, 15_000] {
            let piece = &reference[start..start + 5_000];
            let found = align(&reference, piece).unwrap();
            assert_eq!(found.lag_samples, start as i64);
            assert!(found.correlation > 0.999, "{found:?}");
        }
    }

    #[test]
    fn finds_a_piece_that_begins_before_or_ends_after_the_reference() {
        let reference = babble(10_000, 2);
        let mut early = vec![0.0; 1_500];
        early.extend(&reference[..4_000]);
        assert_eq!(align(&reference, &early).unwrap().lag_samples, -1_500);

        let mut late = reference[7_000..].to_vec();
        late.extend([0.0; 2_000]);
        let found = align(&reference, &late).unwrap();
        assert_eq!(found.lag_samples, 7_000);
        assert!(found.correlation > 0.999, "{found:?}");
    }

    #[test]
    fn finds_a_piece_through_noise_and_another_volume() {
        let reference = babble(16_000, 3);
        let noise = babble(4_000, 99);
        let piece: Vec<f32> = reference[6_000..10_000]
            .iter()
            .zip(&noise)
            .map(|(sample, noise)| 0.2 * sample + 0.05 * noise)
            .collect();
        let found = align(&reference, &piece).unwrap();
        assert_eq!(found.lag_samples, 6_000);
        assert!((0.94..0.99).contains(&found.correlation), "{found:?}");
    }

    #[test]
    fn strangers_do_not_resemble_each_other() {
        let found = align(&babble(20_000, 4), &babble(5_000, 5)).unwrap();
        assert!(found.correlation < 0.2, "{found:?}");
    }

    #[test]
    fn silence_is_found_nowhere() {
        assert_eq!(align(&babble(100, 6), &[0.0; 50]), None);
        assert_eq!(align(&[0.0; 100], &babble(50, 6)), None);
        assert_eq!(align(&[], &[]), None);
    }
}
