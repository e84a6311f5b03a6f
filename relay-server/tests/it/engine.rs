//! `vad.engine = "ort"`, with a real ONNX Runtime.

use std::{
    env::consts::DLL_PREFIX,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
};

use tempfile::TempDir;

use crate::onnx::{self, FLOAT, SILERO_INPUTS, Value};

/// What a model of the right shape gives, as far as it can be declared.
const SILERO_OUTPUTS: [Value<'_>; 2] =
    [("output", FLOAT, &[1, 1]), ("stateN", FLOAT, &[2, 1, 128])];

#[test]
fn judges_windows_like_the_detector_that_is_built_in() {
    let folder = TempDir::new().unwrap();
    let config = configure(&folder, &SILERO_MODEL, Some(&RUNTIME));
    for recording in ["noisy.wav", "statement.wav"] {
        let recording = repository("crates/audio-dsp/tests/data").join(recording);
        let ours = probabilities(&vad(&[Path::new("--probs"), &recording]));
        let theirs = probabilities(&vad(&[
            Path::new("--probs"),
            &recording,
            Path::new("--config"),
            &config,
        ]));
        assert_eq!(ours.len(), theirs.len());
        assert!(ours.len() > 60 && ours.iter().any(|&probability| probability > 0.9));
        let differences = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs());
        let worst = differences.clone().fold(0.0, f64::max);
        let mean = differences.sum::<f64>() / ours.len() as f64;
        let recording = recording.display();
        assert!(worst < 5e-3 && mean < 2e-4, "{recording}: {worst} {mean}");
    }
}

#[test]
fn finds_the_segments_that_the_detector_that_is_built_in_finds() {
    let folder = TempDir::new().unwrap();
    let config = configure(&folder, &SILERO_MODEL, Some(&RUNTIME));
    let recording = repository("tests/fixtures/two_utterances.wav");
    let ours = vad(&[&recording]);
    let theirs = vad(&[&recording, Path::new("--config"), &config]);
    assert!(theirs.status.success(), "{}", stderr(&theirs));
    assert_eq!(theirs.stdout, ours.stdout);
    assert_eq!(stdout(&theirs).matches("confirmed").count(), 2);
}

