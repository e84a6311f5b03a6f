//! Resampler, detector and segmenter in a row: device samples in, speech out.

use crate::{
    EndReason, Level, PipelineError, Resampler, Segmenter, SegmenterConfig, SpeechEvent, Vad,
    WINDOW_SAMPLES, segmenter,
};

/// The magnitude at which input samples are clamped. Full scale is 1; headroom is kept, but no
/// input may overflow the detector.
const MAX_MAGNITUDE: f32 = 16.0;

/// The most windows of audio that one window can set free: the longest pre-roll and the longest
/// start of a segment that can be configured.
pub const MAX_PRE_ROLL_WINDOWS: usize = segmenter::MAX_PRE_ROLL_WINDOWS + 1;

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
pub struct Pipeline {
    resampler: Resampler,
    rest: Rest,
}

/// Everything after the resampler; apart, so that the resampler can hand samples to it.
#[derive(Debug)]
struct Rest {
    vad: Vad,
    segmenter: Segmenter,
    gate: Gate,
    pending_gate: Option<Gate>,
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
        let segmenter = Segmenter::new(config.segmenter)?;
        let n_windows = config.segmenter.pad_windows() + config.segmenter.start_limit_windows() + 1;
        Ok(Self {
            resampler: Resampler::new(config.input_rate_hz)?,
            rest: Rest {
                vad: Vad::new(),
                segmenter,
                gate: config.gate,
                pending_gate: None,
                speaking: false,
                filling: [0.0; WINDOW_SAMPLES],
                n_filled: 0,
                history: History::new(n_windows as usize),
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
        let mut clean = [0.0; 128];
        for block in input.chunks(clean.len()) {
            for (clean, sample) in clean.iter_mut().zip(block) {
                let is_finite = sample.is_finite();
                *clean = if is_finite {
                    sample.clamp(-MAX_MAGNITUDE, MAX_MAGNITUDE)
                } else {
                    0.0
                };
            }
            resampler.push(&clean[..block.len()], |samples| rest.fill(samples, sink));
        }
    }

    /// Changes which audio leaves, from the next window on; the sink is told where that is.
    pub fn set_gate(&mut self, gate: Gate) {
        self.rest.pending_gate = (gate != self.rest.gate).then_some(gate);
    }

    /// The input has ended: completes the last window with silence and ends an open segment.
    pub fn flush(&mut self, sink: &mut impl Sink) {
        let rest = &mut self.rest;
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
            self.rest.vad.push(&[0.0; WINDOW_SAMPLES]);
        }
        self.rest.vad.reset();
    }

    /// How many 16 kHz samples have been judged.
    pub fn sample_time(&self) -> u64 {
        self.rest.history.end
    }
}

impl Rest {
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
                // What was held back so far stays back.
                self.sent_until = self.sent_until.max(start);
            }
            sink.event(&Event::GateChanged { gate, at: start });
        }
        self.history.push(&self.filling);

        let probability = self.vad.push(&self.filling);
        let level = Level::of(&self.filling);
        sink.window(&Window {
            sample_time: start,
            probability,
            level,
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
