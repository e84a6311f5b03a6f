//! The short-time spectrum: four overlapping frames of 256 samples, 129 magnitudes each.
//!
//! The published model convolves with a 258 x 256 matrix that is exactly a periodic-Hann DFT, so
//! a real FFT gives the same numbers with a fiftieth of the work. The four frames sit in the
//! four lanes of each vector, so one pass transforms them all.

use std::f64::consts::TAU;

use wide::f32x4;

use super::CONTEXT_SAMPLES;
use crate::WINDOW_SAMPLES;

/// Overlapping frames per window.
pub(super) const N_FRAMES: usize = 4;
/// Frequency bins from 0 to 8 kHz.
pub(super) const N_BINS: usize = FFT_LEN / 2 + 1;

const FFT_LEN: usize = 256;
const HOP: usize = 128;
const N_POINTS: usize = FFT_LEN / 2;
const INPUT_LEN: usize = CONTEXT_SAMPLES + WINDOW_SAMPLES;
/// Samples mirrored at the end, without repeating the last one.
const REFLECT: usize = 64;
const PADDED_LEN: usize = INPUT_LEN + REFLECT;

/// One value for each of the four frames.
type Lanes = f32x4;

/// Tables and workspace of the transform.
#[derive(Clone, Debug)]
pub(super) struct Spectrum {
    hann: Vec<f32>,
    /// Where each pair of input samples goes, so that the passes end in natural order.
    reversed: Vec<u8>,
    /// `exp(-2 pi i k / 256)`.
    twiddles: Vec<Complex>,
    padded: Vec<f32>,
    re: Vec<Lanes>,
    im: Vec<Lanes>,
    magnitudes: Vec<[f32; N_FRAMES]>,
}

#[derive(Clone, Copy, Debug)]
struct Complex {
    re: f32,
    im: f32,
}

impl Spectrum {
    pub(super) fn new() -> Self {
        let hann = (0..FFT_LEN)
            .map(|n| (0.5 - 0.5 * (TAU * n as f64 / FFT_LEN as f64).cos()) as f32)
            .collect();
        let twiddles = (0..FFT_LEN)
            .map(|k| {
                let angle = TAU * k as f64 / FFT_LEN as f64;
                Complex {
                    re: angle.cos() as f32,
                    im: -angle.sin() as f32,
                }
            })
            .collect();
        Self {
            hann,
            reversed: digit_reversal(),
            twiddles,
            padded: vec![0.0; PADDED_LEN],
            re: vec![Lanes::ZERO; N_POINTS],
            im: vec![Lanes::ZERO; N_POINTS],
            magnitudes: vec![[0.0; N_FRAMES]; N_BINS],
        }
    }

    /// The magnitudes of `input`: one entry per bin, one lane per frame.
    #[inline(always)]
    pub(super) fn magnitudes(&mut self, input: &[f32; INPUT_LEN]) -> &[[f32; N_FRAMES]; N_BINS] {
        self.load(input);
        self.first_pass();
        self.radix4_pass::<2>();
        self.radix4_pass::<8>();
        self.radix4_pass::<32>();
        self.split();
        self.magnitudes
            .as_slice()
            .try_into()
            .expect("sized N_BINS at construction")
    }

    /// Windows the frames and packs even samples as real, odd ones as imaginary parts.
    #[inline(always)]
    fn load(&mut self, input: &[f32; INPUT_LEN]) {
        self.padded[..INPUT_LEN].copy_from_slice(input);
        for n in 0..REFLECT {
            self.padded[INPUT_LEN + n] = input[INPUT_LEN - 2 - n];
        }
        let padded: &[f32; PADDED_LEN] = self
            .padded
            .as_slice()
            .try_into()
            .expect("sized PADDED_LEN at construction");
        let hann: &[f32; FFT_LEN] = self.hann.as_slice().try_into().expect("sized FFT_LEN");
        for point in 0..N_POINTS {
            let (even, odd) = (2 * point, 2 * point + 1);
            let to = usize::from(self.reversed[point]) % N_POINTS;
            let frames = |n: usize| {
                Lanes::new([
                    padded[n],
                    padded[HOP + n],
                    padded[2 * HOP + n],
                    padded[3 * HOP + n],
                ])
            };
            self.re[to] = frames(even) * hann[even];
            self.im[to] = frames(odd) * hann[odd];
        }
    }

    /// Butterflies of length 2, whose twiddles are 1.
    #[inline(always)]
    fn first_pass(&mut self) {
        for half in [&mut self.re, &mut self.im] {
            for pair in half.as_chunks_mut::<2>().0 {
                let [a, b] = *pair;
                *pair = [a + b, a - b];
            }
        }
    }

