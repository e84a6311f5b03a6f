//! Plays a script to a call, with a clock that jumps.

use std::time::Duration;

use call_engine::{
    CallEngine, CallState, Config, EndReason, Input, Note, Oddity, Output, PromptId, Reminder,
    SegmentId, Timestamp,
};

/// When every call here begins; all moments in scripts are milliseconds after it.
pub(crate) const BEGIN: Timestamp = Timestamp(1_700_000_000_000);

/// What happens at a moment.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// This goes in.
    In(Input),
    /// Nothing but time.
    Wait,
}

/// Greets, takes the greeting as played after 10 s, reminds after 5 s, ends after 60 s.
pub(crate) fn config() -> Config {
    Config {
        greeting_limit: Duration::from_secs(10),
        reminder: Some(Reminder {
            after: Duration::from_secs(5),
            text: "Are you there?".to_owned(),
        }),
        max_duration: Duration::from_secs(60),
        ..Config::new("en-US", "Hello.")
    }
}

/// Plays a script and checks everything that comes out, with its moment.
#[track_caller]
pub(crate) fn check(script: &[(u64, Step)], expected: &[(u64, Output)]) {
    check_with(config(), script, expected);
}

/// The same for a call with another configuration.
#[track_caller]
pub(crate) fn check_with(config: Config, script: &[(u64, Step)], expected: &[(u64, Output)]) {
    assert_eq!(play(config, script), expected);
}

/// Plays a script: timers run out at their moments, outputs are drained after each input.
pub(crate) fn play(config: Config, script: &[(u64, Step)]) -> Vec<(u64, Output)> {
    let mut call = CallEngine::new(config, BEGIN);
    let mut outputs = Vec::new();
    for (ms, step) in script {
        let now = at(*ms);
        while let Some(deadline) = call.poll_timeout().filter(|deadline| *deadline <= now) {
            call.handle_timeout(deadline);
            drain(&mut call, deadline, &mut outputs);
        }
        match step {
            Step::In(input) => call.handle_input(input.clone(), now),
            Step::Wait => call.handle_timeout(now),
        }
        drain(&mut call, now, &mut outputs);
    }
    outputs
}

/// The moment `ms` milliseconds after [`BEGIN`].
pub(crate) fn at(ms: u64) -> Timestamp {
    BEGIN + Duration::from_millis(ms)
}

fn drain(call: &mut CallEngine, now: Timestamp, outputs: &mut Vec<(u64, Output)>) {
    while let Some(output) = call.poll_output() {
        outputs.push((now.0 - BEGIN.0, output));
    }
}

pub(crate) fn connected() -> Step {
    Step::In(Input::Connected)
}

pub(crate) fn played(prompt: u32) -> Step {
    Step::In(Input::Played {
        prompt: PromptId(prompt),
    })
}

pub(crate) fn starts(segment: u32, at_ms: u64) -> Step {
    Step::In(Input::SpeechStarted {
        segment: SegmentId(segment),
        at_ms,
    })
}

pub(crate) fn retracts(segment: u32) -> Step {
    Step::In(Input::SpeechRetracted {
        segment: SegmentId(segment),
    })
}

pub(crate) fn ends(segment: u32, onset_ms: u64, offset_ms: u64) -> Step {
    Step::In(Input::SpeechEnded {
        segment: SegmentId(segment),
        onset_ms,
        offset_ms,
    })
}

pub(crate) fn say(prompt: u32, text: &str) -> Output {
    Output::Say {
        prompt: PromptId(prompt),
        text: text.to_owned(),
        language: "en-US".to_owned(),
    }
}

pub(crate) fn started(segment: u32, at_ms: u64) -> Output {
    Output::Note(Note::SpeechStarted {
        segment: SegmentId(segment),
        at_ms,
    })
}

pub(crate) fn retracted(segment: u32) -> Output {
    Output::Note(Note::SpeechRetracted {
        segment: SegmentId(segment),
    })
}

pub(crate) fn ended(segment: u32, onset_ms: u64, offset_ms: u64) -> Output {
    Output::Note(Note::SpeechEnded {
        segment: SegmentId(segment),
        onset_ms,
        offset_ms,
    })
}

pub(crate) fn ignored(oddity: Oddity) -> Output {
    Output::Note(Note::Ignored(oddity))
}

pub(crate) fn state(state: CallState) -> Output {
    Output::StateChanged(state)
}

pub(crate) fn end_call(reason: EndReason) -> Output {
    Output::EndCall { reason }
}
