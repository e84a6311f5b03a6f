//! The browser's half of a session.

use super::alloc::vec::Vec;

use super::ring::Ring;
use crate::SAMPLE_RATE_HZ;
use crate::frame::{Body, Frame, FrameError, stamp};

/// How much a [`Sender`] keeps for sending again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderConfig {
    /// The most audio, in milliseconds of sound. Beyond it the oldest audio becomes a gap.
    pub ring_ms: u32,
    /// The most frames of all kinds. Beyond it the session cannot go on.
    pub ring_frames: usize,
}

impl Default for SenderConfig {
    /// 30 s of audio, and frames for over four minutes of capture without an acknowledgement.
    fn default() -> Self {
        Self {
            ring_ms: 30_000,
            ring_frames: 8_192,
        }
    }
}

/// Numbers frames, keeps them until they are acknowledged, and hands them out for sending.
///
/// It outlives connections: after a new `welcome`, [`Sender::resume`] and poll again.
///
/// - In: [`Sender::push`], [`Sender::handle_ack`], [`Sender::resume`].
/// - Out: [`Sender::poll_transmit`], while a connection is open.
#[derive(Clone, Debug)]
pub struct Sender {
    config: SenderConfig,
    ring: Ring,
    /// The number of the frame that is sent next.
    cursor: u32,
    /// The number of the first frame that was never sent.
    unsent: u32,
    /// The newest frame without a number; an older one that was not sent is worth nothing.
    level: Level,
    stats: SenderStats,
}

#[derive(Clone, Debug)]
enum Level {
    None,
    Sent(Vec<u8>),
    Waiting(Vec<u8>),
}

/// What a [`Sender`] has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderStats {
    /// Frames that got a number.
    pub pushed_frames: u64,
    /// Frames that were handed out for the first time.
    pub sent_frames: u64,
    /// Frames that were handed out again.
    pub replayed_frames: u64,
    /// Frames that the relay has confirmed to have.
    pub acknowledged_frames: u64,
    /// Samples that left the ring before an acknowledgement, for want of room. Those which the
    /// relay had not received are lost, and a gap says so.
    pub dropped_samples: u64,
}

/// Why a frame was not taken, or an acknowledgement refused.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// What was pushed is no frame: a fault on our side.
    #[error("what was to be sent is no frame: {0}")]
    Frame(#[from] FrameError),
    /// The relay has acknowledged nothing for too long.
    #[error(
        "{limit} frames wait for an acknowledgement, and there is no room for more: start a new session"
    )]
    RingFull {
        /// The most frames that may wait.
        limit: usize,
    },
    /// All 2^32 - 1 numbers are used up.
    #[error("the session has used up its sequence numbers: start a new session")]
    SequenceExhausted,
    /// The relay acknowledges what it was never sent.
    #[error("the relay acknowledged frame {actual}, where only frames before {next} were sent")]
    AckUnsent {
        /// The number of the first frame that was never sent.
        next: u32,
        /// The number that was acknowledged.
        actual: u32,
    },
}

/// Why a session cannot be resumed where the relay says. Start a new session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The relay expects a frame that it had acknowledged before.
    #[error(
        "the relay expects frame {actual}, where it had acknowledged all before {oldest}: it lost the session"
    )]
    Forgotten {
        /// The number of the oldest frame that is kept.
        oldest: u32,
        /// The number that the relay expects.
        actual: u32,
    },
    /// The relay expects a frame beyond those it was ever sent.
    #[error(
        "the relay expects frame {actual}, where only frames before {next} were sent: it mixed up sessions"
    )]
    NeverSent {
        /// The number of the first frame that was never sent.
        next: u32,
        /// The number that the relay expects.
        actual: u32,
    },
}

impl Sender {
    /// A sender whose first frame gets the number 1.
    pub const fn new(config: SenderConfig) -> Self {
        Self {
            config,
            ring: Ring::new(),
            cursor: 1,
            unsent: 1,
            level: Level::None,
            stats: SenderStats {
                pushed_frames: 0,
                sent_frames: 0,
                replayed_frames: 0,
                acknowledged_frames: 0,
                dropped_samples: 0,
            },
        }
    }

