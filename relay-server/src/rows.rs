//! One line per segment: the CSV that `switchboard vad` prints and `--capture-dir` keeps.

use std::fmt;

use audio_dsp::SAMPLE_RATE_HZ;

/// The columns of a [`SegmentRow`].
pub const SEGMENT_COLUMNS: &str = "onset_s,offset_s,audio_start_s,audio_end_s,state";

/// What became of one segment. Times count 16 kHz samples since the start of the capture or file.
///
/// Displayed, it is one line of CSV without the line end, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentRow {
    /// Where the detected speech starts.
    pub onset: u64,
    /// Where the detected speech ends.
    pub offset: u64,
    /// Where the audio that is sent starts: the pre-roll. For a retracted segment the onset,
    /// because nothing is sent.
    pub audio_start: u64,
    /// Where the audio that is sent ends: the hangover. For a retracted segment the onset.
    pub audio_end: u64,
    /// How it ended.
    pub state: SegmentState,
}

/// How a segment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentState {
    /// It was speech.
    Confirmed,
    /// It was too short to be speech.
    Retracted,
}

impl SegmentRow {
    /// A segment that was taken back: no audio of it was sent.
    pub fn retracted(onset: u64, offset: u64) -> Self {
        Self {
            onset,
            offset,
            audio_start: onset,
            audio_end: onset,
            state: SegmentState::Retracted,
        }
    }
}

impl fmt::Display for SegmentRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for sample_time in [self.onset, self.offset, self.audio_start, self.audio_end] {
            write!(f, "{},", Seconds(sample_time))?;
        }
        f.write_str(match self.state {
            SegmentState::Confirmed => "confirmed",
            SegmentState::Retracted => "retracted",
        })
    }
}

/// A sample time, displayed in seconds. Three decimals are exact for borders of windows.
#[derive(Clone, Copy, Debug)]
pub struct Seconds(
    /// 16 kHz samples since the start.
    pub u64,
);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0 as f64 / f64::from(SAMPLE_RATE_HZ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_window_borders_exactly() {
        let row = SegmentRow {
            onset: 512 * 31,
            offset: 512 * 62,
            audio_start: 512 * 16,
            audio_end: 512 * 78,
            state: SegmentState::Confirmed,
        };
        assert_eq!(row.to_string(), "0.992,1.984,0.512,2.496,confirmed");
    }

    #[test]
    fn gives_a_retracted_segment_no_audio() {
        let row = SegmentRow::retracted(512 * 10, 512 * 12);
        assert_eq!(row.to_string(), "0.320,0.384,0.320,0.320,retracted");
    }
}