#[test]
fn finds_the_library_by_the_environment() {
    let folder = TempDir::new().unwrap();
    let config = configure(&folder, &SILERO_MODEL, None);
    let output = command(&[&recording(&folder), Path::new("--config"), &config])
        .env("ORT_DYLIB_PATH", &*RUNTIME)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn says_what_is_wrong_with_the_library_and_how_to_get_it() {
    let folder = TempDir::new().unwrap();
    let text = write(&folder, "text.so", b"Dear relay, I am a letter.");
    let missing = folder.path().join("missing.so");
    let other = beside_runtime("providers_shared");
    for (library, wanted) in [
        (&missing, "missing.so does not load: "),
        (&text, "text.so does not load: "),
        (&other, " is another library"),
    ] {
        let config = configure(&folder, &SILERO_MODEL, Some(library));
        let output = vad(&[&recording(&folder), Path::new("--config"), &config]);
        for wanted in [
            "cannot load ONNX Runtime: ",
            wanted,
            "pip install onnxruntime",
        ] {
            expect_complaint(&output, wanted);
        }
    }
}

#[test]
fn says_what_is_wrong_with_the_model() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing.onnx");
    let text = write(&folder, "text.onnx", b"Dear relay, I am a letter.");
    let other_inputs: [Value<'_>; 1] = [("samples", FLOAT, &[1, 512])];
    let other_outputs: [Value<'_>; 1] = [("speech", FLOAT, &[1, 512])];
    let nodes = [("Identity", "samples", "speech")];
    let other = onnx::model(&other_inputs, &nodes, &other_outputs);
    let other = write(&folder, "other.onnx", &other);
    let many_outputs = [("output", FLOAT, &[1, 576][..]), SILERO_OUTPUTS[1]];
    let nodes = [
        ("Identity", "input", "output"),
        ("Identity", "state", "stateN"),
    ];
    let many = onnx::model(&SILERO_INPUTS, &nodes, &many_outputs);
    let many = write(&folder, "many.onnx", &many);
    for (model, wanted) in [
        (
            &missing,
            "missing.onnx, which vad.model names: No such file or directory (os error 2)\n",
        ),
        (&text, "text.onnx is no model that ONNX Runtime can load: "),
        (
            &other,
            "but this one takes `samples` (Tensor<f32>(1, 512)) and gives `speech` (Tensor<f32>",
        ),
        (
            &many,
            "many.onnx cannot judge a window of silence: the model gave `output` with the shape \
             [1, 576] instead of one value",
        ),
    ] {
        let config = configure(&folder, model, Some(&RUNTIME));
        let output = vad(&[&recording(&folder), Path::new("--config"), &config]);
        expect_complaint(&output, wanted);
    }
}

#[test]
fn ends_with_a_message_when_the_model_fails_in_the_middle() {
    let folder = TempDir::new().unwrap();
    // Its probability is the mean of the samples, which is none as soon as that is negative.
    let nodes = [
        ("ReduceMean", "input", "output"),
        ("Identity", "state", "stateN"),
    ];
    let model = onnx::model(&SILERO_INPUTS, &nodes, &SILERO_OUTPUTS);
    let model = write(&folder, "mean.onnx", &model);
    let config = configure(&folder, &model, Some(&RUNTIME));

    let good = recording(&folder);
    let output = vad(&[&good, Path::new("--config"), &config]);
    assert!(output.status.success(), "{}", stderr(&output));

    let bad = folder.path().join("bad.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&bad, spec).unwrap();
    for n in 0..512 * 20 {
        writer
            .write_sample(if n < 512 * 10 { 0_i16 } else { -9_000 })
            .unwrap();
    }
    writer.finalize().unwrap();
    let output = vad(&[&bad, Path::new("--config"), &config]);
    expect_complaint(
        &output,
        "bad.wav cannot be judged to its end: the detector failed after 10 windows: the model gave -0.",
    );
}

/// ONNX Runtime, in the Python environment that `cargo xtask` makes.
static RUNTIME: LazyLock<PathBuf> = LazyLock::new(|| beside_runtime("."));

/// The model that the built-in detector is made from, in cargo's copy of the package that carries it.
static SILERO_MODEL: LazyLock<PathBuf> = LazyLock::new(|| {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "silero");
    let manifest = package.unwrap()["manifest_path"].as_str().unwrap();
    Path::new(manifest).with_file_name("models/silero_vad.onnx")
});

/// The library of the runtime whose name goes on like this.
fn beside_runtime(rest: &str) -> PathBuf {
    let python = repository("target/tools/python");
    let mut folders = vec![python.join("Lib")];
    let versions = fs::read_dir(python.join("lib")).into_iter().flatten();
    folders.extend(versions.map(|entry| entry.unwrap().path()));
    let libraries = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder.join("site-packages/onnxruntime/capi")).ok());
    let mut paths = libraries.flatten().map(|entry| entry.unwrap().path());
    let separator = if rest == "." { "" } else { "_" };
    let start = format!("{DLL_PREFIX}onnxruntime{separator}{rest}");
    paths
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with(&start)
        })
        .unwrap_or_else(|| {
            panic!(
                "there is no {start}* in {}: `cargo xtask test` or `cargo xtask golden` installs \
                 ONNX Runtime there",
                python.display()
            )
        })
}

/// Writes a configuration with the engine.
fn configure(folder: &TempDir, model: &Path, library: Option<&Path>) -> PathBuf {
    let mut text = format!("[vad]\nengine = \"ort\"\nmodel = '{}'\n", model.display());
    if let Some(library) = library {
        text += &format!("library = '{}'\n", library.display());
    }
    write(folder, "engine.toml", text.as_bytes())
}

fn write(folder: &TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

/// A second of silence.
fn recording(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("silence.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for _ in 0..16_000 {
        writer.write_sample(0_i16).unwrap();
    }
    writer.finalize().unwrap();
    path
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn command(arguments: &[&Path]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command
        .arg("vad")
        .args(arguments)
        .env_remove("ORT_DYLIB_PATH");
    command
}

fn vad(arguments: &[&Path]) -> Output {
    command(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn probabilities(output: &Output) -> Vec<f64> {
    assert!(output.status.success(), "{}", stderr(output));
    let text = stdout(output);
    let lines = text.lines().skip(1);
    let columns = lines.map(|line| line.split_once(',').unwrap());
    columns.map(|(_, value)| value.parse().unwrap()).collect()
}

fn expect_complaint(output: &Output, wanted: &str) {
    let message = stderr(output);
    assert!(message.contains(wanted), "{message:?} lacks {wanted:?}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(output), "");
}
