//! What happens in a call, without sockets, disks or clocks: events in, outputs out.

use std::collections::VecDeque;

use call_engine::{CallEngine, EndReason, Input, Party, PromptId, SegmentId, Timestamp};
use relay_proto::{
    VERSION,
    close::CloseCode,
    frame::CaptureMode,
    message::{CallState, ClientMessage, EndedReason, Heard, HeardState, RelayMessage},
    session::{Received, Receiver, ReceiverConfig},
};
use tracing::{debug, info};

use super::{
    Inbound,
    clock::Now,
    envelope::envelope,
    speech::{Origin, Speech, SpeechError, Step},
};
use crate::{config::Timings, goodbye::Goodbye, hello, rows::SegmentRow};

/// 16 kHz samples per millisecond.
const SAMPLES_PER_MS: u64 = audio_dsp::SAMPLE_RATE_HZ as u64 / 1_000;

/// The names of a call and its session.
#[derive(Debug)]
pub(super) struct Ids {
    /// People may quote it.
    pub(super) call: String,
    /// The session's name on the wire.
    pub(super) session: String,
    /// The secret that proves whose session it is.
    pub(super) resume_token: String,
}

/// Everything that can wake a call.
#[derive(Debug)]
pub(super) enum Event {
    /// The browser does not read: what it is to be sent piles up.
    Clogged,
    /// The browser is gone.
    Disconnected,
    /// The browser says something.
    Received(Inbound),
    /// The relay stops.
    Stopping,
    /// The time of [`Call::poll_timeout`] has come.
    TimedOut,
}

/// Everything that a call wants done.
#[derive(Debug)]
pub(super) enum Output {
    /// The call is over: nothing follows.
    Goodbye(Goodbye),
    /// A segment is finished and may be kept.
    Keep(Kept),
    /// The browser is to be told something.
    Send(RelayMessage),
}

/// A finished segment.
#[derive(Debug)]
pub(super) struct Kept {
    /// When it was, and what became of it.
    pub(super) row: SegmentRow,
    /// Its audio at 16 kHz; none if it was retracted.
    pub(super) samples: Vec<i16>,
}

/// One call: the session with its browser, the caller's speech, and the engine that decides.
///
/// After each [`Call::handle_event`], drain [`Call::poll_output`], then wait no longer than
/// [`Call::poll_timeout`]. [`Output::Goodbye`] is the last output.
#[derive(Debug)]
pub(super) struct Call {
    session: Receiver,
    speech: Speech,
    engine: CallEngine,
    /// What the session's clock showed at zero, on the engine's.
    utc_at_zero: Timestamp,
    timings: Timings,
    /// When the browser is asked next whether it is there.
    next_ping_ms: u64,
    n_pings: u32,
    /// When the browser was heard last.
    last_received_ms: u64,
    /// What to say at the end, if it is the relay that gives up.
    goodbye: Option<Goodbye>,
    outputs: VecDeque<Output>,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    Over,
}

impl Call {
    /// Opens the session and the line.
    pub(super) fn new(ids: Ids, timings: Timings, config: call_engine::Config, now: Now) -> Self {
        let mut call = Self {
            session: Receiver::new(ReceiverConfig::default()),
            speech: Speech::default(),
            engine: CallEngine::new(config, now.utc),
            utc_at_zero: Timestamp(now.utc.0 - now.session_ms),
            timings,
            next_ping_ms: now.session_ms + timings.ping_every.as_millis() as u64,
            n_pings: 0,
            last_received_ms: now.session_ms,
            goodbye: None,
            outputs: VecDeque::new(),
            phase: Phase::Open,
        };
        call.send(RelayMessage::Welcome {
            version: VERSION,
            session: ids.session,
            resume_token: ids.resume_token.into(),
            call: ids.call,
            capture_mode: CaptureMode::Gated,
            next_sequence: call.session.next_sequence(),
        });
        call.decide(Input::Connected, now);
        call
    }

