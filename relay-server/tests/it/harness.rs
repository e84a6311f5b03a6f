//! A relay on a free port, and a browser's half of a call.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use relay_proto::{
    VERSION,
    close::CloseCode,
    frame::{Body, Frame},
    message::{ClientMessage, Codec, Device, Heard, Hello, RelayMessage, Rung},
    pcm::Pcm,
};
use relay_server::{Config, Relay, ServeError};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        self, Message,
        client::IntoClientRequest as _,
        handshake::client::{Request, Response},
    },
};

/// A test that waits longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Fails a test that would wait forever.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited too long for {what}"))
}

/// A relay that runs until it is stopped.
pub(crate) struct RunningRelay {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), ServeError>>,
}

impl RunningRelay {
    pub(crate) async fn start(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = Relay::new(listener, config).unwrap();
        let address = relay.local_addr();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(relay.run(async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            running,
        }
    }

    /// Asks the relay to stop; the result is its end.
    pub(crate) fn stop(self) -> JoinHandle<Result<(), ServeError>> {
        self.stop.send(()).unwrap();
        self.running
    }

    /// What a page of `origin` asks for when it opens the socket.
    pub(crate) fn request(&self, origin: Option<&str>) -> Request {
        let url = format!("ws://{}/v1/socket", self.address);
        let mut request = url.into_client_request().unwrap();
        if let Some(origin) = origin {
            let origin = origin.parse().unwrap();
            request.headers_mut().insert("origin", origin);
        }
        request
    }

    pub(crate) async fn try_connect(
        &self,
        request: Request,
    ) -> Result<(Client, Response), tungstenite::Error> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (socket, response) = soon("the upgrade", client_async(request, stream)).await?;
        let client = Client {
            socket,
            next_sequence: 1,
        };
        Ok((client, response))
    }

    /// Opens a socket and says nothing.
    pub(crate) async fn connect(&self) -> Client {
        self.try_connect(self.request(None)).await.unwrap().0
    }

    /// Opens a call and reads up to the end of its greeting.
    pub(crate) async fn call(&self) -> Client {
        let mut client = self.connect().await;
        client.say(&ClientMessage::Hello(hello())).await;
        for wanted in ["welcome", "say", "call_state"] {
            let message = client.hear().await;
            assert_eq!(type_of(&message), wanted, "{message:?}");
        }
        client
    }
}

/// A browser's half of a call.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<TcpStream>,
    pub(crate) next_sequence: u32,
}

impl Client {
    pub(crate) async fn say(&mut self, message: &ClientMessage) {
        self.send(Message::text(message.encode().unwrap())).await;
    }

    /// Sends the next frame of the session.
    pub(crate) async fn frame(&mut self, sample_time: u64, body: Body<'_>) {
        let bytes = frame_bytes(self.next_sequence, sample_time, body);
        self.next_sequence += 1;
        self.send(Message::binary(bytes)).await;
    }

    /// Sends audio, one window in each frame.
    pub(crate) async fn audio(&mut self, sample_time: u64, samples: &[i16]) {
        for (n, window) in samples.chunks(512).enumerate() {
            let bytes: Vec<u8> = window.iter().flat_map(|s| s.to_le_bytes()).collect();
            let pcm = Pcm::new(&bytes).unwrap();
            self.frame(sample_time + 512 * n as u64, Body::Audio(pcm))
                .await;
        }
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The relay's next message that is no acknowledgement.
    pub(crate) async fn hear(&mut self) -> RelayMessage {
        loop {
            let message = self.hear_anything().await;
            if !matches!(message, RelayMessage::Ack { .. }) {
                return message;
            }
        }
    }

    /// The relay's next message.
    pub(crate) async fn hear_anything(&mut self) -> RelayMessage {
        match soon("a message", self.socket.next()).await {
            Some(Ok(Message::Text(text))) => RelayMessage::decode(&text).unwrap(),
            other => panic!("instead of a message came {other:?}"),
        }
    }

    /// Waits until the relay has dealt with every frame that was sent.
    pub(crate) async fn all_acknowledged(&mut self) {
        loop {
            if let RelayMessage::Ack { sequence } = self.hear_anything().await
                && sequence + 1 == self.next_sequence
            {
                return;
            }
        }
    }

    pub(crate) async fn hear_segment(&mut self) -> Heard {
        let message = self.hear().await;
        let RelayMessage::Heard(heard) = message else {
            panic!("instead of a segment came {message:?}");
        };
        heard
    }

    /// Reads to the end of the connection: the last message, the close code and its reason.
    pub(crate) async fn hear_goodbye(&mut self) -> (RelayMessage, CloseCode, String) {
        let mut last = None;
        loop {
            match soon("a close", self.socket.next()).await {
                Some(Ok(Message::Text(text))) => last = Some(RelayMessage::decode(&text).unwrap()),
                Some(Ok(Message::Close(Some(close)))) => {
                    let code = CloseCode::try_from(u16::from(close.code)).unwrap();
                    return (last.unwrap(), code, close.reason.to_string());
                }
                Some(Ok(_)) => {}
                other => panic!("instead of a close came {other:?}"),
            }
        }
    }

    /// Expects to be told of `code` and a reason that contains `reason`, then the same as a close.
    pub(crate) async fn expect_refusal(&mut self, code: CloseCode, reason: &str) {
        let (last, close_code, close_reason) = self.hear_goodbye().await;
        let RelayMessage::Error {
            code: error_code,
            message,
        } = last
        else {
            panic!("instead of an error came {last:?}");
        };
        assert_eq!((error_code, close_code), (code, code), "{message}");
        assert!(message.contains(reason), "{message:?} lacks {reason:?}");
        assert!(message.starts_with(&close_reason), "{close_reason:?}");
    }

    /// Expects the call to go on as if nothing had happened.
    pub(crate) async fn expect_alive(&mut self) {
        self.say(&ClientMessage::Ping { nonce: 77 }).await;
        assert_eq!(self.hear().await, RelayMessage::Pong { nonce: 77 });
    }
}

/// What a browser on the highest rung says first.
pub(crate) fn hello() -> Hello {
    Hello {
        version: VERSION,
        rung: Rung::Worklet,
        rung_reason: "the highest rung works".to_owned(),
        codec: Codec::Pcm16,
        device: Device {
            sample_rate_hz: 48_000,
            label: None,
            echo_cancellation: Some(true),
            noise_suppression: None,
            auto_gain_control: None,
        },
        browser: "a test".to_owned(),
        page: None,
        token: None,
        resume: None,
    }
}

pub(crate) fn frame_bytes(sequence: u32, sample_time: u64, body: Body<'_>) -> Vec<u8> {
    let frame = Frame {
        sequence,
        sample_time,
        body,
    };
    let mut bytes = vec![0; frame.encoded_len()];
    frame.encode(&mut bytes).unwrap();
    bytes
}

fn type_of(message: &RelayMessage) -> String {
    let json: serde_json::Value = serde_json::from_str(&message.encode().unwrap()).unwrap();
    json["type"].as_str().unwrap().to_owned()
}
