//! Turns one probability per window into segments of speech.
//!
//! Speech is announced in three steps: *probable* at its first window, *confirmed* once enough
//! windows agree, and then either *ended* or, when it never got confirmed, *retracted*.

use crate::{SAMPLE_RATE_HZ, SegmenterError, WINDOW_MS, WINDOW_SAMPLES};

/// The largest `min_speech_ms` that is accepted.
const MAX_MIN_SPEECH_MS: u32 = 1_000;

/// The largest `speech_pad_ms` that is accepted.
const MAX_SPEECH_PAD_MS: u32 = 1_000;

/// The largest `max_speech_s` that is accepted.
const MAX_MAX_SPEECH_S: u32 = 60;

/// No segment has more audio than this, pre-roll and hangover included, in seconds.
pub const MAX_SEGMENT_S: u32 = MAX_MAX_SPEECH_S + 10;

/// The most windows of audio that one window can set free: the longest pre-roll, and the longest
/// start of a segment with the window that confirms it.
pub const MAX_PRE_ROLL_WINDOWS: usize = (MAX_SPEECH_PAD_MS.div_ceil(WINDOW_MS)
    + 2 * MAX_MIN_SPEECH_MS.div_ceil(WINDOW_MS)) as usize
    + 1;

/// When probability becomes speech. The names are those of the Silero reference code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SegmenterConfig {
    /// From this probability on, a window begins or confirms speech.
    pub threshold: f32,
    /// Below this probability, a window counts as silence. Between the two nothing changes.
    pub neg_threshold: f32,
    /// Speech needed before a segment is confirmed, in milliseconds.
    pub min_speech_ms: u32,
    /// Audio kept from before the onset (pre-roll), in milliseconds.
    pub speech_pad_ms: u32,
    /// Silence that ends a segment (hangover), in milliseconds.
    pub min_silence_ms: u32,
    /// The longest segment, in seconds. A longer one is cut at the longest pause in the second half
    /// of that time. When the time is up during a pause, the pause is waited for.
    pub max_speech_s: u32,
}

impl Default for SegmenterConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl SegmenterConfig {
    /// For conversation.
    pub const DEFAULT: Self = Self {
        threshold: 0.5,
        neg_threshold: 0.35,
        min_speech_ms: 96,
        speech_pad_ms: 480,
        min_silence_ms: 512,
        max_speech_s: 30,
    };

    /// For "yes", "no" and digits: a shorter word is enough, and the end is found sooner.
    pub const SHORT_ANSWERS: Self = Self {
        min_speech_ms: 64,
        min_silence_ms: 320,
        ..Self::DEFAULT
    };

    /// For long utterances with pauses for thought.
    pub const DICTATION: Self = Self {
        min_silence_ms: 1_024,
        max_speech_s: 60,
        ..Self::DEFAULT
    };

    /// Checks that the parameters make sense together.
    pub fn check(&self) -> Result<(), SegmenterError> {
        let Self {
            threshold,
            neg_threshold,
            ..
        } = *self;
        if !(threshold > 0.0 && threshold < 1.0) {
            return Err(SegmenterError::Threshold { actual: threshold });
        }
        if !(neg_threshold >= 0.0 && neg_threshold <= threshold) {
            return Err(SegmenterError::NegThreshold {
                actual: neg_threshold,
                threshold,
            });
        }
        for (name, actual, min, max) in [
            (
                "min_speech_ms",
                self.min_speech_ms,
                WINDOW_MS,
                MAX_MIN_SPEECH_MS,
            ),
            ("speech_pad_ms", self.speech_pad_ms, 0, MAX_SPEECH_PAD_MS),
            ("min_silence_ms", self.min_silence_ms, WINDOW_MS, 5_000),
            ("max_speech_s", self.max_speech_s, 5, MAX_MAX_SPEECH_S),
        ] {
            if !(min..=max).contains(&actual) {
                return Err(SegmenterError::Duration {
                    name,
                    actual,
                    min,
                    max,
                });
            }
        }
        Ok(())
    }

    /// Windows of pre-roll.
    pub(crate) fn pad_windows(&self) -> u64 {
        windows(self.speech_pad_ms)
    }

    /// The longest that a segment may stay unconfirmed, in windows.
    pub(crate) fn start_limit_windows(&self) -> u64 {
        2 * windows(self.min_speech_ms)
    }
}

fn windows(duration_ms: u32) -> u64 {
    u64::from(duration_ms.div_ceil(WINDOW_MS))
}

