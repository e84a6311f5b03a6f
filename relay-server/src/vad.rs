//! The pipeline of a call, run over a WAV file.

use std::io::{self, Write};

use audio_dsp::{
    Event, Pipeline, PipelineConfig, PipelineError, SegmenterConfig, Sink, SpeechEvent,
    WINDOW_SAMPLES, Window,
};

use crate::{
    detector::{DetectorFault, Engine, EngineError, FaultWatch},
    rows::{SEGMENT_COLUMNS, Seconds, SegmentRow, SegmentState},
    wav::{WavError, WavFile},
};

/// What the detector found in one file.
#[derive(Debug, Default)]
pub struct Detection {
    /// The segments, in order.
    segments: Vec<SegmentRow>,
    /// The probability of speech in each window, in order and without a hole.
    probabilities: Vec<f32>,
}

/// Why a file could not be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VadError {
    /// The file cannot be used.
    #[error(transparent)]
    Wav(#[from] WavError),
    /// The pipeline does not take the file's sample rate.
    #[error("cannot be judged: {0}")]
    Pipeline(#[from] PipelineError),
    /// The engine gives no detector.
    #[error("cannot be judged: {0}")]
    Engine(#[from] EngineError),
    /// The detector failed in the middle of the file.
    #[error("cannot be judged to its end: {0}")]
    Detector(#[source] DetectorFault),
}

impl Detection {
    /// Judges a whole file with the defaults of a call.
    pub fn of(mut file: WavFile, engine: &Engine) -> Result<Self, VadError> {
        let config = PipelineConfig::new(file.sample_rate_hz());
        let detector = engine.detector()?;
        let faults = detector.watch();
        let mut pipeline = Pipeline::with_detector(&config, detector)?;
        let mut collector = Collector::new(config.segmenter);
        let mut block = Vec::new();
        loop {
            file.read_block(&mut block)?;
            if block.is_empty() {
                break;
            }
            pipeline.push(&block, &mut collector);
            check(&faults)?;
        }
        pipeline.flush(&mut collector);
        check(&faults)?;
        Ok(collector.detection)
    }

    /// The segments, in order.
    pub fn segments(&self) -> &[SegmentRow] {
        &self.segments
    }

    /// Writes one line per segment.
    pub fn write_segments(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{SEGMENT_COLUMNS}")?;
        self.segments
            .iter()
            .try_for_each(|row| writeln!(out, "{row}"))
    }

    /// Writes one line per window: where it starts and how probable speech is in it.
    pub fn write_probabilities(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "time_s,prob")?;
        let starts = (0_u64..).step_by(WINDOW_SAMPLES);
        starts
            .zip(&self.probabilities)
            .try_for_each(|(start, probability)| {
                writeln!(out, "{},{probability:.6}", Seconds(start))
            })
    }
}

/// What a detector that failed would find is no result.
fn check(faults: &FaultWatch) -> Result<(), VadError> {
    match faults.fault() {
        None => Ok(()),
        Some(fault) => Err(VadError::Detector(fault.clone())),
    }
}

/// Gathers what the pipeline reports.
struct Collector {
    detection: Detection,
    segmenter: SegmenterConfig,
    /// Where the newest window that sounded like speech ends.
    voiced_until: u64,
}

impl Collector {
    fn new(segmenter: SegmenterConfig) -> Self {
        Self {
            detection: Detection::default(),
            segmenter,
            voiced_until: 0,
        }
    }
}

impl Sink for Collector {
    fn window(&mut self, window: &Window) {
        self.detection.probabilities.push(window.probability);
        if window.probability >= self.segmenter.threshold {
            self.voiced_until = window.sample_time + WINDOW_SAMPLES as u64;
        }
    }

    fn event(&mut self, event: &Event) {
        match *event {
            Event::Speech(SpeechEvent::Ended {
                onset,
                offset,
                audio_start,
                audio_end,
                ..
            }) => self.detection.segments.push(SegmentRow {
                onset,
                offset,
                audio_start,
                audio_end,
                state: SegmentState::Confirmed,
            }),
            Event::Speech(SpeechEvent::Retracted { onset, .. }) => {
                let row = SegmentRow::retracted(onset, self.voiced_until);
                self.detection.segments.push(row);
            }
            Event::Speech(SpeechEvent::Probable { .. } | SpeechEvent::Confirmed { .. })
            | Event::GateChanged { .. } => {}
        }
    }

    fn audio(&mut self, _sample_time: u64, _samples: &[f32; WINDOW_SAMPLES]) {}
}
