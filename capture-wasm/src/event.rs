//! What a call tells the page, as the page sees it.

use serde::Serialize;

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Files are loaded, the relay is called.
    Starting,
    /// The browser asks the visitor.
    RequestingMicrophone,
    /// The autoplay rule holds audio back.
    NeedsGesture,
    /// Live, and nobody speaks.
    Listening,
    /// Live, and confirmed speech goes on.
    Speaking,
    /// Over, as wanted.
    Ended,
    /// Over, by a failure.
    Failed,
}

impl State {
    /// The state's name on the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::RequestingMicrophone => "requesting-microphone",
            Self::NeedsGesture => "needs-gesture",
            Self::Listening => "listening",
            Self::Speaking => "speaking",
            Self::Ended => "ended",
            Self::Failed => "failed",
        }
    }

    /// Whether the microphone's sound flows.
    pub(crate) fn is_live(self) -> bool {
        matches!(self, Self::Listening | Self::Speaking)
    }

    /// The state after the detector reported `step`.
    pub(crate) fn after(self, step: SpeechStep) -> Self {
        match step {
            SpeechStep::Confirmed if self.is_live() => Self::Speaking,
            SpeechStep::Ended if self.is_live() => Self::Listening,
            SpeechStep::Confirmed
            | SpeechStep::Ended
            | SpeechStep::Probable
            | SpeechStep::Retracted => self,
        }
    }
}

/// The steps that a stretch of speech goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SpeechStep {
    /// One window sounds like speech.
    Probable,
    /// It is speech; its audio is being sent.
    Confirmed,
    /// It is over.
    Ended,
    /// It was too short to be speech; nothing of it was sent.
    Retracted,
}

impl SpeechStep {
    /// The step that bears this name on the page.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "probable" => Some(Self::Probable),
            "confirmed" => Some(Self::Confirmed),
            "ended" => Some(Self::Ended),
            "retracted" => Some(Self::Retracted),
            _ => None,
        }
    }
}

/// The events that begin in the link. Those that begin on the page (`state`, `failed`) are made
/// where they happen.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(crate) enum Event {
    /// One detector step.
    Level {
        /// How much it sounds like speech, 0 to 1.
        probability: f32,
        /// Root mean square, in dBFS.
        rms_dbfs: f32,
        /// Largest magnitude, in dBFS.
        peak_dbfs: f32,
    },
    /// What the detector found.
    Speech {
        /// How far it is.
        step: SpeechStep,
        /// Counts from 0.
        segment: u32,
        /// Where the speech starts, in milliseconds since capture began.
        onset_ms: u64,
        /// Where it ends, in milliseconds since capture began.
        #[serde(skip_serializing_if = "Option::is_none")]
        offset_ms: Option<u64>,
    },
    /// What the relay received.
    Heard {
        /// Counts from 0.
        segment: u32,
        /// How far it is.
        state: SpeechStep,
        /// Where the speech starts, in milliseconds since capture began.
        onset_ms: u64,
        /// Where it ends, in milliseconds since capture began.
        offset_ms: u64,
        /// How much audio arrived, in milliseconds.
        audio_ms: u64,
        /// Peaks of equal slices of the segment, 0 to 100 each.
        envelope: Vec<u8>,
    },
    /// Something to say to the visitor.
    Say {
        /// Names the prompt.
        prompt: String,
        /// What to say.
        text: String,
        /// Its language, a BCP 47 tag.
        language: String,
    },
    /// Where the conversation is.
    CallState {
        /// As the relay names it.
        state: &'static str,
    },
    /// The call is over, as somebody wanted.
    Ended {
        /// As the relay names it.
        reason: &'static str,
        /// The relay's words about it; may be empty.
        text: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: &str = include_str!("types.d.ts");

    #[test]
    fn confirmed_speech_makes_a_live_call_speak_until_it_ends() {
        for (before, step, after) in [
            (State::Listening, SpeechStep::Probable, State::Listening),
            (State::Listening, SpeechStep::Confirmed, State::Speaking),
            (State::Speaking, SpeechStep::Probable, State::Speaking),
            (State::Speaking, SpeechStep::Ended, State::Listening),
            (State::Listening, SpeechStep::Retracted, State::Listening),
        ] {
            assert_eq!(before.after(step), after, "{before:?} {step:?}");
        }
    }

    #[test]
    fn a_step_is_named_as_it_is_written() {
        for step in [
            SpeechStep::Probable,
            SpeechStep::Confirmed,
            SpeechStep::Ended,
            SpeechStep::Retracted,
        ] {
            let name = serde_json::to_value(step).expect("a unit variant is a string");
            assert_eq!(name.as_str().and_then(SpeechStep::named), Some(step));
        }
    }

    #[test]
    fn late_speech_does_not_bring_a_call_back() {
        for over in [State::Ended, State::Failed] {
            assert_eq!(over.after(SpeechStep::Confirmed), over);
        }
    }

    #[test]
    fn every_state_is_declared_to_typescript() {
        for state in [
            State::Starting,
            State::RequestingMicrophone,
            State::NeedsGesture,
            State::Listening,
            State::Speaking,
            State::Ended,
            State::Failed,
        ] {
            assert!(
                TYPES.contains(&format!("| \"{}\"", state.name())),
                "{state:?}"
            );
        }
    }
}
