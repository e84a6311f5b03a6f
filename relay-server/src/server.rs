//! The relay as a whole: it accepts connections, and it stops without cutting a call off.

use std::{io, net::SocketAddr, sync::Arc};

use axum::serve::ListenerExt as _;
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, info, warn};

use crate::{
    assets,
    capture_dir::{CaptureDir, CaptureDirError},
    config::{Config, Timings},
    origin::Door,
    router::router,
};

/// Runs a relay on a socket that the caller has bound, until `shutdown` resolves.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    Relay::new(listener, config)?.run(shutdown).await
}

/// A relay that is ready to run.
#[derive(Debug)]
pub struct Relay {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// Why a relay cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Calls must not be kept here, or cannot be.
    #[error(transparent)]
    CaptureDir(#[from] CaptureDirError),
    /// The operating system takes the socket away.
    #[error("the relay's socket fails")]
    Socket(#[from] io::Error),
}

/// What all connections and calls of one relay share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Where the page's files come from.
    pub(crate) assets: assets::Source,
    /// What each call is like.
    pub(crate) call: call_engine::Config,
    /// Where calls are kept, if they are.
    pub(crate) capture_dir: Option<CaptureDir>,
    /// Who may call.
    pub(crate) door: Door,
    /// How long to wait for what.
    pub(crate) timings: Timings,
    /// One permit for each call that may still be taken.
    pub(crate) free_lines: Arc<Semaphore>,
    /// Cancelled when the relay stops: connections and calls end by themselves.
    pub(crate) stopping: CancellationToken,
    /// Every connection and call, so that the relay can wait for their ends.
    pub(crate) tasks: TaskTracker,
}

impl Relay {
    /// Checks that the relay may run like this on this socket.
    pub fn new(listener: TcpListener, config: Config) -> Result<Self, ServeError> {
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            shared: Arc::new(Shared::new(config, address)?),
        })
    }

    /// Answers until `shutdown` resolves, then tells every call and waits for them, but not
    /// longer than [`Timings::shutdown`].
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        let Self {
            listener,
            address,
            shared,
        } = self;
        // Frames are small and must not wait for each other.
        let listener = listener.tap_io(|socket| {
            if let Err(error) = socket.set_nodelay(true) {
                debug!(%error, "cannot turn off Nagle's algorithm");
            }
        });
        let stopping = shared.stopping.clone();
        let server = axum::serve(listener, router(Arc::clone(&shared)))
            .with_graceful_shutdown(stopping.clone().cancelled_owned())
            .into_future();
        let mut server = std::pin::pin!(server);
        info!(%address, "the relay is listening");

        tokio::select! {
            ended = &mut server => return Ok(ended?),
            () = shutdown => {}
        }
        info!(n_tasks = shared.tasks.len(), "the relay is stopping");
        stopping.cancel();
        shared.tasks.close();
        let all_ended = async {
            shared.tasks.wait().await;
            server.await
        };
        match timeout(shared.timings.shutdown, all_ended).await {
            Ok(ended) => ended?,
            Err(_) => warn!(
                n_tasks = shared.tasks.len(),
                "some connections did not end in time and are cut off"
            ),
        }
        info!("the relay has stopped");
        Ok(())
    }

    /// Where the relay listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }
}

impl Shared {
    /// Checks that a relay may run like this where it listens.
    pub(crate) fn new(config: Config, listen: SocketAddr) -> Result<Self, CaptureDirError> {
        let Config {
            call,
            capture_dir,
            max_calls,
            timings,
            web_dir,
        } = config;
        let capture_dir = capture_dir
            .map(|root| CaptureDir::open(&root, listen))
            .transpose()?;
        Ok(Self {
            door: Door {
                is_loopback: listen.ip().is_loopback(),
                keeps_calls: capture_dir.is_some(),
            },
            assets: web_dir.map_or(assets::Source::Bundled, assets::Source::Folder),
            call,
            capture_dir,
            timings,
            free_lines: Arc::new(Semaphore::new(max_calls)),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }
}
