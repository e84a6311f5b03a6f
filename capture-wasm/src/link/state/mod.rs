//! What the link decides: a state machine without socket, port, timer or clock.

use std::collections::VecDeque;

use relay_proto::frame::{Body, CaptureMode, Frame};
use relay_proto::message::{ClientMessage, RelayMessage};
use relay_proto::session::{SendError, Sender, SenderConfig};

use super::parcel;
use super::reading::ReadError;
use super::translate::{event_of_frame, event_of_message, loss, refusal};
use crate::event::Event;
use crate::failure::FailureCode;

/// The longest wait for the socket to open.
const CONNECT_MS: u64 = 10_000;

/// The longest wait for `welcome`.
const WELCOME_MS: u64 = 10_000;

/// The longest silence of the relay during a call. It pings every five seconds, so two pings are
/// missing by then: the connection is gone, though nobody closed it.
const SILENCE_MS: u64 = 12_000;

/// The longest wait for the audio thread's last frames after a hang-up.
const FLUSH_MS: u64 = 500;

/// The longest wait for the relay's `ended` after `hangup`.
const PARTING_MS: u64 = 1_000;

/// The longest wait for the socket's closing handshake.
const CLOSING_MS: u64 = 1_000;

/// The most bytes that may wait inside the socket before frames are held back.
const HIGH_WATER_BYTES: u32 = 256 * 1024;

/// How soon a socket that was too full is looked at again.
const RETRY_MS: u64 = 50;

/// One level frame in so many goes to the relay; the page gets each.
const LEVELS_PER_FORWARD: u32 = 16;

/// One link: from the page's order to call until the socket is closed.
///
/// - In: [`Link::handle_input`], [`Link::handle_timeout`].
/// - Out, in this order: [`Link::poll_output`] until there is nothing, [`Link::poll_frame`] until
///   there is nothing, outputs again; then wait until [`Link::poll_timeout`] or the next input.
#[derive(Debug)]
pub(crate) struct Link {
    phase: Phase,
    sender: Sender,
    outputs: VecDeque<Output>,
    /// Whether the audio thread may still send parcels. Its last one can overtake the page's
    /// hang-up.
    is_capturing: bool,
    /// What the relay said was wrong, ahead of the close.
    complaint: Option<String>,
    /// Level frames since the last one that was forwarded.
    n_levels: u32,
    /// When a socket that was too full is to be looked at again.
    retry_ms: Option<u64>,
}

/// How far the link is. `until_ms` is when its patience ends.
#[derive(Debug)]
enum Phase {
    /// Nothing was asked for.
    Idle,
    /// The socket opens; `hello` goes first.
    Connecting { hello: String, until_ms: u64 },
    /// `hello` is sent, `welcome` is waited for.
    Greeting { until_ms: u64 },
    /// Frames flow, as long as the relay is heard from.
    Open { until_ms: u64 },
    /// The call is hung up, its last frames still come or go.
    Draining { until_ms: u64 },
    /// `hangup` is sent, `ended` is waited for.
    Parting { until_ms: u64 },
    /// The closing handshake goes on.
    Closing { until_ms: u64 },
    /// Nothing more will happen.
    Closed,
}

/// What happens to a link.
#[derive(Debug)]
pub(crate) enum Input<'a> {
    /// The audio thread will send no more parcels.
    CaptureEnded,
    /// The page hangs up.
    HangUp {
        /// Whether the audio thread's last frames are worth waiting for.
        flush: bool,
    },
    /// The page wants a call; the socket is being opened.
    Open {
        /// The encoded `hello`.
        hello: String,
    },
    /// The audio thread sent a parcel.
    Parcel(&'a [u8]),
    /// The socket is closed, by whomever.
    SocketClosed {
        /// The close code; 1006 where there was none.
        code: u16,
        /// The peer's words; may be empty.
        reason: String,
    },
    /// The relay sent a message.
    SocketMessage(Result<RelayMessage, ReadError>),
    /// The socket is open.
    SocketOpened,
}

