//! Frames: what holds for all of them, and for all bytes.

use proptest::prelude::*;
use proptest::sample::select;
use relay_proto::frame::{
    Body, CaptureMode, EndReason, Frame, FrameError, Kind, MAX_SAMPLE_TIME, encode_audio,
};
use relay_proto::pcm::{Pcm, to_i16};

use crate::frames::{from_hex, vectors};

proptest! {
    #[test]
    fn no_bytes_upset_the_decoder(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = Frame::decode(&bytes);
    }

    #[test]
    fn whatever_decodes_encodes_to_the_same_bytes(bytes in near_frames()) {
        if let Ok(frame) = Frame::decode(&bytes) {
            let mut encoded = vec![0; bytes.len()];
            prop_assert_eq!(frame.encoded_len(), bytes.len());
            prop_assert_eq!(frame.encode(&mut encoded), Ok(bytes.len()));
            prop_assert_eq!(encoded, bytes);
        }
    }

    #[test]
    fn whatever_encodes_decodes_to_the_same_frame(
        (sequence, sample_time) in headers(),
        body in bodies(),
    ) {
        let frame = Frame { sequence, sample_time, body };
        let mut bytes = vec![0; frame.encoded_len()];
        if frame.encode(&mut bytes).is_ok() {
            prop_assert_eq!(Frame::decode(&bytes), Ok(frame));
        }
    }

    #[test]
    fn refuses_every_frame_that_is_cut_short_or_goes_on(
        (sequence, sample_time) in headers(),
        body in bodies(),
        cut in 1..40_usize,
    ) {
        let frame = Frame { sequence, sample_time, body };
        let mut bytes = vec![0; frame.encoded_len() + 1];
        if let Ok(n_bytes) = frame.encode(&mut bytes) {
            prop_assert!(Frame::decode(&bytes).is_err());
            let is_audio = body.kind() == Kind::Audio;
            let n_left = n_bytes.saturating_sub(cut);
            // Audio that loses whole samples is shorter audio.
            if !(is_audio && cut % 2 == 0 && n_left > 16) {
                prop_assert!(Frame::decode(&bytes[..n_left]).is_err());
            }
        }
    }

    #[test]
    fn a_buffer_that_is_too_small_is_refused(body in bodies(), missing in 1..20_usize) {
        let frame = Frame { sequence: 0, sample_time: 1 << 40, body };
        let expected = frame.encoded_len();
        if frame.encode(&mut vec![0; expected]).is_ok() {
            let actual = expected.saturating_sub(missing);
            let mut out = vec![0; actual];
            prop_assert_eq!(frame.encode(&mut out), Err(FrameError::NoRoom { expected, actual }));
        }
    }

    #[test]
    fn float_audio_arrives_as_it_converts(
        samples in prop::collection::vec(any::<f32>(), 1..600),
        sample_time in 0..=MAX_SAMPLE_TIME,
    ) {
        let mut out = vec![0; 16 + 2 * samples.len()];
        let n_bytes = encode_audio(sample_time, &samples, &mut out).unwrap();
        prop_assert_eq!(n_bytes, out.len());
        let frame = Frame::decode(&out).unwrap();
        prop_assert_eq!((frame.sequence, frame.sample_time), (0, sample_time));
        let Body::Audio(pcm) = frame.body else { panic!("{frame:?} is no audio") };
        prop_assert_eq!(pcm.len(), samples.len());
        prop_assert!(pcm.iter().eq(samples.iter().map(|sample| to_i16(*sample))));
    }
}

fn headers() -> impl Strategy<Value = (u32, u64)> {
    let sequence = prop_oneof![Just(0), any::<u32>()];
    (sequence, times())
}

fn times() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..100_000_u64,
        1 => MAX_SAMPLE_TIME - 5..MAX_SAMPLE_TIME + 5,
        1 => any::<u64>(),
    ]
}

fn bodies() -> impl Strategy<Value = Body<'static>> {
    const SAMPLES: &[u8] = &[1, 2, 3, 4, 255, 127, 0, 128, 9, 10];
    let reasons = select(vec![
        EndReason::Silence,
        EndReason::MaxSpeech,
        EndReason::Flush,
    ]);
    let modes = select(vec![CaptureMode::Gated, CaptureMode::Continuous]);
    prop_oneof![
        (1..=SAMPLES.len() / 2).prop_map(|n| Body::Audio(Pcm::new(&SAMPLES[..2 * n]).unwrap())),
        any::<u32>().prop_map(|segment| Body::Probable { segment }),
        (any::<u32>(), times()).prop_map(|(segment, audio_start)| Body::Confirmed {
            segment,
            audio_start
        }),
        (any::<u32>(), reasons, prop::array::uniform4(times())).prop_map(
            |(segment, reason, [onset, offset, audio_start, audio_end])| Body::Ended {
                segment,
                reason,
                onset,
                offset,
                audio_start,
                audio_end,
            }
        ),
        any::<u32>().prop_map(|segment| Body::Retracted { segment }),
        prop::array::uniform3(any::<f32>()).prop_map(|[probability, rms_dbfs, peak_dbfs]| {
            Body::Level {
                probability,
                rms_dbfs,
                peak_dbfs,
            }
        }),
        times().prop_map(|samples| Body::Gap { samples }),
        modes.prop_map(|mode| Body::ModeChanged { mode }),
    ]
}

/// Bytes that are almost frames: a vector with a few bytes changed.
fn near_frames() -> impl Strategy<Value = Vec<u8>> {
    let frames: Vec<Vec<u8>> = vectors()
        .frames
        .iter()
        .map(|valid| from_hex(&valid.hex))
        .collect();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (select(frames), changes).prop_map(|(mut bytes, changes)| {
        for (idx, byte) in changes {
            let idx = idx.index(bytes.len());
            bytes[idx] = byte;
        }
        bytes
    })
}
