//! The WebSocket of a call: from the upgrade to the last close.
//!
//! A connection only carries messages between the browser and its [`call`]; what they mean is the
//! call's business. The one message it waits for itself is `hello`, because without it there is no
//! call.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use relay_proto::{
    MAX_MESSAGE_BYTES,
    close::CloseCode,
    message::{EndedReason, Hello},
};
use tokio::time::{sleep, timeout};
use tracing::{debug, error, info};
use tungstenite::error::CapacityError;

use crate::{
    call::{self, Handle, Inbound, Outbound},
    goodbye::Goodbye,
    hello, origin,
    server::Shared,
};

/// How much is read from a socket at a time. Frames are about 1 KiB long.
const READ_BUFFER_BYTES: usize = 4 * 1_024;

/// Answers `/v1/socket`: turns the request into a call, unless it comes from a foreign page.
pub(crate) async fn upgrade(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if let Err(refused) = origin::check(&headers, shared.door) {
        info!("a page of another origin was refused");
        debug!(%refused, "origin refused");
        return (StatusCode::FORBIDDEN, format!("{refused}\n")).into_response();
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let token = shared.tasks.token();
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        // What is sent goes out at once; nothing piles up behind a browser that does not read.
        .write_buffer_size(0)
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .on_upgrade(async move |socket| {
            let write_limit = shared.timings.write_limit;
            let connection = Connection {
                socket,
                write_limit,
            };
            connection.run(&shared).await;
            drop(token);
        })
}

/// One browser's socket.
struct Connection {
    socket: WebSocket,
    /// How long the browser may take for one message, or to answer a close.
    write_limit: Duration,
}

/// How a connection comes to its end.
#[derive(Debug)]
enum End {
    /// The relay says goodbye.
    Goodbye(Goodbye),
    /// The browser is gone, or takes no more messages.
    Gone,
}

impl Connection {
    async fn run(mut self, shared: &Arc<Shared>) {
        let end = match Arc::clone(&shared.free_lines).try_acquire_owned() {
            Ok(_line) => match self.receive_hello(shared).await {
                Ok(hello) => self.carry(call::start(shared, hello)).await,
                Err(end) => end,
            },
            Err(_) => End::Goodbye(Goodbye::refusal(
                CloseCode::TooBusy,
                "the relay carries as many calls as it may; call again in a minute",
            )),
        };
        match end {
            End::Goodbye(goodbye) => {
                if goodbye.code() != CloseCode::Normal {
                    info!(
                        code = goodbye.code().code(),
                        "a connection is closed for a reason"
                    );
                }
                self.say_goodbye(&goodbye).await;
            }
            End::Gone => {
                debug!("the browser is gone");
                self.drain().await;
            }
        }
    }

    /// Waits for the message that opens a call.
    async fn receive_hello(&mut self, shared: &Shared) -> Result<Hello, End> {
        let limit = shared.timings.hello;
        let message = tokio::select! {
            message = timeout(limit, self.receive_text()) => message.map_err(|_| {
                let reason = format!("no hello came within {} ms", limit.as_millis());
                End::Goodbye(Goodbye::refusal(CloseCode::HelloTimeout, reason))
            })??,
            () = shared.stopping.cancelled() => return Err(End::Goodbye(Goodbye::over(EndedReason::RelayShutdown))),
        };
        hello::check(&message).map_err(End::Goodbye)
    }

    async fn receive_text(&mut self) -> Result<String, End> {
        loop {
            match self.receive().await? {
                Inbound::Text(text) => return Ok(text.as_str().to_owned()),
                Inbound::Frame(_) => {
                    return Err(End::Goodbye(Goodbye::refusal(
                        CloseCode::BadMessage,
                        "a frame came before hello",
                    )));
                }
                Inbound::Alive => {}
            }
        }
    }

    /// Carries messages both ways until the call or the browser is gone.
    async fn carry(&mut self, call: Handle) -> End {
        let Handle {
            inbound,
            mut outbound,
            task,
        } = call;
        let end = loop {
            tokio::select! {
                // What the call says last is its goodbye; it must not wait behind new frames.
                biased;
                message = outbound.recv() => match message {
                    Some(Outbound::Message(text)) => {
                        if let Err(end) = self.send(Message::text(text)).await {
                            break end;
                        }
                    }
                    Some(Outbound::Goodbye(goodbye)) => break End::Goodbye(*goodbye),
                    // A call always says goodbye, unless a fault ended it.
                    None => break End::Goodbye(Goodbye::over(EndedReason::Fault)),
                },
                received = self.receive() => match received {
                    // A call that has ended takes nothing more, but its goodbye is on the way.
                    // While a call is busy, its browser waits: TCP holds back what it sends.
                    Ok(message) => drop(inbound.send(message).await),
                    Err(end) => break end,
                },
            }
        };
        drop((inbound, outbound));
        if let Err(error) = task.await {
            error!(%error, "a fault ended a call");
        }
        end
    }

    /// The next message that means something to a call.
    async fn receive(&mut self) -> Result<Inbound, End> {
        match self.socket.recv().await {
            Some(Ok(Message::Binary(bytes))) => Ok(Inbound::Frame(bytes)),
            Some(Ok(Message::Text(text))) => Ok(Inbound::Text(text)),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(Inbound::Alive),
            Some(Ok(Message::Close(_))) | None => Err(End::Gone),
            Some(Err(error)) => Err(unreadable(error)),
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(self.write_limit, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                debug!(%error, "cannot send");
                Err(End::Gone)
            }
            Err(_) => {
                info!("a browser does not read what it is sent");
                Err(End::Gone)
            }
        }
    }

    /// Says why the connection ends, and waits a little until the browser has read it.
    async fn say_goodbye(mut self, goodbye: &Goodbye) {
        debug!(
            code = goodbye.code().code(),
            reason = goodbye.reason(),
            "closing"
        );
        if let Ok(farewell) = goodbye.farewell().encode()
            && self.send(Message::text(farewell)).await.is_err()
        {
            return;
        }
        let close = Message::Close(Some(goodbye.close_frame()));
        if self.send(close).await.is_err() {
            return;
        }
        if goodbye.code() == CloseCode::TooLong {
            // Behind a message that is too long nothing can be read, not even the answer.
            sleep(self.write_limit).await;
        } else {
            self.drain().await;
        }
    }

    /// Reads and drops what is still on its way, up to the browser's own close. Bytes left unread
    /// would make the operating system reset the connection and could take our last words along.
    async fn drain(&mut self) {
        let drained = async { while let Some(Ok(_)) = self.socket.recv().await {} };
        let _ = timeout(self.write_limit, drained).await;
    }
}

/// What a message that cannot be read says about the connection.
fn unreadable(error: axum::Error) -> End {
    match error.into_inner().downcast_ref() {
        Some(tungstenite::Error::Capacity(CapacityError::MessageTooLong { size, max_size })) => {
            End::Goodbye(Goodbye::refusal(
                CloseCode::TooLong,
                format!("a message of {size} bytes; at most {max_size} are allowed"),
            ))
        }
        Some(tungstenite::Error::Utf8(_)) => End::Goodbye(Goodbye::refusal(
            CloseCode::BadMessage,
            "a text message is not UTF-8",
        )),
        error => {
            debug!(?error, "the socket failed");
            End::Gone
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use axum::{Router, routing::any};
    use futures_util::StreamExt as _;
    use tokio::{
        net::{TcpListener, TcpStream},
        sync::mpsc,
    };
    use tokio_tungstenite::client_async;

    use super::*;

    #[tokio::test]
    async fn tells_the_browser_when_a_fault_ends_its_call() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", any(faulty_call));
        tokio::spawn(axum::serve(listener, router).into_future());

        let stream = TcpStream::connect(address).await.unwrap();
        let (mut socket, _) = client_async(format!("ws://{address}/"), stream)
            .await
            .unwrap();
        let message = socket.next().await.unwrap().unwrap().into_text().unwrap();
        assert!(message.contains(r#""reason":"fault""#), "{message}");
        let Some(Ok(tungstenite::Message::Close(Some(close)))) = socket.next().await else {
            panic!("a close follows");
        };
        assert_eq!(u16::from(close.code), CloseCode::RelayFault.code());
    }

    /// Connects to a call that breaks at once.
    async fn faulty_call(upgrade: WebSocketUpgrade) -> Response {
        upgrade.on_upgrade(async |socket| {
            let (inbound, _) = mpsc::channel(1);
            let (outbound_tx, outbound) = mpsc::channel(1);
            let task = tokio::spawn(async move {
                let _outbound = outbound_tx;
                panic!("a fault for this test");
            });
            let mut connection = Connection {
                socket,
                write_limit: Duration::from_secs(1),
            };
            let End::Goodbye(goodbye) = connection
                .carry(Handle {
                    inbound,
                    outbound,
                    task,
                })
                .await
            else {
                return;
            };
            connection.say_goodbye(&goodbye).await;
        })
    }
}
