//! The stages together, on recordings.

use audio_dsp::{Event, Gate, Pipeline, PipelineConfig, SpeechEvent, WINDOW_SAMPLES};
use proptest::prelude::*;

use crate::support::{Collected, recording, sine};

fn run(config: &PipelineConfig, input: &[f32]) -> Collected {
    let mut pipeline = Pipeline::new(config).unwrap();
    let mut collected = Collected::default();
    pipeline.push(input, &mut collected);
    pipeline.flush(&mut collected);
    collected
}

fn confirmed(collected: &Collected) -> Vec<(u64, u64)> {
    let ended = collected.events.iter().filter_map(|event| match event {
        Event::Speech(SpeechEvent::Ended {
            audio_start,
            audio_end,
            ..
        }) => Some((*audio_start, *audio_end)),
        Event::Speech(
            SpeechEvent::Probable { .. }
            | SpeechEvent::Confirmed { .. }
            | SpeechEvent::Retracted { .. },
        )
        | Event::GateChanged { .. } => None,
    });
    ended.collect()
}

/// Spans that touch, as one.
fn joined(spans: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for &(start, end) in spans {
        match joined.last_mut() {
            Some((_, last_end)) if *last_end == start => *last_end = end,
            _ => joined.push((start, end)),
        }
    }
    joined
}

#[test]
fn what_leaves_is_exactly_the_confirmed_speech() {
    let input = recording("statement");
    let collected = run(&PipelineConfig::new(16_000), &input);
    let segments = confirmed(&collected);
    assert!(!segments.is_empty(), "the recording holds speech");
    let sent: Vec<(u64, u64)> = collected
        .stretches()
        .iter()
        .map(|(start, samples)| (*start, *start + samples.len() as u64))
        .collect();
    assert_eq!(sent, joined(&segments));
    for (start, samples) in collected.stretches() {
        let start = start as usize;
        let end = (start + samples.len()).min(input.len());
        assert_eq!(
            samples[..end - start],
            input[start..end],
            "audio leaves unchanged"
        );
    }
}

#[test]
fn silence_sends_nothing() {
    let collected = run(&PipelineConfig::new(48_000), &vec![0.0; 48_000 * 5]);
    assert_eq!(collected.events, []);
    assert_eq!(collected.audio, []);
    assert_eq!(
        collected.windows.len(),
        (5 * 16_000_usize).div_ceil(WINDOW_SAMPLES)
    );
}

#[test]
fn an_open_gate_sends_everything_once_and_in_order() {
    let input = recording("statement");
    let config = PipelineConfig {
        gate: Gate::Open,
        ..PipelineConfig::new(16_000)
    };
    let collected = run(&config, &input);
    let stretches = collected.stretches();
    assert_eq!(stretches.len(), 1, "no hole");
    assert_eq!(stretches[0].0, 0);
    assert_eq!(stretches[0].1[..input.len()], input);
}

#[test]
fn the_gate_changes_at_a_window_that_is_reported() {
    let input = recording("statement");
    let mut pipeline = Pipeline::new(&PipelineConfig::new(16_000)).unwrap();
    let mut collected = Collected::default();
    pipeline.push(&input[..1_000], &mut collected);
    pipeline.set_gate(Gate::Open);
    pipeline.push(&input[1_000..5_000], &mut collected);
    pipeline.set_gate(Gate::Voice);
    pipeline.push(&input[5_000..9_000], &mut collected);
    let changes: Vec<Event> = collected
        .events
        .iter()
        .copied()
        .filter(|event| matches!(event, Event::GateChanged { .. }))
        .collect();
    assert_eq!(
        changes,
        [
            Event::GateChanged {
                gate: Gate::Open,
                at: 512
            },
            Event::GateChanged {
                gate: Gate::Voice,
                at: 4_608
            },
        ]
    );
    let open = collected
        .audio
        .iter()
        .filter(|(start, _)| (512..4_608).contains(start))
        .count();
    assert_eq!(open, 8, "every window between the changes");
}

#[test]
fn opening_the_gate_while_speech_is_probable_keeps_its_beginning() {
    let input = recording("statement");
    let onset = (0..input.len() as u64)
        .step_by(WINDOW_SAMPLES)
        .find(|end| {
            let mut pipeline = Pipeline::new(&PipelineConfig::new(16_000)).unwrap();
            let mut collected = Collected::default();
            pipeline.push(&input[..*end as usize], &mut collected);
            !collected.events.is_empty()
        })
        .unwrap() as usize;
    let mut pipeline = Pipeline::new(&PipelineConfig::new(16_000)).unwrap();
    let mut collected = Collected::default();
    pipeline.push(&input[..onset], &mut collected);
    pipeline.set_gate(Gate::Open);
    pipeline.push(&input[onset..], &mut collected);
    pipeline.flush(&mut collected);
    let (first_audio, _) = collected.audio[0];
    let (audio_start, _) = confirmed(&collected)[0];
    assert_eq!(first_audio, audio_start, "the pre-roll leaves too");
    assert_eq!(
        collected.stretches().len(),
        1,
        "and nothing is missing after it"
    );
}

