//! Each kind of bad input gets its own close code and reason, and disturbs nobody else.

use std::time::Duration;

use relay_proto::{
    MAX_MESSAGE_BYTES,
    close::CloseCode,
    frame::{Body, EndReason},
    message::{ClientMessage, Hello, Resume, Rung},
};
use relay_server::{Config, Timings};
use tokio_tungstenite::tungstenite::{self, Message};

use crate::harness::{RunningRelay, frame_bytes, hello, soon};

#[tokio::test]
async fn closes_on_a_bad_frame_with_the_code_that_names_it() {
    let relay = RunningRelay::start(Config::default()).await;
    let mut bystander = relay.call().await;
    let good = frame_bytes(1, 512, Body::Probable { segment: 0 });
    let with = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        bytes
    };
    let cases: [(Vec<u8>, CloseCode, &str); 9] = [
        (vec![], CloseCode::BadFrame, "too short"),
        (good[..15].to_vec(), CloseCode::BadFrame, "too short"),
        (good[..19].to_vec(), CloseCode::BadFrame, "too short"),
        (
            [good.clone(), vec![0]].concat(),
            CloseCode::BadFrame,
            "21 bytes",
        ),
        (with(0, 9), CloseCode::UnsupportedVersion, "9"),
        (with(1, 200), CloseCode::BadFrame, "200"),
        (with(2, 1), CloseCode::BadFrame, "0x0001"),
        (with(4, 3), CloseCode::OutOfOrder, "frame 1 comes next"),
        (
            vec![1; MAX_MESSAGE_BYTES + 1],
            CloseCode::TooLong,
            "65537 bytes",
        ),
    ];
    for (bytes, code, reason) in cases {
        let mut client = relay.call().await;
        client.send(Message::binary(bytes)).await;
        client.expect_refusal(code, reason).await;
        bystander.expect_alive().await;
    }
}

#[tokio::test]
async fn closes_when_speech_takes_steps_out_of_turn() {
    let relay = RunningRelay::start(Config::default()).await;
    let probable = |segment| (512, Body::Probable { segment });
    let confirmed = |segment| {
        let audio_start = 0;
        (
            512,
            Body::Confirmed {
                segment,
                audio_start,
            },
        )
    };
    let retracted = |segment| (512, Body::Retracted { segment });
    let ended_elsewhere = (
        1_048_576,
        Body::Ended {
            segment: 0,
            onset: 1_024,
            offset: 1_048_576,
            audio_start: 0,
            audio_end: 1_048_576,
            reason: EndReason::Silence,
        },
    );
    for (frames, reason) in [
        (
            vec![probable(0), probable(1)],
            "segment 1 was probable while segment 0",
        ),
        (
            vec![probable(0), confirmed(1)],
            "segment 1 was confirmed while segment 0",
        ),
        (
            vec![retracted(0)],
            "segment 0 was retracted while no segment is open",
        ),
        (
            vec![confirmed(0), retracted(0)],
            "segment 0 was retracted while segment 0",
        ),
        (
            vec![probable(0), confirmed(0), ended_elsewhere],
            "segment 0 ends with another onset",
        ),
        (
            vec![probable(4), retracted(4), probable(4)],
            "numbers below 5 are used up",
        ),
    ] {
        let mut client = relay.call().await;
        for (sample_time, body) in frames {
            client.frame(sample_time, body).await;
        }
        client.expect_refusal(CloseCode::BadFrame, reason).await;
    }
}

#[tokio::test]
async fn closes_when_the_sample_clock_goes_back() {
    let relay = RunningRelay::start(Config::default()).await;
    let mut client = relay.call().await;
    client.audio(1_024, &[0; 512]).await;
    client.audio(1_024, &[0; 512]).await;
    client
        .expect_refusal(CloseCode::OutOfOrder, "everything before sample 1536")
        .await;
}

