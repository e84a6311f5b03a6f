//! What holds for every script.

use call_engine::{
    CallEngine, CallState, EndReason, Input, Output, Party, PromptId, SegmentId, Timestamp,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::script::{BEGIN, Step, at, config, play};

proptest! {
    #[test]
    fn the_same_script_gives_the_same_outputs(script in scripts()) {
        prop_assert_eq!(play(config(), &script), play(config(), &script));
    }

    #[test]
    fn a_moment_in_the_past_counts_as_the_latest_one(moments in jumping_moments()) {
        let mut latest = 0;
        let clamped: Vec<(u64, Step)> = moments
            .iter()
            .map(|(ms, step)| {
                latest = latest.max(*ms);
                (latest, step.clone())
            })
            .collect();
        prop_assert_eq!(raw_outputs(&moments), raw_outputs(&clamped));
    }

    #[test]
    fn nothing_comes_out_after_the_end(script in scripts()) {
        let outputs = play(config(), &script);
        let end = outputs.iter().position(|(_, output)| matches!(output, Output::EndCall { .. }));
        if let Some(end) = end {
            prop_assert_eq!(end, outputs.len() - 1);
        }
    }

    #[test]
    fn a_call_greets_once_and_reminds_at_most_once(script in scripts()) {
        let says: Vec<u32> = play(config(), &script)
            .into_iter()
            .filter_map(|(_, output)| match output {
                Output::Say { prompt, .. } => Some(prompt.0),
                Output::EndCall { .. } | Output::Note(_) | Output::StateChanged(_) => None,
            })
            .collect();
        prop_assert!(matches!(says[..], [] | [1] | [1, 2]), "{:?}", says);
    }

    #[test]
    fn getters_and_timers_agree_with_what_came_out(script in scripts()) {
        let mut call = CallEngine::new(config(), BEGIN);
        let mut state: Option<CallState> = None;
        let mut ended: Option<EndReason> = None;
        for (ms, step) in script {
            apply(&mut call, step, at(ms));
            while let Some(output) = call.poll_output() {
                match output {
                    Output::StateChanged(new) => state = Some(new),
                    Output::EndCall { reason } => ended = Some(reason),
                    Output::Note(_) | Output::Say { .. } => {}
                }
            }
            prop_assert_eq!(call.state(), state);
            prop_assert_eq!(call.end_reason(), ended);
            // A connected call always has at least the limit of its duration to wait for.
            let is_live = state.is_some() && ended.is_none();
            prop_assert_eq!(call.poll_timeout().is_some(), is_live);
        }
    }

    #[test]
    fn an_input_adds_two_outputs_at_most_and_a_timeout_four(script in scripts()) {
        let mut call = CallEngine::new(config(), BEGIN);
        for (ms, step) in script {
            let most = if matches!(step, Step::In(_)) { 2 } else { 4 };
            apply(&mut call, step, at(ms));
            let n_outputs = std::iter::from_fn(|| call.poll_output()).count();
            prop_assert!(n_outputs <= most, "{} outputs", n_outputs);
        }
    }

    #[test]
    fn no_timer_is_left_that_has_run_out(script in scripts()) {
        let mut call = CallEngine::new(config(), BEGIN);
        for (ms, step) in script {
            apply(&mut call, step, at(ms));
            call.handle_timeout(at(ms));
            prop_assert!(call.poll_timeout().is_none_or(|deadline| deadline > at(ms)));
        }
    }
}

/// Steps at moments that go forward.
fn scripts() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let pauses = prop_oneof![0..200_u64, 0..20_000_u64];
    prop::collection::vec((pauses, steps()), 0..40).prop_map(|steps| {
        let mut ms = 0;
        steps
            .into_iter()
            .map(|(pause, step)| {
                ms += pause;
                (ms, step)
            })
            .collect()
    })
}

/// Steps at moments that go forward and back.
fn jumping_moments() -> impl Strategy<Value = Vec<(u64, Step)>> {
    prop::collection::vec((0..70_000_u64, steps()), 0..40)
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => inputs().prop_map(Step::In),
        2 => Just(Step::Wait),
    ]
}

fn inputs() -> impl Strategy<Value = Input> {
    let segment = || (0..4_u32).prop_map(SegmentId);
    let party = select(vec![Party::Caller, Party::Relay]);
    prop_oneof![
        8 => Just(Input::Connected),
        1 => party.prop_map(|by| Input::HungUp { by }),
        1 => Just(Input::LineLost),
        6 => (0..4_u32).prop_map(|n| Input::Played { prompt: PromptId(n) }),
        8 => (segment(), any::<u64>(), any::<u64>()).prop_map(|(segment, onset_ms, offset_ms)| {
            Input::SpeechEnded { segment, onset_ms, offset_ms }
        }),
        8 => segment().prop_map(|segment| Input::SpeechRetracted { segment }),
        8 => (segment(), any::<u64>())
            .prop_map(|(segment, at_ms)| Input::SpeechStarted { segment, at_ms }),
    ]
}

/// What comes out when the moments are handed in as they are.
fn raw_outputs(script: &[(u64, Step)]) -> Vec<Output> {
    let mut call = CallEngine::new(config(), BEGIN);
    let mut outputs = Vec::new();
    for (ms, step) in script {
        apply(&mut call, step.clone(), at(*ms));
        outputs.extend(std::iter::from_fn(|| call.poll_output()));
    }
    outputs
}

fn apply(call: &mut CallEngine, step: Step, now: Timestamp) {
    match step {
        Step::In(input) => call.handle_input(input, now),
        Step::Wait => call.handle_timeout(now),
    }
}
