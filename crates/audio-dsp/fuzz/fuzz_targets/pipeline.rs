//! Any floats, NaN and infinity included, in blocks of any length: what comes out is finite, in
//! order and consistent, and a second of silence brings the state back to rest.

#![no_main]

use arbitrary::Arbitrary;
use audio_dsp::{Event, Gate, Pipeline, PipelineConfig, Sink, SpeechEvent, WINDOW_SAMPLES, Window};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    rate_hz: u32,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    Push(Vec<f32>),
    Repeat { sample: f32, n_samples: u16 },
    Open(bool),
    Rate(u32),
}

/// Checks what leaves the pipeline.
#[derive(Default)]
struct Check {
    next_window: u64,
    sent_until: u64,
    open_segment: Option<u32>,
    last_probability: f32,
}

impl Sink for Check {
    fn window(&mut self, window: &Window) {
        assert_eq!(window.sample_time, self.next_window);
        assert!((0.0..=1.0).contains(&window.probability));
        assert!(window.level.rms_dbfs.is_finite() && window.level.peak_dbfs.is_finite());
        self.next_window += WINDOW_SAMPLES as u64;
        self.last_probability = window.probability;
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Speech(SpeechEvent::Confirmed {
                segment,
                onset,
                audio_start,
            }) => {
                assert!(audio_start <= onset && self.open_segment.is_none());
                self.open_segment = Some(*segment);
            }
            Event::Speech(SpeechEvent::Ended {
                segment,
                onset,
                offset,
                audio_end,
                ..
            }) => {
                assert!(onset < offset && offset <= audio_end);
                assert_eq!(self.open_segment.take(), Some(*segment));
            }
            Event::Speech(SpeechEvent::Probable { .. } | SpeechEvent::Retracted { .. })
            | Event::GateChanged { .. } => {}
        }
    }

    fn audio(&mut self, sample_time: u64, samples: &[f32; WINDOW_SAMPLES]) {
        assert!(sample_time >= self.sent_until, "nothing is sent twice");
        assert!(samples.iter().all(|sample| sample.is_finite()));
        self.sent_until = sample_time + WINDOW_SAMPLES as u64;
    }
}

fn rate_hz(any: u32) -> u32 {
    8_000 + any % 184_001
}

fuzz_target!(|input: Input| {
    let Ok(mut pipeline) = Pipeline::new(&PipelineConfig::new(rate_hz(input.rate_hz))) else {
        panic!("every rate in the range is accepted");
    };
    let mut check = Check::default();
    for step in input.steps {
        match step {
            Step::Push(samples) => pipeline.push(&samples, &mut check),
            Step::Repeat { sample, n_samples } => {
                pipeline.push(&vec![sample; usize::from(n_samples)], &mut check);
            }
            Step::Open(open) => pipeline.set_gate(if open { Gate::Open } else { Gate::Voice }),
            Step::Rate(any) => pipeline
                .set_input_rate(rate_hz(any))
                .expect("a rate in the range"),
        }
    }
    pipeline
        .set_input_rate(16_000)
        .expect("a rate in the range");
    pipeline.push(&[0.0; 3 * 16_000], &mut check);
    assert!(
        check.last_probability < 0.5,
        "silence is silence, whatever came before"
    );
    pipeline.flush(&mut check);
    assert_eq!(check.open_segment, None, "nothing stays open");
});
