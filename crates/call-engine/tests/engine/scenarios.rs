//! What a call does, from greeting to end.

use call_engine::CallState::{Ended, Greeting, Listening};
use call_engine::{
    CallEngine, Config, EndReason, Input, Oddity, Output, Party, PromptId, SegmentId,
};

use crate::script::{
    BEGIN, Step, at, check, check_with, config, connected, end_call, ended, ends, ignored, played,
    retracted, retracts, say, started, starts, state,
};

#[test]
fn greets_and_listens_when_the_greeting_was_played() {
    check(
        &[(0, connected()), (3_000, played(1))],
        &[
            (0, say(1, "Hello.")),
            (0, state(Greeting)),
            (3_000, state(Listening)),
        ],
    );
}

#[test]
fn listens_although_nobody_says_that_the_greeting_was_played() {
    check(
        &[(0, connected()), (14_999, Step::Wait), (14_999, played(1))],
        &[
            (0, say(1, "Hello.")),
            (0, state(Greeting)),
            (10_000, state(Listening)),
        ],
    );
}

#[test]
fn notes_speech_in_the_greeting_and_after_it() {
    check(
        &[
            (0, connected()),
            (900, starts(0, 800)),
            (1_000, retracts(0)),
            (2_000, starts(1, 1_900)),
            (3_000, played(1)),
            (4_000, ends(1, 1_900, 3_500)),
            (4_000, starts(2, 3_500)),
            (5_000, ends(2, 3_500, 4_500)),
        ],
        &[
            (0, say(1, "Hello.")),
            (0, state(Greeting)),
            (900, started(0, 800)),
            (1_000, retracted(0)),
            (2_000, started(1, 1_900)),
            (3_000, state(Listening)),
            (4_000, ended(1, 1_900, 3_500)),
            (4_000, started(2, 3_500)),
            (5_000, ended(2, 3_500, 4_500)),
        ],
    );
}

#[test]
fn reminds_a_silent_caller_once() {
    check(
        &[
            (0, connected()),
            (3_000, played(1)),
            (9_000, played(2)),
            (59_999, Step::Wait),
        ],
        &[
            (0, say(1, "Hello.")),
            (0, state(Greeting)),
            (3_000, state(Listening)),
            (8_000, say(2, "Are you there?")),
        ],
    );
}

#[test]
fn does_not_remind_a_caller_who_has_spoken() {
    check(
        &[
            (0, connected()),
            (3_000, played(1)),
            (7_999, starts(0, 7_900)),
            (20_000, ends(0, 7_900, 19_500)),
            (59_999, Step::Wait),
        ],
        &[
            (0, say(1, "Hello.")),
            (0, state(Greeting)),
            (3_000, state(Listening)),
            (7_999, started(0, 7_900)),
            (20_000, ended(0, 7_900, 19_500)),
        ],
    );
}

#[test]
fn does_not_remind_a_caller_who_spoke_during_the_greeting() {
    check(
        &[
            (0, connected()),
            (500, starts(0, 400)),
            (1_500, ends(0, 400, 1_000)),
            (3_000, played(1)),
            (59_999, Step::Wait),
        ],
        &[
            (0, say(1, "Hello.")),
            (0, state(Greeting)),
            (500, started(0, 400)),
            (1_500, ended(0, 400, 1_000)),
            (3_000, state(Listening)),
        ],
    );
}

#[test]
fn waits_anew_when_it_was_no_speech() {
    check(
        &[
            (0, connected()),
            (3_000, played(1)),
            (7_000, starts(0, 6_900)),
            (7_200, retracts(0)),
            (20_000, Step::Wait),
        ],
        &[
            (0, say(1, "Hello.")),
            (0, state(Greeting)),
            (3_000, state(Listening)),
            (7_000, started(0, 6_900)),
            (7_200, retracted(0)),
            (12_200, say(2, "Are you there?")),
        ],
    );
}

#[test]
fn waits_from_the_retraction_when_speech_spans_the_end_of_the_greeting() {
    check(
        &[
            (0, connected()),
            (2_900, starts(0, 2_800)),
            (3_000, played(1)),
            (3_100, retracts(0)),
            (20_000, Step::Wait),
        ],
        &[
            (0, say(1, "Hello.")),
            (0, state(Greeting)),
            (2_900, started(0, 2_800)),
            (3_000, state(Listening)),
            (3_100, retracted(0)),
            (8_100, say(2, "Are you there?")),
        ],
    );
}

