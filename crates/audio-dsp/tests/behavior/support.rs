//! Recordings, signals and a sink that remembers.

use audio_dsp::{Event, Sink, WINDOW_SAMPLES, Window};

/// A spoken statement in a quiet room: 16 kHz, mono.
const STATEMENT: &[u8] = include_bytes!("../data/statement.wav");

/// Another one under pink noise.
const NOISY: &[u8] = include_bytes!("../data/noisy.wav");

/// One of the recordings in `tests/data`.
pub(crate) fn recording(stem: &str) -> Vec<f32> {
    let bytes = match stem {
        "statement" => STATEMENT,
        "noisy" => NOISY,
        _ => panic!("there is no recording {stem:?}"),
    };
    let mut reader = hound::WavReader::new(bytes).unwrap();
    assert_eq!(reader.spec().sample_rate, audio_dsp::SAMPLE_RATE_HZ);
    reader
        .samples::<i16>()
        .map(|sample| f32::from(sample.unwrap()) / 32_768.0)
        .collect()
}

/// A sine of amplitude 0.5.
pub(crate) fn sine(frequency_hz: f64, rate_hz: u32, n_samples: usize) -> Vec<f32> {
    (0..n_samples)
        .map(|n| {
            let angle = std::f64::consts::TAU * frequency_hz * n as f64 / f64::from(rate_hz);
            (0.5 * angle.sin()) as f32
        })
        .collect()
}

/// Keeps everything that a pipeline hands out.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Collected {
    pub(crate) windows: Vec<Window>,
    pub(crate) events: Vec<Event>,
    /// Start and samples of each piece of audio.
    pub(crate) audio: Vec<(u64, Vec<f32>)>,
}

impl Collected {
    /// The audio as stretches without a hole: where each starts and what it holds.
    pub(crate) fn stretches(&self) -> Vec<(u64, Vec<f32>)> {
        let mut stretches: Vec<(u64, Vec<f32>)> = Vec::new();
        for (start, samples) in &self.audio {
            match stretches.last_mut() {
                Some((first, held)) if *first + held.len() as u64 == *start => {
                    held.extend_from_slice(samples);
                }
                _ => stretches.push((*start, samples.clone())),
            }
        }
        stretches
    }
}

impl Sink for Collected {
    fn window(&mut self, window: &Window) {
        self.windows.push(*window);
    }

    fn event(&mut self, event: &Event) {
        self.events.push(*event);
    }

    fn audio(&mut self, sample_time: u64, samples: &[f32; WINDOW_SAMPLES]) {
        self.audio.push((sample_time, samples.to_vec()));
    }
}
