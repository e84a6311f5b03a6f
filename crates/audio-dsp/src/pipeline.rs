//! Resampler, detector and segmenter in a row: device samples in, speech out.

use crate::{
    Detector, EndReason, Level, MAX_PRE_ROLL_WINDOWS, PipelineError, Resampler, ResamplerError,
    Segmenter, SegmenterConfig, SegmenterError, SpeechEvent, Vad, WINDOW_SAMPLES,
};

/// From this magnitude on, a sample counts as clipped: the largest 16-bit sample.
const CLIPPED: f32 = 32_767.0 / 32_768.0;

/// The magnitude at which input samples are clamped. Full scale is 1; headroom is kept, but no
/// input may overflow the detector.
const MAX_MAGNITUDE: f32 = 16.0;

/// Input samples that are cleaned at once: a render quantum.
const MAX_BLOCK: usize = 128;

/// Which audio leaves the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Confirmed speech with its pre-roll and hangover.
    Voice,
    /// Everything.
    Open,
}

/// What a pipeline needs to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PipelineConfig {
    /// The rate of the samples that are pushed, in Hz.
    pub input_rate_hz: u32,
    /// When probability becomes speech.
    pub segmenter: SegmenterConfig,
    /// Which audio leaves at the start.
    pub gate: Gate,
}

impl PipelineConfig {
    /// The defaults for an input rate: only speech leaves.
    pub fn new(input_rate_hz: u32) -> Self {
        Self {
            input_rate_hz,
            segmenter: SegmenterConfig::default(),
            gate: Gate::Voice,
        }
    }
}

/// One detector step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Where the window starts, in 16 kHz samples since the start.
    pub sample_time: u64,
    /// The probability that it contains speech, 0 to 1.
    pub probability: f32,
    /// How loud it is.
    pub level: Level,
    /// What the device delivered for it.
    pub input: InputHealth,
}

/// Signs of a device that is too loud or delivers nothing, counted in samples at the device's
/// rate, before resampling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputHealth {
    /// Samples at full scale since the window before.
    pub n_clipped: u32,
    /// How many samples in a row have been exactly zero, up to now. A live microphone has noise;
    /// a long run is a muted or broken one.
    pub zero_run: u64,
}

impl InputHealth {
    #[inline]
    fn add(&mut self, sample: f32) {
        self.n_clipped += u32::from(sample.abs() >= CLIPPED);
        self.zero_run = if sample == 0.0 { self.zero_run + 1 } else { 0 };
    }

    /// What belongs to the window that ends here.
    fn take(&mut self) -> Self {
        let taken = *self;
        self.n_clipped = 0;
        taken
    }
}

/// What happened. Times count 16 kHz samples since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A segment took its next step.
    Speech(SpeechEvent),
    /// The gate changed; `at` is the first sample under the new rule.
    GateChanged {
        /// The new rule.
        gate: Gate,
        /// Where it starts.
        at: u64,
    },
}

/// Where a pipeline's results go, in order.
///
/// For each window comes `window`, then what followed from it. `Confirmed` is followed by the
/// pre-roll; `Ended` comes after the last audio of its segment. The methods run on the audio
/// thread: they must neither allocate nor wait.
pub trait Sink {
    /// A window was judged.
    fn window(&mut self, window: &Window);
    /// Something began, ended or changed.
    fn event(&mut self, event: &Event);
    /// Audio that passes the gate: one window at 16 kHz, starting at `sample_time`.
    fn audio(&mut self, sample_time: u64, samples: &[f32; WINDOW_SAMPLES]);
}

/// Device samples in, events and gated audio out.
///
/// Everything is allocated by [`Pipeline::new`]. Splitting the input differently never changes
/// what comes out.
#[derive(Debug)]
pub struct Pipeline<D = Vad> {
    resampler: Resampler,
    rest: Rest<D>,
}

