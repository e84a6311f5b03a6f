//! Follows the caller's speech, frame by frame, and holds the browser to the order of its steps.

use relay_proto::frame::{Body, Frame};

use crate::{
    rows::{SegmentRow, SegmentState},
    segments::{Assembled, Assembler, AudioOverlap},
};

/// What the relay knows about the caller's speech.
#[derive(Debug, Default)]
pub(super) struct Speech {
    phase: Phase,
    /// Segments are numbered upwards; a smaller number than this is taken.
    next_segment: u32,
    audio: Assembler,
}

/// A step that the caller's speech took. Times count 16 kHz samples since the capture began.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It sounds like speech.
    Probable { segment: u32, onset: u64 },
    /// It is speech.
    Confirmed {
        segment: u32,
        onset: u64,
        origin: Origin,
    },
    /// The segment is over, and all of its audio is here.
    Ended {
        segment: u32,
        row: SegmentRow,
        audio: Assembled,
    },
    /// It was no speech.
    Retracted { segment: u32, row: SegmentRow },
}

/// What a confirmed segment grew from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The segment before it was cut because it was too long; this is its rest.
    Cut,
    /// It was probable first.
    Probable,
}

/// A frame that is well-formed but does not fit what came before it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SpeechError {
    /// Audio came twice.
    #[error(transparent)]
    Audio(#[from] AudioOverlap),
    /// A segment took a step that was not its turn.
    #[error("segment {segment} was {step} {phase}")]
    Step {
        segment: u32,
        step: &'static str,
        phase: Phase,
    },
    /// A segment ended that began elsewhere.
    #[error("segment {segment} ends with another onset or audio start than it was confirmed with")]
    Contradiction { segment: u32 },
    /// A segment's number was used before.
    #[error("segment {segment} begins, but numbers below {expected} are used up")]
    Number { segment: u32, expected: u32 },
}

/// Where the newest segment stands. Displayed, it completes "segment 3 was ended ...".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    #[default]
    Quiet,
    Probable {
        segment: u32,
        onset: u64,
    },
    Confirmed {
        segment: u32,
        onset: u64,
        audio_start: u64,
    },
}

impl Speech {
    /// Takes the next frame; most frames are no step.
    pub(super) fn handle_frame(&mut self, frame: &Frame<'_>) -> Result<Option<Step>, SpeechError> {
        let onset = frame.sample_time;
        match frame.body {
            Body::Audio(pcm) => {
                self.audio.push(frame.sample_time, pcm.iter())?;
                Ok(None)
            }
            Body::Probable { segment } => self.probable(segment, onset).map(Some),
            Body::Confirmed {
                segment,
                audio_start,
            } => self.confirmed(segment, onset, audio_start).map(Some),
            Body::Ended {
                segment,
                onset,
                offset,
                audio_start,
                audio_end,
                reason: _,
            } => {
                let row = SegmentRow {
                    onset,
                    offset,
                    audio_start,
                    audio_end,
                    state: SegmentState::Confirmed,
                };
                self.ended(segment, row).map(Some)
            }
            Body::Retracted { segment } => self.retracted(segment).map(Some),
            Body::Level { .. } | Body::Gap { .. } | Body::ModeChanged { .. } => Ok(None),
        }
    }

    /// No more frames come: an open segment ends where its audio does. Unlike the browser, the
    /// relay does not know where in that audio the speech ended.
    pub(super) fn interrupt(&mut self) -> Option<Step> {
        match self.phase {
            Phase::Quiet => None,
            Phase::Probable { segment, .. } => self.retracted(segment).ok(),
            Phase::Confirmed {
                segment,
                onset,
                audio_start,
            } => {
                let end = self.audio.received_until().max(onset);
                let row = SegmentRow {
                    onset,
                    offset: end,
                    audio_start,
                    audio_end: end,
                    state: SegmentState::Confirmed,
                };
                self.ended(segment, row).ok()
            }
        }
    }

    fn probable(&mut self, segment: u32, onset: u64) -> Result<Step, SpeechError> {
        if self.phase != Phase::Quiet {
            return Err(self.out_of_turn(segment, "probable"));
        }
        self.begin(segment)?;
        self.phase = Phase::Probable { segment, onset };
        Ok(Step::Probable { segment, onset })
    }

    fn confirmed(
        &mut self,
        segment: u32,
        onset: u64,
        audio_start: u64,
    ) -> Result<Step, SpeechError> {
        let origin = match self.phase {
            Phase::Probable {
                segment: probable, ..
            } if probable == segment => Origin::Probable,
            Phase::Quiet => {
                self.begin(segment)?;
                Origin::Cut
            }
            Phase::Probable { .. } | Phase::Confirmed { .. } => {
                return Err(self.out_of_turn(segment, "confirmed"));
            }
        };
        self.phase = Phase::Confirmed {
            segment,
            onset,
            audio_start,
        };
        Ok(Step::Confirmed {
            segment,
            onset,
            origin,
        })
    }

    fn ended(&mut self, segment: u32, row: SegmentRow) -> Result<Step, SpeechError> {
        match self.phase {
            Phase::Confirmed {
                segment: confirmed,
                onset,
                audio_start,
            } if confirmed == segment => {
                if (row.onset, row.audio_start) != (onset, audio_start) {
                    return Err(SpeechError::Contradiction { segment });
                }
            }
            Phase::Quiet | Phase::Probable { .. } | Phase::Confirmed { .. } => {
                return Err(self.out_of_turn(segment, "ended"));
            }
        }
        self.phase = Phase::Quiet;
        let audio = self.audio.take(row.audio_start, row.audio_end);
        Ok(Step::Ended {
            segment,
            row,
            audio,
        })
    }

    fn retracted(&mut self, segment: u32) -> Result<Step, SpeechError> {
        let Phase::Probable {
            segment: probable,
            onset,
        } = self.phase
        else {
            return Err(self.out_of_turn(segment, "retracted"));
        };
        if probable != segment {
            return Err(self.out_of_turn(segment, "retracted"));
        }
        self.phase = Phase::Quiet;
        // The wire does not say how long it sounded like speech.
        let row = SegmentRow::retracted(onset, onset);
        Ok(Step::Retracted { segment, row })
    }

    /// Uses up a segment's number.
    fn begin(&mut self, segment: u32) -> Result<(), SpeechError> {
        if segment < self.next_segment {
            return Err(SpeechError::Number {
                segment,
                expected: self.next_segment,
            });
        }
        self.next_segment = segment.saturating_add(1);
        Ok(())
    }

    fn out_of_turn(&self, segment: u32, step: &'static str) -> SpeechError {
        SpeechError::Step {
            segment,
            step,
            phase: self.phase,
        }
    }
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Quiet => write!(f, "while no segment is open"),
            Self::Probable { segment, .. } => write!(f, "while segment {segment} is probable"),
            Self::Confirmed { segment, .. } => write!(f, "while segment {segment} is confirmed"),
        }
    }
}
