//! Scripts of probabilities and the events that have to follow.

use audio_dsp::{
    EndReason, Segmenter, SegmenterConfig, SegmenterError, SpeechEvent, SpeechState, WINDOW_SAMPLES,
};
use proptest::prelude::*;

/// Letters stand for probabilities: `S` speech, `m` between the thresholds, `.` silence.
fn probability(letter: char) -> f32 {
    match letter {
        'S' => 0.9,
        'm' => 0.4,
        _ => 0.1,
    }
}

/// Runs a script and writes the events as text, times in windows.
fn run(config: SegmenterConfig, script: &str) -> Vec<String> {
    let mut segmenter = Segmenter::new(config).unwrap();
    let mut events = Vec::new();
    for letter in script.chars() {
        segmenter.push(probability(letter), |event| events.push(in_windows(event)));
    }
    segmenter.flush(|event| events.push(in_windows(event)));
    events
}

fn in_windows(event: SpeechEvent) -> String {
    let w = |time: u64| {
        assert_eq!(
            time % WINDOW_SAMPLES as u64,
            0,
            "{event:?} is aligned to windows"
        );
        time / WINDOW_SAMPLES as u64
    };
    match event {
        SpeechEvent::Probable { segment, onset } => format!("probable {segment} at {}", w(onset)),
        SpeechEvent::Confirmed {
            segment,
            onset,
            audio_start,
        } => {
            format!(
                "confirmed {segment} at {} from {}",
                w(onset),
                w(audio_start)
            )
        }
        SpeechEvent::Retracted { segment, onset } => format!("retracted {segment} at {}", w(onset)),
        SpeechEvent::Ended {
            segment,
            onset,
            offset,
            audio_start,
            audio_end,
            reason,
        } => format!(
            "ended {segment} speech {}-{} audio {}-{} {reason:?}",
            w(onset),
            w(offset),
            w(audio_start),
            w(audio_end)
        ),
    }
}

fn check(script: &str, expected: &[&str]) {
    assert_eq!(
        run(SegmenterConfig::default(), script),
        expected,
        "script {script:?}"
    );
}

/// `n` windows of one letter.
fn of(letter: &str, n: usize) -> String {
    letter.repeat(n)
}

#[test]
fn speech_is_probable_then_confirmed_then_ended() {
    check(
        &(of(".", 20) + &of("S", 10) + &of(".", 20)),
        &[
            "probable 0 at 20",
            "confirmed 0 at 20 from 5",
            "ended 0 speech 20-30 audio 5-46 Silence",
        ],
    );
}

#[test]
fn pre_roll_does_not_reach_before_the_start() {
    check(
        &(of(".", 4) + &of("S", 5)),
        &[
            "probable 0 at 4",
            "confirmed 0 at 4 from 0",
            "ended 0 speech 4-9 audio 0-9 Flush",
        ],
    );
}

#[test]
fn one_window_of_speech_is_retracted() {
    check("....S......", &["probable 0 at 4", "retracted 0 at 4"]);
}

#[test]
fn what_hovers_between_the_thresholds_neither_confirms_nor_stays_open() {
    check(
        &("..S".to_owned() + &of("m", 20)),
        &["probable 0 at 2", "retracted 0 at 2"],
    );
}

#[test]
fn a_dip_while_starting_does_not_lose_the_onset() {
    check(
        "..S.SS................",
        &[
            "probable 0 at 2",
            "confirmed 0 at 2 from 0",
            "ended 0 speech 2-6 audio 0-22 Silence",
        ],
    );
}

#[test]
fn a_pause_shorter_than_the_hangover_stays_inside() {
    check(
        &("SSS".to_owned() + &of(".", 15) + "SSS" + &of(".", 16)),
        &[
            "probable 0 at 0",
            "confirmed 0 at 0 from 0",
            "ended 0 speech 0-21 audio 0-37 Silence",
        ],
    );
}

#[test]
fn a_voice_between_the_thresholds_keeps_a_confirmed_segment_open() {
    check(
        &("SSS".to_owned() + &of("m", 40) + &of(".", 16)),
        &[
            "probable 0 at 0",
            "confirmed 0 at 0 from 0",
            "ended 0 speech 0-43 audio 0-59 Silence",
        ],
    );
}

