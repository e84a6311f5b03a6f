//! `switchboard vad` on files made here.

use std::{
    f64::consts::TAU,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

const HEADER: &str = "onset_s,offset_s,audio_start_s,audio_end_s,state";

#[test]
fn finds_a_voice_at_every_sample_rate() {
    let folder = TempDir::new().unwrap();
    for rate in [16_000, 22_050, 44_100, 48_000, 96_000] {
        let samples = [silence(rate, 1.0), voice(rate, 1.5), silence(rate, 1.5)].concat();
        let path = write(&folder, &format!("{rate}.wav"), rate, 1, &samples);
        let rows = rows(&vad(&[&path]));
        let [row] = rows.as_slice() else {
            panic!("{rate} Hz: {rows:?}");
        };
        let (times, state) = parse(row);
        let [onset, offset, audio_start, audio_end] = times;
        assert!((onset - 1.0).abs() < 0.05, "{rate} Hz: {row}");
        assert!((offset - 2.5).abs() < 0.05, "{rate} Hz: {row}");
        assert!(
            (onset - audio_start - 0.480).abs() < 1e-6,
            "{rate} Hz: {row}"
        );
        assert!(
            (audio_end - offset - 0.512).abs() < 1e-6,
            "{rate} Hz: {row}"
        );
        assert_eq!(state, "confirmed");
    }
}

#[test]
fn ends_a_segment_with_the_file() {
    let folder = TempDir::new().unwrap();
    let samples = [silence(16_000, 1.0), voice(16_000, 1.0)].concat();
    let path = write(&folder, "cut.wav", 16_000, 1, &samples);
    let rows = rows(&vad(&[&path]));
    let (times, _) = parse(rows.last().unwrap());
    assert!(times[1] >= 1.9 && times[3] <= 2.016, "{rows:?}");
}

#[test]
fn lists_a_sound_too_short_to_be_speech_as_retracted() {
    let folder = TempDir::new().unwrap();
    let samples = [
        silence(16_000, 1.0),
        voice(16_000, 0.05),
        silence(16_000, 1.0),
    ]
    .concat();
    let path = write(&folder, "short.wav", 16_000, 1, &samples);
    let rows = rows(&vad(&[&path]));
    let (times, state) = parse(rows.first().unwrap());
    assert_eq!((rows.len(), state), (1, "retracted"), "{rows:?}");
    let [onset, offset, audio_start, audio_end] = times;
    assert!(onset < offset && offset < onset + 0.1, "{rows:?}");
    assert_eq!((audio_start, audio_end), (onset, onset));
}

#[test]
fn finds_no_speech_in_silence_and_tones() {
    let folder = TempDir::new().unwrap();
    for (name, samples) in [
        ("silence.wav", silence(16_000, 2.0)),
        ("tone.wav", tone(16_000, 2.0)),
    ] {
        let path = write(&folder, name, 16_000, 1, &samples);
        let output = vad(&[&path]);
        assert!(output.status.success());
        assert_eq!(stdout(&output), format!("{HEADER}\n"), "{name}");
    }
}

#[test]
fn gives_one_probability_for_each_window() {
    let folder = TempDir::new().unwrap();
    let samples = [silence(16_000, 0.5), voice(16_000, 0.5)].concat();
    let path = write(&folder, "a.wav", 16_000, 1, &samples);
    let output = vad(&[Path::new("--probs"), &path]);
    let text = stdout(&output);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("time_s,prob"));
    let probabilities: Vec<(f64, f64)> = lines
        .map(|line| {
            let (time, probability) = line.split_once(',').unwrap();
            (time.parse().unwrap(), probability.parse().unwrap())
        })
        .collect();
    assert_eq!(probabilities.len(), 16_000_usize.div_ceil(512));
    for (n, (time, probability)) in probabilities.iter().enumerate() {
        assert!((time - 0.032 * n as f64).abs() < 1e-9, "{text}");
        assert_eq!(*probability > 0.5, *time > 0.49, "{text}");
    }
}

