//! Puts the audio of a segment together by sample time.
//!
//! Audio arrives in order, but a segment may be cut in the middle of what has arrived: what lies
//! behind the cut belongs to the next segment. So all audio is kept until a segment takes it.

use std::collections::VecDeque;

use audio_dsp::{MAX_SEGMENT_S, SAMPLE_RATE_HZ};

/// The most audio that is kept for one call, in samples: the longest segment that a browser may be
/// told to make, 2.2 MB. When more arrives the oldest is dropped.
pub(crate) const MAX_KEPT_SAMPLES: usize = (MAX_SEGMENT_S * SAMPLE_RATE_HZ) as usize;

/// The most stretches that are kept. Holes are rare; without this bound, single samples with holes
/// between them would cost far more memory than they hold.
const MAX_STRETCHES: usize = 64;

/// The audio of one call that no segment has taken yet.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    /// Stretches without a hole, in order, none of them empty.
    stretches: VecDeque<Stretch>,
    /// Samples in all stretches.
    n_kept: usize,
    /// Where the newest audio ended; the next must not begin before.
    received_until: u64,
}

/// The audio of one finished segment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Assembled {
    /// The samples at 16 kHz, up to the last that was received; silence where some are missing. The
    /// beginning is missing if the segment is longer than what is kept.
    pub(crate) samples: Vec<i16>,
    /// How many samples of the segment were not received, or were dropped because it was too long.
    pub(crate) n_missing: u64,
}

/// Audio that overlaps what was received before.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("audio at sample {actual}, but everything before sample {expected} was received already")]
pub(crate) struct AudioOverlap {
    /// The first sample time that would have been accepted.
    pub(crate) expected: u64,
    /// Where the audio began.
    pub(crate) actual: u64,
}

#[derive(Debug)]
struct Stretch {
    start: u64,
    samples: VecDeque<i16>,
}

impl Assembler {
    /// Keeps audio that starts at `start`, which may leave a hole but never overlap.
    pub(crate) fn push(
        &mut self,
        start: u64,
        samples: impl ExactSizeIterator<Item = i16>,
    ) -> Result<(), AudioOverlap> {
        if start < self.received_until {
            return Err(AudioOverlap {
                expected: self.received_until,
                actual: start,
            });
        }
        self.n_kept += samples.len();
        self.received_until = start.saturating_add(samples.len() as u64);
        match self.stretches.back_mut() {
            Some(newest) if newest.end() == start => newest.samples.extend(samples),
            _ if samples.len() == 0 => {}
            _ => self.stretches.push_back(Stretch {
                start,
                samples: samples.collect(),
            }),
        }
        self.drop_excess();
        Ok(())
    }

    /// Takes the audio of a segment, from `audio_start` up to `audio_end`, and forgets everything
    /// before `audio_end`. What lies behind stays for the next segment.
    pub(crate) fn take(&mut self, audio_start: u64, audio_end: u64) -> Assembled {
        let wanted = audio_end.saturating_sub(audio_start);
        // The times come from outside. Nothing is made up for what was never received, and the
        // length is cut before memory is taken for it.
        let end = audio_end.min(self.received_until).max(audio_start);
        let len = (end - audio_start).min(MAX_KEPT_SAMPLES as u64);
        let start = end - len;
        self.forget_before(start);
        let mut samples = vec![0; len as usize];
        let mut n_found = 0;
        for stretch in &self.stretches {
            let skipped = (stretch.start - start).min(len) as usize;
            for (slot, &sample) in samples[skipped..].iter_mut().zip(&stretch.samples) {
                *slot = sample;
                n_found += 1;
            }
        }
        self.forget_before(audio_end);
        Assembled {
            samples,
            n_missing: wanted - n_found,
        }
    }

    /// Where the newest audio ended.
    pub(crate) fn received_until(&self) -> u64 {
        self.received_until
    }

    /// Drops the oldest audio until what is kept is within its bounds.
    fn drop_excess(&mut self) {
        while let Some(oldest) = self.stretches.front() {
            let excess = if self.stretches.len() > MAX_STRETCHES {
                oldest.samples.len()
            } else {
                self.n_kept.saturating_sub(MAX_KEPT_SAMPLES)
            };
            if excess == 0 {
                return;
            }
            self.forget_before(oldest.start.saturating_add(excess as u64));
        }
    }

