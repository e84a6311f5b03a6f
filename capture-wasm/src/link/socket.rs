//! The WebSocket.

use gloo_events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

/// A socket with its listeners. Dropping it closes it and listens no more.
#[derive(Debug)]
pub(crate) struct Socket {
    socket: WebSocket,
    _listeners: [EventListener; 3],
}

/// What happens to a socket.
#[derive(Debug)]
pub(crate) enum SocketEvent {
    /// It is closed, whether it was ever open or not.
    Closed {
        /// The close code; 1006 where there was none.
        code: u16,
        /// The peer's words; may be empty.
        reason: String,
    },
    /// A message came; `None` is a binary one.
    Message(Option<String>),
    /// It is open.
    Opened,
}

impl Socket {
    /// Opens a socket to `url`.
    pub(crate) fn open(
        url: &str,
        on_event: impl Fn(SocketEvent) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let socket = WebSocket::new(url)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let on_open = on_event.clone();
        let on_message = on_event.clone();
        let listeners = [
            EventListener::new(&socket, "open", move |_| on_open(SocketEvent::Opened)),
            EventListener::new(&socket, "message", move |event| {
                let message: &MessageEvent = event.unchecked_ref();
                on_message(SocketEvent::Message(message.data().as_string()));
            }),
            EventListener::new(&socket, "close", move |event| {
                let close: &CloseEvent = event.unchecked_ref();
                on_event(SocketEvent::Closed {
                    code: close.code(),
                    reason: close.reason(),
                });
            }),
        ];
        Ok(Self {
            socket,
            _listeners: listeners,
        })
    }

    /// Sends a text message. A socket that is closing takes none; its close event follows.
    pub(crate) fn send_text(&self, text: &str) {
        let _ = self.socket.send_with_str(text);
    }

    /// Sends a binary message; see [`Socket::send_text`].
    pub(crate) fn send_bytes(&self, bytes: &[u8]) {
        let _ = self.socket.send_with_u8_array(bytes);
    }

    /// How many bytes wait inside the socket.
    pub(crate) fn buffered_bytes(&self) -> u32 {
        self.socket.buffered_amount()
    }

    /// Begins the closing handshake, after everything that was sent.
    pub(crate) fn close(&self) {
        let _ = self.socket.close_with_code(1000);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.close();
    }
}
