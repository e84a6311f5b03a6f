//! The two halves of a session, one rule at a time.

use relay_proto::close::{Advice, CloseCode};
use relay_proto::frame::{Body, Frame, FrameError, Kind, encode_audio};
use relay_proto::session::{
    Received, Receiver, ReceiverConfig, ResumeError, SendError, Sender, SenderConfig, SenderStats,
    SessionError,
};

/// 32 ms of sound at window number `n`.
fn audio(n: u64) -> Vec<u8> {
    let mut bytes = vec![0; 16 + 2 * 512];
    encode_audio(n * 512, &[0.5; 512], &mut bytes).unwrap();
    bytes
}

fn encoded(sample_time: u64, body: Body<'_>) -> Vec<u8> {
    let frame = Frame {
        sequence: 0,
        sample_time,
        body,
    };
    let mut bytes = vec![0; frame.encoded_len()];
    frame.encode(&mut bytes).unwrap();
    bytes
}

fn level(sample_time: u64) -> Vec<u8> {
    let body = Body::Level {
        probability: 0.5,
        rms_dbfs: -30.0,
        peak_dbfs: -20.0,
    };
    encoded(sample_time, body)
}

/// A sender that keeps three windows of audio and five frames.
fn small_sender() -> Sender {
    Sender::new(SenderConfig {
        ring_ms: 96,
        ring_frames: 5,
    })
}

/// Number and kind of everything that is to be sent.
fn transmitted(sender: &mut Sender) -> Vec<(u32, Kind)> {
    let mut sent = Vec::new();
    while let Some(bytes) = sender.poll_transmit() {
        let frame = Frame::decode(bytes).unwrap();
        sent.push((frame.sequence, frame.body.kind()));
    }
    sent
}

fn numbered(sequence: u32) -> Vec<u8> {
    let mut bytes = audio(0);
    relay_proto::frame::stamp(&mut bytes, sequence).unwrap();
    bytes
}

#[test]
fn the_sender_numbers_frames_and_sends_each_once() {
    let mut sender = Sender::new(SenderConfig::default());
    sender
        .push(encoded(0, Body::Probable { segment: 0 }))
        .unwrap();
    sender.push(audio(0)).unwrap();
    assert_eq!(
        transmitted(&mut sender),
        [(1, Kind::Probable), (2, Kind::Audio)]
    );
    assert_eq!(sender.poll_transmit(), None);
    sender.push(audio(1)).unwrap();
    assert_eq!(transmitted(&mut sender), [(3, Kind::Audio)]);
}

#[test]
fn the_sender_keeps_one_level_and_never_sends_it_again() {
    let mut sender = Sender::new(SenderConfig::default());
    sender.push(level(0)).unwrap();
    sender.push(level(512)).unwrap();
    sender.push(audio(2)).unwrap();
    assert_eq!(
        transmitted(&mut sender),
        [(1, Kind::Audio), (0, Kind::Level)]
    );
    sender.resume(1).unwrap();
    assert_eq!(transmitted(&mut sender), [(1, Kind::Audio)]);
}

#[test]
fn the_sender_forgets_what_is_acknowledged() {
    let mut sender = Sender::new(SenderConfig::default());
    for n in 0..3 {
        sender.push(audio(n)).unwrap();
    }
    transmitted(&mut sender);
    sender.handle_ack(2).unwrap();
    sender.handle_ack(1).unwrap();
    assert_eq!((sender.kept_frames(), sender.kept_ms()), (1, 32));
    assert_eq!(sender.oldest_sequence(), 3);
    assert_eq!(
        sender.stats(),
        SenderStats {
            pushed_frames: 3,
            sent_frames: 3,
            acknowledged_frames: 2,
            ..SenderStats::default()
        }
    );
}

