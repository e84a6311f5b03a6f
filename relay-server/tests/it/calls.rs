//! What a call does.

use std::time::Duration;

use relay_proto::{
    close::CloseCode,
    frame::{Body, CaptureMode, EndReason},
    message::{CallState, ClientMessage, EndedReason, Heard, HeardState, RelayMessage},
};
use relay_server::{Config, Timings};

use crate::harness::{RunningRelay, frame_bytes, hello, soon};

#[tokio::test]
async fn greets_and_then_listens() {
    let relay = RunningRelay::start(Config::default()).await;
    let mut client = relay.connect().await;
    client.say(&ClientMessage::Hello(hello())).await;

    let RelayMessage::Welcome {
        version,
        session,
        resume_token,
        call,
        capture_mode,
        next_sequence,
    } = client.hear().await
    else {
        panic!("the first message is welcome");
    };
    assert_eq!(
        (version, capture_mode, next_sequence),
        (1, CaptureMode::Gated, 1)
    );
    let mut ids = vec![session, resume_token.into_string(), call];
    assert!(ids.iter().all(|id| id.len() == 32), "{ids:?}");
    ids.dedup();
    assert_eq!(ids.len(), 3);

    let RelayMessage::Say {
        prompt,
        text,
        language,
    } = client.hear().await
    else {
        panic!("the caller is greeted");
    };
    assert!(text.contains("Switchboard"), "{text}");
    assert_eq!(language, "en");
    let greeting = RelayMessage::CallState {
        state: CallState::Greeting,
    };
    assert_eq!(client.hear().await, greeting);

    client
        .say(&ClientMessage::Played { prompt, ms: 2_000 })
        .await;
    let listening = RelayMessage::CallState {
        state: CallState::Listening,
    };
    assert_eq!(client.hear().await, listening);
}

#[tokio::test]
async fn tells_what_it_heard_step_by_step() {
    let relay = RunningRelay::start(Config::default()).await;
    let mut client = relay.call().await;

    client.frame(16_000, Body::Probable { segment: 0 }).await;
    assert_eq!(
        client.hear_segment().await,
        heard(0, HeardState::Probable, 1_000)
    );
    client.frame(16_000, Body::Retracted { segment: 0 }).await;
    assert_eq!(
        client.hear_segment().await,
        heard(0, HeardState::Retracted, 1_000)
    );

    client.frame(32_000, Body::Probable { segment: 1 }).await;
    assert_eq!(
        client.hear_segment().await,
        heard(1, HeardState::Probable, 2_000)
    );
    let audio_start = 24_000;
    client
        .frame(
            32_000,
            Body::Confirmed {
                segment: 1,
                audio_start,
            },
        )
        .await;
    assert_eq!(
        client.hear_segment().await,
        heard(1, HeardState::Confirmed, 2_000)
    );
    let mut samples = vec![0; 24_000];
    samples[200] = 16_384;
    samples[23_999] = i16::MIN;
    client.audio(audio_start, &samples).await;
    let ended = Body::Ended {
        segment: 1,
        reason: EndReason::Silence,
        onset: 32_000,
        offset: 40_000,
        audio_start,
        audio_end: 48_000,
    };
    client.frame(48_000, ended).await;
    let mut envelope = vec![0; 120];
    envelope[1] = 50;
    envelope[119] = 100;
    assert_eq!(
        client.hear_segment().await,
        Heard {
            segment: 1,
            onset_ms: 2_000,
            offset_ms: 2_500,
            audio_ms: 1_500,
            state: HeardState::Ended,
            envelope: Some(envelope),
        }
    );
}

#[tokio::test]
async fn acknowledges_every_frame_and_takes_none_twice() {
    let timings = Timings {
        ping_every: Duration::from_secs(3_600),
        ..Timings::default()
    };
    let relay = RunningRelay::start(Config {
        timings,
        ..Config::default()
    })
    .await;
    let mut client = relay.call().await;
    client.audio(0, &[1; 512 * 20]).await;
    client
        .send(frame_bytes(3, 1_024, Body::Gap { samples: 1 }).into())
        .await;
    soon("the last acknowledgement", async {
        let mut latest = 0;
        while latest < 20 {
            let RelayMessage::Ack { sequence } = client.hear_anything().await else {
                panic!("only acknowledgements come");
            };
            assert!(latest < sequence && sequence <= 20);
            latest = sequence;
        }
    })
    .await;
    client.expect_alive().await;
}

#[tokio::test]
async fn asks_whether_the_browser_is_there() {
    let timings = Timings {
        ping_every: Duration::from_millis(10),
        silence_limit: Duration::from_secs(3_600),
        ..Timings::default()
    };
    let relay = RunningRelay::start(Config {
        timings,
        ..Config::default()
    })
    .await;
    let mut client = relay.call().await;
    for wanted in 1..4 {
        assert_eq!(client.hear().await, RelayMessage::Ping { nonce: wanted });
        client.say(&ClientMessage::Pong { nonce: wanted }).await;
    }
}

#[tokio::test]
async fn ends_when_the_caller_hangs_up() {
    let relay = RunningRelay::start(Config::default()).await;
    let mut client = relay.call().await;
    client.say(&ClientMessage::Hangup {}).await;
    let over = RelayMessage::CallState {
        state: CallState::Ended,
    };
    assert_eq!(client.hear().await, over);
    let (last, code, _) = client.hear_goodbye().await;
    assert_eq!(reason(&last), EndedReason::Hangup);
    assert_eq!(code, CloseCode::Normal);
}

#[tokio::test]
async fn ends_a_call_that_reached_its_longest_duration() {
    let mut config = Config::default();
    config.call.max_duration = Duration::from_millis(50);
    let relay = RunningRelay::start(config).await;
    let mut client = relay.call().await;
    let (last, code, _) = client.hear_goodbye().await;
    assert_eq!(reason(&last), EndedReason::Limit);
    assert_eq!(code, CloseCode::Normal);
}

#[tokio::test]
async fn tells_every_call_when_it_stops() {
    let relay = RunningRelay::start(Config::default()).await;
    let mut clients = [relay.call().await, relay.call().await];
    let mut newcomer = relay.connect().await;
    let stopped = relay.stop();
    for client in &mut clients {
        let (last, code, _) = client.hear_goodbye().await;
        assert_eq!(reason(&last), EndedReason::RelayShutdown);
        assert_eq!(code, CloseCode::GoingAway);
    }
    let (_, code, _) = newcomer.hear_goodbye().await;
    assert_eq!(code, CloseCode::GoingAway);
    drop((clients, newcomer));
    soon("the end", stopped).await.unwrap().unwrap();
}

#[tokio::test]
async fn stops_even_when_a_browser_does_not_answer() {
    let timings = Timings {
        write_limit: Duration::from_secs(3_600),
        shutdown: Duration::from_millis(50),
        ..Timings::default()
    };
    let relay = RunningRelay::start(Config {
        timings,
        ..Config::default()
    })
    .await;
    let client = relay.call().await;
    soon("the end", relay.stop()).await.unwrap().unwrap();
    drop(client);
}

fn heard(segment: u32, state: HeardState, onset_ms: u64) -> Heard {
    Heard {
        segment,
        onset_ms,
        offset_ms: onset_ms,
        audio_ms: 0,
        state,
        envelope: None,
    }
}

fn reason(last: &RelayMessage) -> EndedReason {
    let RelayMessage::Ended { reason, .. } = last else {
        panic!("instead of the end came {last:?}");
    };
    *reason
}