#[test]
fn pre_roll_never_repeats_audio_of_the_segment_before() {
    check(
        &("SSS".to_owned() + &of(".", 18) + "SSS" + &of(".", 16)),
        &[
            "probable 0 at 0",
            "confirmed 0 at 0 from 0",
            "ended 0 speech 0-3 audio 0-19 Silence",
            "probable 1 at 21",
            "confirmed 1 at 21 from 19",
            "ended 1 speech 21-24 audio 19-40 Silence",
        ],
    );
}

#[test]
fn a_long_segment_is_cut_at_its_longest_pause_in_the_second_half() {
    let config = SegmenterConfig {
        max_speech_s: 5,
        ..SegmenterConfig::default()
    };
    // 5 s are 156.25 windows: the cut is due after window 157.
    let script = of("S", 20)
        + &of(".", 9)
        + &of("S", 70)
        + &of(".", 3)
        + &of("S", 20)
        + &of(".", 6)
        + &of("S", 40)
        + &of(".", 16);
    assert_eq!(
        run(config, &script),
        [
            "probable 0 at 0",
            "confirmed 0 at 0 from 0",
            "ended 0 speech 0-122 audio 0-128 MaxSpeech",
            "confirmed 1 at 128 from 128",
            "ended 1 speech 128-168 audio 128-184 Silence",
        ]
    );
}

#[test]
fn a_long_segment_that_ends_at_the_limit_leaves_no_empty_rest() {
    let config = SegmenterConfig {
        max_speech_s: 5,
        ..SegmenterConfig::default()
    };
    // The limit, after window 157, falls into the silence that ends the segment.
    let script = of("S", 153) + &of(".", 40);
    assert_eq!(
        run(config, &script),
        [
            "probable 0 at 0",
            "confirmed 0 at 0 from 0",
            "ended 0 speech 0-153 audio 0-169 Silence",
        ]
    );
}

#[test]
fn a_pause_at_the_limit_is_waited_for_and_competes() {
    let config = SegmenterConfig {
        max_speech_s: 5,
        ..SegmenterConfig::default()
    };
    let script = of("S", 100) + &of(".", 4) + &of("S", 49) + &of(".", 10) + &of("S", 20);
    assert_eq!(
        run(config, &script),
        [
            "probable 0 at 0",
            "confirmed 0 at 0 from 0",
            "ended 0 speech 0-153 audio 0-163 MaxSpeech",
            "confirmed 1 at 163 from 163",
            "ended 1 speech 163-183 audio 163-183 Flush",
        ]
    );
}

#[test]
fn a_long_segment_without_a_pause_is_cut_at_the_limit() {
    let config = SegmenterConfig {
        max_speech_s: 5,
        ..SegmenterConfig::default()
    };
    assert_eq!(
        run(config, &of("S", 160)),
        [
            "probable 0 at 0",
            "confirmed 0 at 0 from 0",
            "ended 0 speech 0-157 audio 0-157 MaxSpeech",
            "confirmed 1 at 157 from 157",
            "ended 1 speech 157-160 audio 157-160 Flush",
        ]
    );
}

#[test]
fn the_four_states_follow_the_voice() {
    let mut segmenter = Segmenter::new(SegmenterConfig::default()).unwrap();
    let mut states = Vec::new();
    for letter in "..SSS..S".chars().chain(of(".", 16).chars()) {
        segmenter.push(probability(letter), |_| ());
        states.push(segmenter.state());
    }
    let mut expected = vec![SpeechState::Quiet; 2];
    expected.extend([SpeechState::Starting; 2]);
    expected.push(SpeechState::Speaking);
    expected.extend([SpeechState::Stopping; 2]);
    expected.push(SpeechState::Speaking);
    expected.extend([SpeechState::Stopping; 15]);
    expected.push(SpeechState::Quiet);
    assert_eq!(states, expected);
}

#[test]
fn presets_are_valid_and_short_answers_end_sooner() {
    for preset in [
        SegmenterConfig::DEFAULT,
        SegmenterConfig::SHORT_ANSWERS,
        SegmenterConfig::DICTATION,
    ] {
        preset.check().unwrap();
    }
    let script = of(".", 2) + "SS" + &of(".", 40);
    assert_eq!(
        run(SegmenterConfig::SHORT_ANSWERS, &script),
        [
            "probable 0 at 2",
            "confirmed 0 at 2 from 0",
            "ended 0 speech 2-4 audio 0-14 Silence",
        ]
    );
    assert_eq!(
        run(SegmenterConfig::DEFAULT, &script),
        ["probable 0 at 2", "retracted 0 at 2"],
        "two windows are not enough for conversation"
    );
}

