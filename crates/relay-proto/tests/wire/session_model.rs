//! Both halves of a session over a line that breaks, against a model that cannot be wrong.
//!
//! The model is the list of frames that were pushed. Whatever the line does, the relay must take
//! exactly these, once and in order; where the ring had no room, a gap of the same place and
//! length may stand for audio, and for nothing else.

use std::collections::VecDeque;

use proptest::prelude::*;
use relay_proto::frame::{Body, Frame, encode_audio};
use relay_proto::session::{Received, Receiver, ReceiverConfig, Sender, SenderConfig};

/// What can happen.
#[derive(Clone, Copy, Debug)]
enum Operation {
    /// The browser has more audio, in samples.
    PushAudio(usize),
    /// The browser has an event.
    PushEvent,
    /// The browser hands so many frames to the line.
    Transmit(usize),
    /// So many frames arrive at the relay.
    Deliver(usize),
    /// The newest frame that arrived arrives again.
    Repeat,
    /// The relay acknowledges, if it is due after so many milliseconds.
    Acknowledge(u64),
    /// So many acknowledgements arrive at the browser.
    DeliverAcks(usize),
    /// The line breaks, with all that is on it, and a new one begins.
    Reconnect,
    /// The same, but the relay offers to start so many frames earlier than it would have to.
    ReconnectEarlier(u32),
}

/// The line and both ends.
struct SimCall {
    sender: Sender,
    receiver: Receiver,
    now_ms: u64,
    to_relay: VecDeque<Vec<u8>>,
    to_browser: VecDeque<u32>,
    newest: Option<Vec<u8>>,
    /// The model.
    pushed: Vec<Delivery>,
    delivered: Vec<Delivery>,
}

/// A frame as far as the model knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivery {
    Audio { sample_time: u64, n_samples: u64 },
    Event { segment: u32 },
    Gap { sample_time: u64, n_samples: u64 },
}

impl SimCall {
    fn new(ring_ms: u32) -> Self {
        Self {
            sender: Sender::new(SenderConfig {
                ring_ms,
                ring_frames: 1_000,
            }),
            receiver: Receiver::new(ReceiverConfig {
                ack_interval_ms: 200,
                ack_frames: 4,
            }),
            now_ms: 0,
            to_relay: VecDeque::new(),
            to_browser: VecDeque::new(),
            newest: None,
            pushed: Vec::new(),
            delivered: Vec::new(),
        }
    }

    fn apply(&mut self, operation: Operation) {
        match operation {
            Operation::PushAudio(n_samples) => self.push_audio(n_samples),
            Operation::PushEvent => self.push_event(),
            Operation::Transmit(n_frames) => {
                for _ in 0..n_frames {
                    self.to_relay
                        .extend(self.sender.poll_transmit().map(<[u8]>::to_vec));
                }
            }
            Operation::Deliver(n_frames) => {
                for _ in 0..n_frames {
                    self.deliver();
                }
            }
            Operation::Repeat => {
                if let Some(bytes) = &self.newest {
                    assert_eq!(self.receiver.handle_frame(bytes), Ok(Received::Duplicate));
                }
            }
            Operation::Acknowledge(after_ms) => {
                self.now_ms += after_ms;
                self.to_browser.extend(self.receiver.poll_ack(self.now_ms));
            }
            Operation::DeliverAcks(n_acks) => {
                for sequence in self.to_browser.drain(..n_acks.min(self.to_browser.len())) {
                    self.sender.handle_ack(sequence).unwrap();
                }
            }
            Operation::Reconnect => self.reconnect(0),
            Operation::ReconnectEarlier(n_frames) => self.reconnect(n_frames),
        }
    }

    fn push_audio(&mut self, n_samples: usize) {
        let sample_time = self.pushed.len() as u64 * 512;
        let mut bytes = vec![0; 16 + 2 * n_samples];
        encode_audio(sample_time, &vec![0.25; n_samples], &mut bytes).unwrap();
        self.sender.push(bytes).unwrap();
        self.pushed.push(Delivery::Audio {
            sample_time,
            n_samples: n_samples as u64,
        });
    }

    fn push_event(&mut self) {
        let segment = self.pushed.len() as u32;
        let frame = Frame {
            sequence: 0,
            sample_time: 0,
            body: Body::Probable { segment },
        };
        let mut bytes = vec![0; frame.encoded_len()];
        frame.encode(&mut bytes).unwrap();
        self.sender.push(bytes).unwrap();
        self.pushed.push(Delivery::Event { segment });
    }

