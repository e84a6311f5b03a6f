//! The envelope in which a frame comes from the audio thread.

/// Bytes of the length in front of the frame.
const LENGTH_BYTES: usize = 4;

/// A message of the audio thread that holds no whole frame. The fault is `processor.js`'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParcelError {
    /// There is no room for the length.
    #[error("a parcel of {actual} bytes has no room for its length")]
    NoLength {
        /// The parcel's bytes.
        actual: usize,
    },
    /// The frame would not fit.
    #[error("a parcel with room for {actual} bytes says that its frame has {expected}")]
    TooShort {
        /// The frame's bytes, as the parcel says.
        expected: usize,
        /// The bytes behind the length.
        actual: usize,
    },
}

/// The frame inside `parcel`: as many bytes as its first four say; what follows is slack.
pub(crate) fn open(parcel: &[u8]) -> Result<&[u8], ParcelError> {
    let (length, rest) =
        parcel
            .split_first_chunk::<LENGTH_BYTES>()
            .ok_or(ParcelError::NoLength {
                actual: parcel.len(),
            })?;
    let expected = u32::from_le_bytes(*length) as usize;
    rest.get(..expected).ok_or(ParcelError::TooShort {
        expected,
        actual: rest.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_frame_and_leaves_the_slack() {
        assert_eq!(open(&[2, 0, 0, 0, 7, 8, 9, 9]), Ok(&[7, 8][..]));
    }

    #[test]
    fn refuses_a_parcel_that_is_too_short() {
        assert_eq!(open(&[1, 0]), Err(ParcelError::NoLength { actual: 2 }));
        assert_eq!(
            open(&[3, 0, 0, 0, 7, 8]),
            Err(ParcelError::TooShort {
                expected: 3,
                actual: 2
            })
        );
        assert_eq!(
            open(&[255, 255, 255, 255]),
            Err(ParcelError::TooShort {
                expected: u32::MAX as usize,
                actual: 0
            })
        );
    }
}
