//! The detector beside ONNX Runtime, whose probabilities are kept as figures in `tests/golden`
//! (`cargo xtask golden` makes them again).

use audio_dsp::{Vad, VadKernel, WINDOW_SAMPLES, Weights};

use crate::support::recording;

/// Recordings and what ONNX Runtime made of them.
const GOLDEN: [(&str, &str); 2] = [
    ("statement", include_str!("../golden/statement.csv")),
    ("noisy", include_str!("../golden/noisy.csv")),
];

/// What two series of probabilities differ by.
#[derive(Debug)]
struct Difference {
    max: f64,
    mean: f64,
    /// Windows that fall on the other side of 0.5.
    n_decisions: usize,
}

fn parse(golden: &str) -> Vec<f32> {
    let rows = golden.lines().skip(1);
    rows.map(|row| row.split(',').nth(1).unwrap().parse().unwrap())
        .collect()
}

fn probabilities(weights: &Weights, kernel: VadKernel, samples: &[f32]) -> Vec<f32> {
    let mut vad = Vad::with_weights(weights, kernel);
    assert_eq!(vad.kernel(), kernel);
    samples
        .as_chunks::<WINDOW_SAMPLES>()
        .0
        .iter()
        .map(|window| vad.push(window))
        .collect()
}

fn difference(a: &[f32], b: &[f32]) -> Difference {
    assert_eq!(a.len(), b.len(), "as many windows");
    let pairs = || a.iter().zip(b);
    let errors = || pairs().map(|(a, b)| f64::from((a - b).abs()));
    Difference {
        max: errors().fold(0.0, f64::max),
        mean: errors().sum::<f64>() / a.len() as f64,
        n_decisions: pairs()
            .filter(|(a, b)| (**a >= 0.5) != (**b >= 0.5))
            .count(),
    }
}

/// The full-precision weights. They are not in the repository; the command that packs them also
/// unpacks the published model.
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the one thing here that comes from outside the repository"
)]
fn full_precision() -> Weights {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let path = target.join("weights/silero-v6.2-16k.f32");
    if !path.exists() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = std::process::Command::new(cargo)
            .args(["run", "--package", "xtask", "--", "weights", "--check"])
            .current_dir(&root)
            .status()
            .unwrap();
        assert!(status.success(), "`cargo xtask weights --check` failed");
    }
    Weights::from_f32_le(&std::fs::read(path).unwrap()).unwrap()
}

fn kernels() -> impl Iterator<Item = VadKernel> {
    VadKernel::ALL
        .into_iter()
        .filter(|kernel| kernel.runs_here())
}

#[test]
fn full_precision_agrees_with_onnx_runtime_within_1e_5() {
    let weights = full_precision();
    for (stem, golden) in GOLDEN {
        let expected = parse(golden);
        assert!(expected.iter().any(|p| *p > 0.9) && expected.iter().any(|p| *p < 0.1));
        let actual = probabilities(&weights, VadKernel::Single, &recording(stem));
        let difference = difference(&actual, &expected);
        assert!(
            difference.max < 1e-5 && difference.n_decisions == 0,
            "{stem}: {difference:?}"
        );
    }
}

/// The two packed forms, read from their files, whatever form this build carries.
const HALF: &[u8] = include_bytes!("../../weights/silero-v6.2-16k.f16");
const QUANTIZED: &[u8] = include_bytes!("../../weights/silero-v6.2-16k.q8");

#[test]
fn the_build_carries_one_of_the_two_forms() {
    let expected = if cfg!(feature = "lite") {
        Weights::from_quantized(QUANTIZED)
    } else {
        Weights::from_packed(HALF)
    };
    assert_eq!(Weights::bundled(), expected.unwrap());
}

#[test]
fn eight_bit_weights_change_no_decision_on_clear_speech() {
    let weights = Weights::from_quantized(QUANTIZED).unwrap();
    for (stem, golden) in GOLDEN {
        let actual = probabilities(&weights, VadKernel::detect(), &recording(stem));
        let difference = difference(&actual, &parse(golden));
        assert!(
            difference.mean < 5e-3 && difference.n_decisions <= 1,
            "{stem}: {difference:?}"
        );
    }
}

#[test]
fn packed_weights_agree_with_onnx_runtime_within_5e_3_and_2e_4_on_average() {
    let weights = Weights::from_packed(HALF).unwrap();
    for (stem, golden) in GOLDEN {
        for kernel in kernels() {
            let actual = probabilities(&weights, kernel, &recording(stem));
            let difference = difference(&actual, &parse(golden));
            assert!(
                difference.max < 5e-3 && difference.mean < 2e-4 && difference.n_decisions == 0,
                "{stem} on {kernel:?}: {difference:?}"
            );
        }
    }
}

#[test]
fn every_integer_kernel_gives_the_same_numbers_to_the_last_bit() {
    let weights = Weights::bundled();
    for (stem, _) in GOLDEN {
        let samples = recording(stem);
        let reference = probabilities(&weights, VadKernel::Plain, &samples);
        for kernel in kernels().filter(|kernel| *kernel != VadKernel::Single) {
            assert_eq!(
                probabilities(&weights, kernel, &samples),
                reference,
                "{stem}, {kernel:?}"
            );
        }
    }
}

#[test]
fn the_context_between_windows_decides_whether_speech_is_found() {
    // A detector that is reset before each window never sees context: the defect that the
    // published model is most often used with.
    let samples = recording("statement");
    let windows = samples.as_chunks::<WINDOW_SAMPLES>().0;
    let mut vad = Vad::new();
    let with_context = windows
        .iter()
        .filter(|window| vad.push(window) >= 0.5)
        .count();
    let without_context = windows
        .iter()
        .filter(|window| {
            vad.reset();
            vad.push(window) >= 0.5
        })
        .count();
    assert!(
        with_context > 2 * without_context,
        "{with_context} windows of speech with context, {without_context} without"
    );
}

#[test]
fn a_reset_detector_is_a_new_one() {
    let samples = recording("noisy");
    let windows = samples.as_chunks::<WINDOW_SAMPLES>().0;
    let mut vad = Vad::new();
    let first: Vec<f32> = windows.iter().map(|window| vad.push(window)).collect();
    vad.reset();
    let second: Vec<f32> = windows.iter().map(|window| vad.push(window)).collect();
    assert_eq!(first, second);
}
