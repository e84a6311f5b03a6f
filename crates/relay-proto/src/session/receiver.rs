//! The relay's half of a session.

use crate::close::CloseCode;
use crate::frame::{Frame, FrameError, Kind};

/// When a [`Receiver`] acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverConfig {
    /// The longest that a frame waits for its acknowledgement, in milliseconds.
    pub ack_interval_ms: u64,
    /// The most frames that one acknowledgement waits for.
    pub ack_frames: u32,
}

impl Default for ReceiverConfig {
    fn default() -> Self {
        Self {
            ack_interval_ms: 200,
            ack_frames: 16,
        }
    }
}

/// Takes the frames of a session, each exactly once and in order.
///
/// It outlives connections: keep it while the session may be resumed.
///
/// - In: [`Receiver::handle_frame`], [`Receiver::resume`].
/// - Out: [`Receiver::poll_ack`], and [`Receiver::poll_timeout`] for when to ask next.
#[derive(Clone, Debug)]
pub struct Receiver {
    config: ReceiverConfig,
    /// The number of the frame that has to come next.
    next: u32,
    acks: Acks,
}

/// What the sender has been told.
#[derive(Clone, Copy, Debug)]
struct Acks {
    /// The first number that is not acknowledged.
    next: u32,
    /// When the latest acknowledgement was given, in milliseconds.
    latest_ms: Option<u64>,
}

/// What [`Receiver::handle_frame`] made of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Received<'a> {
    /// The frame is the next one, or of a kind that is not numbered: use it.
    New(Frame<'a>),
    /// The frame was here before: drop it.
    Duplicate,
}

/// Why a session cannot go on. The fault is the client's.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The message is no frame, or a frame without a number.
    #[error("the client sent no valid frame: {0}")]
    Frame(#[from] FrameError),
    /// Frames are missing.
    #[error("the client continues with frame {actual}, where frame {expected} comes next")]
    OutOfOrder {
        /// The number that comes next.
        expected: u32,
        /// The number that came.
        actual: u32,
    },
    /// All 2^32 - 1 numbers are used up.
    #[error("the session has used up its sequence numbers: a new session is needed")]
    SequenceExhausted,
}

impl SessionError {
    /// How the relay closes the connection.
    pub const fn close_code(&self) -> CloseCode {
        match self {
            Self::Frame(error) => error.close_code(),
            Self::OutOfOrder { .. } | Self::SequenceExhausted => CloseCode::OutOfOrder,
        }
    }
}

impl Receiver {
    /// A receiver that expects frame 1.
    pub const fn new(config: ReceiverConfig) -> Self {
        Self {
            config,
            next: 1,
            acks: Acks {
                next: 1,
                latest_ms: None,
            },
        }
    }

    /// Takes a binary message. After an error nothing has changed, and the connection is to be
    /// closed with [`SessionError::close_code`].
    pub fn handle_frame<'a>(&mut self, bytes: &'a [u8]) -> Result<Received<'a>, SessionError> {
        let frame = Frame::decode(bytes)?;
        let kind: Kind = frame.body.kind();
        if !kind.is_sequenced() {
            return Ok(Received::New(frame));
        }
        if frame.sequence == 0 {
            return Err(FrameError::Unnumbered { kind }.into());
        }
        if frame.sequence < self.next {
            return Ok(Received::Duplicate);
        }
        if frame.sequence > self.next {
            return Err(SessionError::OutOfOrder {
                expected: self.next,
                actual: frame.sequence,
            });
        }
        self.next = self
            .next
            .checked_add(1)
            .ok_or(SessionError::SequenceExhausted)?;
        Ok(Received::New(frame))
    }

    /// A new connection takes the session over: gives `next_sequence` for `welcome`, which
    /// acknowledges everything before it.
    ///
    /// `oldest` is `next_sequence` of `hello.resume`. If it lies behind what comes next, frames
    /// are lost that the client cannot send again, and nothing has changed.
    pub const fn resume(&mut self, oldest: u32) -> Result<u32, SessionError> {
        if oldest > self.next {
            return Err(SessionError::OutOfOrder {
                expected: self.next,
                actual: oldest,
            });
        }
        self.acks.next = self.next;
        Ok(self.next)
    }

    /// The `sequence` of the acknowledgement to send at `now_ms`, if one is due. Ask after each
    /// frame, and when [`Receiver::poll_timeout`] says.
    ///
    /// Acknowledgements are cumulative, so each stands for all frames up to it.
    pub fn poll_ack(&mut self, now_ms: u64) -> Option<u32> {
        let n_waiting = self.next - self.acks.next;
        let is_due = n_waiting >= self.config.ack_frames.max(1)
            || self.poll_timeout().is_some_and(|due_ms| due_ms <= now_ms);
        if n_waiting == 0 || !is_due {
            return None;
        }
        self.acks = Acks {
            next: self.next,
            latest_ms: self.acks.latest_ms.max(Some(now_ms)),
        };
        Some(self.next - 1)
    }

    /// When the next acknowledgement is due, in milliseconds on the clock of
    /// [`Receiver::poll_ack`]; `None` while nothing waits for one.
    pub fn poll_timeout(&self) -> Option<u64> {
        if self.next == self.acks.next {
            return None;
        }
        Some(self.acks.latest_ms.map_or(0, |latest_ms| {
            latest_ms.saturating_add(self.config.ack_interval_ms)
        }))
    }

    /// The number of the frame that has to come next.
    pub const fn next_sequence(&self) -> u32 {
        self.next
    }
}