#[test]
fn the_sender_refuses_an_acknowledgement_of_what_it_never_sent() {
    let mut sender = Sender::new(SenderConfig::default());
    sender.push(audio(0)).unwrap();
    assert_eq!(
        sender.handle_ack(1),
        Err(SendError::AckUnsent { next: 1, actual: 1 })
    );
    transmitted(&mut sender);
    assert_eq!(sender.handle_ack(1), Ok(()));
    assert_eq!(
        sender.handle_ack(u32::MAX),
        Err(SendError::AckUnsent {
            next: 2,
            actual: u32::MAX
        })
    );
}

#[test]
fn the_sender_goes_on_where_the_relay_says() {
    let mut sender = Sender::new(SenderConfig::default());
    for n in 0..4 {
        sender.push(audio(n)).unwrap();
    }
    for _ in 0..3 {
        sender.poll_transmit().unwrap();
    }
    sender.resume(2).unwrap();
    let sent = transmitted(&mut sender);
    assert_eq!(sent, [2, 3, 4].map(|sequence| (sequence, Kind::Audio)));
    let stats = sender.stats();
    assert_eq!((stats.sent_frames, stats.replayed_frames), (4, 2));
}

#[test]
fn the_sender_does_not_send_again_what_an_acknowledgement_overtakes() {
    let mut sender = Sender::new(SenderConfig::default());
    for n in 0..3 {
        sender.push(audio(n)).unwrap();
    }
    transmitted(&mut sender);
    sender.resume(1).unwrap();
    sender.handle_ack(2).unwrap();
    assert_eq!(transmitted(&mut sender), [(3, Kind::Audio)]);
}

#[test]
fn the_sender_refuses_to_go_on_where_it_cannot() {
    let mut sender = Sender::new(SenderConfig::default());
    for n in 0..3 {
        sender.push(audio(n)).unwrap();
    }
    for _ in 0..2 {
        sender.poll_transmit().unwrap();
    }
    sender.handle_ack(1).unwrap();
    assert_eq!(
        sender.resume(1),
        Err(ResumeError::Forgotten {
            oldest: 2,
            actual: 1
        })
    );
    assert_eq!(
        sender.resume(4),
        Err(ResumeError::NeverSent { next: 3, actual: 4 })
    );
    assert_eq!(transmitted(&mut sender), [(3, Kind::Audio)]);
}

#[test]
fn audio_beyond_the_ring_becomes_gaps_and_events_stay() {
    let mut sender = small_sender();
    sender.push(audio(0)).unwrap();
    sender
        .push(encoded(512, Body::Probable { segment: 0 }))
        .unwrap();
    for n in 1..=3 {
        sender.push(audio(n)).unwrap();
    }
    assert_eq!((sender.kept_frames(), sender.kept_ms()), (5, 96));
    assert_eq!(sender.stats().dropped_samples, 512);

    let gap = Frame::decode(sender.poll_transmit().unwrap()).unwrap();
    assert_eq!(
        gap,
        Frame {
            sequence: 1,
            sample_time: 0,
            body: Body::Gap { samples: 512 }
        }
    );
    assert_eq!(
        transmitted(&mut sender),
        [
            (2, Kind::Probable),
            (3, Kind::Audio),
            (4, Kind::Audio),
            (5, Kind::Audio)
        ]
    );
}

#[test]
fn a_full_ring_refuses_and_keeps_what_it_has() {
    let mut sender = small_sender();
    for segment in 0..5 {
        sender.push(encoded(0, Body::Probable { segment })).unwrap();
    }
    assert_eq!(sender.push(audio(0)), Err(SendError::RingFull { limit: 5 }));
    assert_eq!(transmitted(&mut sender).len(), 5);
    sender.handle_ack(1).unwrap();
    assert_eq!(sender.push(audio(0)), Ok(()));
    assert_eq!(transmitted(&mut sender), [(6, Kind::Audio)]);
}

#[test]
fn the_sender_takes_nothing_that_is_no_frame() {
    let mut sender = Sender::new(SenderConfig::default());
    assert!(matches!(
        sender.push(vec![1, 2, 3]),
        Err(SendError::Frame(FrameError::TooShort { .. }))
    ));
    assert_eq!(sender.kept_frames(), 0);
}

