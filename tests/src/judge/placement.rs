//! Where segments lie in the recording.

use crate::{
    align::align,
    capture::Segment,
    filter::band_pass,
    recording::{RATE_HZ, Recording},
    span::Span,
};

/// A segment on the recording's clock.
pub(super) struct Placed {
    /// The detected speech.
    pub(super) speech: Span,
    /// The audio that was sent.
    pub(super) audio: Span,
    /// Where the recording stood when the segment's sample clock was at zero.
    pub(super) capture_began_s: f64,
    /// How much its speech resembles that of the recording there.
    pub(super) correlation: f64,
}

/// Moves segments to the recording's clock. A segment that resembles nothing (noise that the
/// browser reshaped, say) is placed by the one that resembles the recording most.
pub(super) fn place(recording: &Recording, labels: &[Span], segments: &[Segment]) -> Vec<Placed> {
    let reference = comparable(&recording.samples);
    let is_spoken = |sample: usize| {
        let at_s = sample as f64 / f64::from(RATE_HZ);
        labels
            .iter()
            .any(|label| (label.start_s..label.end_s).contains(&at_s))
    };
    let spoken: Vec<_> = (0..reference.len()).map(is_spoken).collect();
    let places: Vec<_> = segments
        .iter()
        .map(|segment| Place::find(&reference, &spoken, segment))
        .collect();
    let likeness = |place: &&Place| (1e6 * place.likeness) as i64;
    let best = places.iter().flatten().max_by_key(likeness);
    segments
        .iter()
        .zip(&places)
        .map(|(segment, own)| {
            let own = own.as_ref();
            let believed = own.filter(|place| place.likeness >= RESEMBLES).or(best);
            let capture_began_s = believed.map_or(0.0, |place| place.capture_began_s);
            Placed {
                speech: segment.speech.shifted(capture_began_s),
                audio: segment.audio_span.shifted(capture_began_s),
                capture_began_s,
                correlation: own.map_or(0.0, |place| place.correlation),
            }
        })
        .collect()
}

/// Where a segment resembles the recording most.
struct Place {
    capture_began_s: f64,
    /// Correlation of the whole segment, noise included.
    likeness: f64,
    /// Correlation of the speech in it.
    correlation: f64,
}

impl Place {
    fn find(reference: &[f32], spoken: &[bool], segment: &Segment) -> Option<Self> {
        let piece = comparable(&segment.audio);
        let found = align(reference, &piece)?;
        Some(Self {
            capture_began_s: found.lag_samples as f64 / f64::from(RATE_HZ)
                - segment.audio_span.start_s,
            likeness: found.correlation,
            correlation: speech_correlation(reference, spoken, &piece, found.lag_samples),
        })
    }
}

/// Mean correlation of the blocks of speech in a piece, weighted by their energy.
///
/// A browser on a busy machine loses or repeats 10 ms of a microphone now and then, and its gain
/// control changes the volume, so each block has a volume and, within bounds, a place of its own.
fn speech_correlation(reference: &[f32], spoken: &[bool], piece: &[f32], lag: i64) -> f64 {
    let mut weighted = 0.0;
    let mut weights = 0.0;
    for (index, block) in piece.chunks_exact(BLOCK_SAMPLES).enumerate() {
        let at = |sample: i64| (lag + sample).clamp(0, reference.len() as i64) as usize;
        let start = (index * BLOCK_SAMPLES) as i64;
        let end = start + BLOCK_SAMPLES as i64;
        if !spoken[at(start)..at(end)].contains(&true) {
            continue;
        }
        let nearby = &reference[at(start - SLIP_SAMPLES)..at(end + SLIP_SAMPLES)];
        let weight: f64 = block.iter().map(|&sample| f64::from(sample).powi(2)).sum();
        weighted += weight * align(nearby, block).map_or(0.0, |found| found.correlation);
        weights += weight;
    }
    if weights > 0.0 {
        weighted / weights
    } else {
        0.0
    }
}

/// What of a recording is still itself after a browser has prepared it for a call: a high-pass
/// turns the phase of the lows, and noise suppression takes the weak highs.
fn comparable(samples: &[f32]) -> Vec<f32> {
    let share = |hz: f64| hz / f64::from(RATE_HZ);
    band_pass(samples, share(600.0), share(4_000.0))
}

/// How finely speech is compared: 0.2 s.
const BLOCK_SAMPLES: usize = RATE_HZ as usize / 5;

/// How far a block may have slipped from the place of its segment: 40 ms.
const SLIP_SAMPLES: i64 = RATE_HZ as i64 / 25;

/// Correlation from which a segment's own position is believed.
const RESEMBLES: f64 = 0.5;

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 24) as f32 - 0.5
            })
            .collect()
    }

    #[test]
    fn a_slip_of_the_microphone_and_a_change_of_volume_do_not_matter() {
        let reference = noise(20_000, 1);
        let spoken = vec![true; reference.len()];
        let mut piece = reference[2_000..8_400].to_vec();
        piece.extend(reference[8_560..14_960].iter().map(|sample| 0.1 * sample));
        let correlation = speech_correlation(&reference, &spoken, &piece, 2_000);
        assert!(correlation > 0.99, "{correlation}");
    }

    #[test]
    fn only_speech_counts() {
        let reference = noise(20_000, 1);
        let spoken: Vec<_> = (0..20_000).map(|sample| sample >= 8_400).collect();
        let mut piece = noise(6_400, 2);
        piece.extend(&reference[8_400..14_800]);
        let over = |spoken: &[bool]| speech_correlation(&reference, spoken, &piece, 2_000);
        assert!(over(&spoken) > 0.99);
        assert!(over(&[true; 20_000]) < 0.7);
        assert!(over(&[false; 20_000]) == 0.0);
    }
}