#[test]
fn parameters_change_during_a_segment_without_losing_it() {
    let mut segmenter = Segmenter::new(SegmenterConfig::DEFAULT).unwrap();
    let mut events = Vec::new();
    for letter in "SSSSS....".chars() {
        segmenter.push(probability(letter), |event| events.push(in_windows(event)));
    }
    segmenter
        .set_config(SegmenterConfig::SHORT_ANSWERS)
        .unwrap();
    for letter in of(".", 6).chars() {
        segmenter.push(probability(letter), |event| events.push(in_windows(event)));
    }
    assert_eq!(
        events,
        [
            "probable 0 at 0",
            "confirmed 0 at 0 from 0",
            "ended 0 speech 0-5 audio 0-15 Silence",
        ]
    );
    let bad = SegmenterConfig {
        threshold: 2.0,
        ..SegmenterConfig::DEFAULT
    };
    assert!(
        segmenter.set_config(bad).is_err(),
        "and bad ones change nothing"
    );
}

#[test]
fn parameters_that_make_no_sense_are_refused_by_name() {
    let default = SegmenterConfig::default();
    for (config, message) in [
        (
            SegmenterConfig {
                threshold: 1.0,
                ..default
            },
            "threshold is 1; it must lie",
        ),
        (
            SegmenterConfig {
                threshold: f32::NAN,
                ..default
            },
            "threshold is NaN",
        ),
        (
            SegmenterConfig {
                neg_threshold: 0.6,
                ..default
            },
            "neg_threshold is 0.6",
        ),
        (
            SegmenterConfig {
                min_speech_ms: 0,
                ..default
            },
            "min_speech_ms is 0",
        ),
        (
            SegmenterConfig {
                speech_pad_ms: 1_001,
                ..default
            },
            "speech_pad_ms is 1001",
        ),
        (
            SegmenterConfig {
                min_silence_ms: 5_001,
                ..default
            },
            "min_silence_ms is 5001",
        ),
        (
            SegmenterConfig {
                max_speech_s: 4,
                ..default
            },
            "max_speech_s is 4",
        ),
    ] {
        let error: SegmenterError = config.check().unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
    }
}

proptest! {
    #[test]
    fn segments_follow_each_other_without_overlap(
        runs in prop::collection::vec((0.0_f32..1.0, 1_usize..120), 0..40),
        max_speech_s in 5_u32..8,
    ) {
        let config = SegmenterConfig { max_speech_s, ..SegmenterConfig::default() };
        let mut segmenter = Segmenter::new(config).unwrap();
        let mut events = Vec::new();
        for (probability, n_windows) in &runs {
            for _ in 0..*n_windows {
                segmenter.push(*probability, |event| events.push(event));
            }
        }
        segmenter.flush(|event| events.push(event));

        let mut next_segment = 0;
        let mut sent_until = 0;
        let mut confirmed = None;
        let mut probable = None;
        for event in events {
            match event {
                SpeechEvent::Probable { segment, onset } => {
                    prop_assert_eq!(segment, next_segment);
                    prop_assert!(confirmed.is_none() && probable.is_none());
                    probable = Some(onset);
                }
                SpeechEvent::Confirmed { segment, onset, audio_start } => {
                    prop_assert_eq!(segment, next_segment);
                    prop_assert!(audio_start <= onset && audio_start >= sent_until);
                    let announced = probable.take();
                    prop_assert!(announced.is_none_or(|probable| probable == onset));
                    confirmed = Some((onset, audio_start));
                }
                SpeechEvent::Ended { segment, onset, offset, audio_start, audio_end, reason } => {
                    prop_assert_eq!(segment, next_segment);
                    prop_assert_eq!(confirmed.take(), Some((onset, audio_start)));
                    prop_assert!(onset < offset && offset <= audio_end);
                    if reason == EndReason::MaxSpeech {
                        // The window that makes it too long, and a pause at the limit.
                        prop_assert!(audio_end - onset <= u64::from(max_speech_s) * 16_000 + 17 * 512);
                    }
                    sent_until = audio_end;
                    next_segment += 1;
                }
                SpeechEvent::Retracted { segment, onset } => {
                    prop_assert_eq!(segment, next_segment);
                    prop_assert_eq!(probable.take(), Some(onset));
                    next_segment += 1;
                }
            }
        }
        prop_assert!(confirmed.is_none() && probable.is_none(), "flush closes everything");
    }
}
