//! The audio thread may not allocate.

use audio_dsp::{Event, Gate, Pipeline, PipelineConfig, Sink, WINDOW_SAMPLES, Window};

use crate::support::recording;

/// A sink that counts, because one that keeps would allocate.
#[derive(Debug, Default)]
struct Counts {
    n_windows: usize,
    n_events: usize,
    n_audio: usize,
}

impl Sink for Counts {
    fn window(&mut self, _: &Window) {
        self.n_windows += 1;
    }

    fn event(&mut self, _: &Event) {
        self.n_events += 1;
    }

    fn audio(&mut self, _: u64, _: &[f32; WINDOW_SAMPLES]) {
        self.n_audio += 1;
    }
}

#[test]
fn nothing_is_allocated_after_construction() {
    let speech = recording("statement");
    for rate_hz in [8_000, 16_000, 44_100, 47_999, 48_000] {
        let mut pipeline = Pipeline::new(&PipelineConfig::new(rate_hz)).unwrap();
        let mut counts = Counts::default();
        let allocations = allocation_counter::measure(|| {
            pipeline.warm_up();
            for quantum in speech.chunks(128) {
                pipeline.push(quantum, &mut counts);
            }
            pipeline.set_gate(Gate::Open);
            pipeline.push(&speech, &mut counts);
            pipeline.flush(&mut counts);
        });
        assert_eq!(allocations.count_total, 0, "at {rate_hz} Hz");
        assert!(counts.n_windows > 0 && counts.n_audio > 0 && counts.n_events > 0);
    }
}
