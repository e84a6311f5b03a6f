//! One task per call.
//!
//! The task only moves things: it waits for whatever can happen to a call, hands it to the
//! [`Call`], and carries out what the call answers. A fault in it ends this call and no other.

mod clock;
mod envelope;
mod keeper;
mod speech;
mod state;

use std::sync::Arc;

use axum::{body::Bytes, extract::ws::Utf8Bytes};
use relay_proto::message::{EndedReason, Hello, Rung};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    task::JoinHandle,
    time::sleep_until,
};
use tracing::{Instrument as _, debug, error, info, info_span};

use self::{
    clock::Clock,
    keeper::Keeper,
    state::{Call, Event, Ids, Output},
};
use crate::{
    goodbye::Goodbye,
    id::{NoRandomness, random_id},
    server::Shared,
};

/// How many messages of a browser may wait for its call. While it is full nothing is read from the
/// socket, so TCP makes the browser wait.
const INBOUND_LEN: usize = 8;

/// How many messages may wait for a browser. When it is full the browser does not read, and its
/// call ends.
const OUTBOUND_LEN: usize = 64;

/// A connection's ends of the channels to its call.
#[derive(Debug)]
pub(crate) struct Handle {
    /// What the browser sends. Dropping it tells the call that the browser is gone.
    pub(crate) inbound: mpsc::Sender<Inbound>,
    /// What the browser is to be sent; the last message is a goodbye.
    pub(crate) outbound: mpsc::Receiver<Outbound>,
    /// The call itself.
    pub(crate) task: JoinHandle<()>,
}

/// What a connection passes to its call.
#[derive(Debug)]
pub(crate) enum Inbound {
    /// The browser's WebSocket is alive: a ping or pong below our own messages.
    Alive,
    /// A binary message.
    Frame(Bytes),
    /// A text message.
    Text(Utf8Bytes),
}

/// What a call passes to its connection.
#[derive(Debug)]
pub(crate) enum Outbound {
    /// The call is over: nothing follows. Boxed, because a channel reserves room for many messages.
    Goodbye(Box<Goodbye>),
    /// A text message.
    Message(String),
}

/// Begins the call that `hello` asks for.
pub(crate) fn start(shared: &Arc<Shared>, hello: Hello) -> Handle {
    let (inbound, received) = mpsc::channel(INBOUND_LEN);
    let (sender, outbound) = mpsc::channel(OUTBOUND_LEN);
    let shared = Arc::clone(shared);
    let tasks = shared.tasks.clone();
    let task = tasks.spawn(async move {
        match random_ids() {
            Ok(ids) => {
                let span = info_span!("call", id = ids.call);
                run(shared, received, sender, ids, hello)
                    .instrument(span)
                    .await;
            }
            Err(error) => {
                error!(%error, "a call cannot begin");
                let _ =
                    sender.try_send(Outbound::Goodbye(Goodbye::over(EndedReason::Fault).into()));
            }
        }
    });
    Handle {
        inbound,
        outbound,
        task,
    }
}

fn random_ids() -> Result<Ids, NoRandomness> {
    Ok(Ids {
        call: random_id()?,
        session: random_id()?,
        resume_token: random_id()?,
    })
}

/// Carries a call from its first word to its last.
async fn run(
    shared: Arc<Shared>,
    mut inbound: mpsc::Receiver<Inbound>,
    outbound: mpsc::Sender<Outbound>,
    ids: Ids,
    hello: Hello,
) {
    let rung = rung_name(hello.rung);
    info!(rung, "a call begins");
    debug!(?hello, "hello");
    let clock = Clock::start();
    let mut keeper = Keeper::open(&shared, &ids.call, rung, &clock).await;
    let mut call = Call::new(ids, shared.timings, shared.call.clone(), clock.now());
    loop {
        while let Some(output) = call.poll_output() {
            let sent = match output {
                Output::Keep(kept) => {
                    keeper.keep(kept).await;
                    continue;
                }
                Output::Send(message) => match message.encode() {
                    Ok(text) => outbound.try_send(Outbound::Message(text)),
                    Err(error) => {
                        error!(%error, "a message is not sent, because it breaks the wire's rules");
                        continue;
                    }
                },
                Output::Goodbye(goodbye) => {
                    // The connection soon makes room or gives up, so this does not wait for long.
                    let _ = outbound.send(Outbound::Goodbye(goodbye.into())).await;
                    return;
                }
            };
            match sent {
                // A browser that is gone reads no answers, but what it said before still counts: the
                // queue of what came in ends by itself.
                Ok(()) | Err(TrySendError::Closed(_)) => {}
                Err(TrySendError::Full(_)) => call.handle_event(Event::Clogged, clock.now()),
            }
        }
        let event = tokio::select! {
            message = inbound.recv() => message.map_or(Event::Disconnected, Event::Received),
            () = sleep_until(clock.at(call.poll_timeout())) => Event::TimedOut,
            () = shared.stopping.cancelled() => Event::Stopping,
        };
        call.handle_event(event, clock.now());
    }
}

/// The rung as the command line and the wire call it.
fn rung_name(rung: Rung) -> &'static str {
    match rung {
        Rung::ScriptProcessor => "script-processor",
        Rung::ServerVad => "server-vad",
        Rung::Worklet => "worklet",
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use relay_proto::{
        close::CloseCode,
        message::{Codec, Device},
    };
    use tokio::task::yield_now;

    use super::*;
    use crate::config::Config;

    #[tokio::test]
    async fn ends_a_call_whose_browser_does_not_read() {
        let listen = "127.0.0.1:0".parse().unwrap();
        let shared = Arc::new(Shared::new(Config::default(), listen).unwrap());
        let mut handle = start(&shared, hello());
        let ping = Utf8Bytes::from_static(r#"{"type":"ping","nonce":1}"#);
        while handle.outbound.len() < OUTBOUND_LEN || handle.inbound.capacity() > 0 {
            let message = Inbound::Text(ping.clone());
            handle.inbound.send(message).await.unwrap();
        }
        // Pings are waiting, so the call meets the full channel as soon as it runs.
        for _ in 0..10 {
            yield_now().await;
        }
        let mut last = None;
        while let Some(message) = handle.outbound.recv().await {
            last = Some(message);
        }
        let Some(Outbound::Goodbye(goodbye)) = last else {
            panic!("the last message is {last:?}");
        };
        assert_eq!(goodbye.code(), CloseCode::TooBusy);
        handle.task.await.unwrap();
    }

    fn hello() -> Hello {
        Hello {
            version: relay_proto::VERSION,
            rung: Rung::Worklet,
            rung_reason: String::new(),
            codec: Codec::Pcm16,
            device: Device {
                sample_rate_hz: 48_000,
                label: None,
                echo_cancellation: None,
                noise_suppression: None,
                auto_gain_control: None,
            },
            browser: String::new(),
            page: None,
            token: None,
            resume: None,
        }
    }
}
