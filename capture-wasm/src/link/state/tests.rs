//! A link against a scripted page, audio thread and relay; the clock is a number.

use relay_proto::frame::{Body, EndReason, Frame, Kind};
use relay_proto::message::EndedReason;

use super::*;
use crate::event::SpeechStep;

const HELLO: &str = r#"{"type":"hello"}"#;

/// A parcel with the frame `body` at `sample_time`.
fn parcel(sample_time: u64, body: Body<'_>) -> Vec<u8> {
    let frame = Frame {
        sequence: 0,
        sample_time,
        body,
    };
    let mut bytes = vec![0; 2_048];
    let n_bytes = frame.encode(&mut bytes[4..]).expect("the frame fits");
    bytes[..4].copy_from_slice(&(n_bytes as u32).to_le_bytes());
    bytes
}

fn probable(segment: u32) -> Vec<u8> {
    parcel(512, Body::Probable { segment })
}

fn level(probability: f32) -> Vec<u8> {
    parcel(
        0,
        Body::Level {
            probability,
            rms_dbfs: -20.0,
            peak_dbfs: -6.0,
        },
    )
}

fn welcome(capture_mode: CaptureMode) -> Input<'static> {
    Input::SocketMessage(Ok(RelayMessage::Welcome {
        version: relay_proto::VERSION,
        session: "s-1".to_owned(),
        resume_token: "r-1".into(),
        call: "c-1".to_owned(),
        capture_mode,
        next_sequence: 1,
    }))
}

fn ended() -> Input<'static> {
    let reason = EndedReason::Hangup;
    Input::SocketMessage(Ok(RelayMessage::Ended {
        reason,
        text: "Goodbye.".to_owned(),
    }))
}

fn closed(code: u16) -> Input<'static> {
    Input::SocketClosed {
        code,
        reason: String::new(),
    }
}

/// A link in a call that began at 0 ms.
fn open_link() -> Link {
    let mut link = Link::new();
    for input in [
        Input::Open {
            hello: HELLO.to_owned(),
        },
        Input::SocketOpened,
        welcome(CaptureMode::Gated),
    ] {
        link.handle_input(input, 0);
    }
    outputs(&mut link);
    link
}

fn outputs(link: &mut Link) -> Vec<Output> {
    std::iter::from_fn(|| link.poll_output()).collect()
}

/// The kinds of the frames that an empty socket is given, and what is wanted afterwards.
fn transmit(link: &mut Link, now_ms: u64) -> (Vec<(u32, Kind)>, Vec<Output>) {
    let mut frames = Vec::new();
    while let Some(bytes) = link.poll_frame(0, now_ms) {
        let frame = Frame::decode(bytes).expect("the link sends frames");
        frames.push((frame.sequence, frame.body.kind()));
    }
    (frames, outputs(link))
}

fn failure(outputs: &[Output]) -> Option<(FailureCode, &str)> {
    outputs.iter().find_map(|output| {
        let Output::Tell(Notice::Failed { code, detail }) = output else {
            return None;
        };
        Some((*code, detail.as_str()))
    })
}

fn hangup() -> Output {
    Output::Send(ClientMessage::Hangup {})
}

#[test]
fn greets_first_and_is_admitted_by_welcome() {
    let mut link = Link::new();
    assert_eq!(outputs(&mut link), [Output::Tell(Notice::Serving)]);
    link.handle_input(
        Input::Open {
            hello: HELLO.to_owned(),
        },
        0,
    );
    assert_eq!(outputs(&mut link), []);
    link.handle_input(Input::SocketOpened, 0);
    assert_eq!(outputs(&mut link), [Output::Greet(HELLO.to_owned())]);
    link.handle_input(welcome(CaptureMode::Gated), 0);
    assert_eq!(outputs(&mut link), [Output::Tell(Notice::Admitted)]);
    assert_eq!(link.poll_timeout(), Some(SILENCE_MS));
}

#[test]
fn a_continuous_call_is_told_to_the_audio_thread() {
    let mut link = Link::new();
    link.handle_input(
        Input::Open {
            hello: HELLO.to_owned(),
        },
        0,
    );
    link.handle_input(Input::SocketOpened, 0);
    link.handle_input(welcome(CaptureMode::Continuous), 0);
    assert!(outputs(&mut link).contains(&Output::Mode(CaptureMode::Continuous)));
    let mode = CaptureMode::Gated;
    link.handle_input(
        Input::SocketMessage(Ok(RelayMessage::CaptureMode { mode })),
        0,
    );
    assert_eq!(outputs(&mut link), [Output::Mode(mode)]);
}