/// Everything after the resampler; apart, so that the resampler can hand samples to it.
#[derive(Debug)]
struct Rest<D> {
    detector: D,
    segmenter: Segmenter,
    gate: Gate,
    pending_gate: Option<Gate>,
    input: InputHealth,
    /// Whether a confirmed segment is open.
    speaking: bool,
    /// The window that is being filled.
    filling: [f32; WINDOW_SAMPLES],
    n_filled: usize,
    history: History,
    /// Audio before this point has left already.
    sent_until: u64,
}

impl Pipeline {
    /// Builds all stages and their buffers.
    pub fn new(config: &PipelineConfig) -> Result<Self, PipelineError> {
        Self::with_detector(config, Vad::new())
    }
}

impl<D: Detector> Pipeline<D> {
    /// Builds the other stages around a detector, which starts without memory.
    pub fn with_detector(config: &PipelineConfig, mut detector: D) -> Result<Self, PipelineError> {
        detector.reset();
        let segmenter = Segmenter::new(config.segmenter)?;
        Ok(Self {
            resampler: Resampler::new(config.input_rate_hz)?,
            rest: Rest {
                detector,
                segmenter,
                gate: config.gate,
                pending_gate: None,
                input: InputHealth::default(),
                speaking: false,
                filling: [0.0; WINDOW_SAMPLES],
                n_filled: 0,
                history: History::new(MAX_PRE_ROLL_WINDOWS),
                sent_until: 0,
            },
        })
    }

    /// Takes mono samples at the input rate, any number of them.
    ///
    /// Samples that are not finite count as silence; nothing that is pushed can harm what
    /// follows.
    pub fn push(&mut self, input: &[f32], sink: &mut impl Sink) {
        let Self { resampler, rest } = self;
        let mut clean = [0.0; MAX_BLOCK];
        let mut left = input;
        while !left.is_empty() {
            // No block reaches past the end of a window, so that what is counted on the way
            // belongs to the window that it completes, however the input is split.
            let n_missing = resampler.inputs_for(WINDOW_SAMPLES - rest.n_filled);
            let (block, after) = left.split_at(left.len().min(n_missing).min(MAX_BLOCK));
            for (clean, sample) in clean.iter_mut().zip(block) {
                *clean = if sample.is_finite() {
                    sample.clamp(-MAX_MAGNITUDE, MAX_MAGNITUDE)
                } else {
                    0.0
                };
                rest.input.add(*clean);
            }
            resampler.push(&clean[..block.len()], |samples| rest.fill(samples, sink));
            left = after;
        }
    }

    /// Changes which audio leaves, from the next window on; the sink is told where that is.
    pub fn set_gate(&mut self, gate: Gate) {
        self.rest.pending_gate = (gate != self.rest.gate).then_some(gate);
    }

    /// Changes when probability becomes speech, from the next window on. Nothing that is open is
    /// lost.
    pub fn set_segmenter(&mut self, config: SegmenterConfig) -> Result<(), SegmenterError> {
        self.rest.segmenter.set_config(config)
    }

    /// Goes on with input of another rate, because the device changed. Segments, detector and
    /// sample clock stay. This allocates: it is not for the audio thread.
    pub fn set_input_rate(&mut self, input_rate_hz: u32) -> Result<(), ResamplerError> {
        self.resampler = Resampler::new(input_rate_hz)?;
        Ok(())
    }

    /// The input has ended: completes the last window with silence and ends an open segment.
    pub fn flush(&mut self, sink: &mut impl Sink) {
        let Self { resampler, rest } = self;
        // What the resampler still holds back comes out when silence follows.
        let silence = [0.0; MAX_BLOCK];
        let mut n_missing = resampler.lookahead_samples();
        while n_missing > 0 {
            let n_pushed = n_missing.min(MAX_BLOCK);
            resampler.push(&silence[..n_pushed], |samples| rest.fill(samples, sink));
            n_missing -= n_pushed;
        }
        if rest.n_filled > 0 {
            rest.filling[rest.n_filled..].fill(0.0);
            rest.finish_window(sink);
        }
        rest.segmenter
            .flush(|event| sink.event(&Event::Speech(event)));
        rest.speaking = false;
    }

