//! Whatever comes in, as long as it is finite, what comes out is finite and as long as the ratio
//! of the rates says.

#![no_main]

use arbitrary::Arbitrary;
use audio_dsp::{Resampler, SAMPLE_RATE_HZ};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    rate_hz: u32,
    blocks: Vec<Vec<i16>>,
}

fuzz_target!(|input: Input| {
    let Ok(mut resampler) = Resampler::new(8_000 + input.rate_hz % 184_001) else {
        panic!("every rate in the range is accepted");
    };
    let (mut n_in, mut n_out) = (0_u64, 0_u64);
    for block in &input.blocks {
        let samples: Vec<f32> = block.iter().map(|sample| f32::from(*sample)).collect();
        n_in += samples.len() as u64;
        resampler.push(&samples, |output| {
            n_out += output.len() as u64;
            assert!(output.iter().all(|sample| sample.is_finite()));
        });
    }
    let held_back = vec![0.0; resampler.lookahead_samples()];
    resampler.push(&held_back, |output| n_out += output.len() as u64);
    let exact = n_in * u64::from(SAMPLE_RATE_HZ);
    assert_eq!(n_out, exact.div_ceil(u64::from(resampler.input_rate_hz())));
});
