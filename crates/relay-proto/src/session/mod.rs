//! A session: the frames of one capture connection, numbered, acknowledged and, after a lost
//! connection, sent again.
//!
//! The [`Sender`] is the browser's half and the [`Receiver`] the relay's. Neither has a socket, a
//! timer or a clock: what arrives, and the time where it matters, is handed in.

extern crate alloc;

mod sender;
pub use sender::{ResumeError, SendError, Sender, SenderConfig, SenderStats};

mod ring;

mod receiver;
pub use receiver::{Received, Receiver, ReceiverConfig, SessionError};