    /// Takes what happened at `now`. After the end of the call nothing happens any more.
    pub(super) fn handle_event(&mut self, event: Event, now: Now) {
        if self.phase == Phase::Over {
            return;
        }
        match event {
            Event::Clogged => {
                let reason = "the browser does not read what it is sent";
                self.give_up(Goodbye::refusal(CloseCode::TooBusy, reason), now);
            }
            Event::Disconnected => self.decide(Input::LineLost, now),
            Event::Received(inbound) => {
                self.last_received_ms = now.session_ms;
                match inbound {
                    Inbound::Alive => {}
                    Inbound::Frame(bytes) => self.on_frame(&bytes, now),
                    Inbound::Text(text) => self.on_text(&text, now),
                }
            }
            Event::Stopping => self.decide(Input::HungUp { by: Party::Relay }, now),
            Event::TimedOut => self.on_timeout(now),
        }
        if self.phase == Phase::Open
            && let Some(sequence) = self.session.poll_ack(now.session_ms)
        {
            self.send(RelayMessage::Ack { sequence });
        }
    }

    /// The next thing to do, in order.
    pub(super) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to wake the call with [`Event::TimedOut`], on the session's clock.
    pub(super) fn poll_timeout(&self) -> u64 {
        let engine = self.engine.poll_timeout();
        let engine_ms = engine.map(|timeout| timeout.0.saturating_sub(self.utc_at_zero.0));
        [engine_ms, self.session.poll_timeout()]
            .into_iter()
            .flatten()
            .fold(self.next_ping_ms.min(self.silent_ms()), u64::min)
    }

    fn on_timeout(&mut self, now: Now) {
        if self.silent_ms() <= now.session_ms {
            let limit_ms = self.timings.silence_limit.as_millis();
            let reason = format!("the session is over: nothing came for {limit_ms} ms");
            self.give_up(Goodbye::refusal(CloseCode::UnknownSession, reason), now);
            return;
        }
        if self.next_ping_ms <= now.session_ms {
            self.next_ping_ms = now.session_ms + self.timings.ping_every.as_millis() as u64;
            self.n_pings = self.n_pings.wrapping_add(1);
            self.send(RelayMessage::Ping {
                nonce: self.n_pings,
            });
        }
        self.engine.handle_timeout(now.utc);
        self.drain_engine();
    }

    fn on_frame(&mut self, bytes: &[u8], now: Now) {
        let frame = match self.session.handle_frame(bytes) {
            Ok(Received::New(frame)) => frame,
            Ok(Received::Duplicate) => return,
            Err(error) => {
                let goodbye = Goodbye::refusal(error.close_code(), error.to_string());
                return self.give_up(goodbye, now);
            }
        };
        match self.speech.handle_frame(&frame) {
            Ok(Some(step)) => self.on_step(step, now),
            Ok(None) => {}
            Err(error) => {
                let code = match error {
                    SpeechError::Audio(_) => CloseCode::OutOfOrder,
                    SpeechError::Contradiction { .. }
                    | SpeechError::Number { .. }
                    | SpeechError::Step { .. } => CloseCode::BadFrame,
                };
                self.give_up(Goodbye::refusal(code, error.to_string()), now);
            }
        }
    }

    fn on_text(&mut self, text: &str, now: Now) {
        let message = match ClientMessage::decode(text) {
            Ok(message) => message,
            Err(error) => return self.give_up(hello::refuse(&error), now),
        };
        match message {
            ClientMessage::Hello(_) => {
                let reason = "hello came twice";
                self.give_up(Goodbye::refusal(CloseCode::BadMessage, reason), now);
            }
            ClientMessage::Hangup {} => self.decide(Input::HungUp { by: Party::Caller }, now),
            ClientMessage::Ping { nonce } => self.send(RelayMessage::Pong { nonce }),
            ClientMessage::Pong { .. } => {}
            // A prompt that never was is the engine's to ignore, whatever its name.
            ClientMessage::Played { prompt, ms: _ } => {
                let prompt = PromptId(prompt.parse().unwrap_or(0));
                self.decide(Input::Played { prompt }, now);
            }
            ClientMessage::Text { .. } | ClientMessage::Digit { .. } => {
                debug!("the call has no use for typed input");
            }
        }
    }

    fn on_step(&mut self, step: Step, now: Now) {
        let input = input(&step);
        self.show(step);
        if let Some(input) = input {
            self.decide(input, now);
        }
    }

