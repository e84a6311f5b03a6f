//! The resampler beside an independent one, the crate `rubato` at its best setting.
//!
//! Both get the same chord. Each tone must come out of both equally loud and at the same time,
//! but for one delay that all tones share.

use audio_dsp::{Resampler, SAMPLE_RATE_HZ};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, FixedAsync, Resampler as _, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};

const RATES_HZ: [u32; 12] = [
    8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 47_999, 48_000, 88_200, 96_000, 176_400, 192_000,
];

/// Tones of the chord, as fractions of the highest.
const TONES: [f64; 9] = [0.03, 0.11, 0.23, 0.37, 0.5, 0.61, 0.77, 0.89, 1.0];

/// Seconds of the chord.
const LENGTH_S: usize = 2;

fn chord(highest_hz: f64, rate_hz: u32) -> Vec<f32> {
    let amplitude = 0.9 / TONES.len() as f64;
    (0..LENGTH_S * rate_hz as usize)
        .map(|n| {
            let time_s = n as f64 / f64::from(rate_hz);
            let tone = |part: &f64| (std::f64::consts::TAU * part * highest_hz * time_s).sin();
            (amplitude * TONES.iter().map(tone).sum::<f64>()) as f32
        })
        .collect()
}

fn ours(rate_hz: u32, input: &[f32]) -> Vec<f32> {
    let mut output = Vec::new();
    Resampler::new(rate_hz)
        .unwrap()
        .push(input, |samples| output.extend_from_slice(samples));
    output
}

fn theirs(rate_hz: u32, input: &[f32]) -> Vec<f32> {
    let parameters = SincInterpolationParameters {
        // In samples of the faster side: the transition stays narrow at 192 kHz.
        sinc_len: 2_048,
        f_cutoff: Some(0.97),
        oversampling_factor: 256,
        interpolation: SincInterpolationType::Cubic,
        window: WindowFunction::BlackmanHarris2,
    };
    let ratio = f64::from(SAMPLE_RATE_HZ) / f64::from(rate_hz);
    let mut resampler =
        Async::<f32>::new_sinc(ratio, 1.0, &parameters, 1_024, 1, FixedAsync::Input).unwrap();
    let adapter = InterleavedSlice::new(input, 1, input.len()).unwrap();
    resampler
        .process_all(&adapter, input.len(), None)
        .unwrap()
        .take_data()
}

/// Amplitude and phase of a tone in the middle second of `samples`, where nothing starts or ends.
fn tone(samples: &[f32], frequency_hz: f64) -> (f64, f64) {
    let second = SAMPLE_RATE_HZ as usize;
    let (mut re, mut im, mut weight) = (0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate().skip(second / 2).take(second) {
        let position = (n - second / 2) as f64 / second as f64;
        let window = 0.5 - 0.5 * (std::f64::consts::TAU * position).cos();
        let angle = std::f64::consts::TAU * frequency_hz * n as f64 / f64::from(SAMPLE_RATE_HZ);
        re += window * f64::from(*sample) * angle.sin();
        im += window * f64::from(*sample) * angle.cos();
        weight += window;
    }
    (2.0 * re.hypot(im) / weight, im.atan2(re))
}

#[test]
fn the_resampler_agrees_with_an_independent_one() {
    for rate_hz in RATES_HZ {
        let highest_hz = f64::min(6_500.0, 0.8 * f64::from(rate_hz) / 2.0);
        let input = chord(highest_hz, rate_hz);
        let (ours, theirs) = (ours(rate_hz, &input), theirs(rate_hz, &input));

        let compared = TONES.map(|part| {
            let frequency_hz = part * highest_hz;
            let (our_level, our_phase) = tone(&ours, frequency_hz);
            let (their_level, their_phase) = tone(&theirs, frequency_hz);
            (
                frequency_hz,
                20.0 * (our_level / their_level).log10(),
                our_phase - their_phase,
            )
        });
        // The lowest tone's period is longer than any delay, so its phase is not ambiguous.
        let (lowest_hz, _, lowest_phase) = compared[0];
        let delay_s = wrapped(lowest_phase) / (std::f64::consts::TAU * lowest_hz);
        for (frequency_hz, level_db, phase) in compared {
            assert!(
                level_db.abs() < 0.1,
                "{frequency_hz:.0} Hz at {rate_hz} Hz: {level_db:.3} dB"
            );
            let rest = wrapped(phase - std::f64::consts::TAU * frequency_hz * delay_s);
            assert!(
                rest.abs() < 0.05,
                "{frequency_hz:.0} Hz at {rate_hz} Hz: {rest:.4} rad"
            );
        }
    }
}

/// An angle between -pi and pi.
fn wrapped(angle: f64) -> f64 {
    let turns = (angle / std::f64::consts::TAU).round();
    angle - turns * std::f64::consts::TAU
}