#[test]
fn numbers_frames_and_tells_the_page_of_speech() {
    let mut link = open_link();
    link.handle_input(Input::Parcel(&probable(0)), 1);
    let end = Body::Ended {
        segment: 0,
        reason: EndReason::Silence,
        onset: 512,
        offset: 16_384,
        audio_start: 0,
        audio_end: 20_480,
    };
    link.handle_input(Input::Parcel(&parcel(20_480, end)), 2);
    let speech = |step, offset_ms| {
        Output::Report(Event::Speech {
            step,
            segment: 0,
            onset_ms: 32,
            offset_ms,
        })
    };
    assert_eq!(
        outputs(&mut link),
        [
            speech(SpeechStep::Probable, None),
            speech(SpeechStep::Ended, Some(1_024))
        ]
    );
    let (frames, _) = transmit(&mut link, 2);
    assert_eq!(frames, [(1, Kind::Probable), (2, Kind::Ended)]);
}

#[test]
fn the_page_gets_every_level_and_the_relay_one_in_sixteen() {
    let mut link = open_link();
    let mut n_sent = 0;
    for _ in 0..64 {
        link.handle_input(Input::Parcel(&level(0.5)), 0);
        assert!(matches!(
            outputs(&mut link)[..],
            [Output::Report(Event::Level { .. })]
        ));
        n_sent += transmit(&mut link, 0).0.len();
    }
    assert_eq!(n_sent, 4);
}

#[test]
fn holds_frames_back_while_the_socket_is_full() {
    let mut link = open_link();
    link.handle_input(Input::Parcel(&probable(0)), 100);
    assert_eq!(link.poll_frame(HIGH_WATER_BYTES + 1, 100), None);
    assert_eq!(link.poll_timeout(), Some(100 + RETRY_MS));
    link.handle_timeout(100 + RETRY_MS);
    assert!(link.poll_frame(HIGH_WATER_BYTES, 100 + RETRY_MS).is_some());
    assert_eq!(link.poll_timeout(), Some(SILENCE_MS));
}

#[test]
fn sends_nothing_before_it_is_admitted() {
    let mut link = Link::new();
    link.handle_input(
        Input::Open {
            hello: HELLO.to_owned(),
        },
        0,
    );
    link.handle_input(Input::SocketOpened, 0);
    link.handle_input(Input::Parcel(&probable(0)), 0);
    assert_eq!(link.poll_frame(0, 0), None);
    link.handle_input(welcome(CaptureMode::Gated), 0);
    assert_eq!(transmit(&mut link, 0).0, [(1, Kind::Probable)]);
}

#[test]
fn answers_a_ping() {
    let mut link = open_link();
    link.handle_input(Input::SocketMessage(Ok(RelayMessage::Ping { nonce: 7 })), 0);
    assert_eq!(
        outputs(&mut link),
        [Output::Send(ClientMessage::Pong { nonce: 7 })]
    );
}

#[test]
fn a_relay_that_falls_silent_is_lost() {
    let mut link = open_link();
    link.handle_input(
        Input::SocketMessage(Ok(RelayMessage::Ping { nonce: 1 })),
        5_000,
    );
    outputs(&mut link);
    link.handle_timeout(5_000 + SILENCE_MS - 1);
    assert_eq!(outputs(&mut link), [], "each message renews the patience");
    link.handle_timeout(5_000 + SILENCE_MS);
    let said = format!("{:?}", outputs(&mut link));
    assert!(
        said.contains("RelayLost") && said.contains("for 12 s"),
        "{said}"
    );
}

#[test]
fn says_at_once_that_a_text_was_shown() {
    let mut link = open_link();
    let say = RelayMessage::Say {
        prompt: "1".to_owned(),
        text: "Hello".to_owned(),
        language: "en".to_owned(),
    };
    link.handle_input(Input::SocketMessage(Ok(say)), 0);
    let played = Output::Send(ClientMessage::Played {
        prompt: "1".to_owned(),
        ms: 0,
    });
    assert_eq!(outputs(&mut link).first(), Some(&played));
}

#[test]
fn hangs_up_after_the_last_frame() {
    let mut link = open_link();
    link.handle_input(Input::HangUp { flush: true }, 0);
    link.handle_input(Input::Parcel(&probable(0)), 1);
    outputs(&mut link);
    assert_eq!(transmit(&mut link, 1), (vec![(1, Kind::Probable)], vec![]));
    link.handle_input(Input::CaptureEnded, 2);
    assert_eq!(transmit(&mut link, 2), (vec![], vec![hangup()]));
    link.handle_input(ended(), 3);
    let reported = Event::Ended {
        reason: "hangup",
        text: "Goodbye.".to_owned(),
    };
    assert_eq!(
        outputs(&mut link),
        [Output::Report(reported), Output::Close]
    );
    link.handle_input(closed(1000), 4);
    assert_eq!(outputs(&mut link), [Output::Tell(Notice::Closed)]);
    assert!(link.is_closed());
}

