//! A line that breaks, repeats and answers late: each frame arrives at most once and in order, and
//! no acknowledgement, true or false, makes the sender panic.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use relay_proto::frame::{Body, Frame};
use relay_proto::session::{Received, Receiver, ReceiverConfig, Sender, SenderConfig};

#[derive(Arbitrary, Debug)]
enum Step {
    Push,
    Deliver { twice: bool },
    Acknowledge { later_ms: u16 },
    Lie { sequence: u32 },
    Break,
}

fuzz_target!(|steps: Vec<Step>| {
    let mut sender = Sender::new(SenderConfig::default());
    let mut receiver = Receiver::new(ReceiverConfig::default());
    let (mut n_pushed, mut n_received, mut now_ms) = (0_u32, 0_u32, 0_u64);
    for step in steps {
        match step {
            Step::Push => {
                let body = Body::Probable { segment: n_pushed };
                let frame = Frame {
                    sequence: 0,
                    sample_time: u64::from(n_pushed),
                    body,
                };
                let mut bytes = vec![0; frame.encoded_len()];
                frame.encode(&mut bytes).expect("the buffer fits");
                if sender.push(bytes).is_ok() {
                    n_pushed += 1;
                }
            }
            Step::Deliver { twice } => {
                let Some(bytes) = sender.poll_transmit().map(<[u8]>::to_vec) else {
                    continue;
                };
                for _ in 0..=usize::from(twice) {
                    if let Ok(Received::New(frame)) = receiver.handle_frame(&bytes) {
                        assert_eq!(
                            frame.body,
                            Body::Probable {
                                segment: n_received
                            }
                        );
                        n_received += 1;
                    }
                }
            }
            Step::Acknowledge { later_ms } => {
                now_ms += u64::from(later_ms);
                if let Some(sequence) = receiver.poll_ack(now_ms) {
                    sender
                        .handle_ack(sequence)
                        .expect("the receiver tells the truth");
                }
            }
            Step::Lie { sequence } => {
                // A refusal is an answer; acceptance means that the number was plausible.
                if sequence > n_pushed {
                    assert!(sender.handle_ack(sequence).is_err());
                }
            }
            Step::Break => {
                let next = receiver
                    .resume(sender.oldest_sequence())
                    .expect("nothing was dropped");
                sender.resume(next).expect("the receiver tells the truth");
            }
        }
    }
    assert!(n_received <= n_pushed);
});
