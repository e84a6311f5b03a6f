//! The pipeline and its buffers, as the exported functions use them.

use audio_dsp::{
    Gate, MAX_PRE_ROLL_WINDOWS, Pipeline, PipelineConfig, PipelineError, WINDOW_SAMPLES,
};

use crate::outbox::Outbox;

/// The most samples that one call takes. A render quantum has 128; a `ScriptProcessor` block
/// comes in pieces.
pub const INPUT_CAPACITY: usize = 1_024;

/// Windows that `INPUT_CAPACITY` samples can complete at the lowest input rate, where the
/// resampler doubles them.
const MAX_NEW_WINDOWS: usize = 2 * INPUT_CAPACITY / WINDOW_SAMPLES + 1;

/// Capture on the audio thread: samples in, frames out, nothing allocated after `new`.
#[derive(Debug)]
pub struct Capture {
    pipeline: Pipeline,
    input: [f32; INPUT_CAPACITY],
    outbox: Outbox,
}

impl Capture {
    /// Builds the pipeline and runs the detector once, so that the first real window meets warm
    /// code.
    pub fn new(config: &PipelineConfig) -> Result<Self, PipelineError> {
        let mut pipeline = Pipeline::new(config)?;
        pipeline.warm_up();
        Ok(Self {
            pipeline,
            input: [0.0; INPUT_CAPACITY],
            outbox: Outbox::with_capacity(MAX_PRE_ROLL_WINDOWS + MAX_NEW_WINDOWS),
        })
    }

    /// Where the next samples are to be written.
    pub fn input_mut(&mut self) -> &mut [f32; INPUT_CAPACITY] {
        &mut self.input
    }

    /// Takes the first `n_samples` of the input, at most all of it, and returns the frames that
    /// followed.
    pub fn push(&mut self, n_samples: usize) -> &[u8] {
        self.outbox.clear();
        let n_samples = n_samples.min(INPUT_CAPACITY);
        self.pipeline
            .push(&self.input[..n_samples], &mut self.outbox);
        self.outbox.as_bytes()
    }

    /// Ends the capture: an open segment ends where the input did.
    pub fn flush(&mut self) -> &[u8] {
        self.outbox.clear();
        self.pipeline.flush(&mut self.outbox);
        self.outbox.as_bytes()
    }

    /// Changes which audio is sent, from the next window on.
    pub fn set_gate(&mut self, gate: Gate) {
        self.pipeline.set_gate(gate);
    }

    /// Where the frames lie in memory. It never changes.
    pub fn outbox_address(&self) -> usize {
        self.outbox.address()
    }

    /// Frames that had no room in the outbox, since the start: a bug if it is not zero.
    pub fn n_lost(&self) -> u32 {
        self.outbox.n_lost()
    }
}