    /// Takes an encoded frame, gives it the next number and keeps it until it is acknowledged.
    /// A frame of a kind without numbers is kept until it is sent, or until the next such frame.
    ///
    /// After an error nothing was taken.
    pub fn push(&mut self, mut frame: Vec<u8>) -> Result<(), SendError> {
        let decoded = Frame::decode(&frame)?;
        if !decoded.body.kind().is_sequenced() {
            self.level = Level::Waiting(frame);
            return Ok(());
        }
        let n_samples = match decoded.body {
            Body::Audio(pcm) => pcm.len(),
            Body::Probable { .. }
            | Body::Confirmed { .. }
            | Body::Ended { .. }
            | Body::Retracted { .. }
            | Body::Level { .. }
            | Body::Gap { .. }
            | Body::ModeChanged { .. } => 0,
        };
        if self.ring.len() >= self.config.ring_frames {
            return Err(SendError::RingFull {
                limit: self.config.ring_frames,
            });
        }
        let sequence = self.ring.end();
        if sequence == u32::MAX {
            return Err(SendError::SequenceExhausted);
        }
        stamp(&mut frame, sequence)?;
        self.ring.push(frame, n_samples);
        self.stats.pushed_frames += 1;
        let n_dropped = self.ring.drop_audio_over(self.max_samples())?;
        self.stats.dropped_samples += n_dropped as u64;
        Ok(())
    }

    /// Takes the `sequence` of an `ack`: the relay has this frame and all before it. An older one
    /// than before says nothing new and is ignored.
    pub fn handle_ack(&mut self, sequence: u32) -> Result<(), SendError> {
        if sequence >= self.unsent {
            return Err(SendError::AckUnsent {
                next: self.unsent,
                actual: sequence,
            });
        }
        self.acknowledge_before(sequence + 1);
        // It may have been sent on an earlier connection and wait here to be sent again.
        self.cursor = self.cursor.max(sequence + 1);
        Ok(())
    }

    /// Continues on a new connection, from the `next_sequence` of its `welcome`: what the relay
    /// does not have will be sent again. For a new session that is 1.
    ///
    /// After an error nothing has changed.
    pub fn resume(&mut self, next_sequence: u32) -> Result<(), ResumeError> {
        if next_sequence < self.ring.start() {
            return Err(ResumeError::Forgotten {
                oldest: self.ring.start(),
                actual: next_sequence,
            });
        }
        if next_sequence > self.unsent {
            return Err(ResumeError::NeverSent {
                next: self.unsent,
                actual: next_sequence,
            });
        }
        self.acknowledge_before(next_sequence);
        self.cursor = next_sequence;
        Ok(())
    }

    /// The next frame to send as one binary message. Frames with numbers come first, in order.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        if self.cursor < self.ring.end() {
            let sequence = self.cursor;
            self.cursor += 1;
            if sequence < self.unsent {
                self.stats.replayed_frames += 1;
            } else {
                self.unsent = self.cursor;
                self.stats.sent_frames += 1;
            }
            return self.ring.frame(sequence);
        }
        match core::mem::replace(&mut self.level, Level::None) {
            Level::None | Level::Sent(_) => None,
            Level::Waiting(bytes) => {
                self.level = Level::Sent(bytes);
                match &self.level {
                    Level::Sent(bytes) => Some(bytes),
                    Level::None | Level::Waiting(_) => None,
                }
            }
        }
    }

    /// The number of the oldest frame that can still be sent: `next_sequence` of `hello.resume`.
    pub const fn oldest_sequence(&self) -> u32 {
        self.ring.start()
    }

    /// How many milliseconds of audio are kept.
    pub const fn kept_ms(&self) -> u64 {
        self.ring.n_samples() as u64 * 1_000 / SAMPLE_RATE_HZ as u64
    }

    /// How many frames have a number and no acknowledgement.
    pub fn kept_frames(&self) -> usize {
        self.ring.len()
    }

    /// What was done so far.
    pub const fn stats(&self) -> SenderStats {
        self.stats
    }

    fn acknowledge_before(&mut self, sequence: u32) {
        self.stats.acknowledged_frames += u64::from(self.ring.forget_before(sequence));
    }

    const fn max_samples(&self) -> usize {
        let samples = self.config.ring_ms as u64 * SAMPLE_RATE_HZ as u64 / 1_000;
        samples as usize
    }
}
