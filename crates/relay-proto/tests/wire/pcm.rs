//! Samples.

use proptest::prelude::*;
use relay_proto::frame::FrameError;
use relay_proto::pcm::{Pcm, to_f32, to_i16};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    samples: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    float: String,
    int: i16,
}

#[test]
fn converts_as_the_vectors_say() {
    let vectors: Vectors = serde_json::from_str(include_str!("../../vectors/pcm.json")).unwrap();
    for Sample { float, int } in vectors.samples {
        assert_eq!(to_i16(float.parse().unwrap()), int, "{float}");
    }
}

#[test]
fn every_integer_survives_as_a_float() {
    for sample in i16::MIN..=i16::MAX {
        assert_eq!(to_i16(to_f32(sample)), sample);
    }
}

#[test]
fn refuses_nothing_and_half_a_sample() {
    assert_eq!(Pcm::new(&[]), Err(FrameError::EmptyAudio));
    assert_eq!(
        Pcm::new(&[1, 2, 3]),
        Err(FrameError::OddPcmLength { actual: 3 })
    );
}

#[test]
fn shows_in_a_log_how_much_there_is_and_not_what() {
    let pcm = Pcm::new(&[77, 88, 77, 88]).unwrap();
    assert_eq!(format!("{pcm:?}"), "Pcm { n_samples: 2 }");
}

proptest! {
    #[test]
    fn rounds_to_the_nearest_integer_ties_to_even(bits in any::<u32>()) {
        let sample = f32::from_bits(bits);
        let exact = f64::from(sample) * 32_768.0;
        prop_assert_eq!(to_i16(sample), exact.round_ties_even() as i16);
    }
}
