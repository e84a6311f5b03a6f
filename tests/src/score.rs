//! How well frame probabilities agree with labels of what was said.
//!
//! Labels and decisions are both read at the middle of each cell of a 10 ms grid, so that
//! detectors with frames of any length are held to the same measure. Cells of all recordings are
//! pooled: long recordings weigh more.

use crate::span::Span;

/// Length of a cell in seconds.
const CELL_S: f64 = 0.01;

/// A detector cannot judge the last, partial frame of a recording: a tail of up to this many
/// seconds takes the probability of the last whole frame. A longer one counts as silence.
const TAIL_S: f64 = 0.1;

/// What a detector said about a recording: frame after frame from its start.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Length of a frame in seconds.
    pub frame_s: f64,
    /// The probability of speech in each frame.
    pub probabilities: Vec<f64>,
}

impl Judgement {
    /// The probability at `time_s` in a recording of `duration_s`.
    fn at(&self, time_s: f64, duration_s: f64) -> f64 {
        let Some(&last) = self.probabilities.last() else {
            return 0.0;
        };
        let judged_s = self.probabilities.len() as f64 * self.frame_s;
        let frame = (time_s / self.frame_s) as usize;
        match self.probabilities.get(frame) {
            Some(&probability) => probability,
            None if duration_s - judged_s <= TAIL_S => last,
            None => 0.0,
        }
    }
}

/// One cell of the grid.
#[derive(Clone, Copy, Debug)]
struct Cell {
    is_speech: bool,
    probability: f64,
}

/// The cells of all recordings that one detector judged.
#[derive(Clone, Debug, Default)]
pub struct Score {
    cells: Vec<Cell>,
}

impl Score {
    /// Adds a recording of `duration_s` with its `speech` and what the detector said.
    pub fn add(&mut self, duration_s: f64, speech: &[Span], judgement: &Judgement) {
        let n_cells = (duration_s / CELL_S + 1e-9) as usize;
        self.cells.extend((0..n_cells).map(|cell| {
            let time_s = (cell as f64 + 0.5) * CELL_S;
            let is_inside = |span: &Span| span.start_s <= time_s && time_s < span.end_s;
            Cell {
                is_speech: speech.iter().any(is_inside),
                probability: judgement.at(time_s, duration_s),
            }
        }));
    }

    /// The harmonic mean of precision and recall of "speech" where the probability is at least
    /// `threshold`; nothing if there is neither speech nor an alarm.
    pub fn f1(&self, threshold: f64) -> Option<f64> {
        let count = |is_speech: bool, is_alarm: bool| {
            let cells = self.cells.iter().filter(|cell| {
                cell.is_speech == is_speech && (cell.probability >= threshold) == is_alarm
            });
            cells.count() as f64
        };
        let hits = 2.0 * count(true, true);
        let total = hits + count(false, true) + count(true, false);
        (total > 0.0).then(|| hits / total)
    }

    /// The chance that a cell of speech has a higher probability than one without, where a tie
    /// counts half; nothing unless there are both.
    pub fn roc_auc(&self) -> Option<f64> {
        let mut cells = self.cells.clone();
        cells.sort_by(|a, b| a.probability.total_cmp(&b.probability));
        let n_speech = cells.iter().filter(|cell| cell.is_speech).count() as f64;
        let n_other = cells.len() as f64 - n_speech;
        if n_speech == 0.0 || n_other == 0.0 {
            return None;
        }
        // The rank sum of Mann and Whitney: equal probabilities share the middle of their ranks.
        let mut rank_sum = 0.0;
        let mut n_before = 0;
        for ties in cells.chunk_by(|a, b| a.probability == b.probability) {
            let rank = n_before as f64 + (ties.len() + 1) as f64 / 2.0;
            rank_sum += rank * ties.iter().filter(|cell| cell.is_speech).count() as f64;
            n_before += ties.len();
        }
        Some((rank_sum - n_speech * (n_speech + 1.0) / 2.0) / (n_speech * n_other))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    /// Scores frames of 20 ms against one stretch of speech.
    fn score(duration_s: f64, speech_s: (f64, f64), probabilities: &[f64]) -> Score {
        let speech = Span {
            start_s: speech_s.0,
            end_s: speech_s.1,
        };
        let judgement = Judgement {
            frame_s: 0.02,
            probabilities: probabilities.to_vec(),
        };
        let mut score = Score::default();
        score.add(duration_s, &[speech], &judgement);
        score
    }

    fn close(actual: Option<f64>, expected: f64) -> bool {
        actual.is_some_and(|actual| (actual - expected).abs() < 1e-12)
    }

    #[test]
    fn a_perfect_detector_scores_one() {
        let score = score(0.08, (0.02, 0.06), &[0.1, 0.9, 0.8, 0.2]);
        assert_eq!((score.f1(0.5), score.roc_auc()), (Some(1.0), Some(1.0)));
    }

    #[test]
    fn f1_depends_on_the_threshold_and_includes_it() {
        let score = score(0.08, (0.02, 0.06), &[0.3, 0.9, 0.5, 0.2]);
        assert!(close(score.f1(0.5), 1.0));
        assert!(close(score.f1(0.6), 2.0 / 3.0));
        assert!(close(score.f1(0.3), 0.8));
        assert!(close(score.f1(0.95), 0.0));
    }

    #[test]
    fn ties_count_half_in_the_area() {
        assert!(close(score(0.08, (0.02, 0.06), &[0.7; 4]).roc_auc(), 0.5));
        // Of four pairs of frames, two are right, one is a tie, one is wrong.
        let mixed = score(0.08, (0.02, 0.06), &[0.6, 0.9, 0.5, 0.5]);
        assert!(close(mixed.roc_auc(), 2.5 / 4.0));
    }

    #[test]
    fn says_nothing_where_there_is_nothing_to_say() {
        let silence = score(0.08, (1.0, 2.0), &[0.1; 4]);
        assert_eq!((silence.f1(0.5), silence.roc_auc()), (None, None));
        assert_eq!(Score::default().roc_auc(), None);
    }

    #[test]
    fn a_short_tail_takes_the_last_probability_and_a_long_one_none() {
        // Two frames end at 40 ms. Speech goes on to the end.
        assert!(close(score(0.13, (0.0, 0.13), &[0.9; 2]).f1(0.5), 1.0));
        let hits = 4.0;
        let missed = 11.0;
        let expected = 2.0 * hits / (2.0 * hits + missed);
        assert!(close(score(0.15, (0.0, 0.15), &[0.9; 2]).f1(0.5), expected));
    }

    #[test]
    fn recordings_are_pooled_by_their_length() {
        let mut pooled = score(0.02, (0.0, 0.02), &[0.1]);
        let right = Judgement {
            frame_s: 0.02,
            probabilities: vec![0.9; 3],
        };
        let speech = Span {
            start_s: 0.0,
            end_s: 0.06,
        };
        pooled.add(0.06, &[speech], &right);
        assert!(close(pooled.f1(0.5), 12.0 / 14.0));
    }
}