/// What a link wants done.
#[derive(Debug, PartialEq)]
pub(crate) enum Output {
    /// Close the socket.
    Close,
    /// Send the encoded `hello`.
    Greet(String),
    /// Tell the audio thread what to send.
    Mode(CaptureMode),
    /// Send a message.
    Send(ClientMessage),
    /// Tell the page how the link is.
    Tell(Notice),
    /// Hand the page an event for its listener.
    Report(Event),
}

/// What the link tells the page about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The relay takes the call.
    Admitted,
    /// The socket is closed; nothing more follows.
    Closed,
    /// The call cannot go on.
    Failed {
        /// Why.
        code: FailureCode,
        /// What exactly happened.
        detail: String,
    },
    /// The link runs and waits for orders.
    Serving,
}

impl Link {
    /// A link that waits for its order.
    pub(crate) fn new() -> Self {
        Self {
            phase: Phase::Idle,
            sender: Sender::new(SenderConfig::default()),
            outputs: VecDeque::from([Output::Tell(Notice::Serving)]),
            is_capturing: true,
            complaint: None,
            n_levels: 0,
            retry_ms: None,
        }
    }

    /// Takes one input.
    pub(crate) fn handle_input(&mut self, input: Input<'_>, now_ms: u64) {
        match input {
            Input::CaptureEnded => self.is_capturing = false,
            Input::HangUp { flush } => self.on_hang_up(flush, now_ms),
            Input::Open { hello } => {
                if matches!(self.phase, Phase::Idle) {
                    self.phase = Phase::Connecting {
                        hello,
                        until_ms: now_ms + CONNECT_MS,
                    };
                }
            }
            Input::Parcel(parcel) => self.on_parcel(parcel, now_ms),
            Input::SocketClosed { code, reason } => self.on_closed(code, &reason),
            Input::SocketMessage(message) => self.on_message(message, now_ms),
            Input::SocketOpened => {
                if let Phase::Connecting { hello, .. } = &mut self.phase {
                    self.outputs.push_back(Output::Greet(std::mem::take(hello)));
                    self.phase = Phase::Greeting {
                        until_ms: now_ms + WELCOME_MS,
                    };
                }
            }
        }
    }

    /// Does what is due at `now_ms`.
    pub(crate) fn handle_timeout(&mut self, now_ms: u64) {
        if self.retry_ms.is_some_and(|retry_ms| retry_ms <= now_ms) {
            self.retry_ms = None;
        }
        if self.until_ms().is_none_or(|until_ms| now_ms < until_ms) {
            return;
        }
        match self.phase {
            Phase::Connecting { .. } => {
                self.fail(
                    FailureCode::RelayUnreachable,
                    "no connection within 10 s",
                    now_ms,
                );
            }
            Phase::Greeting { .. } => {
                self.fail(
                    FailureCode::RelayUnreachable,
                    "no welcome within 10 s",
                    now_ms,
                );
            }
            Phase::Open { .. } => {
                self.fail(
                    FailureCode::RelayLost,
                    "nothing came from the relay for 12 s",
                    now_ms,
                );
            }
            Phase::Draining { .. } => self.part(now_ms),
            Phase::Parting { .. } => self.close(now_ms),
            // The peer does not close: the socket is let go without it.
            Phase::Closing { .. } => self.closed(),
            Phase::Idle | Phase::Closed => {}
        }
    }

    /// What is to be done next.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The next frame to send, unless the socket has `buffered_bytes` too many waiting.
    pub(crate) fn poll_frame(&mut self, buffered_bytes: u32, now_ms: u64) -> Option<&[u8]> {
        let is_draining = match self.phase {
            Phase::Open { .. } => false,
            Phase::Draining { .. } => true,
            Phase::Idle
            | Phase::Connecting { .. }
            | Phase::Greeting { .. }
            | Phase::Parting { .. }
            | Phase::Closing { .. }
            | Phase::Closed => return None,
        };
        if buffered_bytes > HIGH_WATER_BYTES {
            self.retry_ms = Some(now_ms + RETRY_MS);
            return None;
        }
        let stats = self.sender.stats();
        let is_sent = stats.sent_frames == stats.pushed_frames;
        if is_draining && is_sent && !self.is_capturing {
            self.part(now_ms);
            return None;
        }
        self.sender.poll_transmit()
    }

