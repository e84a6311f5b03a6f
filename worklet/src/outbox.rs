//! What the audio thread has to say, as encoded frames in one flat buffer.

use audio_dsp::{EndReason, Event, Gate, Sink, SpeechEvent, WINDOW_SAMPLES, Window};
use relay_proto::frame::{self, Body, CaptureMode, Frame, FrameError};

/// Bytes in front of each frame that say how long it is.
const LENGTH_BYTES: usize = 4;

/// The most that one window can add besides pre-roll: level, gate change, two events, audio.
const MAX_WINDOW_BYTES: usize = 1_280;

/// Frames in the order in which they are to be sent, each behind its length (`u32`, little-endian).
/// All lengths are multiples of four, so the buffer can be read as words.
#[derive(Debug)]
pub(crate) struct Outbox {
    bytes: Box<[u8]>,
    len: usize,
    n_lost: u32,
}

impl Outbox {
    /// An outbox that holds what `n_windows` windows can produce.
    pub(crate) fn with_capacity(n_windows: usize) -> Self {
        Self {
            bytes: vec![0; n_windows * MAX_WINDOW_BYTES].into_boxed_slice(),
            len: 0,
            n_lost: 0,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The address of the buffer. It never changes.
    pub(crate) fn address(&self) -> usize {
        self.bytes.as_ptr() as usize
    }

    /// Frames that did not fit, since the start. The capacity makes this impossible; it is
    /// counted and not trusted.
    pub(crate) fn n_lost(&self) -> u32 {
        self.n_lost
    }

    fn put(&mut self, encode: impl FnOnce(&mut [u8]) -> Result<usize, FrameError>) {
        let encoded = self
            .bytes
            .get_mut(self.len..)
            .and_then(|room| room.split_first_chunk_mut::<LENGTH_BYTES>())
            .and_then(|(length, room)| {
                let n_bytes = encode(room).ok()?;
                *length = (n_bytes as u32).to_le_bytes();
                Some(LENGTH_BYTES + n_bytes)
            });
        match encoded {
            Some(n_bytes) => self.len += n_bytes,
            None => self.n_lost = self.n_lost.saturating_add(1),
        }
    }

    fn put_frame(&mut self, sample_time: u64, body: Body<'_>) {
        let frame = Frame {
            sequence: 0,
            sample_time,
            body,
        };
        self.put(|room| frame.encode(room));
    }
}

impl Sink for Outbox {
    fn window(&mut self, window: &Window) {
        let body = Body::Level {
            probability: window.probability,
            rms_dbfs: window.level.rms_dbfs,
            peak_dbfs: window.level.peak_dbfs,
        };
        self.put_frame(window.sample_time, body);
    }

    fn event(&mut self, event: &Event) {
        let (sample_time, body) = match *event {
            Event::GateChanged { gate, at } => {
                let mode = match gate {
                    Gate::Voice => CaptureMode::Gated,
                    Gate::Open => CaptureMode::Continuous,
                };
                (at, Body::ModeChanged { mode })
            }
            Event::Speech(speech) => to_frame(speech),
        };
        self.put_frame(sample_time, body);
    }

    fn audio(&mut self, sample_time: u64, samples: &[f32; WINDOW_SAMPLES]) {
        self.put(|room| frame::encode_audio(sample_time, samples, room));
    }
}

fn to_frame(event: SpeechEvent) -> (u64, Body<'static>) {
    match event {
        SpeechEvent::Probable { segment, onset } => (onset, Body::Probable { segment }),
        SpeechEvent::Confirmed {
            segment,
            onset,
            audio_start,
        } => (
            onset,
            Body::Confirmed {
                segment,
                audio_start,
            },
        ),
        SpeechEvent::Ended {
            segment,
            onset,
            offset,
            audio_start,
            audio_end,
            reason,
        } => {
            let reason = match reason {
                EndReason::Flush => frame::EndReason::Flush,
                EndReason::MaxSpeech => frame::EndReason::MaxSpeech,
                EndReason::Silence => frame::EndReason::Silence,
            };
            let body = Body::Ended {
                segment,
                onset,
                offset,
                audio_start,
                audio_end,
                reason,
            };
            (audio_end, body)
        }
        SpeechEvent::Retracted { segment, onset } => (onset, Body::Retracted { segment }),
    }
}
