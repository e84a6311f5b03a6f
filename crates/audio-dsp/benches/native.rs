//! What the stages cost on this machine, natively: `cargo bench -p audio-dsp`.
//!
//! Each iteration is one step of a running stream over a recording, so that state, caches and the
//! share of speech are those of a call. `cargo xtask bench native` has the detector beside ONNX
//! Runtime.

#![expect(
    clippy::unwrap_used,
    reason = "a bench without its recording has nothing to say"
)]

use std::hint::black_box;

use audio_dsp::{
    Event, Pipeline, PipelineConfig, Resampler, Sink, Vad, VadKernel, WINDOW_SAMPLES, Weights,
    Window,
};
use criterion::{Bencher, Criterion, Throughput};

/// 16 kHz, mono.
const RECORDING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/statement.wav");

/// Samples that the audio thread gets at once.
const QUANTUM_SAMPLES: usize = 128;

/// The rates of most devices.
const DEVICE_RATES_HZ: [u32; 2] = [44_100, 48_000];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let recording = read_recording();
    windows(&mut criterion, &recording);
    for rate_hz in DEVICE_RATES_HZ {
        let device = at_rate(&recording, rate_hz);
        quanta(&mut criterion, rate_hz, &device);
    }
    criterion.final_summary();
}

/// One window of the detector, on each kernel that runs here.
fn windows(criterion: &mut Criterion, recording: &[f32]) {
    let mut group = criterion.benchmark_group("window");
    group.throughput(Throughput::Elements(WINDOW_SAMPLES as u64));
    for kernel in VadKernel::ALL {
        if kernel.runs_here() {
            let mut vad = Vad::with_weights(&Weights::bundled(), kernel);
            group.bench_function(format!("{kernel:?}"), |bencher| {
                stream(bencher, recording, |window: &[f32; WINDOW_SAMPLES]| {
                    vad.push(window)
                });
            });
        }
    }
    group.finish();
}

/// One render quantum: the resampler alone, and the whole pipeline on average. Every eleventh or
/// twelfth quantum completes a window.
fn quanta(criterion: &mut Criterion, rate_hz: u32, device: &[f32]) {
    let mut group = criterion.benchmark_group(format!("quantum at {rate_hz} Hz"));
    group.throughput(Throughput::Elements(QUANTUM_SAMPLES as u64));
    let mut resampler = Resampler::new(rate_hz).unwrap();
    group.bench_function("resampler", |bencher| {
        stream(bencher, device, |quantum: &[f32; QUANTUM_SAMPLES]| {
            resampler.push(quantum, |output| {
                black_box(output);
            });
        });
    });
    let mut pipeline = Pipeline::new(&PipelineConfig::new(rate_hz)).unwrap();
    group.bench_function("pipeline", |bencher| {
        stream(bencher, device, |quantum: &[f32; QUANTUM_SAMPLES]| {
            pipeline.push(quantum, &mut Discard);
        });
    });
    group.finish();
}

/// Hands over piece after piece of the samples, and begins anew at their end.
fn stream<const N: usize, R>(
    bencher: &mut Bencher<'_>,
    samples: &[f32],
    mut step: impl FnMut(&[f32; N]) -> R,
) {
    let mut pieces = samples.as_chunks().0.iter().cycle();
    bencher.iter(|| pieces.next().map(&mut step));
}

fn read_recording() -> Vec<f32> {
    let mut reader = hound::WavReader::open(RECORDING).unwrap();
    reader
        .samples::<i16>()
        .map(|sample| f32::from(sample.unwrap()) / 32_768.0)
        .collect()
}

/// The recording as a device would deliver it: good enough where only the time counts.
fn at_rate(recording: &[f32], rate_hz: u32) -> Vec<f32> {
    let n_samples = recording.len() * rate_hz as usize / audio_dsp::SAMPLE_RATE_HZ as usize;
    let nearest = |n: usize| n * audio_dsp::SAMPLE_RATE_HZ as usize / rate_hz as usize;
    (0..n_samples).map(|n| recording[nearest(n)]).collect()
}

/// Takes what comes, so that it is computed.
struct Discard;

impl Sink for Discard {
    fn window(&mut self, window: &Window) {
        black_box(window);
    }

    fn event(&mut self, event: &Event) {
        black_box(event);
    }

    fn audio(&mut self, _sample_time: u64, samples: &[f32; WINDOW_SAMPLES]) {
        black_box(samples);
    }
}