#[test]
fn the_receiver_takes_each_frame_once_and_in_order() {
    let mut receiver = Receiver::new(ReceiverConfig::default());
    let (first, second, third) = (numbered(1), numbered(2), numbered(3));
    assert!(matches!(
        receiver.handle_frame(&first),
        Ok(Received::New(Frame { sequence: 1, .. }))
    ));
    assert_eq!(receiver.handle_frame(&first), Ok(Received::Duplicate));
    let error = SessionError::OutOfOrder {
        expected: 2,
        actual: 3,
    };
    assert_eq!(receiver.handle_frame(&third), Err(error));
    assert_eq!(error.close_code(), CloseCode::OutOfOrder);
    assert_eq!(error.close_code().advice(), Advice::CallAgain);
    assert!(matches!(
        receiver.handle_frame(&second),
        Ok(Received::New(_))
    ));
    assert_eq!(receiver.next_sequence(), 3);
}

#[test]
fn the_receiver_lets_levels_pass_and_refuses_frames_without_a_number() {
    let mut receiver = Receiver::new(ReceiverConfig::default());
    assert!(matches!(
        receiver.handle_frame(&level(512)),
        Ok(Received::New(Frame { sequence: 0, .. }))
    ));
    assert_eq!(receiver.poll_timeout(), None);
    let error = receiver.handle_frame(&audio(0)).unwrap_err();
    assert_eq!(
        error,
        SessionError::Frame(FrameError::Unnumbered { kind: Kind::Audio })
    );
    assert_eq!(error.close_code(), CloseCode::BadFrame);
}

#[test]
fn acknowledges_after_sixteen_frames_or_two_hundred_milliseconds() {
    let mut receiver = Receiver::new(ReceiverConfig::default());
    assert_eq!(
        (receiver.poll_ack(0), receiver.poll_timeout()),
        (None, None)
    );
    receiver.handle_frame(&numbered(1)).unwrap();
    assert_eq!(receiver.poll_ack(1_000), Some(1));

    receiver.handle_frame(&numbered(2)).unwrap();
    assert_eq!(receiver.poll_timeout(), Some(1_200));
    assert_eq!(receiver.poll_ack(1_199), None);
    assert_eq!(receiver.poll_ack(1_200), Some(2));
    assert_eq!(
        (receiver.poll_ack(9_999), receiver.poll_timeout()),
        (None, None)
    );

    for sequence in 3..18 {
        receiver.handle_frame(&numbered(sequence)).unwrap();
        assert_eq!(receiver.poll_ack(1_300), None);
    }
    receiver.handle_frame(&numbered(18)).unwrap();
    assert_eq!(receiver.poll_ack(1_300), Some(18));
}

#[test]
fn a_clock_that_goes_back_delays_no_acknowledgement() {
    let mut receiver = Receiver::new(ReceiverConfig {
        ack_interval_ms: 200,
        ack_frames: 1,
    });
    receiver.handle_frame(&numbered(1)).unwrap();
    assert_eq!(receiver.poll_ack(5_000), Some(1));
    receiver.handle_frame(&numbered(2)).unwrap();
    assert_eq!(receiver.poll_ack(10), Some(2));
    receiver.handle_frame(&numbered(3)).unwrap();
    assert_eq!(receiver.poll_timeout(), Some(5_200));
}

#[test]
fn a_welcome_acknowledges_too() {
    let mut receiver = Receiver::new(ReceiverConfig::default());
    receiver.handle_frame(&numbered(1)).unwrap();
    assert_eq!(receiver.resume(1), Ok(2));
    assert_eq!(
        (receiver.poll_ack(0), receiver.poll_timeout()),
        (None, None)
    );
    assert_eq!(
        receiver.resume(3),
        Err(SessionError::OutOfOrder {
            expected: 2,
            actual: 3
        })
    );
}
