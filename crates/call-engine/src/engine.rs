//! The state machine.

use std::collections::VecDeque;

use crate::state::{Caller, State};
use crate::timer::{Timer, TimerTable};
use crate::{
    CallState, Config, EndReason, Input, Note, Oddity, Output, Party, PromptId, Timestamp,
};

/// One call.
///
/// Its methods fall into three groups:
///
/// - inputs, each of which is one mutation: [`CallEngine::handle_input`] and
///   [`CallEngine::handle_timeout`];
/// - outputs, which are drained after each mutation: [`CallEngine::poll_output`] until it gives
///   `None`, then [`CallEngine::poll_timeout`] for how long to wait at most;
/// - getters.
///
/// The same inputs at the same moments always give the same outputs. No input can fail: one that
/// does not fit is ignored, with a [`Note`] saying so. After [`Output::EndCall`] nothing more comes
/// out, whatever goes in.
#[derive(Clone, Debug)]
pub struct CallEngine {
    config: Config,
    /// The latest moment that was handed in.
    now: Timestamp,
    state: State,
    timers: TimerTable,
    /// How many prompts were said.
    n_prompts: u32,
    outputs: VecDeque<Output>,
}

impl CallEngine {
    /// A call whose line is not connected yet.
    pub fn new(config: Config, now: Timestamp) -> Self {
        Self {
            config,
            now,
            state: State::Waiting,
            timers: TimerTable::default(),
            n_prompts: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Takes what happened at `now`. A moment before one that was handed in earlier counts as
    /// that one.
    pub fn handle_input(&mut self, input: Input, now: Timestamp) {
        self.advance(now);
        if let State::Ended { .. } = self.state {
            return;
        }
        match input {
            Input::Connected => self.on_connected(),
            Input::HungUp { by: Party::Caller } => self.end(EndReason::HungUp),
            Input::HungUp { by: Party::Relay } => self.end(EndReason::RelayShutdown),
            Input::LineLost => self.end(EndReason::LineLost),
            Input::Played { prompt } => self.on_played(prompt),
            Input::SpeechEnded {
                segment,
                onset_ms,
                offset_ms,
            } => {
                let outcome = self.state.end_speech(segment);
                let note = Note::SpeechEnded {
                    segment,
                    onset_ms,
                    offset_ms,
                };
                self.on_speech(outcome, note);
            }
            Input::SpeechRetracted { segment } => {
                let outcome = self.state.retract_speech(segment);
                self.on_speech(outcome, Note::SpeechRetracted { segment });
            }
            Input::SpeechStarted { segment, at_ms } => {
                let outcome = self.state.start_speech(segment);
                self.on_speech(outcome, Note::SpeechStarted { segment, at_ms });
            }
        }
    }

    /// Does what has become due by `now`.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.advance(now);
        while let Some(timer) = self.timers.pop_expired(self.now) {
            match timer {
                Timer::GreetingOverdue => self.listen(),
                Timer::MaxDuration => self.end(EndReason::Limit),
                Timer::NoInput => self.remind(),
            }
        }
    }

    /// The next thing to do or to show, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`CallEngine::handle_timeout`], if nothing happens before.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.timers.next_timeout()
    }

    /// What the call is doing; `None` before the line is connected.
    pub const fn state(&self) -> Option<CallState> {
        self.state.summary()
    }

    /// Why the call ended, once it has.
    pub const fn end_reason(&self) -> Option<EndReason> {
        match self.state {
            State::Ended { reason } => Some(reason),
            State::Waiting | State::Greeting { .. } | State::Listening { .. } => None,
        }
    }

    fn on_connected(&mut self) {
        if !matches!(self.state, State::Waiting) {
            self.ignore(Oddity::AlreadyConnected);
            return;
        }
        let greeting = self.say(self.config.greeting.clone());
        self.enter(State::Greeting {
            greeting,
            caller: Caller::UNHEARD,
        });
        self.timers.set(
            Timer::GreetingOverdue,
            self.now + self.config.greeting_limit,
        );
        self.timers
            .set(Timer::MaxDuration, self.now + self.config.max_duration);
    }

    fn on_played(&mut self, prompt: PromptId) {
        if prompt.0 == 0 || prompt.0 > self.n_prompts {
            self.ignore(Oddity::UnknownPrompt(prompt));
            return;
        }
        if let State::Greeting { greeting, .. } = self.state
            && greeting == prompt
        {
            self.listen();
        }
    }

    fn on_speech(&mut self, outcome: Result<(), Oddity>, note: Note) {
        match outcome {
            Ok(()) => {
                self.note(note);
                self.watch_silence();
            }
            Err(oddity) => self.ignore(oddity),
        }
    }

    /// The greeting is over: it is the caller's turn.
    fn listen(&mut self) {
        let State::Greeting { caller, .. } = self.state else {
            return;
        };
        self.timers.stop(Timer::GreetingOverdue);
        self.enter(State::Listening { caller });
        self.watch_silence();
    }

    /// Starts to wait for the caller's first words, or stops to.
    fn watch_silence(&mut self) {
        self.timers.stop(Timer::NoInput);
        if self.state.awaits_first_words()
            && let Some(reminder) = &self.config.reminder
        {
            self.timers.set(Timer::NoInput, self.now + reminder.after);
        }
    }

    fn remind(&mut self) {
        if self.state.remind().is_ok()
            && let Some(reminder) = &self.config.reminder
        {
            self.say(reminder.text.clone());
        }
    }

    fn end(&mut self, reason: EndReason) {
        self.timers.stop_all();
        self.enter(State::Ended { reason });
        self.outputs.push_back(Output::EndCall { reason });
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.outputs
            .extend(state.summary().map(Output::StateChanged));
    }

    fn say(&mut self, text: String) -> PromptId {
        self.n_prompts += 1;
        let prompt = PromptId(self.n_prompts);
        self.outputs.push_back(Output::Say {
            prompt,
            text,
            language: self.config.language.clone(),
        });
        prompt
    }

    fn note(&mut self, note: Note) {
        self.outputs.push_back(Output::Note(note));
    }

    fn ignore(&mut self, oddity: Oddity) {
        self.note(Note::Ignored(oddity));
    }

    fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }
}