#[tokio::test]
async fn closes_on_a_bad_message_and_names_the_field() {
    let relay = RunningRelay::start(Config::default()).await;
    for (text, reason) in [
        ("", "no JSON object"),
        ("{}", "no `type`"),
        (r#"{"type":"dance"}"#, "dance"),
        (r#"{"type":"ping"}"#, "missing field `nonce`"),
        (r#"{"type":"digit","digit":"x"}"#, "'x'"),
    ] {
        let mut client = relay.call().await;
        client.send(Message::text(text)).await;
        client.expect_refusal(CloseCode::BadMessage, reason).await;
    }
    let mut client = relay.call().await;
    client.say(&ClientMessage::Hello(hello())).await;
    client.expect_refusal(CloseCode::BadMessage, "twice").await;
}

#[tokio::test]
async fn refuses_a_call_that_it_cannot_take() {
    let relay = RunningRelay::start(Config::default()).await;
    let resume = Resume {
        session: "gone".to_owned(),
        token: "secret".into(),
        next_sequence: 1,
    };
    let wire = |hello| ClientMessage::Hello(hello).encode().unwrap();
    let future = r#"{"type":"hello","version":2,"smell":"roses"}"#.to_owned();
    let server_vad = Hello {
        rung: Rung::ServerVad,
        ..hello()
    };
    let resumed = Hello {
        resume: Some(resume),
        ..hello()
    };
    let rungless = r#"{"type":"hello","version":1}"#.to_owned();
    for (first, code, reason) in [
        (future, CloseCode::UnsupportedVersion, "version 2"),
        (wire(server_vad), CloseCode::NotAdmitted, "raw audio"),
        (wire(resumed), CloseCode::UnknownSession, "open a new call"),
        (rungless, CloseCode::BadMessage, "missing field"),
        (
            r#"{"type":"hangup"}"#.to_owned(),
            CloseCode::BadMessage,
            "must be hello",
        ),
    ] {
        let mut client = relay.connect().await;
        client.send(Message::text(first)).await;
        client.expect_refusal(code, reason).await;
    }
    let mut client = relay.connect().await;
    client.audio(0, &[0; 512]).await;
    client
        .expect_refusal(CloseCode::BadMessage, "before hello")
        .await;
}

#[tokio::test]
async fn gives_up_on_a_browser_that_says_nothing_at_first() {
    let timings = Timings {
        hello: Duration::from_millis(50),
        ..Timings::default()
    };
    let relay = RunningRelay::start(Config {
        timings,
        ..Config::default()
    })
    .await;
    let mut client = relay.connect().await;
    client
        .expect_refusal(CloseCode::HelloTimeout, "no hello came within 50 ms")
        .await;
}

#[tokio::test]
async fn gives_up_on_a_browser_that_falls_silent() {
    let timings = Timings {
        ping_every: Duration::from_millis(20),
        silence_limit: Duration::from_millis(100),
        ..Timings::default()
    };
    let relay = RunningRelay::start(Config {
        timings,
        ..Config::default()
    })
    .await;
    let mut client = relay.call().await;
    client
        .expect_refusal(CloseCode::UnknownSession, "nothing came for 100 ms")
        .await;
}

#[tokio::test]
async fn takes_no_more_calls_than_it_may() {
    let relay = RunningRelay::start(Config {
        max_calls: 1,
        ..Config::default()
    })
    .await;
    let mut first = relay.call().await;
    let mut second = relay.connect().await;
    second
        .expect_refusal(CloseCode::TooBusy, "call again")
        .await;
    first.say(&ClientMessage::Hangup {}).await;
    first.hear_goodbye().await;
    drop(first);

    // The line is free again as soon as the first connection is gone.
    soon("a free line", async {
        loop {
            let mut client = relay.connect().await;
            client.say(&ClientMessage::Hello(hello())).await;
            if matches!(
                client.hear().await,
                relay_proto::message::RelayMessage::Welcome { .. }
            ) {
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn refuses_a_page_of_another_origin() {
    let relay = RunningRelay::start(Config::default()).await;
    let refused = relay
        .try_connect(relay.request(Some("https://evil.example")))
        .await
        .err();
    let Some(tungstenite::Error::Http(response)) = refused else {
        panic!("instead of an answer came {refused:?}");
    };
    assert_eq!(response.status(), 403);
    let text = String::from_utf8(response.into_body().unwrap()).unwrap();
    assert!(text.contains("https://evil.example"), "{text}");

    let own = format!("http://{}", relay.address);
    for origin in [own.as_str(), "http://localhost:3000"] {
        let request = relay.request(Some(origin));
        assert!(relay.try_connect(request).await.is_ok(), "{origin}");
    }
}
