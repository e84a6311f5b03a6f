//! Samples in, frames out: what the audio thread hands to the link.
#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap fails the test and names the line"
)]

use audio_dsp::{Gate, PipelineConfig, SegmenterConfig};
use relay_proto::frame::{Body, CaptureMode, Frame};
use worklet::{Capture, INPUT_CAPACITY};

/// Splits an outbox into its frames, checking what the link relies on.
fn frames(mut outbox: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while let Some((length, rest)) = outbox.split_first_chunk::<4>() {
        let n_bytes = u32::from_le_bytes(*length) as usize;
        assert_eq!(n_bytes % 4, 0, "lengths are whole words");
        assert!(n_bytes + 4 <= 2_048, "a frame fits a parcel");
        let (frame, rest) = rest.split_at(n_bytes);
        assert_eq!(
            Frame::decode(frame).unwrap().sequence,
            0,
            "the link numbers the frames"
        );
        frames.push(frame.to_vec());
        outbox = rest;
    }
    assert!(outbox.is_empty(), "nothing is left over");
    frames
}

fn push(capture: &mut Capture, samples: &[f32]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for piece in samples.chunks(128) {
        capture.input_mut()[..piece.len()].copy_from_slice(piece);
        all.extend(frames(capture.push(piece.len())));
    }
    all
}

/// The recording of the audio crate: a spoken statement at 16 kHz.
fn statement() -> Vec<f32> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../crates/audio-dsp/tests/data/statement.wav"
    );
    let mut reader = hound::WavReader::open(path).unwrap();
    reader
        .samples::<i16>()
        .map(|sample| f32::from(sample.unwrap()) / 32_768.0)
        .collect()
}

#[test]
fn speech_becomes_frames_in_the_order_of_the_wire() {
    let mut capture = Capture::new(&PipelineConfig::new(16_000)).unwrap();
    let mut all = push(&mut capture, &statement());
    all.extend(frames(capture.flush()));

    let mut audio_until = None;
    let mut n_ended = 0;
    let mut n_levels = 0;
    for bytes in &all {
        let frame = Frame::decode(bytes).unwrap();
        match frame.body {
            Body::Confirmed { audio_start, .. } => audio_until = Some(audio_start),
            Body::Audio(pcm) => {
                assert_eq!(
                    audio_until,
                    Some(frame.sample_time),
                    "audio follows without a hole"
                );
                audio_until = Some(frame.sample_time + pcm.len() as u64);
            }
            Body::Ended { audio_end, .. } => {
                assert_eq!(
                    audio_until,
                    Some(audio_end),
                    "the end comes after the last audio"
                );
                n_ended += 1;
            }
            Body::Level { .. } => n_levels += 1,
            Body::Probable { .. } | Body::Retracted { .. } => {}
            Body::Gap { .. } | Body::ModeChanged { .. } => panic!("nobody asked for {frame:?}"),
        }
    }
    assert!(n_ended > 0, "the recording holds speech");
    assert_eq!(
        n_levels,
        statement().len().div_ceil(512),
        "one level for each window"
    );
    assert_eq!(capture.n_lost(), 0);
}

#[test]
fn the_mode_changes_at_the_next_window_and_everything_is_sent() {
    let mut capture = Capture::new(&PipelineConfig::new(48_000)).unwrap();
    push(&mut capture, &[0.0; 2_000]);
    capture.set_gate(Gate::Open);
    let all = push(&mut capture, &[0.0; 4_800]);
    let changes: Vec<_> = all
        .iter()
        .map(|bytes| Frame::decode(bytes).unwrap())
        .filter(|frame| matches!(frame.body, Body::ModeChanged { .. }))
        .collect();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].sample_time, 512);
    assert_eq!(
        changes[0].body,
        Body::ModeChanged {
            mode: CaptureMode::Continuous
        }
    );
    let n_audio = all
        .iter()
        .filter(|bytes| matches!(Frame::decode(bytes).unwrap().body, Body::Audio(_)))
        .count();
    assert_eq!(n_audio, 3, "each window from there on");
}

#[test]
fn the_longest_pre_roll_fits_the_outbox() {
    let mut config = PipelineConfig::new(8_000);
    config.segmenter.speech_pad_ms = 1_000;
    config.segmenter.min_speech_ms = 512;
    let mut capture = Capture::new(&config).unwrap();
    // 8 kHz is the rate at which one call completes the most windows.
    let halved: Vec<f32> = statement().iter().step_by(2).copied().collect();
    let mut most_windows = 0;
    for piece in halved.chunks(INPUT_CAPACITY) {
        capture.input_mut()[..piece.len()].copy_from_slice(piece);
        let audio = frames(capture.push(piece.len()));
        let is_audio =
            |bytes: &&Vec<u8>| matches!(Frame::decode(bytes).unwrap().body, Body::Audio(_));
        most_windows = most_windows.max(audio.iter().filter(is_audio).count());
    }
    assert!(
        most_windows > 30,
        "a confirmation with its pre-roll came at once: {most_windows}"
    );
    assert_eq!(capture.n_lost(), 0);
}

#[test]
fn the_processors_defaults_are_the_segmenters() {
    let script = include_str!("../processor.js");
    let default = SegmenterConfig::DEFAULT;
    for line in [
        format!("threshold: {},", default.threshold),
        format!("neg_threshold: {},", default.neg_threshold),
        format!("min_speech_ms: {},", default.min_speech_ms),
        format!("speech_pad_ms: {},", default.speech_pad_ms),
        format!("min_silence_ms: {},", default.min_silence_ms),
        format!("max_speech_s: {},", default.max_speech_s),
    ] {
        let is_there = script.lines().any(|written| written.trim() == line);
        assert!(is_there, "processor.js lacks `{line}`");
    }
}
