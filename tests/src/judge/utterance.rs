//! How one utterance arrived.

use serde::Serialize;

use super::{HANGOVER_S, Limits, placement::Placed};
use crate::span::Span;

/// How one utterance arrived.
#[derive(Clone, Debug, Serialize)]
pub struct UtteranceReport {
    /// Share of the utterance that lies in audio that was sent.
    pub sent_share: f64,
    /// Detected onset minus label: absent when the utterance does not begin a segment.
    pub onset_error_ms: Option<f64>,
    /// Detected offset minus label: absent when the utterance does not end a segment.
    pub offset_error_ms: Option<f64>,
    /// The pause before this utterance, when it shares a segment with the one before.
    pub shared_after_pause_s: Option<f64>,
}

impl UtteranceReport {
    pub(super) fn new(labels: &[Span], index: usize, segments: &[Placed]) -> Self {
        let label = labels[index];
        let mut holding = segments
            .iter()
            .filter(|segment| segment.speech.meets(&label));
        let opening = holding.next();
        let closing = holding.next_back().or(opening);
        let before = index.checked_sub(1).map(|index| labels[index]);
        let after = labels.get(index + 1).copied();
        let shared = |segment: Option<&Placed>, neighbor: Option<Span>| {
            segment
                .zip(neighbor)
                .is_some_and(|(segment, neighbor)| segment.speech.meets(&neighbor))
        };
        let sent: Vec<_> = segments.iter().map(|segment| segment.audio).collect();
        Self {
            sent_share: 1.0 - label.seconds_outside(&sent) / label.seconds(),
            onset_error_ms: opening
                .filter(|_| !shared(opening, before))
                .map(|segment| 1_000.0 * (segment.speech.start_s - label.start_s)),
            offset_error_ms: closing
                .filter(|_| !shared(closing, after))
                .map(|segment| 1_000.0 * (segment.speech.end_s - label.end_s)),
            shared_after_pause_s: before
                .filter(|_| shared(opening, before))
                .map(|before| label.start_s - before.end_s),
        }
    }

    /// Whether any of the utterance was detected.
    pub fn found(&self) -> bool {
        self.onset_error_ms.is_some() || self.shared_after_pause_s.is_some()
    }

    pub(super) fn faults(&self, number: usize, limits: &Limits, faults: &mut Vec<String>) {
        if !self.found() {
            faults.push(format!("utterance {number} was not detected"));
            return;
        }
        if self.sent_share < limits.sent_share {
            let percent = 100.0 * self.sent_share;
            faults.push(format!(
                "only {percent:.1} % of utterance {number} was sent"
            ));
        }
        let excused = |error_ms: f64| error_ms < 0.0 && limits.background_talk && number == 1;
        if let Some(error_ms) = self.onset_error_ms
            && error_ms.abs() > limits.onset_ms
            && !excused(error_ms)
        {
            faults.push(format!(
                "the onset of utterance {number} is {error_ms:+.0} ms off; at most {:.0} may be",
                limits.onset_ms
            ));
        }
        if let Some(pause_s) = self.shared_after_pause_s
            && pause_s > HANGOVER_S
        {
            faults.push(format!(
                "utterance {number} was not separated from the one {pause_s:.3} s before it"
            ));
        }
    }
}