/// What the segmenter found. Times count 16 kHz samples since the start and are multiples of a
/// window; segments are numbered from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeechEvent {
    /// One window sounds like speech.
    Probable {
        /// The segment's number.
        segment: u32,
        /// Where its first window starts.
        onset: u64,
    },
    /// It is speech.
    Confirmed {
        /// The segment's number.
        segment: u32,
        /// Where the speech starts.
        onset: u64,
        /// Where its audio starts: the pre-roll, never overlapping the previous segment.
        audio_start: u64,
    },
    /// The speech is over.
    Ended {
        /// The segment's number.
        segment: u32,
        /// Where the speech started.
        onset: u64,
        /// Where the speech ended.
        offset: u64,
        /// Where its audio starts.
        audio_start: u64,
        /// Where its audio ends: the hangover included.
        audio_end: u64,
        /// Why it ended.
        reason: EndReason,
    },
    /// It was too short to be speech.
    Retracted {
        /// The segment's number, which is not used again.
        segment: u32,
        /// Where its first window started.
        onset: u64,
    },
}

/// Why a segment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The input ended.
    Flush,
    /// The segment reached its longest length. The next one begins where this one ends.
    MaxSpeech,
    /// The caller fell silent.
    Silence,
}

/// The four states a voice can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeechState {
    /// No speech.
    Quiet,
    /// Speech is probable.
    Starting,
    /// Speech is confirmed.
    Speaking,
    /// Speech is confirmed and the caller has paused.
    Stopping,
}

/// The state machine from probabilities to [`SpeechEvent`]s.
#[derive(Clone, Debug)]
pub struct Segmenter {
    config: SegmenterConfig,
    /// Where the next window starts.
    now: u64,
    next_segment: u32,
    /// Audio before this point belongs to an earlier segment.
    previous_end: u64,
    phase: Phase,
}

#[derive(Clone, Debug)]
enum Phase {
    Quiet,
    Starting {
        onset: u64,
        n_speech: u64,
        n_silence: u64,
    },
    Speaking(Speaking),
}

/// A confirmed segment that is still open.
#[derive(Clone, Debug)]
struct Speaking {
    onset: u64,
    audio_start: u64,
    /// Where the last window that was not silence ended.
    offset: u64,
    /// The longest pause in the second half of the allowed length.
    pause: Option<Pause>,
}

#[derive(Clone, Copy, Debug)]
struct Pause {
    start: u64,
    end: u64,
}

impl Segmenter {
    /// A segmenter at time zero.
    pub fn new(config: SegmenterConfig) -> Result<Self, SegmenterError> {
        config.check()?;
        Ok(Self {
            config,
            now: 0,
            next_segment: 0,
            previous_end: 0,
            phase: Phase::Quiet,
        })
    }

    /// Takes the next window's probability; `events` receives at most two events.
    pub fn push(&mut self, probability: f32, mut events: impl FnMut(SpeechEvent)) {
        let start = self.now;
        self.now += WINDOW_SAMPLES as u64;
        let is_speech = probability >= self.config.threshold;
        let is_silence = probability < self.config.neg_threshold;

        match &mut self.phase {
            Phase::Quiet => {
                if is_speech {
                    events(SpeechEvent::Probable {
                        segment: self.next_segment,
                        onset: start,
                    });
                    self.phase = Phase::Starting {
                        onset: start,
                        n_speech: 1,
                        n_silence: 0,
                    };
                    self.try_confirm(&mut events);
                }
            }
            Phase::Starting {
                n_speech,
                n_silence,
                ..
            } => {
                *n_speech += u64::from(is_speech);
                *n_silence = if is_silence { *n_silence + 1 } else { 0 };
                self.try_confirm(&mut events);
                self.try_retract(&mut events);
            }
            Phase::Speaking(speaking) => {
                if !is_silence {
                    speaking.resume(start, self.now, &self.config);
                }
                self.try_end(&mut events);
            }
        }
    }

    /// Ends whatever is open, because no more input comes.
    pub fn flush(&mut self, mut events: impl FnMut(SpeechEvent)) {
        match std::mem::replace(&mut self.phase, Phase::Quiet) {
            Phase::Quiet => {}
            Phase::Starting { onset, .. } => {
                events(SpeechEvent::Retracted {
                    segment: self.next_segment,
                    onset,
                });
                self.next_segment += 1;
            }
            Phase::Speaking(speaking) => {
                self.end(&speaking, self.now, EndReason::Flush, &mut events);
            }
        }
    }

    /// Changes the parameters from the next window on. An open segment stays open, and what has
    /// been counted for it still counts.
    pub fn set_config(&mut self, config: SegmenterConfig) -> Result<(), SegmenterError> {
        config.check()?;
        self.config = config;
        Ok(())
    }

    /// Where audio will start if what is probable now gets confirmed.
    pub(crate) fn probable_audio_start(&self) -> Option<u64> {
        match self.phase {
            Phase::Starting { onset, .. } => Some(self.audio_start(onset)),
            Phase::Quiet | Phase::Speaking(_) => None,
        }
    }