    /// Drops all audio before `time`.
    fn forget_before(&mut self, time: u64) {
        while let Some(oldest) = self.stretches.front_mut() {
            let n_old = time.saturating_sub(oldest.start);
            if n_old < oldest.samples.len() as u64 {
                oldest.samples.drain(..n_old as usize);
                oldest.start += n_old;
                self.n_kept -= n_old as usize;
                return;
            }
            self.n_kept -= oldest.samples.len();
            self.stretches.pop_front();
        }
    }
}

impl Stretch {
    fn end(&self) -> u64 {
        self.start.saturating_add(self.samples.len() as u64)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_lies_behind_a_cut_for_the_next_segment() {
        let mut assembler = filled(&[(1_000, 0..600)]);
        assert_eq!(assembler.take(1_000, 1_400), whole(0..400));
        assembler.push(1_600, (600..900).map(|n| n as i16)).unwrap();
        assert_eq!(assembler.take(1_400, 1_900), whole(400..900));
        assert_eq!(assembler.n_kept, 0);
    }

    #[test]
    fn drops_audio_from_before_a_segment() {
        let mut assembler = filled(&[(0, 0..500)]);
        assert_eq!(assembler.take(200, 300), whole(200..300));
        assert_eq!(assembler.take(200, 300).n_missing, 100);
        assert_eq!(assembler.n_kept, 200);
    }

    #[test]
    fn fills_a_hole_with_silence_and_counts_it() {
        let mut assembler = filled(&[(0, 1..101), (150, 1..51)]);
        let assembled = assembler.take(0, 220);
        assert_eq!(assembled.n_missing, 50 + 20);
        assert_eq!(assembled.samples[99..101], [100, 0]);
        assert_eq!(assembled.samples[149..151], [0, 1]);
        assert_eq!(
            assembled.samples[199..],
            [50],
            "nothing is made up behind the last"
        );
    }

    #[test]
    fn refuses_audio_that_overlaps() {
        let mut assembler = filled(&[(1_000, 0..100)]);
        let refused = assembler.push(1_099, [0].into_iter());
        assert_eq!(
            refused,
            Err(AudioOverlap {
                expected: 1_100,
                actual: 1_099
            })
        );
    }

    #[test]
    fn keeps_as_much_as_the_longest_segment_has() {
        let mut assembler = Assembler::default();
        let n_blocks = MAX_KEPT_SAMPLES / 512 + 10;
        for block in 0..n_blocks as u64 {
            assembler
                .push(block * 512, [block as i16; 512].into_iter())
                .unwrap();
            assert!(assembler.n_kept <= MAX_KEPT_SAMPLES);
        }
        let end = n_blocks as u64 * 512;
        let assembled = assembler.take(0, end);
        assert_eq!(assembled.samples.len(), MAX_KEPT_SAMPLES);
        assert_eq!(assembled.n_missing, end - MAX_KEPT_SAMPLES as u64);
        assert_eq!(assembled.samples.last(), Some(&(n_blocks as i16 - 1)));
    }

    #[test]
    fn keeps_few_stretches() {
        let mut assembler = Assembler::default();
        for n in 0..1_000 {
            assembler.push(2 * n, [7].into_iter()).unwrap();
        }
        assert_eq!(assembler.stretches.len(), MAX_STRETCHES);
        assert_eq!(
            assembler.take(0, 2_000).n_missing,
            2_000 - MAX_STRETCHES as u64
        );
    }

    #[test]
    fn survives_times_at_the_edge_of_the_clock() {
        let mut assembler = filled(&[(0, 0..10)]);
        assembler.push(u64::MAX, [1, 2].into_iter()).unwrap();
        let assembled = assembler.take(0, u64::MAX);
        assert_eq!(assembled.n_missing, u64::MAX);
        assert_eq!(assembled.samples.len(), MAX_KEPT_SAMPLES);
        assert!(assembler.take(10, 5).samples.is_empty());
    }

    fn filled(stretches: &[(u64, std::ops::Range<i32>)]) -> Assembler {
        let mut assembler = Assembler::default();
        for (start, values) in stretches {
            let samples: Vec<i16> = values.clone().map(|n| n as i16).collect();
            assembler.push(*start, samples.into_iter()).unwrap();
        }
        assembler
    }

    fn whole(values: std::ops::Range<i32>) -> Assembled {
        Assembled {
            samples: values.map(|n| n as i16).collect(),
            n_missing: 0,
        }
    }
}
