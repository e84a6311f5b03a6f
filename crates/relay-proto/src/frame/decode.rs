//! From bytes to a frame.

use super::error::need;
use super::{Body, CaptureMode, EndReason, Frame, FrameError, HEADER_BYTES, Kind};
use crate::pcm::{Pcm, SAMPLE_BYTES};
use crate::{MAX_MESSAGE_BYTES, VERSION};

impl Frame<'_> {
    /// Reads one frame, which must fill `bytes` exactly.
    pub fn decode(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
        let header = Header::decode(bytes)?;
        let payload = payload(header.kind, bytes)?;
        let mut reader = Reader { bytes: payload };
        let body = match header.kind {
            Kind::Audio => Body::Audio(Pcm::new(payload)?),
            Kind::Probable => Body::Probable {
                segment: reader.u32(),
            },
            Kind::Confirmed => {
                let segment = reader.u32();
                let reserved = reader.u32();
                if reserved != 0 {
                    return Err(FrameError::ReservedField { actual: reserved });
                }
                Body::Confirmed {
                    segment,
                    audio_start: reader.u64(),
                }
            }
            Kind::Ended => Body::Ended {
                segment: reader.u32(),
                reason: EndReason::try_from(reader.u32())?,
                onset: reader.u64(),
                offset: reader.u64(),
                audio_start: reader.u64(),
                audio_end: reader.u64(),
            },
            Kind::Retracted => Body::Retracted {
                segment: reader.u32(),
            },
            Kind::Level => Body::Level {
                probability: reader.f32(),
                rms_dbfs: reader.f32(),
                peak_dbfs: reader.f32(),
            },
            Kind::Gap => Body::Gap {
                samples: reader.u64(),
            },
            Kind::ModeChanged => Body::ModeChanged {
                mode: CaptureMode::try_from(reader.u32())?,
            },
        };
        let frame = Frame {
            sequence: header.sequence,
            sample_time: header.sample_time,
            body,
        };
        frame.check()?;
        Ok(frame)
    }
}

/// The first [`HEADER_BYTES`] of a frame.
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) sequence: u32,
    pub(super) sample_time: u64,
}

impl Header {
    /// Reads the header alone.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        if bytes.len() > MAX_MESSAGE_BYTES {
            return Err(FrameError::TooLong {
                actual: bytes.len(),
            });
        }
        // The version comes first in every version, whatever else may change.
        if let Some(&version) = bytes.first()
            && version != VERSION
        {
            return Err(FrameError::UnsupportedVersion { actual: version });
        }
        need(HEADER_BYTES, bytes)?;
        let mut reader = Reader { bytes };
        let [_version, kind] = reader.take();
        let kind = Kind::try_from(kind)?;
        let flags = u16::from_le_bytes(reader.take());
        if flags != 0 {
            return Err(FrameError::ReservedFlags { actual: flags });
        }
        Ok(Self {
            kind,
            sequence: reader.u32(),
            sample_time: reader.u64(),
        })
    }
}

/// What follows after the header, with the length that `kind` has.
fn payload(kind: Kind, bytes: &[u8]) -> Result<&[u8], FrameError> {
    let Some(payload_bytes) = kind.payload_bytes() else {
        need(HEADER_BYTES + SAMPLE_BYTES, bytes)?;
        return Ok(&bytes[HEADER_BYTES..]);
    };
    let expected = HEADER_BYTES + payload_bytes;
    need(expected, bytes)?;
    if bytes.len() > expected {
        return Err(FrameError::TrailingBytes {
            expected,
            actual: bytes.len(),
        });
    }
    Ok(&bytes[HEADER_BYTES..])
}

/// Takes little-endian numbers from the front of bytes whose length was checked before.
struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        // Zeros would come out if the length had not been checked; no input reaches that.
        let (taken, rest) = self
            .bytes
            .split_first_chunk::<N>()
            .unwrap_or((&[0; N], &[]));
        self.bytes = rest;
        *taken
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }

    fn f32(&mut self) -> f32 {
        f32::from_le_bytes(self.take())
    }
}
