//! Flatness, alias rejection, delay and drift, measured with tones.

use audio_dsp::{Resampler, ResamplerError, SAMPLE_RATE_HZ};
use proptest::prelude::*;

use crate::support::sine;

const RATES_HZ: [u32; 13] = [
    8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 47_999, 48_000, 88_200, 96_000, 176_400,
    192_000,
];

fn resample(rate_hz: u32, input: &[f32]) -> Vec<f32> {
    let mut resampler = Resampler::new(rate_hz).unwrap();
    let mut output = Vec::new();
    resampler.push(input, |samples| output.extend_from_slice(samples));
    output
}

/// The amplitude of `frequency_hz` in `samples` at 16 kHz, by correlation under a Blackman
/// window, whose side lobes are below -58 dB and fall fast.
fn amplitude(samples: &[f32], frequency_hz: f64) -> f64 {
    let n = samples.len() as f64;
    let (mut re, mut im, mut weight) = (0.0, 0.0, 0.0);
    for (index, sample) in samples.iter().enumerate() {
        let phase = std::f64::consts::TAU * index as f64 / n;
        let window = 0.42 - 0.5 * phase.cos() + 0.08 * (2.0 * phase).cos();
        let angle = std::f64::consts::TAU * frequency_hz * index as f64 / f64::from(SAMPLE_RATE_HZ);
        re += window * f64::from(*sample) * angle.cos();
        im += window * f64::from(*sample) * angle.sin();
        weight += window;
    }
    2.0 * re.hypot(im) / weight
}

fn decibels(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

/// A tone of half a second, through the resampler, without the filter's start.
fn tone_through(rate_hz: u32, frequency_hz: f64) -> Vec<f32> {
    let output = resample(rate_hz, &sine(frequency_hz, rate_hz, rate_hz as usize / 2));
    output[200..output.len() - 200].to_vec()
}

#[test]
fn the_passband_is_flat_within_a_tenth_of_a_decibel() {
    for rate_hz in RATES_HZ {
        let edge_hz = f64::min(6_500.0, 0.8 * f64::from(rate_hz) / 2.0);
        for step in 1..=13 {
            let frequency_hz = edge_hz * f64::from(step) / 13.0;
            let gain = amplitude(&tone_through(rate_hz, frequency_hz), frequency_hz) / 0.5;
            let gain_db = decibels(gain);
            assert!(
                gain_db.abs() < 0.1,
                "{frequency_hz:.0} Hz at {rate_hz} Hz comes out at {gain_db:.3} dB"
            );
        }
    }
}

#[test]
fn aliases_of_tones_from_9_khz_are_80_db_down() {
    for rate_hz in RATES_HZ.into_iter().filter(|rate_hz| *rate_hz >= 44_100) {
        let nyquist_hz = f64::from(rate_hz) / 2.0;
        let tones = (0..24).map(|step| 9_000.0 + f64::from(step) * (nyquist_hz - 9_100.0) / 23.0);
        for frequency_hz in tones {
            let output = tone_through(rate_hz, frequency_hz);
            let peak = output.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
            let level_db = decibels(f64::from(peak) / 0.5);
            assert!(
                level_db < -80.0,
                "{frequency_hz:.0} Hz at {rate_hz} Hz leaves {level_db:.1} dB behind"
            );
        }
    }
}

#[test]
fn the_output_keeps_the_inputs_time_and_comes_soon() {
    for rate_hz in RATES_HZ {
        let resampler = Resampler::new(rate_hz).unwrap();
        let bound_s = if rate_hz >= 44_100 { 1.5e-3 } else { 3e-3 };
        assert!(
            resampler.delay_s() <= bound_s,
            "{rate_hz} Hz: {} s",
            resampler.delay_s()
        );

        // The phase of a tone shows its time far below one sample.
        let frequency_hz = 500.0;
        let output = resample(rate_hz, &sine(frequency_hz, rate_hz, rate_hz as usize / 2));
        let (mut re, mut im) = (0.0, 0.0);
        for (index, sample) in output.iter().enumerate().take(7_200).skip(4_000) {
            let time_s = index as f64 / f64::from(SAMPLE_RATE_HZ);
            let angle = std::f64::consts::TAU * frequency_hz * time_s;
            re += f64::from(*sample) * angle.sin();
            im += f64::from(*sample) * angle.cos();
        }
        let error_s = im.atan2(re) / (std::f64::consts::TAU * frequency_hz);
        assert!(
            error_s.abs() < 1e-5,
            "{rate_hz} Hz: the output is off by {error_s} s"
        );
    }
}

#[test]
fn ten_minutes_give_exactly_ten_minutes() {
    for rate_hz in RATES_HZ {
        let mut resampler = Resampler::new(rate_hz).unwrap();
        let second = vec![0.25_f32; rate_hz as usize];
        let mut n_out = 0;
        for _ in 0..600 {
            resampler.push(&second, |samples| n_out += samples.len());
        }
        let held_back = vec![0.0; resampler.lookahead_samples()];
        resampler.push(&held_back, |samples| n_out += samples.len());
        assert_eq!(n_out, 600 * SAMPLE_RATE_HZ as usize, "{rate_hz} Hz");
    }
}

#[test]
fn rates_that_no_device_has_are_refused_with_the_range() {
    for actual_hz in [0, 7_999, 192_001, u32::MAX] {
        let error = Resampler::new(actual_hz).unwrap_err();
        assert_eq!(error, ResamplerError::Rate { actual_hz });
        assert!(
            error.to_string().contains("between 8000 and 192000 Hz"),
            "{error}"
        );
    }
}

proptest! {
    #[test]
    fn the_input_that_is_announced_completes_the_output(
        rate_idx in 0..RATES_HZ.len(),
        before in 0_usize..2_000,
        n_output in 1_usize..600,
    ) {
        let mut resampler = Resampler::new(RATES_HZ[rate_idx]).unwrap();
        resampler.push(&vec![0.1; before], |_| ());
        let n_input = resampler.inputs_for(n_output);
        let mut n_seen = 0;
        resampler.push(&vec![0.1; n_input - 1], |samples| n_seen += samples.len());
        prop_assert!(n_seen < n_output);
        resampler.push(&[0.1], |samples| n_seen += samples.len());
        prop_assert!(n_seen >= n_output);
    }

    #[test]
    fn splitting_the_input_does_not_change_the_output(
        rate_idx in 0..RATES_HZ.len(),
        pieces in prop::collection::vec(0_usize..700, 1..12),
    ) {
        let rate_hz = RATES_HZ[rate_idx];
        let input = sine(1_234.5, rate_hz, pieces.iter().sum());
        let whole = resample(rate_hz, &input);
        let mut resampler = Resampler::new(rate_hz).unwrap();
        let mut output = Vec::new();
        let mut rest = &input[..];
        for piece in pieces {
            let (head, tail) = rest.split_at(piece);
            resampler.push(head, |samples| output.extend_from_slice(samples));
            rest = tail;
        }
        prop_assert!(output == whole, "the same samples");
    }
}