    /// Tells the browser what was heard, and keeps a finished segment.
    fn show(&mut self, step: Step) {
        match step {
            Step::Probable { segment, onset } => {
                self.send(heard(segment, HeardState::Probable, onset));
            }
            Step::Confirmed { segment, onset, .. } => {
                self.send(heard(segment, HeardState::Confirmed, onset));
            }
            Step::Ended {
                segment,
                row,
                audio,
            } => {
                debug!(
                    segment,
                    n_missing = audio.n_missing,
                    "a segment is complete"
                );
                self.send(RelayMessage::Heard(Heard {
                    segment,
                    onset_ms: ms(row.onset),
                    offset_ms: ms(row.offset),
                    audio_ms: ms(audio.samples.len() as u64),
                    state: HeardState::Ended,
                    envelope: Some(envelope(&audio.samples)),
                }));
                let samples = audio.samples;
                self.outputs.push_back(Output::Keep(Kept { row, samples }));
            }
            Step::Retracted { segment, row } => {
                self.send(heard(segment, HeardState::Retracted, row.onset));
                let samples = Vec::new();
                self.outputs.push_back(Output::Keep(Kept { row, samples }));
            }
        }
    }

    /// The relay ends the call, because its session cannot go on.
    fn give_up(&mut self, goodbye: Goodbye, now: Now) {
        info!(code = goodbye.code().code(), "the session cannot go on");
        debug!(reason = goodbye.reason(), "the session cannot go on");
        self.goodbye = Some(goodbye);
        self.decide(Input::LineLost, now);
    }

    /// Lets the engine decide what follows from `input`.
    fn decide(&mut self, input: Input, now: Now) {
        self.engine.handle_input(input, now.utc);
        self.drain_engine();
    }

    fn drain_engine(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                call_engine::Output::EndCall { reason } => self.end(reason),
                call_engine::Output::Note(note) => debug!(?note, "the engine notes"),
                call_engine::Output::Say {
                    prompt,
                    text,
                    language,
                } => self.send(RelayMessage::Say {
                    prompt: prompt.0.to_string(),
                    text,
                    language,
                }),
                call_engine::Output::StateChanged(state) => self.send(RelayMessage::CallState {
                    state: match state {
                        call_engine::CallState::Ended => CallState::Ended,
                        call_engine::CallState::Greeting => CallState::Greeting,
                        call_engine::CallState::Listening => CallState::Listening,
                    },
                }),
            }
        }
    }

    fn end(&mut self, reason: EndReason) {
        self.phase = Phase::Over;
        if let Some(step) = self.speech.interrupt() {
            self.show(step);
        }
        let goodbye = match reason {
            EndReason::HungUp => Goodbye::over(EndedReason::Hangup),
            EndReason::Limit => Goodbye::over(EndedReason::Limit),
            EndReason::RelayShutdown => Goodbye::over(EndedReason::RelayShutdown),
            // Either the relay gave up and has its own words, or nobody is there to hear any.
            EndReason::LineLost => self
                .goodbye
                .take()
                .unwrap_or_else(|| Goodbye::over(EndedReason::Hangup)),
        };
        self.outputs.push_back(Output::Goodbye(goodbye));
        info!(?reason, "a call ends");
    }

    fn send(&mut self, message: RelayMessage) {
        self.outputs.push_back(Output::Send(message));
    }

    /// When the browser has been silent for too long.
    fn silent_ms(&self) -> u64 {
        self.last_received_ms + self.timings.silence_limit.as_millis() as u64
    }
}

/// What a step means to the engine.
fn input(step: &Step) -> Option<Input> {
    match *step {
        Step::Probable { segment, onset }
        | Step::Confirmed {
            segment,
            onset,
            origin: Origin::Cut,
        } => Some(Input::SpeechStarted {
            segment: SegmentId(segment),
            at_ms: ms(onset),
        }),
        Step::Confirmed {
            origin: Origin::Probable,
            ..
        } => None,
        Step::Ended { segment, row, .. } => Some(Input::SpeechEnded {
            segment: SegmentId(segment),
            onset_ms: ms(row.onset),
            offset_ms: ms(row.offset),
        }),
        Step::Retracted { segment, .. } => Some(Input::SpeechRetracted {
            segment: SegmentId(segment),
        }),
    }
}

/// What is known of a segment before its audio is complete.
fn heard(segment: u32, state: HeardState, onset: u64) -> RelayMessage {
    RelayMessage::Heard(Heard {
        segment,
        onset_ms: ms(onset),
        offset_ms: ms(onset),
        audio_ms: 0,
        state,
        envelope: None,
    })
}

/// Sample time to whole milliseconds.
fn ms(sample_time: u64) -> u64 {
    sample_time / SAMPLES_PER_MS
}
