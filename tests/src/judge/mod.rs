//! Compares what the relay kept of a call with the labels of what was said.
//!
//! Two clocks meet here: label times count from the start of the recording, segment times from
//! the start of capture. The browser begins to play the recording when the microphone opens,
//! which is not when capture begins, so the difference is found by aligning the kept audio with
//! the recording; everything in a [`Report`] is on the recording's clock.

mod placement;
mod utterance;

use serde::Serialize;

pub use self::utterance::UtteranceReport;

use self::placement::{Placed, place};
use crate::{capture::CapturedCall, recording::Recording, span::Span};

/// What a call may differ from its labels by.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest distance of a detected onset from the label, in milliseconds.
    pub onset_ms: f64,
    /// Smallest share of an utterance that must have been sent.
    pub sent_share: f64,
    /// Most non-speech that may be sent per utterance besides pre-roll and hangover, in seconds.
    pub extra_s: f64,
    /// Smallest correlation between the speech kept and that of the recording.
    pub correlation: f64,
    /// Most by which the sample clock may shift against the recording during a call, in
    /// milliseconds.
    pub clock_ms: f64,
    /// Whether others talk in the background. That is speech to any detector, so neither what is
    /// sent before the first utterance nor an early onset of it counts.
    pub background_talk: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            onset_ms: 150.0,
            sent_share: 0.98,
            extra_s: 0.3,
            correlation: 0.8,
            clock_ms: 40.0,
            background_talk: false,
        }
    }
}

/// The product's own padding of a segment, in seconds: audio sent before the onset.
pub const PRE_ROLL_S: f64 = 0.480;
/// Audio sent after the offset, in seconds. Utterances closer than this share a segment.
pub const HANGOVER_S: f64 = 0.512;

/// How a call compares with its labels.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// One entry per labelled utterance, in order.
    pub utterances: Vec<UtteranceReport>,
    /// Confirmed segments that hold no labelled speech.
    pub stray_segments: usize,
    /// Segments that were taken back.
    pub retracted_segments: usize,
    /// Lowest correlation between recording and segment over the labelled speech in it.
    pub correlation: f64,
    /// Largest shift between sample clock and recording from one segment to another.
    pub clock_shift_ms: f64,
    /// Non-speech sent before the first utterance and its pre-roll.
    pub extra_before_first_s: f64,
    /// Other non-speech sent besides pre-roll and hangover.
    pub extra_s: f64,
    /// Where the recording stood when capture began, negative when capture began first; absent
    /// when nothing said was kept.
    pub capture_began_s: Option<f64>,
    /// The rungs that segments were captured on.
    pub rungs: Vec<String>,
}

impl Report {
    /// Compares a call with its labels. `recording` is what was played as the microphone, at the
    /// rate of comparison.
    pub fn new(recording: &Recording, labels: &[Span], call: &CapturedCall) -> Self {
        let placed = place(recording, labels, &call.confirmed);
        let spoken: Vec<_> = placed
            .iter()
            .filter(|segment| labels.iter().any(|label| segment.speech.meets(label)))
            .collect();
        let highest = |value: fn(&Placed) -> f64| {
            let values = spoken.iter().map(|segment| value(segment));
            values.fold(f64::NEG_INFINITY, f64::max)
        };
        let earliest_s = -highest(|segment| -segment.capture_began_s);
        let latest_s = highest(|segment| segment.capture_began_s);

        let allowed: Vec<_> = labels
            .iter()
            .map(|label| label.padded(PRE_ROLL_S, HANGOVER_S))
            .collect();
        let first_s = allowed.first().map_or(f64::INFINITY, |span| span.start_s);
        let extra_s = |within: Span| -> f64 {
            let outside = placed.iter().map(|segment| {
                let audio = segment.audio.common(&within);
                audio.seconds_outside(&allowed)
            });
            outside.sum()
        };
        Self {
            utterances: (0..labels.len())
                .map(|index| UtteranceReport::new(labels, index, &placed))
                .collect(),
            stray_segments: placed.len() - spoken.len(),
            retracted_segments: call.retracted,
            correlation: -highest(|segment| -segment.correlation),
            clock_shift_ms: 1_000.0 * (latest_s - earliest_s).max(0.0),
            extra_before_first_s: extra_s(Span {
                start_s: f64::NEG_INFINITY,
                end_s: first_s,
            }),
            extra_s: extra_s(Span {
                start_s: first_s,
                end_s: f64::INFINITY,
            }),
            capture_began_s: spoken.first().map(|segment| segment.capture_began_s),
            rungs: call.rungs.clone(),
        }
    }

