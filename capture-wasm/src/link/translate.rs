//! From what travels on the wire, and how it breaks, to what the page is told.

use relay_proto::close::CloseCode;
use relay_proto::frame::{Body, Frame};
use relay_proto::message::{CallState, EndedReason, HeardState, RelayMessage};

use crate::event::{Event, SpeechStep};
use crate::failure::FailureCode;

/// Samples of the sample clock per millisecond.
const SAMPLES_PER_MS: u64 = relay_proto::SAMPLE_RATE_HZ as u64 / 1_000;

/// What a frame of this browser tells its page, if anything.
pub(crate) fn event_of_frame(frame: &Frame<'_>) -> Option<Event> {
    let speech = |step, segment, onset: u64, offset: Option<u64>| {
        Some(Event::Speech {
            step,
            segment,
            onset_ms: onset / SAMPLES_PER_MS,
            offset_ms: offset.map(|offset| offset / SAMPLES_PER_MS),
        })
    };
    match frame.body {
        Body::Level {
            probability,
            rms_dbfs,
            peak_dbfs,
        } => Some(Event::Level {
            probability,
            rms_dbfs,
            peak_dbfs,
        }),
        Body::Probable { segment } => {
            speech(SpeechStep::Probable, segment, frame.sample_time, None)
        }
        Body::Confirmed { segment, .. } => {
            speech(SpeechStep::Confirmed, segment, frame.sample_time, None)
        }
        Body::Ended {
            segment,
            onset,
            offset,
            ..
        } => speech(SpeechStep::Ended, segment, onset, Some(offset)),
        Body::Retracted { segment } => {
            speech(SpeechStep::Retracted, segment, frame.sample_time, None)
        }
        Body::Audio(_) | Body::Gap { .. } | Body::ModeChanged { .. } => None,
    }
}

/// What a message of the relay tells the page, if it is for the page at all.
pub(crate) fn event_of_message(message: RelayMessage) -> Option<Event> {
    match message {
        RelayMessage::Say {
            prompt,
            text,
            language,
        } => Some(Event::Say {
            prompt,
            text,
            language,
        }),
        RelayMessage::Heard(heard) => Some(Event::Heard {
            segment: heard.segment,
            state: match heard.state {
                HeardState::Probable => SpeechStep::Probable,
                HeardState::Confirmed => SpeechStep::Confirmed,
                HeardState::Ended => SpeechStep::Ended,
                HeardState::Retracted => SpeechStep::Retracted,
            },
            onset_ms: heard.onset_ms,
            offset_ms: heard.offset_ms,
            audio_ms: heard.audio_ms,
            envelope: heard.envelope.unwrap_or_default(),
        }),
        RelayMessage::CallState { state } => Some(Event::CallState {
            state: match state {
                CallState::Greeting => "greeting",
                CallState::Listening => "listening",
                CallState::Ended => "ended",
            },
        }),
        RelayMessage::Ended { reason, text } => Some(Event::Ended {
            reason: match reason {
                EndedReason::Hangup => "hangup",
                EndedReason::RelayShutdown => "relay_shutdown",
                EndedReason::Fault => "fault",
                EndedReason::Limit => "limit",
            },
            text,
        }),
        RelayMessage::Welcome { .. }
        | RelayMessage::Ack { .. }
        | RelayMessage::CaptureMode { .. }
        | RelayMessage::Error { .. }
        | RelayMessage::Ping { .. }
        | RelayMessage::Pong { .. } => None,
    }
}

/// What a close means where `welcome` was waited for.
pub(crate) fn refusal(code: u16) -> FailureCode {
    match CloseCode::try_from(code) {
        Ok(code) if is_mismatch(code) => FailureCode::Protocol,
        Ok(CloseCode::Normal | CloseCode::GoingAway) | Err(_) => FailureCode::RelayUnreachable,
        Ok(_) => FailureCode::RelayRefused,
    }
}

/// What a close without `ended` means during a call.
pub(crate) fn loss(code: u16) -> FailureCode {
    match CloseCode::try_from(code) {
        Ok(code) if is_mismatch(code) => FailureCode::Protocol,
        Ok(_) | Err(_) => FailureCode::RelayLost,
    }
}

/// Whether the relay found fault with what it was sent.
fn is_mismatch(code: CloseCode) -> bool {
    match code {
        CloseCode::BadFrame
        | CloseCode::UnsupportedVersion
        | CloseCode::OutOfOrder
        | CloseCode::TooLong
        | CloseCode::BadMessage => true,
        CloseCode::Normal
        | CloseCode::GoingAway
        | CloseCode::NotAdmitted
        | CloseCode::OriginRefused
        | CloseCode::UnknownSession
        | CloseCode::HelloTimeout
        | CloseCode::TooBusy
        | CloseCode::RelayFault => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_close_has_its_meaning_before_and_during_a_call() {
        for (code, before, during) in [
            (1000, FailureCode::RelayUnreachable, FailureCode::RelayLost),
            (1001, FailureCode::RelayUnreachable, FailureCode::RelayLost),
            (1006, FailureCode::RelayUnreachable, FailureCode::RelayLost),
            (4400, FailureCode::Protocol, FailureCode::Protocol),
            (4401, FailureCode::RelayRefused, FailureCode::RelayLost),
            (4403, FailureCode::RelayRefused, FailureCode::RelayLost),
            (4404, FailureCode::RelayRefused, FailureCode::RelayLost),
            (4406, FailureCode::Protocol, FailureCode::Protocol),
            (4408, FailureCode::RelayRefused, FailureCode::RelayLost),
            (4409, FailureCode::Protocol, FailureCode::Protocol),
            (4413, FailureCode::Protocol, FailureCode::Protocol),
            (4422, FailureCode::Protocol, FailureCode::Protocol),
            (4429, FailureCode::RelayRefused, FailureCode::RelayLost),
            (4500, FailureCode::RelayRefused, FailureCode::RelayLost),
        ] {
            assert_eq!((refusal(code), loss(code)), (before, during), "{code}");
        }
    }

    #[test]
    fn speech_is_told_in_milliseconds() {
        let frame = Frame {
            sequence: 0,
            sample_time: 16_000,
            body: Body::Probable { segment: 3 },
        };
        let told = Event::Speech {
            step: SpeechStep::Probable,
            segment: 3,
            onset_ms: 1_000,
            offset_ms: None,
        };
        assert_eq!(event_of_frame(&frame), Some(told));
    }

    #[test]
    fn a_segment_without_envelope_has_an_empty_one() {
        let text = r#"{"type":"heard","segment":0,"onset_ms":512,"offset_ms":1024,
            "audio_ms":960,"state":"ended"}"#;
        let message = RelayMessage::decode(text).expect("a message of this version");
        let told = Event::Heard {
            segment: 0,
            state: SpeechStep::Ended,
            onset_ms: 512,
            offset_ms: 1_024,
            audio_ms: 960,
            envelope: Vec::new(),
        };
        assert_eq!(event_of_message(message), Some(told));
    }
}
