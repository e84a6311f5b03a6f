//! What `--capture-dir` keeps.

use std::{
    fs,
    path::{Path, PathBuf},
};

use relay_proto::{
    frame::{Body, EndReason},
    message::ClientMessage,
};
use relay_server::{Config, Relay};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::harness::{Client, RunningRelay, soon};

const HEADER: &str = "onset_s,offset_s,audio_start_s,audio_end_s,state,rung\n";

#[tokio::test]
async fn keeps_each_confirmed_segment_to_the_sample() {
    let folder = TempDir::new().unwrap();
    let relay = keeping_relay(&folder).await;
    let mut client = relay.call().await;
    let voice = noise(512 * 40);

    client.frame(512, Body::Probable { segment: 0 }).await;
    client.frame(512, Body::Retracted { segment: 0 }).await;
    speak(&mut client, 1, 512 * 20, &voice[..512 * 10]).await;
    speak(&mut client, 2, 512 * 100, &voice[512 * 10..]).await;
    hang_up(client, relay).await;

    let call = only_call(&folder);
    assert_eq!(
        fs::read_to_string(call.join("segments.csv")).unwrap(),
        format!(
            "{HEADER}\
             0.032,0.032,0.032,0.032,retracted,worklet\n\
             0.672,0.928,0.640,0.960,confirmed,worklet\n\
             3.232,4.128,3.200,4.160,confirmed,worklet\n"
        )
    );
    assert_eq!(samples(&call.join("0001.wav")), voice[..512 * 10]);
    assert_eq!(samples(&call.join("0002.wav")), voice[512 * 10..]);
    assert_eq!(fs::read_dir(&call).unwrap().count(), 3);
}

#[tokio::test]
async fn divides_a_segment_that_was_cut_in_audio_sent_before() {
    let folder = TempDir::new().unwrap();
    let relay = keeping_relay(&folder).await;
    let mut client = relay.call().await;
    let voice = noise(512 * 30);

    client.frame(512, Body::Probable { segment: 0 }).await;
    let audio_start = 0;
    client
        .frame(
            512,
            Body::Confirmed {
                segment: 0,
                audio_start,
            },
        )
        .await;
    client.audio(0, &voice[..512 * 20]).await;
    let cut = 512 * 12;
    let ended = Body::Ended {
        segment: 0,
        reason: EndReason::MaxSpeech,
        onset: 512,
        offset: 512 * 11,
        audio_start: 0,
        audio_end: cut,
    };
    client.frame(cut, ended).await;
    client
        .frame(
            cut,
            Body::Confirmed {
                segment: 1,
                audio_start: cut,
            },
        )
        .await;
    client.audio(512 * 20, &voice[512 * 20..]).await;
    let ended = Body::Ended {
        segment: 1,
        reason: EndReason::Flush,
        onset: cut,
        offset: 512 * 30,
        audio_start: cut,
        audio_end: 512 * 30,
    };
    client.frame(512 * 30, ended).await;
    hang_up(client, relay).await;

    let call = only_call(&folder);
    assert_eq!(samples(&call.join("0001.wav")), voice[..512 * 12]);
    assert_eq!(samples(&call.join("0002.wav")), voice[512 * 12..]);
}

#[tokio::test]
async fn keeps_what_arrived_of_a_segment_whose_browser_is_gone() {
    let folder = TempDir::new().unwrap();
    let relay = keeping_relay(&folder).await;
    let mut client = relay.call().await;
    let voice = noise(512 * 4);
    client.frame(1_024, Body::Probable { segment: 0 }).await;
    client
        .frame(
            1_024,
            Body::Confirmed {
                segment: 0,
                audio_start: 512,
            },
        )
        .await;
    client.audio(512, &voice).await;
    client.all_acknowledged().await;
    drop(client);
    soon("the end", relay.stop()).await.unwrap().unwrap();

    let call = only_call(&folder);
    assert_eq!(
        fs::read_to_string(call.join("segments.csv")).unwrap(),
        format!("{HEADER}0.064,0.160,0.032,0.160,confirmed,worklet\n")
    );
    assert_eq!(samples(&call.join("0001.wav")), voice);
}

#[tokio::test]
async fn gives_each_call_a_folder_of_its_own() {
    let folder = TempDir::new().unwrap();
    let relay = keeping_relay(&folder).await;
    let mut first = relay.call().await;
    let mut second = relay.call().await;
    speak(&mut first, 0, 0, &[1; 1_024]).await;
    speak(&mut second, 0, 0, &[2; 1_024]).await;
    first.all_acknowledged().await;
    drop(first);
    hang_up(second, relay).await;

    let mut kept: Vec<Vec<i16>> = calls(&folder)
        .iter()
        .map(|call| samples(&call.join("0001.wav")))
        .collect();
    kept.sort();
    assert_eq!(kept, [[1; 1_024], [2; 1_024]]);
}

#[tokio::test]
async fn goes_on_when_nothing_can_be_kept() {
    let folder = TempDir::new().unwrap();
    let relay = keeping_relay(&folder).await;
    fs::remove_dir(folder.path()).unwrap();
    let mut client = relay.call().await;
    speak(&mut client, 0, 0, &[1; 1_024]).await;
    client.all_acknowledged().await;
    assert!(!folder.path().exists());
}

#[tokio::test]
async fn refuses_to_keep_anything_where_others_can_call() {
    let folder = TempDir::new().unwrap();
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let config = Config {
        capture_dir: Some(folder.path().join("new")),
        ..Config::default()
    };
    let refused = Relay::new(listener, config).unwrap_err().to_string();
    assert!(refused.contains("--capture-dir"), "{refused}");
    assert!(!folder.path().join("new").exists());
}

async fn keeping_relay(folder: &TempDir) -> RunningRelay {
    RunningRelay::start(Config {
        capture_dir: Some(folder.path().to_owned()),
        ..Config::default()
    })
    .await
}

/// A whole segment whose speech is one window shorter than its audio on either side.
async fn speak(client: &mut Client, segment: u32, audio_start: u64, voice: &[i16]) {
    let audio_end = audio_start + voice.len() as u64;
    let (onset, offset) = (audio_start + 512, audio_end - 512);
    client.frame(onset, Body::Probable { segment }).await;
    client
        .frame(
            onset,
            Body::Confirmed {
                segment,
                audio_start,
            },
        )
        .await;
    client.audio(audio_start, voice).await;
    let ended = Body::Ended {
        segment,
        reason: EndReason::Silence,
        onset,
        offset,
        audio_start,
        audio_end,
    };
    client.frame(audio_end, ended).await;
}

/// Ends the call and the relay; after that all files are complete.
async fn hang_up(mut client: Client, relay: RunningRelay) {
    client.say(&ClientMessage::Hangup {}).await;
    client.hear_goodbye().await;
    drop(client);
    soon("the end", relay.stop()).await.unwrap().unwrap();
}

/// Samples of which no two neighbors are equal.
fn noise(n_samples: usize) -> Vec<i16> {
    let mut state = 1_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as i16
    })
    .take(n_samples)
    .collect()
}

fn calls(folder: &TempDir) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.path()).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn only_call(folder: &TempDir) -> PathBuf {
    let [call] = calls(folder).try_into().unwrap();
    call
}

fn samples(path: &Path) -> Vec<i16> {
    let mut wav = hound::WavReader::open(path).unwrap();
    let spec = wav.spec();
    assert_eq!(
        (spec.channels, spec.sample_rate, spec.bits_per_sample),
        (1, 16_000, 16)
    );
    let samples: Result<Vec<i16>, _> = wav.samples().collect();
    samples.unwrap()
}
