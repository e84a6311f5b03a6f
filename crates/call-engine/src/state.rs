//! The states of a call.

use crate::{CallState, EndReason, Oddity, PromptId, SegmentId};

/// Where a call is, with what is known there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum State {
    /// The line is not connected yet.
    Waiting,
    /// The greeting is being played.
    Greeting { greeting: PromptId, caller: Caller },
    /// It is the caller's turn.
    Listening { caller: Caller },
    /// The call is over.
    Ended { reason: EndReason },
}

/// What is known of the caller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    /// Whether the caller is speaking.
    voice: Voice,
    /// Whether the caller has ever spoken.
    silence: Silence,
}

/// Whether the caller is speaking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Voice {
    /// The caller is not.
    Quiet,
    /// The caller seems to be.
    Speaking { segment: SegmentId },
}

/// The silence from the beginning of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    /// The caller has spoken.
    Broken,
    /// The caller has not spoken, and was reminded.
    Reminded,
    /// The caller has not spoken.
    Unbroken,
}

impl State {
    /// What others may know of it.
    pub(crate) const fn summary(&self) -> Option<CallState> {
        match self {
            Self::Waiting => None,
            Self::Greeting { .. } => Some(CallState::Greeting),
            Self::Listening { .. } => Some(CallState::Listening),
            Self::Ended { .. } => Some(CallState::Ended),
        }
    }

    /// The caller seems to speak. A segment that is still open is forgotten: its end got lost.
    pub(crate) fn start_speech(&mut self, segment: SegmentId) -> Result<(), Oddity> {
        self.caller_mut()?.voice = Voice::Speaking { segment };
        Ok(())
    }

    /// It was no speech.
    pub(crate) fn retract_speech(&mut self, segment: SegmentId) -> Result<(), Oddity> {
        self.caller_mut()?.fall_quiet(segment)
    }

    /// It was speech, and it is over.
    pub(crate) fn end_speech(&mut self, segment: SegmentId) -> Result<(), Oddity> {
        let caller = self.caller_mut()?;
        caller.fall_quiet(segment)?;
        caller.silence = Silence::Broken;
        Ok(())
    }

    /// The caller was reminded to speak.
    pub(crate) fn remind(&mut self) -> Result<(), Oddity> {
        self.caller_mut()?.silence = Silence::Reminded;
        Ok(())
    }

    /// Whether it is the caller's turn, and a reminder would be right if nothing is heard.
    pub(crate) fn awaits_first_words(&self) -> bool {
        match self {
            Self::Listening { caller } => {
                caller.voice == Voice::Quiet && caller.silence == Silence::Unbroken
            }
            Self::Waiting | Self::Greeting { .. } | Self::Ended { .. } => false,
        }
    }

    const fn caller_mut(&mut self) -> Result<&mut Caller, Oddity> {
        match self {
            Self::Greeting { caller, .. } | Self::Listening { caller } => Ok(caller),
            Self::Waiting | Self::Ended { .. } => Err(Oddity::NotConnected),
        }
    }
}

impl Caller {
    /// A caller of whom nothing was heard.
    pub(crate) const UNHEARD: Self = Self {
        voice: Voice::Quiet,
        silence: Silence::Unbroken,
    };

    fn fall_quiet(&mut self, segment: SegmentId) -> Result<(), Oddity> {
        if self.voice != (Voice::Speaking { segment }) {
            return Err(Oddity::UnknownSegment(segment));
        }
        self.voice = Voice::Quiet;
        Ok(())
    }
}