    /// Joins four transforms of `LEN` points into one of `4 * LEN`.
    #[inline(always)]
    fn radix4_pass<const LEN: usize>(&mut self) {
        let re: &mut [Lanes; N_POINTS] = self
            .re
            .as_mut_slice()
            .try_into()
            .expect("sized N_POINTS at construction");
        let im: &mut [Lanes; N_POINTS] = self
            .im
            .as_mut_slice()
            .try_into()
            .expect("sized N_POINTS at construction");
        let twiddles: &[Complex; FFT_LEN] = self
            .twiddles
            .as_slice()
            .try_into()
            .expect("sized FFT_LEN at construction");
        let stride = FFT_LEN / (4 * LEN);
        for start in (0..N_POINTS).step_by(4 * LEN) {
            for k in 0..LEN {
                let at = start + k;
                // The sub-transforms are ordered 0, 2, 1, 3 by the digit reversal of `load`.
                let (ar, ai) = (re[at], im[at]);
                let (br, bi) = rotate(re[at + LEN], im[at + LEN], twiddles[2 * k * stride]);
                let (cr, ci) = rotate(re[at + 2 * LEN], im[at + 2 * LEN], twiddles[k * stride]);
                let (dr, di) = rotate(re[at + 3 * LEN], im[at + 3 * LEN], twiddles[3 * k * stride]);
                let (sr, si) = (ar + br, ai + bi);
                let (tr, ti) = (ar - br, ai - bi);
                let (ur, ui) = (cr + dr, ci + di);
                let (vr, vi) = (cr - dr, ci - di);
                (re[at], im[at]) = (sr + ur, si + ui);
                (re[at + LEN], im[at + LEN]) = (tr + vi, ti - vr);
                (re[at + 2 * LEN], im[at + 2 * LEN]) = (sr - ur, si - ui);
                (re[at + 3 * LEN], im[at + 3 * LEN]) = (tr - vi, ti + vr);
            }
        }
    }

    /// Separates the spectrum of 256 real samples from that of 128 complex ones.
    #[inline(always)]
    fn split(&mut self) {
        for bin in 0..N_BINS {
            let (k, mirror) = (bin % N_POINTS, (N_POINTS - bin) % N_POINTS);
            let (even_re, even_im) = (self.re[k] + self.re[mirror], self.im[k] - self.im[mirror]);
            let (odd_re, odd_im) = (self.im[k] + self.im[mirror], self.re[mirror] - self.re[k]);
            let (odd_re, odd_im) = rotate(odd_re, odd_im, self.twiddles[bin]);
            let (re, im) = (even_re + odd_re, even_im + odd_im);
            self.magnitudes[bin] = ((re * re + im * im).sqrt() * 0.5).to_array();
        }
    }
}

/// For one radix-2 pass followed by three radix-4 passes.
fn digit_reversal() -> Vec<u8> {
    (0..N_POINTS as u8)
        .map(|point| point.reverse_bits() >> 1)
        .collect()
}

/// Complex product with a twiddle factor.
#[inline(always)]
fn rotate(re: Lanes, im: Lanes, by: Complex) -> (Lanes, Lanes) {
    (re * by.re - im * by.im, re * by.im + im * by.re)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published definition: windowed DFT of each frame, in double precision.
    fn reference(input: &[f32; INPUT_LEN], frame: usize, bin: usize) -> f64 {
        let sample = |n: usize| {
            f64::from(if n < INPUT_LEN {
                input[n]
            } else {
                input[2 * INPUT_LEN - 2 - n]
            })
        };
        let (mut re, mut im) = (0.0, 0.0);
        for n in 0..FFT_LEN {
            let hann = 0.5 - 0.5 * (TAU * n as f64 / FFT_LEN as f64).cos();
            let angle = TAU * (bin * n) as f64 / FFT_LEN as f64;
            re += sample(HOP * frame + n) * hann * angle.cos();
            im -= sample(HOP * frame + n) * hann * angle.sin();
        }
        re.hypot(im)
    }

    #[test]
    fn magnitudes_are_those_of_the_definition() {
        let mut seed = 1_u32;
        let input: [f32; INPUT_LEN] = std::array::from_fn(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
        });
        let mut spectrum = Spectrum::new();
        let magnitudes = spectrum.magnitudes(&input);
        for (bin, frames) in magnitudes.iter().enumerate() {
            for (frame, &actual) in frames.iter().enumerate() {
                let expected = reference(&input, frame, bin);
                let actual = f64::from(actual);
                assert!(
                    (actual - expected).abs() < 2e-5,
                    "bin {bin} of frame {frame} is {actual}, not {expected}"
                );
            }
        }
    }
}