#[test]
fn the_audio_threads_end_may_overtake_the_hang_up() {
    let mut link = open_link();
    link.handle_input(Input::CaptureEnded, 0);
    assert_eq!(transmit(&mut link, 0), (vec![], vec![]));
    link.handle_input(Input::HangUp { flush: true }, 1);
    assert_eq!(transmit(&mut link, 1), (vec![], vec![hangup()]));
}

#[test]
fn waits_for_nobody_longer_than_it_says() {
    let mut link = open_link();
    link.handle_input(Input::HangUp { flush: true }, 0);
    for (due_ms, wanted) in [
        (FLUSH_MS, hangup()),
        (FLUSH_MS + PARTING_MS, Output::Close),
        (
            FLUSH_MS + PARTING_MS + CLOSING_MS,
            Output::Tell(Notice::Closed),
        ),
    ] {
        assert_eq!(link.poll_timeout(), Some(due_ms));
        link.handle_timeout(due_ms - 1);
        assert_eq!(outputs(&mut link), []);
        link.handle_timeout(due_ms);
        assert_eq!(outputs(&mut link), [wanted]);
    }
    assert_eq!(link.poll_timeout(), None);
}

#[test]
fn a_relay_that_never_answers_is_unreachable() {
    let mut link = Link::new();
    link.handle_input(
        Input::Open {
            hello: HELLO.to_owned(),
        },
        0,
    );
    link.handle_timeout(CONNECT_MS);
    let wanted = outputs(&mut link);
    assert_eq!(
        failure(&wanted),
        Some((FailureCode::RelayUnreachable, "no connection within 10 s"))
    );
    assert!(wanted.contains(&Output::Close));
}

#[test]
fn a_refusal_is_told_in_the_relays_words() {
    let mut link = Link::new();
    link.handle_input(
        Input::Open {
            hello: HELLO.to_owned(),
        },
        0,
    );
    link.handle_input(Input::SocketOpened, 0);
    let error = RelayMessage::Error {
        code: relay_proto::close::CloseCode::TooBusy,
        message: "100 calls are all it carries".to_owned(),
    };
    link.handle_input(Input::SocketMessage(Ok(error)), 0);
    link.handle_input(closed(4429), 0);
    let wanted = outputs(&mut link);
    assert_eq!(
        failure(&wanted),
        Some((
            FailureCode::RelayRefused,
            "100 calls are all it carries (close code 4429)"
        ))
    );
    assert_eq!(wanted.last(), Some(&Output::Tell(Notice::Closed)));
}

#[test]
fn a_lost_connection_is_a_failure_only_during_the_call() {
    let mut link = open_link();
    link.handle_input(closed(1006), 0);
    let lost = (
        FailureCode::RelayLost,
        "the connection closed (close code 1006)",
    );
    assert_eq!(failure(&outputs(&mut link)), Some(lost));

    let mut link = open_link();
    link.handle_input(Input::HangUp { flush: true }, 0);
    link.handle_input(closed(1006), 0);
    assert_eq!(outputs(&mut link), [Output::Tell(Notice::Closed)]);
}

#[test]
fn what_the_relay_may_not_say_ends_the_link() {
    for message in [
        Err(ReadError::NotAMessage),
        Ok(RelayMessage::Ack { sequence: 1 }),
        Ok(RelayMessage::Welcome {
            version: relay_proto::VERSION,
            session: "s-2".to_owned(),
            resume_token: "r-2".into(),
            call: "c-2".to_owned(),
            capture_mode: CaptureMode::Gated,
            next_sequence: 1,
        }),
    ] {
        let mut link = open_link();
        link.handle_input(Input::SocketMessage(message), 0);
        let wanted = outputs(&mut link);
        assert!(
            matches!(failure(&wanted), Some((FailureCode::Protocol, _))),
            "{wanted:?}"
        );
        assert_eq!(wanted.last(), Some(&Output::Close));
    }
}

#[test]
fn a_broken_parcel_is_a_fault_of_capture() {
    for parcel in [&[][..], &[1, 0, 0, 0, 9]] {
        let mut link = open_link();
        link.handle_input(Input::Parcel(parcel), 0);
        let wanted = outputs(&mut link);
        assert!(
            matches!(failure(&wanted), Some((FailureCode::CaptureFault, _))),
            "{wanted:?}"
        );
    }
}

#[test]
fn a_hang_up_before_welcome_just_closes() {
    let mut link = Link::new();
    link.handle_input(
        Input::Open {
            hello: HELLO.to_owned(),
        },
        0,
    );
    outputs(&mut link);
    link.handle_input(Input::HangUp { flush: false }, 0);
    assert_eq!(outputs(&mut link), [Output::Close]);
    link.handle_input(closed(1006), 0);
    assert_eq!(outputs(&mut link), [Output::Tell(Notice::Closed)]);
}
