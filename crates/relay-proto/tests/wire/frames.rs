//! Frames: golden vectors in both directions, and the limits.

use relay_proto::MAX_MESSAGE_BYTES;
use relay_proto::frame::{
    Body, CaptureMode, EndReason, Frame, FrameError, Kind, MAX_AUDIO_SAMPLES, MAX_SAMPLE_TIME,
    encode_audio, stamp,
};
use relay_proto::pcm::Pcm;
use serde::Deserialize;
use serde_json::Value;

use crate::variant;

#[derive(Deserialize)]
pub(crate) struct Vectors {
    pub(crate) frames: Vec<Valid>,
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
pub(crate) struct Valid {
    name: String,
    pub(crate) hex: String,
    frame: Value,
}

#[derive(Deserialize)]
pub(crate) struct Refused {
    name: String,
    hex: String,
    error: String,
}

pub(crate) fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../vectors/frames.json")).unwrap()
}

#[test]
fn decodes_and_encodes_the_vectors() {
    for Valid { name, hex, frame } in vectors().frames {
        let bytes = from_hex(&hex);
        let samples = samples_of(&frame);
        let frame = frame_of(&frame, &samples);
        assert_eq!(Frame::decode(&bytes), Ok(frame), "{name}");

        let mut encoded = [0xEE; 128];
        assert_eq!(frame.encode(&mut encoded), Ok(bytes.len()), "{name}");
        assert_eq!(encoded[..bytes.len()], bytes, "{name}");
    }
}

#[test]
fn refuses_the_vectors_that_are_no_frames() {
    for Refused { name, hex, error } in vectors().refused {
        let actual = Frame::decode(&from_hex(&hex)).unwrap_err();
        assert_eq!(variant(&actual), error, "{name}: {actual}");
    }
}

#[test]
fn the_vectors_show_every_kind() {
    let frames = vectors().frames;
    for kind in [
        "audio",
        "probable",
        "confirmed",
        "ended",
        "retracted",
        "level",
        "gap",
        "mode_changed",
    ] {
        assert!(
            frames.iter().any(|valid| valid.frame["kind"] == kind),
            "{kind}"
        );
    }
}

#[test]
fn refuses_a_message_that_is_too_long() {
    let actual = MAX_MESSAGE_BYTES + 1;
    let bytes = vec![1; actual];
    assert_eq!(Frame::decode(&bytes), Err(FrameError::TooLong { actual }));
}

#[test]
fn the_longest_audio_fills_a_message_and_one_sample_more_does_not_fit() {
    let mut out = vec![0; 2 * MAX_MESSAGE_BYTES];
    let samples = vec![0.5; MAX_AUDIO_SAMPLES + 1];
    let n_bytes = encode_audio(512, &samples[1..], &mut out).unwrap();
    assert_eq!(n_bytes, MAX_MESSAGE_BYTES);
    assert!(Frame::decode(&out[..n_bytes]).is_ok());
    assert_eq!(
        encode_audio(512, &samples, &mut out),
        Err(FrameError::TooLong {
            actual: MAX_MESSAGE_BYTES + 2
        })
    );
}

#[test]
fn encodes_no_audio_without_samples_and_none_beyond_the_end_of_time() {
    let mut out = [0; 64];
    assert_eq!(encode_audio(0, &[], &mut out), Err(FrameError::EmptyAudio));
    assert_eq!(
        encode_audio(MAX_SAMPLE_TIME + 1, &[0.0], &mut out),
        Err(FrameError::SampleTimeTooLarge {
            field: "sample_time",
            actual: MAX_SAMPLE_TIME + 1
        })
    );
}

#[test]
fn stamps_a_frame_and_nothing_else() {
    let mut audio = [0; 18];
    encode_audio(512, &[0.25], &mut audio).unwrap();
    stamp(&mut audio, 77).unwrap();
    assert_eq!(Frame::decode(&audio).unwrap().sequence, 77);
    assert_eq!(
        stamp(&mut audio, 0),
        Err(FrameError::Unnumbered { kind: Kind::Audio })
    );
    assert_eq!(
        stamp(&mut audio[..15], 1),
        Err(FrameError::TooShort {
            expected: 16,
            actual: 15
        })
    );

    let mut level = [0; 28];
    let frame = Frame {
        sequence: 0,
        sample_time: 0,
        body: Body::Level {
            probability: 0.0,
            rms_dbfs: -120.0,
            peak_dbfs: -120.0,
        },
    };
    frame.encode(&mut level).unwrap();
    assert_eq!(
        stamp(&mut level, 1),
        Err(FrameError::Unsequenced { actual: 1 })
    );
}

pub(crate) fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

/// The samples of an audio frame, as bytes.
fn samples_of(frame: &Value) -> Vec<u8> {
    frame["samples"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|sample| {
            i16::try_from(sample.as_i64().unwrap())
                .unwrap()
                .to_le_bytes()
        })
        .collect()
}

fn frame_of<'a>(fields: &Value, samples: &'a [u8]) -> Frame<'a> {
    let time = |field: &str| fields[field].as_u64().unwrap();
    let number = |field: &str| u32::try_from(time(field)).unwrap();
    let float = |field: &str| fields[field].as_f64().unwrap() as f32;
    let word = |field: &str| fields[field].as_str().unwrap();
    let body = match word("kind") {
        "audio" => Body::Audio(Pcm::new(samples).unwrap()),
        "probable" => Body::Probable {
            segment: number("segment"),
        },
        "confirmed" => Body::Confirmed {
            segment: number("segment"),
            audio_start: time("audio_start"),
        },
        "ended" => Body::Ended {
            segment: number("segment"),
            reason: match word("reason") {
                "silence" => EndReason::Silence,
                "max_speech" => EndReason::MaxSpeech,
                "flush" => EndReason::Flush,
                other => panic!("no such reason: {other}"),
            },
            onset: time("onset"),
            offset: time("offset"),
            audio_start: time("audio_start"),
            audio_end: time("audio_end"),
        },
        "retracted" => Body::Retracted {
            segment: number("segment"),
        },
        "level" => Body::Level {
            probability: float("probability"),
            rms_dbfs: float("rms_dbfs"),
            peak_dbfs: float("peak_dbfs"),
        },
        "gap" => Body::Gap {
            samples: time("samples"),
        },
        "mode_changed" => Body::ModeChanged {
            mode: match word("mode") {
                "gated" => CaptureMode::Gated,
                "continuous" => CaptureMode::Continuous,
                other => panic!("no such mode: {other}"),
            },
        },
        other => panic!("no such kind: {other}"),
    };
    Frame {
        sequence: number("sequence"),
        sample_time: time("sample_time"),
        body,
    }
}