    /// When [`Link::handle_timeout`] is due.
    pub(crate) fn poll_timeout(&self) -> Option<u64> {
        [self.until_ms(), self.retry_ms].into_iter().flatten().min()
    }

    /// Whether nothing more will happen.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }
}

impl Link {
    fn on_hang_up(&mut self, flush: bool, now_ms: u64) {
        match self.phase {
            Phase::Idle => self.closed(),
            // Not admitted yet: there is no call to hang up.
            Phase::Connecting { .. } | Phase::Greeting { .. } => self.close(now_ms),
            Phase::Open { .. } => {
                self.is_capturing &= flush;
                self.phase = Phase::Draining {
                    until_ms: now_ms + FLUSH_MS,
                };
            }
            Phase::Draining { .. }
            | Phase::Parting { .. }
            | Phase::Closing { .. }
            | Phase::Closed => {}
        }
    }

    fn on_parcel(&mut self, parcel: &[u8], now_ms: u64) {
        match self.phase {
            Phase::Idle
            | Phase::Connecting { .. }
            | Phase::Greeting { .. }
            | Phase::Open { .. }
            | Phase::Draining { .. } => {}
            Phase::Parting { .. } | Phase::Closing { .. } | Phase::Closed => return,
        }
        let frame = match parcel::open(parcel) {
            Ok(frame) => frame,
            Err(error) => return self.fail(FailureCode::CaptureFault, &error.to_string(), now_ms),
        };
        let Ok(decoded) = Frame::decode(frame) else {
            let why = "the audio thread sent what is no frame";
            return self.fail(FailureCode::CaptureFault, why, now_ms);
        };
        self.outputs
            .extend(event_of_frame(&decoded).map(Output::Report));
        let body = decoded.body;
        if matches!(body, Body::Level { .. }) {
            self.n_levels = (self.n_levels + 1) % LEVELS_PER_FORWARD;
            if self.n_levels != 0 {
                return;
            }
        }
        let why = match self.sender.push(frame.to_vec()) {
            Ok(()) => return,
            Err(SendError::RingFull { .. }) => "the relay has acknowledged nothing for too long",
            Err(_) => "the session has no sequence numbers left",
        };
        self.fail(FailureCode::RelayLost, why, now_ms);
    }

    fn on_message(&mut self, message: Result<RelayMessage, ReadError>, now_ms: u64) {
        if matches!(self.phase, Phase::Closing { .. } | Phase::Closed) {
            return;
        }
        if let Phase::Open { until_ms } = &mut self.phase {
            *until_ms = now_ms + SILENCE_MS;
        }
        match message {
            Ok(message) => self.on_relay_message(message, now_ms),
            Err(error) => self.fail(FailureCode::Protocol, &error.to_string(), now_ms),
        }
    }