    /// The pre-roll of speech that starts at `onset`; it never overlaps the segment before.
    fn audio_start(&self, onset: u64) -> u64 {
        let pad = self.config.pad_windows() * WINDOW_SAMPLES as u64;
        onset.saturating_sub(pad).max(self.previous_end)
    }

    /// Which state the voice is in.
    pub fn state(&self) -> SpeechState {
        match &self.phase {
            Phase::Quiet => SpeechState::Quiet,
            Phase::Starting { .. } => SpeechState::Starting,
            Phase::Speaking(speaking) if speaking.offset == self.now => SpeechState::Speaking,
            Phase::Speaking(_) => SpeechState::Stopping,
        }
    }

    fn try_confirm(&mut self, events: &mut impl FnMut(SpeechEvent)) {
        let Phase::Starting {
            onset,
            n_speech,
            n_silence,
        } = self.phase
        else {
            return;
        };
        if n_speech < windows(self.config.min_speech_ms) {
            return;
        }
        let audio_start = self.audio_start(onset);
        events(SpeechEvent::Confirmed {
            segment: self.next_segment,
            onset,
            audio_start,
        });
        let offset = self.now - n_silence * WINDOW_SAMPLES as u64;
        self.phase = Phase::Speaking(Speaking {
            onset,
            audio_start,
            offset,
            pause: None,
        });
    }

    fn try_retract(&mut self, events: &mut impl FnMut(SpeechEvent)) {
        let Phase::Starting {
            onset, n_silence, ..
        } = self.phase
        else {
            return;
        };
        let n_open = (self.now - onset) / WINDOW_SAMPLES as u64;
        if n_silence >= windows(self.config.min_speech_ms)
            || n_open >= self.config.start_limit_windows()
        {
            events(SpeechEvent::Retracted {
                segment: self.next_segment,
                onset,
            });
            self.next_segment += 1;
            self.phase = Phase::Quiet;
        }
    }

    fn try_end(&mut self, events: &mut impl FnMut(SpeechEvent)) {
        let Phase::Speaking(speaking) = &self.phase else {
            return;
        };
        let n_silence = (self.now - speaking.offset) / WINDOW_SAMPLES as u64;
        let max_samples = u64::from(self.config.max_speech_s) * u64::from(SAMPLE_RATE_HZ);
        let is_pausing = n_silence > 0;
        if n_silence >= windows(self.config.min_silence_ms) {
            let speaking = speaking.clone();
            self.phase = Phase::Quiet;
            self.end(&speaking, self.now, EndReason::Silence, events);
        } else if self.now - WINDOW_SAMPLES as u64 - speaking.onset >= max_samples && !is_pausing {
            self.cut(speaking.clone(), events);
        }
    }

    /// Divides a segment that has become too long, when a window of speech has come after its
    /// limit: that window is the next segment's, so that no segment is ever empty.
    fn cut(&mut self, speaking: Speaking, events: &mut impl FnMut(SpeechEvent)) {
        let limit = self.now - WINDOW_SAMPLES as u64;
        let Pause { start, end } = speaking.pause.unwrap_or(Pause {
            start: limit,
            end: limit,
        });
        let ended = Speaking {
            offset: start,
            ..speaking
        };
        self.end(&ended, end, EndReason::MaxSpeech, events);
        let next = Speaking {
            onset: end,
            audio_start: end,
            offset: speaking.offset,
            pause: None,
        };
        events(SpeechEvent::Confirmed {
            segment: self.next_segment,
            onset: next.onset,
            audio_start: next.audio_start,
        });
        self.phase = Phase::Speaking(next);
    }

    fn end(
        &mut self,
        speaking: &Speaking,
        audio_end: u64,
        reason: EndReason,
        events: &mut impl FnMut(SpeechEvent),
    ) {
        events(SpeechEvent::Ended {
            segment: self.next_segment,
            onset: speaking.onset,
            offset: speaking.offset,
            audio_start: speaking.audio_start,
            audio_end,
            reason,
        });
        self.next_segment += 1;
        self.previous_end = audio_end;
    }
}

impl Speaking {
    /// The window from `start` to `end` is not silence; what lay between it and the last such
    /// window was a pause.
    fn resume(&mut self, start: u64, end: u64, config: &SegmenterConfig) {
        let half = u64::from(config.max_speech_s) * u64::from(SAMPLE_RATE_HZ) / 2;
        let pause = Pause {
            start: self.offset,
            end: start,
        };
        let longest = self.pause.map_or(0, |longest| longest.end - longest.start);
        // Only the second half counts: a cut near the beginning would leave a rest that is
        // almost as long.
        if pause.start >= self.onset + half && pause.end - pause.start > longest {
            self.pause = Some(pause);
        }
        self.offset = end;
    }
}
