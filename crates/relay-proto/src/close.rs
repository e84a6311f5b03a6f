//! Why a socket was closed.

/// The WebSocket close codes of this wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "messages",
    derive(serde::Deserialize, serde::Serialize),
    serde(try_from = "u16", into = "u16")
)]
#[repr(u16)]
pub enum CloseCode {
    /// The call is over.
    Normal = 1000,
    /// The relay is shutting down.
    GoingAway = 1001,
    /// A binary message was no frame of this version of the wire.
    BadFrame = 4400,
    /// The token in `hello` admits nobody.
    NotAdmitted = 4401,
    /// The page's origin may not call this relay.
    OriginRefused = 4403,
    /// The session in `hello.resume` does not exist, is over, or has another token.
    UnknownSession = 4404,
    /// The client speaks a version that the relay does not.
    UnsupportedVersion = 4406,
    /// No `hello` came in time.
    HelloTimeout = 4408,
    /// Frames are missing in the sequence.
    OutOfOrder = 4409,
    /// A message is longer than [`MAX_MESSAGE_BYTES`](crate::MAX_MESSAGE_BYTES).
    TooLong = 4413,
    /// A text message was no control message of this version, or came at the wrong time.
    BadMessage = 4422,
    /// The relay carries as many calls as it may.
    TooBusy = 4429,
    /// Something failed inside the relay.
    RelayFault = 4500,
}

/// A close code that this wire does not define.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("close code {actual} is not one of this wire: treat the connection as lost")]
pub struct UnknownCloseCode {
    /// The code that was met.
    pub actual: u16,
}

impl CloseCode {
    /// All codes, in ascending order.
    pub const ALL: [Self; 13] = [
        Self::Normal,
        Self::GoingAway,
        Self::BadFrame,
        Self::NotAdmitted,
        Self::OriginRefused,
        Self::UnknownSession,
        Self::UnsupportedVersion,
        Self::HelloTimeout,
        Self::OutOfOrder,
        Self::TooLong,
        Self::BadMessage,
        Self::TooBusy,
        Self::RelayFault,
    ];

    /// The number in the WebSocket close frame.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// What the client does next.
    pub const fn advice(self) -> Advice {
        match self {
            Self::Normal => Advice::Stop,
            Self::GoingAway | Self::TooBusy => Advice::CallLater,
            Self::UnknownSession | Self::OutOfOrder | Self::RelayFault => Advice::CallAgain,
            Self::HelloTimeout => Advice::Reconnect,
            Self::BadFrame
            | Self::NotAdmitted
            | Self::OriginRefused
            | Self::UnsupportedVersion
            | Self::TooLong
            | Self::BadMessage => Advice::GiveUp,
        }
    }
}

/// What a client does after a close. A connection that ends without a code of this wire is
/// [`Advice::Reconnect`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Start a new call: this session cannot go on.
    CallAgain,
    /// Tell the visitor to call again later.
    CallLater,
    /// Report a fault: trying again leads to the same end.
    GiveUp,
    /// Connect again and resume the session.
    Reconnect,
    /// Nothing: the call ended as it should.
    Stop,
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code.code()
    }
}

impl TryFrom<u16> for CloseCode {
    type Error = UnknownCloseCode;

    fn try_from(actual: u16) -> Result<Self, UnknownCloseCode> {
        Self::ALL
            .into_iter()
            .find(|code| code.code() == actual)
            .ok_or(UnknownCloseCode { actual })
    }
}