#[test]
fn a_level_comes_with_every_window() {
    let collected = run(&PipelineConfig::new(48_000), &sine(440.0, 48_000, 48_000));
    let steady = &collected.windows[2..collected.windows.len() - 2];
    for window in steady {
        assert!((window.level.peak_dbfs + 6.02).abs() < 0.1, "{window:?}");
        assert!((window.level.rms_dbfs + 9.03).abs() < 0.1, "{window:?}");
    }
}

#[test]
fn clipped_samples_and_runs_of_zeros_are_counted_at_the_devices_rate() {
    let mut input = vec![0.0_f32; 4_800];
    input[100..110].fill(1.0);
    input[2_000] = -1.0;
    let collected = run(&PipelineConfig::new(48_000), &input);
    let n_clipped: u32 = collected
        .windows
        .iter()
        .map(|window| window.input.n_clipped)
        .sum();
    assert_eq!(n_clipped, 11);
    let first = collected.windows.first().unwrap();
    assert_eq!(
        first.input.n_clipped, 10,
        "each is counted once, in its window"
    );
    let last = collected.windows.last().unwrap();
    assert_eq!(last.input.zero_run, 4_800 - 2_001);
}

#[test]
fn a_new_device_rate_neither_loses_nor_doubles_a_segment() {
    let speech = recording("statement");
    let doubled: Vec<f32> = speech
        .iter()
        .flat_map(|sample| [*sample, *sample])
        .collect();
    let at = 24_000;
    let mut pipeline = Pipeline::new(&PipelineConfig::new(16_000)).unwrap();
    let mut collected = Collected::default();
    pipeline.push(&speech[..at], &mut collected);
    let open = collected.events.len();
    assert!(
        open > 0 && confirmed(&collected).is_empty(),
        "a segment is open"
    );
    pipeline.set_input_rate(32_000).unwrap();
    pipeline.push(&doubled[2 * at..], &mut collected);
    pipeline.flush(&mut collected);

    let unchanged = confirmed(&run(&PipelineConfig::new(16_000), &speech));
    let changed = confirmed(&collected);
    assert_eq!(changed.len(), unchanged.len());
    for (changed, unchanged) in changed.iter().zip(&unchanged) {
        assert!(
            changed.0.abs_diff(unchanged.0) <= 1_024,
            "{changed:?} and {unchanged:?}"
        );
        assert!(
            changed.1.abs_diff(unchanged.1) <= 2_048,
            "{changed:?} and {unchanged:?}"
        );
    }
}

#[test]
fn samples_that_are_no_numbers_do_not_outlive_their_window() {
    let input = recording("statement");
    let mut pipeline = Pipeline::new(&PipelineConfig::new(16_000)).unwrap();
    let mut poisoned = Collected::default();
    pipeline.push(
        &[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX],
        &mut poisoned,
    );
    pipeline.push(&[0.0; 16_000 - 4], &mut poisoned);
    pipeline.push(&input, &mut poisoned);
    pipeline.flush(&mut poisoned);
    assert!(
        poisoned
            .windows
            .iter()
            .all(|window| window.probability.is_finite())
    );
    assert!(
        !confirmed(&poisoned).is_empty(),
        "speech afterwards is still found"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn splitting_the_input_does_not_change_what_comes_out(
        pieces in prop::collection::vec(1_usize..3_000, 1..60),
    ) {
        let input = recording("statement");
        let config = PipelineConfig::new(16_000);
        let whole = run(&config, &input);
        let mut pipeline = Pipeline::new(&config).unwrap();
        let mut collected = Collected::default();
        let mut rest = &input[..];
        for piece in pieces.iter().cycle() {
            let (head, tail) = rest.split_at((*piece).min(rest.len()));
            pipeline.push(head, &mut collected);
            rest = tail;
            if rest.is_empty() {
                break;
            }
        }
        pipeline.flush(&mut collected);
        prop_assert!(collected == whole, "the same windows, events and audio");
    }

    #[test]
    fn any_floats_at_any_rate_leave_finite_windows(
        rate_hz in 8_000_u32..=192_000,
        samples in prop::collection::vec(any::<f32>(), 0..4_000),
    ) {
        let collected = run(&PipelineConfig::new(rate_hz), &samples);
        for window in &collected.windows {
            prop_assert!((0.0..=1.0).contains(&window.probability));
            prop_assert!(window.level.rms_dbfs.is_finite() && window.level.peak_dbfs.is_finite());
        }
    }
}