    fn on_relay_message(&mut self, message: RelayMessage, now_ms: u64) {
        match message {
            RelayMessage::Welcome {
                capture_mode,
                next_sequence,
                ..
            } => {
                self.on_welcome(capture_mode, next_sequence, now_ms);
            }
            RelayMessage::Ack { sequence } => {
                if self.sender.handle_ack(sequence).is_err() {
                    let why = "the relay acknowledged a frame that it was not sent";
                    self.fail(FailureCode::Protocol, why, now_ms);
                }
            }
            RelayMessage::CaptureMode { mode } => self.outputs.push_back(Output::Mode(mode)),
            message @ RelayMessage::Ended { .. } => {
                self.outputs
                    .extend(event_of_message(message).map(Output::Report));
                self.close(now_ms);
            }
            RelayMessage::Error { message, .. } => self.complaint = Some(message),
            RelayMessage::Ping { nonce } => {
                self.outputs
                    .push_back(Output::Send(ClientMessage::Pong { nonce }));
            }
            RelayMessage::Pong { .. } => {}
            RelayMessage::Say {
                prompt,
                text,
                language,
            } => {
                // The words are shown, which takes no time: nothing has to be waited for.
                self.outputs.push_back(Output::Send(ClientMessage::Played {
                    prompt: prompt.clone(),
                    ms: 0,
                }));
                let say = RelayMessage::Say {
                    prompt,
                    text,
                    language,
                };
                self.outputs
                    .extend(event_of_message(say).map(Output::Report));
            }
            message @ (RelayMessage::Heard(_) | RelayMessage::CallState { .. }) => {
                self.outputs
                    .extend(event_of_message(message).map(Output::Report));
            }
        }
    }

    fn on_welcome(&mut self, mode: CaptureMode, next_sequence: u32, now_ms: u64) {
        if !matches!(self.phase, Phase::Greeting { .. }) {
            return self.fail(FailureCode::Protocol, "the relay welcomes twice", now_ms);
        }
        if self.sender.resume(next_sequence).is_err() {
            let why = "the relay expects a frame of another session";
            return self.fail(FailureCode::Protocol, why, now_ms);
        }
        self.phase = Phase::Open {
            until_ms: now_ms + SILENCE_MS,
        };
        // The audio thread starts gated.
        if mode == CaptureMode::Continuous {
            self.outputs.push_back(Output::Mode(mode));
        }
        self.outputs.push_back(Output::Tell(Notice::Admitted));
    }

    fn on_closed(&mut self, code: u16, reason: &str) {
        let failure = match self.phase {
            Phase::Connecting { .. } => Some(FailureCode::RelayUnreachable),
            Phase::Greeting { .. } => Some(refusal(code)),
            Phase::Open { .. } => Some(loss(code)),
            // The caller wanted it over anyway.
            Phase::Idle
            | Phase::Draining { .. }
            | Phase::Parting { .. }
            | Phase::Closing { .. }
            | Phase::Closed => None,
        };
        if let Some(failure) = failure {
            let words = match &self.complaint {
                Some(complaint) => complaint,
                None if reason.is_empty() => "the connection closed",
                None => reason,
            };
            let detail = [words, " (close code ", &code.to_string(), ")"].concat();
            self.outputs.push_back(Output::Tell(Notice::Failed {
                code: failure,
                detail,
            }));
        }
        self.closed();
    }

    /// Sends `hangup` and waits for the answer.
    fn part(&mut self, now_ms: u64) {
        self.phase = Phase::Parting {
            until_ms: now_ms + PARTING_MS,
        };
        self.outputs
            .push_back(Output::Send(ClientMessage::Hangup {}));
    }

    fn fail(&mut self, code: FailureCode, detail: &str, now_ms: u64) {
        let detail = detail.to_owned();
        self.outputs
            .push_back(Output::Tell(Notice::Failed { code, detail }));
        self.close(now_ms);
    }

    fn close(&mut self, now_ms: u64) {
        self.outputs.push_back(Output::Close);
        self.phase = Phase::Closing {
            until_ms: now_ms + CLOSING_MS,
        };
    }

    fn closed(&mut self) {
        if !self.is_closed() {
            self.phase = Phase::Closed;
            self.outputs.push_back(Output::Tell(Notice::Closed));
        }
    }

    fn until_ms(&self) -> Option<u64> {
        match self.phase {
            Phase::Connecting { until_ms, .. }
            | Phase::Greeting { until_ms }
            | Phase::Open { until_ms }
            | Phase::Draining { until_ms }
            | Phase::Parting { until_ms }
            | Phase::Closing { until_ms } => Some(until_ms),
            Phase::Idle | Phase::Closed => None,
        }
    }
}

#[cfg(test)]
mod tests;