#[test]
fn names_what_is_wrong_with_a_file() {
    let folder = TempDir::new().unwrap();
    let text = folder.path().join("letter.wav");
    fs::write(&text, "Dear relay, I am a letter.").unwrap();
    let stereo = write(&folder, "stereo.wav", 16_000, 2, &silence(16_000, 0.1));
    let empty = write(&folder, "empty.wav", 16_000, 1, &[]);
    let whole = fs::read(&stereo).unwrap();
    let cut = folder.path().join("cut.wav");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let missing = folder.path().join("missing.wav");
    for (path, wanted) in [
        (&text, "letter.wav is not a WAV file"),
        (&stereo, "stereo.wav has 2 channels"),
        (&empty, "empty.wav is empty"),
        (&cut, "cut.wav "),
        (&missing, "missing.wav cannot be read"),
    ] {
        let output = vad(&[path]);
        let message = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(message.contains(wanted), "{message}");
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn writes_one_table_for_each_file_and_passes_over_a_bad_one() {
    let folder = TempDir::new().unwrap();
    let good = write(&folder, "good.wav", 16_000, 1, &voice(16_000, 1.0));
    let bad = folder.path().join("bad.wav");
    fs::write(&bad, "no sound").unwrap();
    let quiet = write(&folder, "quiet.wav", 8_000, 1, &silence(8_000, 1.0));
    let out = folder.path().join("new").join("tables");
    let output = vad(&[&good, &bad, &quiet, Path::new("--out"), &out]);

    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(message.contains("bad.wav is not a WAV file"), "{message}");
    assert!(message.contains("1 of 3 files"), "{message}");
    assert_eq!(stdout(&output), "");
    let table = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    assert!(table("good.csv").contains("confirmed"));
    assert_eq!(table("quiet.csv"), format!("{HEADER}\n"));
    assert!(!out.join("bad.csv").exists());
}

#[test]
fn refuses_files_whose_tables_would_collide() {
    let folder = TempDir::new().unwrap();
    let first = write(&folder, "same.wav", 16_000, 1, &silence(16_000, 0.1));
    let second = folder.path().join("same.WAV");
    fs::copy(&first, &second).unwrap();
    for (arguments, wanted) in [
        (vec![first.as_path(), &second], "need --out"),
        (
            vec![first.as_path(), &second, Path::new("--out"), folder.path()],
            "would both be written to same.csv",
        ),
    ] {
        let output = vad(&arguments);
        let message = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(message.contains(wanted), "{message}");
        assert!(!folder.path().join("same.csv").exists());
    }
}

fn vad(arguments: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_switchboard"))
        .arg("vad")
        .args(arguments)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The lines below the header.
fn rows(output: &Output) -> Vec<String> {
    let text = stdout(output);
    let mut lines = text.lines().map(str::to_owned);
    assert_eq!(lines.next().as_deref(), Some(HEADER));
    lines.collect()
}

fn parse(row: &str) -> ([f64; 4], &str) {
    let (times, state) = row.rsplit_once(',').unwrap();
    let times: Vec<f64> = times.split(',').map(|time| time.parse().unwrap()).collect();
    (times.try_into().unwrap(), state)
}

fn write(folder: &TempDir, name: &str, rate: u32, channels: u16, samples: &[f64]) -> PathBuf {
    let path = folder.path().join(name);
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for sample in samples {
        writer.write_sample((sample * 32_767.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
    path
}

fn silence(rate: u32, seconds: f64) -> Vec<f64> {
    vec![0.0; (seconds * f64::from(rate)) as usize]
}

fn tone(rate: u32, seconds: f64) -> Vec<f64> {
    let n_samples = (seconds * f64::from(rate)) as u32;
    (0..n_samples)
        .map(|n| 0.3 * (TAU * 440.0 * f64::from(n) / f64::from(rate)).sin())
        .collect()
}

/// Something that a detector takes for a person: glottal pulses of a rising and falling pitch
/// through the resonances of four vowels, one gliding into the next.
fn voice(rate: u32, seconds: f64) -> Vec<f64> {
    const VOWELS: [[f64; 3]; 4] = [
        [730.0, 1_090.0, 2_440.0],
        [270.0, 2_290.0, 3_010.0],
        [300.0, 870.0, 2_240.0],
        [530.0, 1_840.0, 2_480.0],
    ];
    const LOUDNESS: [f64; 3] = [1.0, 0.6, 0.3];
    const VOWELS_PER_S: f64 = 4.0;

    let rate = f64::from(rate);
    let mut glottis = 0.0;
    let mut resonators = [[0.0; 2]; 3];
    let samples: Vec<f64> = (0..(seconds * rate) as u32)
        .map(|n| {
            let time = f64::from(n) / rate;
            let pitch = 120.0 * (1.0 + 0.15 * (TAU * 0.9 * time).sin());
            glottis += pitch / rate;
            let pulse = f64::from(glottis >= 1.0);
            glottis -= pulse;

            let place = time * VOWELS_PER_S;
            let (from, to) = (VOWELS[place as usize % 4], VOWELS[(place as usize + 1) % 4]);
            let mut sum = 0.0;
            for (formant, state) in resonators.iter_mut().enumerate() {
                let glide = place.fract();
                let frequency = from[formant] * (1.0 - glide) + to[formant] * glide;
                let bandwidth = 60.0 + 40.0 * formant as f64;
                let decay = (-TAU / 2.0 * bandwidth / rate).exp();
                let turn = 2.0 * decay * (TAU * frequency / rate).cos();
                let output = pulse + turn * state[0] - decay * decay * state[1];
                *state = [output, state[0]];
                sum += output * (1.0 - decay) * LOUDNESS[formant];
            }
            sum
        })
        .collect();
    let peak = samples.iter().fold(0.0_f64, |peak, s| peak.max(s.abs()));
    samples.iter().map(|sample| sample / peak * 0.5).collect()
}