    fn deliver(&mut self) {
        let Some(bytes) = self.to_relay.pop_front() else {
            return;
        };
        match self.receiver.handle_frame(&bytes).unwrap() {
            Received::New(frame) => self.delivered.push(delivery_of(&frame)),
            Received::Duplicate => {}
        }
        self.newest = Some(bytes);
    }

    fn reconnect(&mut self, n_frames_earlier: u32) {
        self.to_relay.clear();
        self.to_browser.clear();
        let oldest = self.sender.oldest_sequence();
        let next = self.receiver.resume(oldest).unwrap();
        let earlier = next.saturating_sub(n_frames_earlier).max(oldest);
        self.sender.resume(earlier).unwrap();
    }
}

fn delivery_of(frame: &Frame<'_>) -> Delivery {
    match frame.body {
        Body::Audio(pcm) => Delivery::Audio {
            sample_time: frame.sample_time,
            n_samples: pcm.len() as u64,
        },
        Body::Probable { segment } => Delivery::Event { segment },
        Body::Gap { samples } => Delivery::Gap {
            sample_time: frame.sample_time,
            n_samples: samples,
        },
        Body::Confirmed { .. }
        | Body::Ended { .. }
        | Body::Retracted { .. }
        | Body::Level { .. }
        | Body::ModeChanged { .. } => panic!("nobody pushed {frame:?}"),
    }
}

/// What may stand in place of a frame that did not fit.
fn as_gap(delivery: Delivery) -> Delivery {
    match delivery {
        Delivery::Audio {
            sample_time,
            n_samples,
        }
        | Delivery::Gap {
            sample_time,
            n_samples,
        } => Delivery::Gap {
            sample_time,
            n_samples,
        },
        Delivery::Event { segment } => Delivery::Event { segment },
    }
}

proptest! {
    #[test]
    fn the_relay_gets_everything_once_and_in_order(script in scripts()) {
        let mut call = SimCall::new(60_000);
        play(&mut call, script);
        prop_assert_eq!(&call.delivered, &call.pushed);
        prop_assert_eq!(call.sender.stats().dropped_samples, 0);
    }

    #[test]
    fn with_a_small_ring_only_audio_is_lost_and_each_loss_is_told(script in scripts()) {
        let mut call = SimCall::new(100);
        play(&mut call, script);
        prop_assert_eq!(call.delivered.len(), call.pushed.len());
        let mut n_lost = 0;
        for (delivered, pushed) in call.delivered.iter().zip(&call.pushed) {
            prop_assert!(
                *delivered == *pushed || *delivered == as_gap(*pushed),
                "{:?} became {:?}", pushed, delivered
            );
            if let Delivery::Gap { n_samples, .. } = delivered {
                n_lost += n_samples;
            }
        }
        prop_assert!(n_lost <= call.sender.stats().dropped_samples);
    }

    #[test]
    fn the_ring_stays_within_its_bounds(script in scripts()) {
        let mut call = SimCall::new(100);
        for operation in script {
            call.apply(operation);
            prop_assert!(call.sender.kept_ms() <= 100);
            // Never more has arrived than was pushed, and no acknowledgement runs ahead.
            prop_assert!(call.delivered.len() <= call.pushed.len());
            prop_assert!(call.sender.oldest_sequence() <= call.receiver.next_sequence());
        }
    }
}

/// Plays a script, then lets the line work until nothing is left to do.
fn play(call: &mut SimCall, script: Vec<Operation>) {
    for operation in script {
        call.apply(operation);
    }
    call.apply(Operation::Reconnect);
    let n_pushed = call.pushed.len();
    call.apply(Operation::Transmit(n_pushed));
    call.apply(Operation::Deliver(n_pushed));
    call.apply(Operation::Acknowledge(200));
    call.apply(Operation::DeliverAcks(n_pushed));
    assert_eq!(call.sender.kept_frames(), 0);
}

fn scripts() -> impl Strategy<Value = Vec<Operation>> {
    let operation = prop_oneof![
        8 => (1..=512_usize).prop_map(Operation::PushAudio),
        3 => Just(Operation::PushEvent),
        5 => (1..8_usize).prop_map(Operation::Transmit),
        5 => (1..8_usize).prop_map(Operation::Deliver),
        1 => Just(Operation::Repeat),
        3 => (0..150_u64).prop_map(Operation::Acknowledge),
        3 => (1..3_usize).prop_map(Operation::DeliverAcks),
        1 => Just(Operation::Reconnect),
        1 => (0..10_u32).prop_map(Operation::ReconnectEarlier),
    ];
    prop::collection::vec(operation, 0..120)
}