    /// Judges one second of silence and forgets it, so that the first real sound meets warm
    /// caches and compiled code.
    pub fn warm_up(&mut self) {
        for _ in 0..31 {
            self.rest.detector.probability(&[0.0; WINDOW_SAMPLES]);
        }
        self.rest.detector.reset();
    }

    /// How many 16 kHz samples have been judged.
    pub fn sample_time(&self) -> u64 {
        self.rest.history.end
    }
}

impl<D: Detector> Rest<D> {
    fn fill(&mut self, mut samples: &[f32], sink: &mut impl Sink) {
        while !samples.is_empty() {
            let n_taken = samples.len().min(WINDOW_SAMPLES - self.n_filled);
            let (taken, left) = samples.split_at(n_taken);
            self.filling[self.n_filled..self.n_filled + n_taken].copy_from_slice(taken);
            self.n_filled += n_taken;
            samples = left;
            if self.n_filled == WINDOW_SAMPLES {
                self.finish_window(sink);
            }
        }
    }

    fn finish_window(&mut self, sink: &mut impl Sink) {
        self.n_filled = 0;
        let start = self.history.end;
        if let Some(gate) = self.pending_gate.take() {
            self.gate = gate;
            if !self.speaking {
                // What was held back so far stays back, unless it may be the start of speech.
                let from = self.segmenter.probable_audio_start().unwrap_or(start);
                self.sent_until = self.sent_until.max(from);
            }
            sink.event(&Event::GateChanged { gate, at: start });
        }
        self.history.push(&self.filling);

        let probability = self.detector.probability(&self.filling);
        let level = Level::of(&self.filling);
        sink.window(&Window {
            sample_time: start,
            probability,
            level,
            input: self.input.take(),
        });

        let mut events = [None; 2];
        let mut n_events = 0;
        self.segmenter.push(probability, |event| {
            events[n_events] = Some(event);
            n_events += 1;
        });
        if self.speaking || self.gate == Gate::Open {
            self.send_until_now(sink);
        }
        for event in events.into_iter().flatten() {
            sink.event(&Event::Speech(event));
            match event {
                SpeechEvent::Confirmed { audio_start, .. } => {
                    self.speaking = true;
                    self.sent_until = self.sent_until.max(audio_start);
                    self.send_until_now(sink);
                }
                SpeechEvent::Ended { reason, .. } => {
                    self.speaking = reason == EndReason::MaxSpeech;
                }
                SpeechEvent::Probable { .. } | SpeechEvent::Retracted { .. } => {}
            }
        }
    }

    /// Sends what is in the history and has not left yet.
    fn send_until_now(&mut self, sink: &mut impl Sink) {
        while self.sent_until < self.history.end {
            sink.audio(self.sent_until, self.history.window(self.sent_until));
            self.sent_until += WINDOW_SAMPLES as u64;
        }
    }
}

/// The most recent windows.
#[derive(Debug)]
struct History {
    windows: Vec<[f32; WINDOW_SAMPLES]>,
    /// Where the next window will start.
    end: u64,
}

impl History {
    fn new(n_windows: usize) -> Self {
        Self {
            windows: vec![[0.0; WINDOW_SAMPLES]; n_windows],
            end: 0,
        }
    }

    fn push(&mut self, window: &[f32; WINDOW_SAMPLES]) {
        let slot = self.slot(self.end);
        self.windows[slot] = *window;
        self.end += WINDOW_SAMPLES as u64;
    }

    fn window(&self, start: u64) -> &[f32; WINDOW_SAMPLES] {
        &self.windows[self.slot(start)]
    }

    fn slot(&self, start: u64) -> usize {
        ((start / WINDOW_SAMPLES as u64) % self.windows.len() as u64) as usize
    }
}