    /// Every way in which the call breaks the limits, one sentence each; empty when it holds.
    pub fn faults(&self, limits: &Limits) -> Vec<String> {
        let mut faults = Vec::new();
        for (index, utterance) in self.utterances.iter().enumerate() {
            utterance.faults(index + 1, limits, &mut faults);
        }
        let counted_s = if limits.background_talk {
            self.extra_s
        } else {
            self.extra_s + self.extra_before_first_s
        };
        let allowed_s = limits.extra_s * self.utterances.len() as f64;
        if counted_s > allowed_s {
            faults.push(format!(
                "{counted_s:.3} s of non-speech were sent besides pre-roll and hangover; \
                 at most {allowed_s:.3} s may be"
            ));
        }
        if self.correlation < limits.correlation {
            faults.push(format!(
                "what was kept of the speech correlates with the recording by {:.3}; expected {:.3}",
                self.correlation, limits.correlation
            ));
        }
        if self.clock_shift_ms > limits.clock_ms {
            faults.push(format!(
                "the sample clock shifted by {:.0} ms against the recording during the call",
                self.clock_shift_ms
            ));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::{capture::Segment, recording::RATE_HZ};

    const LABELS: [Span; 2] = [span(1.0, 2.0), span(4.0, 5.0)];

    const fn span(start_s: f64, end_s: f64) -> Span {
        Span { start_s, end_s }
    }

    /// Six seconds of noise that differs everywhere, so that every piece has one place.
    fn recording() -> Recording {
        let mut state = 1_u32;
        let samples = (0..6 * RATE_HZ)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 24) as f32 - 0.5
            })
            .collect();
        Recording {
            rate_hz: RATE_HZ,
            samples,
        }
    }

    /// A segment as the relay keeps it when capture began 0.25 s into the recording; the spans
    /// are on the recording's clock.
    fn segment(speech: Span, audio: Span) -> Segment {
        let sample = |seconds: f64| (seconds * f64::from(RATE_HZ)).round() as usize;
        Segment {
            speech: speech.shifted(-0.25),
            audio_span: audio.shifted(-0.25),
            audio: recording().samples[sample(audio.start_s)..sample(audio.end_s)].to_vec(),
        }
    }

    fn good() -> Vec<Segment> {
        vec![
            segment(span(1.05, 2.1), span(0.6, 2.55)),
            segment(span(3.95, 5.0), span(3.55, 5.5)),
        ]
    }

    fn report(confirmed: Vec<Segment>) -> Report {
        let call = CapturedCall {
            folder: "call".into(),
            confirmed,
            retracted: 1,
            rungs: vec!["worklet".into()],
        };
        Report::new(&recording(), &LABELS, &call)
    }

    fn check(confirmed: Vec<Segment>, expected: &[&str]) {
        let faults = report(confirmed).faults(&Limits::default());
        assert_eq!(faults.len(), expected.len(), "{faults:#?}");
        for (fault, expected) in faults.iter().zip(expected) {
            assert!(fault.contains(expected), "{fault:?} lacks {expected:?}");
        }
    }

    #[test]
    fn measures_a_good_call_on_the_clock_of_the_recording() {
        let report = report(good());
        let [first, second] = &report.utterances[..] else {
            panic!("{report:#?}");
        };
        assert!((first.onset_error_ms.unwrap() - 50.0).abs() < 0.1);
        assert!((first.offset_error_ms.unwrap() - 100.0).abs() < 0.1);
        assert!((second.onset_error_ms.unwrap() + 50.0).abs() < 0.1);
        assert!((report.capture_began_s.unwrap() - 0.25).abs() < 1e-4);
        assert!((report.extra_s - 0.038).abs() < 1e-3, "{report:#?}");
        assert_eq!(report.faults(&Limits::default()), [""; 0]);
    }

    #[test]
    fn finds_each_fault() {
        let [first, second] = good().try_into().unwrap();
        check(vec![first.clone()], &["utterance 2 was not detected"]);
        check(
            vec![segment(span(1.2, 2.1), span(1.1, 2.55)), second.clone()],
            &[
                "only 90.0 % of utterance 1",
                "onset of utterance 1 is +200 ms",
            ],
        );
        check(
            vec![segment(span(1.0, 5.0), span(0.6, 5.5))],
            &["utterance 2 was not separated", "1.008 s of non-speech"],
        );
        check(
            vec![
                first.clone(),
                segment(span(3.0, 3.1), span(2.6, 3.5)),
                second.clone(),
            ],
            &["0.938 s of non-speech"],
        );

        let mut strange = second.clone();
        strange.audio.reverse();
        check(
            vec![first.clone(), strange],
            &["correlates with the recording"],
        );

        let mut late = second;
        late.speech = late.speech.shifted(0.1);
        late.audio_span = late.audio_span.shifted(0.1);
        check(vec![first, late], &["shifted by 100 ms"]);
    }

    #[test]
    fn background_talk_excuses_what_comes_before_the_first_utterance() {
        let limits = Limits {
            background_talk: true,
            ..Limits::default()
        };
        let mut segments = good();
        segments[0] = segment(span(0.35, 2.1), span(0.25, 2.55));
        let early = report(segments);
        assert!((early.extra_before_first_s - 0.27).abs() < 1e-3);
        assert_eq!(early.faults(&limits), [""; 0]);
        assert_eq!(early.faults(&Limits::default()).len(), 1, "{early:#?}");

        let mut segments = good();
        segments[0] = segment(span(1.2, 2.1), span(0.7, 2.55));
        assert_eq!(report(segments).faults(&limits).len(), 1);
    }
}