#[test]
fn reminds_nobody_where_no_reminder_is_configured() {
    check_with(
        Config {
            reminder: None,
            ..config()
        },
        &[(0, connected()), (3_000, played(1)), (59_999, Step::Wait)],
        &[
            (0, say(1, "Hello.")),
            (0, state(Greeting)),
            (3_000, state(Listening)),
        ],
    );
}

#[test]
fn ends_for_each_of_its_reasons() {
    for (input, reason) in [
        (Input::HungUp { by: Party::Caller }, EndReason::HungUp),
        (Input::HungUp { by: Party::Relay }, EndReason::RelayShutdown),
        (Input::LineLost, EndReason::LineLost),
    ] {
        check(
            &[(0, connected()), (1_000, Step::In(input))],
            &[
                (0, say(1, "Hello.")),
                (0, state(Greeting)),
                (1_000, state(Ended)),
                (1_000, end_call(reason)),
            ],
        );
    }
}

#[test]
fn ends_when_the_longest_duration_has_passed_even_while_the_caller_speaks() {
    check(
        &[
            (500, connected()),
            (3_000, played(1)),
            (5_000, starts(0, 4_900)),
            (90_000, Step::Wait),
        ],
        &[
            (500, say(1, "Hello.")),
            (500, state(Greeting)),
            (3_000, state(Listening)),
            (5_000, started(0, 4_900)),
            (60_500, state(Ended)),
            (60_500, end_call(EndReason::Limit)),
        ],
    );
}

#[test]
fn ends_before_the_line_was_connected() {
    check(
        &[(100, Step::In(Input::LineLost)), (200, connected())],
        &[(100, state(Ended)), (100, end_call(EndReason::LineLost))],
    );
}

#[test]
fn nothing_happens_after_the_end() {
    check(
        &[
            (0, connected()),
            (1_000, Step::In(Input::HungUp { by: Party::Caller })),
            (1_000, Step::In(Input::HungUp { by: Party::Relay })),
            (1_100, connected()),
            (1_200, starts(0, 1_000)),
            (1_300, played(1)),
            (1_400, played(7)),
            (90_000, Step::Wait),
        ],
        &[
            (0, say(1, "Hello.")),
            (0, state(Greeting)),
            (1_000, state(Ended)),
            (1_000, end_call(EndReason::HungUp)),
        ],
    );
}

#[test]
fn ignores_what_does_not_fit_and_says_so() {
    check(
        &[
            (0, starts(0, 0)),
            (0, played(1)),
            (10, connected()),
            (20, connected()),
            (30, played(2)),
            (40, retracts(0)),
            (50, starts(0, 50)),
            (60, ends(1, 50, 60)),
            (70, starts(1, 70)),
            (80, retracts(0)),
        ],
        &[
            (0, ignored(Oddity::NotConnected)),
            (0, ignored(Oddity::UnknownPrompt(PromptId(1)))),
            (10, say(1, "Hello.")),
            (10, state(Greeting)),
            (20, ignored(Oddity::AlreadyConnected)),
            (30, ignored(Oddity::UnknownPrompt(PromptId(2)))),
            (40, ignored(Oddity::UnknownSegment(SegmentId(0)))),
            (50, started(0, 50)),
            (60, ignored(Oddity::UnknownSegment(SegmentId(1)))),
            (70, started(1, 70)),
            (80, ignored(Oddity::UnknownSegment(SegmentId(0)))),
        ],
    );
}

#[test]
fn a_shell_that_wakes_late_gets_everything_that_is_due_and_no_more_after_the_end() {
    let mut call = CallEngine::new(config(), BEGIN);
    call.handle_input(Input::Connected, BEGIN);
    while call.poll_output().is_some() {}

    call.handle_timeout(at(61_000));
    let outputs: Vec<Output> = std::iter::from_fn(|| call.poll_output()).collect();
    assert_eq!(
        outputs,
        [state(Listening), state(Ended), end_call(EndReason::Limit)]
    );
    assert_eq!(call.state(), Some(Ended));
    assert_eq!(call.end_reason(), Some(EndReason::Limit));
}
