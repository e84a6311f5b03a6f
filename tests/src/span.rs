//! Stretches of time and their arithmetic.

/// A stretch of time, in seconds. It is empty when it ends before it starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Where it starts.
    pub start_s: f64,
    /// Where it ends.
    pub end_s: f64,
}

impl Span {
    /// Its length, zero when it is empty.
    pub fn seconds(&self) -> f64 {
        (self.end_s - self.start_s).max(0.0)
    }

    /// What it has in common with another one.
    pub fn common(&self, other: &Self) -> Self {
        Self {
            start_s: self.start_s.max(other.start_s),
            end_s: self.end_s.min(other.end_s),
        }
    }

    /// Whether it has anything in common with another one.
    pub fn meets(&self, other: &Self) -> bool {
        self.common(other).seconds() > 0.0
    }

    /// The same stretch, longer at both ends.
    pub fn padded(&self, before_s: f64, after_s: f64) -> Self {
        Self {
            start_s: self.start_s - before_s,
            end_s: self.end_s + after_s,
        }
    }

    /// The same stretch, later by `by_s`.
    pub fn shifted(&self, by_s: f64) -> Self {
        self.padded(-by_s, by_s)
    }

    /// How much of it lies outside all of `others`, which are sorted by their start and may
    /// overlap.
    pub fn seconds_outside(&self, others: &[Self]) -> f64 {
        let mut reached_s = f64::NEG_INFINITY;
        let mut inside_s = 0.0;
        for other in others {
            let fresh = Self {
                start_s: other.start_s.max(reached_s),
                end_s: other.end_s,
            };
            inside_s += self.common(&fresh).seconds();
            reached_s = reached_s.max(other.end_s);
        }
        self.seconds() - inside_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn span(start_s: f64, end_s: f64) -> Span {
        Span { start_s, end_s }
    }

    #[test]
    fn what_two_spans_share_is_empty_when_they_only_touch() {
        assert_eq!(span(0.0, 2.0).common(&span(1.0, 3.0)), span(1.0, 2.0));
        assert!(!span(0.0, 1.0).meets(&span(1.0, 2.0)));
        assert_eq!(span(0.0, 1.0).common(&span(5.0, 6.0)).seconds(), 0.0);
    }

    #[test]
    fn shifting_keeps_the_length() {
        assert_eq!(span(1.0, 3.0).shifted(-0.5), span(0.5, 2.5));
    }

    #[test]
    fn time_outside_counts_overlapping_stretches_once() {
        let others = [span(1.0, 4.0), span(2.0, 3.0), span(3.5, 5.0)];
        for (stretch, outside_s) in [
            (span(0.0, 6.0), 2.0),
            (span(2.0, 3.0), 0.0),
            (span(4.5, 5.5), 0.5),
            (span(7.0, 8.0), 1.0),
            (span(3.0, 2.0), 0.0),
        ] {
            assert_eq!(stretch.seconds_outside(&others), outside_s, "{stretch:?}");
        }
    }
}
