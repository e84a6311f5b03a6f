//! The frames that have not been acknowledged.

use super::alloc::collections::VecDeque;
use super::alloc::vec;
use super::alloc::vec::Vec;

use crate::frame::{Body, Frame, FrameError, HEADER_BYTES};

/// A gap's length on the wire, in bytes.
const GAP_BYTES: usize = HEADER_BYTES + 8;

/// Numbered frames in order, with a limit to the audio among them.
///
/// When there is too much audio, the oldest audio frame is replaced by a gap under the same
/// number: events are never lost, and the numbers stay without holes.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    frames: VecDeque<Kept>,
    /// The number of the frame in front, or of the next one that is pushed.
    first: u32,
    /// The first number that may be audio; everything kept before it is not.
    first_audio: u32,
    /// The samples in the audio frames that are kept.
    n_samples: usize,
}

/// A frame and what of its content matters here.
#[derive(Clone, Debug)]
struct Kept {
    bytes: Vec<u8>,
    /// How many samples of audio it carries.
    n_samples: usize,
}

impl Ring {
    pub(super) const fn new() -> Self {
        Self {
            frames: VecDeque::new(),
            first: 1,
            first_audio: 1,
            n_samples: 0,
        }
    }

    /// Appends a frame that bears the number [`Ring::end`].
    pub(super) fn push(&mut self, bytes: Vec<u8>, n_samples: usize) {
        self.n_samples += n_samples;
        self.frames.push_back(Kept { bytes, n_samples });
    }

    /// Replaces the oldest audio by gaps until at most `max_samples` are left; gives how many
    /// samples went.
    pub(super) fn drop_audio_over(&mut self, max_samples: usize) -> Result<usize, FrameError> {
        let mut n_dropped = 0;
        while self.n_samples > max_samples && self.first_audio < self.end() {
            let kept = &mut self.frames[(self.first_audio - self.first) as usize];
            if kept.n_samples > 0 {
                kept.bytes = gap_in_place_of(&kept.bytes, kept.n_samples)?;
                self.n_samples -= kept.n_samples;
                n_dropped += kept.n_samples;
                kept.n_samples = 0;
            }
            self.first_audio += 1;
        }
        Ok(n_dropped)
    }

    /// Forgets the frames before `sequence`; gives how many there were.
    pub(super) fn forget_before(&mut self, sequence: u32) -> u32 {
        let mut n_forgotten = 0;
        while self.first < sequence
            && let Some(kept) = self.frames.pop_front()
        {
            self.n_samples -= kept.n_samples;
            self.first += 1;
            n_forgotten += 1;
        }
        self.first_audio = self.first_audio.max(self.first);
        n_forgotten
    }

    /// The frame with this number.
    pub(super) fn frame(&self, sequence: u32) -> Option<&[u8]> {
        let idx = sequence.checked_sub(self.first)?;
        Some(&self.frames.get(idx as usize)?.bytes)
    }

    /// The number of the oldest frame.
    pub(super) const fn start(&self) -> u32 {
        self.first
    }

    /// The number that the next frame gets.
    pub(super) fn end(&self) -> u32 {
        self.first + self.len() as u32
    }

    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    pub(super) const fn n_samples(&self) -> usize {
        self.n_samples
    }
}

fn gap_in_place_of(audio: &[u8], n_samples: usize) -> Result<Vec<u8>, FrameError> {
    let audio = Frame::decode(audio)?;
    let gap = Frame {
        sequence: audio.sequence,
        sample_time: audio.sample_time,
        body: Body::Gap {
            samples: n_samples as u64,
        },
    };
    let mut bytes = vec![0; GAP_BYTES];
    gap.encode(&mut bytes)?;
    Ok(bytes)
}
