//! The anti-aliasing filter: a windowed sinc with a Kaiser window.
//!
//! J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function",
//! Proc. IEEE Int. Symp. Circuits and Systems, 1974.

use std::f64::consts::PI;

use crate::SAMPLE_RATE_HZ;

/// How far the stop band is pushed down, in dB. The promise is 80; the rest is margin for
/// coefficients and samples being `f32`.
const STOPBAND_DB: f64 = 86.0;

/// A low-pass specification, in Hz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Band {
    /// Up to here the response is flat.
    pub(super) pass_hz: f64,
    /// From here on everything is suppressed.
    pub(super) stop_hz: f64,
}

impl Band {
    /// The band that suits an input rate.
    ///
    /// Devices at 44.1 kHz and above get the shortest delay that keeps speech flat. Below that,
    /// bandwidth is scarcer than delay: the transition is as narrow as 3 ms allow.
    pub(super) fn for_input_rate(input_rate_hz: u32) -> Self {
        let nyquist_hz = f64::from(input_rate_hz) / 2.0;
        if input_rate_hz >= 44_100 {
            Self {
                pass_hz: 6_500.0,
                stop_hz: 9_000.0,
            }
        } else if input_rate_hz >= SAMPLE_RATE_HZ {
            Self {
                pass_hz: 7_400.0,
                stop_hz: 8_500.0,
            }
        } else {
            let pass_hz = 0.8 * nyquist_hz;
            Self {
                pass_hz,
                stop_hz: pass_hz + 1_100.0,
            }
        }
    }

    /// Filter length in input samples: even, so that its centre falls on a sample.
    pub(super) fn n_taps(self, input_rate_hz: u32) -> usize {
        let transition = (self.stop_hz - self.pass_hz) / f64::from(input_rate_hz);
        let n_taps = ((STOPBAND_DB - 7.95) / (14.36 * transition)).ceil() as usize + 1;
        n_taps.next_multiple_of(2)
    }
}

/// The continuous impulse response, evaluated at any distance from its centre.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel {
    /// Cut-off as a fraction of the input rate.
    cutoff: f64,
    /// Half the length, in input samples.
    half_len: f64,
    beta: f64,
    beta_norm: f64,
}

impl Kernel {
    pub(super) fn new(band: Band, input_rate_hz: u32, n_taps: usize) -> Self {
        let beta = 0.1102 * (STOPBAND_DB - 8.7);
        Self {
            cutoff: (band.pass_hz + band.stop_hz) / 2.0 / f64::from(input_rate_hz),
            half_len: n_taps as f64 / 2.0,
            beta,
            beta_norm: bessel_i0(beta),
        }
    }

    /// The response at `distance` input samples from the centre; zero outside the filter.
    pub(super) fn at(&self, distance: f64) -> f64 {
        let u = distance / self.half_len;
        if u.abs() >= 1.0 {
            return 0.0;
        }
        let window = bessel_i0(self.beta * (1.0 - u * u).sqrt()) / self.beta_norm;
        let x = 2.0 * self.cutoff * distance;
        let sinc = if x.abs() < 1e-9 {
            1.0
        } else {
            (PI * x).sin() / (PI * x)
        };
        2.0 * self.cutoff * sinc * window
    }
}

/// Modified Bessel function of the first kind, order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter_square = x * x / 4.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut k = 1.0;
    while term > sum * 1e-17 {
        term *= quarter_square / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}
