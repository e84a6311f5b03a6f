//! What a call wants done, and what it lets know.

use crate::{PromptId, SegmentId};

/// Something for the shell to do or to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// End the call. Always the last output.
    EndCall {
        /// Why it ends.
        reason: EndReason,
    },
    /// Something to show to whoever watches the call; nothing has to be done.
    Note(Note),
    /// Say this to the caller, and hand [`Input::Played`](crate::Input::Played) in afterwards.
    Say {
        /// The prompt's name.
        prompt: PromptId,
        /// The words.
        text: String,
        /// The words' language, as a BCP 47 tag.
        language: String,
    },
    /// The call is in another state.
    StateChanged(CallState),
}

/// What a connected call is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallState {
    /// It is over.
    Ended,
    /// The greeting is being played.
    Greeting,
    /// It is the caller's turn.
    Listening,
}

/// Why a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// The caller hung up.
    HungUp,
    /// It reached [`Config::max_duration`](crate::Config::max_duration).
    Limit,
    /// The line was lost.
    LineLost,
    /// The relay is shutting down.
    RelayShutdown,
}

/// What was noticed. Times in milliseconds count from the start of the caller's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// An input did not fit the call's state, and nothing was done about it.
    Ignored(Oddity),
    /// The caller's speech ended.
    SpeechEnded {
        /// The segment.
        segment: SegmentId,
        /// Where the speech started.
        onset_ms: u64,
        /// Where the speech ended.
        offset_ms: u64,
    },
    /// What sounded like speech was none.
    SpeechRetracted {
        /// The segment.
        segment: SegmentId,
    },
    /// The caller seems to speak.
    SpeechStarted {
        /// The segment.
        segment: SegmentId,
        /// Where the speech starts.
        at_ms: u64,
    },
}

/// Why an input was ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// The line was connected before.
    AlreadyConnected,
    /// The line is not connected.
    NotConnected,
    /// No such prompt was said.
    UnknownPrompt(PromptId),
    /// No such segment is open.
    UnknownSegment(SegmentId),
}
