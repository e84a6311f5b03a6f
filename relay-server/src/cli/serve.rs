//! `switchboard serve`

use std::{
    io::{self, IsTerminal as _, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    process,
};

use anyhow::{Context as _, anyhow};
use relay_server::{Config, Relay, Settings};
use tokio::{net::TcpListener, signal};
use tracing::info;
use tracing_subscriber::EnvFilter;

use super::{complain, configuration::ConfigFlag};

/// Serve the call page and answer its calls
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    configuration: ConfigFlag,

    /// Address and port to listen on; port 0 takes any free one [default: relay.listen of the
    /// configuration, or 127.0.0.1:8480]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,

    /// Keep what callers say in this folder, for debugging; only while listening on loopback
    #[arg(long, value_name = "FOLDER")]
    capture_dir: Option<PathBuf>,
}

/// The exit code of a program that a second Ctrl-C ended.
const INTERRUPTED: i32 = 130;

pub(super) fn run(arguments: Arguments) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::builder()
                .with_default_directive(tracing::Level::INFO.into())
                .from_env()
                .context(
                    "RUST_LOG says what to log, for example `debug` or `relay_server=debug`",
                )?,
        )
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the threads of the relay")?
        .block_on(serve(arguments))
}

async fn serve(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments {
        configuration,
        listen,
        capture_dir,
    } = arguments;
    let settings = configure(&configuration)?;
    let listen = listen.unwrap_or(settings.listen);
    // Asked for first: a signal that comes while the relay starts must not be lost.
    let stop = stop_signal()?;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| explain_bind(listen, &error))?;
    let relay = Relay::new(
        listener,
        Config {
            capture_dir: capture_dir.clone(),
            ..settings.relay
        },
    )?;
    if let Some(folder) = capture_dir {
        complain(&format!(
            "WARNING: everything that callers say is kept in {}.\n\
             WARNING: this is for debugging only; start without --capture-dir for real calls.",
            folder.display()
        ));
    }
    announce(relay.local_addr())?;
    relay.run(stop).await?;
    Ok(())
}

/// Reads the configuration and says which one it is.
fn configure(arguments: &ConfigFlag) -> anyhow::Result<Settings> {
    let configuration = arguments.read()?;
    match configuration.file {
        Some(file) => info!(file = %file.display(), "the configuration is read"),
        None => info!("there is no configuration file: all settings have their defaults"),
    }
    Ok(configuration.settings)
}

/// Says where the page is, for a person and for a script that reads the first line.
fn announce(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    // "Any address" is none that a browser could open; on this computer loopback is one of them.
    let shown = match address.ip() {
        ip if !ip.is_unspecified() => address,
        IpAddr::V4(_) => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        IpAddr::V6(_) => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), address.port()),
    };
    writeln!(out, "Switchboard is ready: http://{shown}/")?;
    writeln!(
        out,
        "Open that page and press Call. Ctrl-C stops the relay."
    )?;
    if !address.ip().is_loopback() {
        writeln!(
            out,
            "Browsers give a page the microphone on https:// or localhost only: \
             put a TLS proxy in front for other computers."
        )?;
    }
    out.flush()
}

/// Resolves at the first Ctrl-C or request to terminate; a second one ends the program at once.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut signals = Signals::new().context("cannot listen for Ctrl-C")?;
    Ok(async move {
        signals.recv().await;
        tokio::spawn(async move {
            signals.recv().await;
            complain("stopped at once; calls were cut off");
            process::exit(INTERRUPTED);
        });
    })
}

/// The ways in which a person or a supervisor asks a program to stop.
struct Signals {
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
    #[cfg(unix)]
    terminate: signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn recv(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn recv(&mut self) {
        if signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

/// Says what to do when the address cannot be had.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds of errors are not ours and grow"
)]
fn explain_bind(listen: SocketAddr, error: &io::Error) -> anyhow::Error {
    let port = listen.port();
    let any_port = SocketAddr::new(listen.ip(), 0);
    match error.kind() {
        io::ErrorKind::AddrInUse => anyhow!(
            "port {port} is taken by another program, perhaps by another switchboard; stop that \
             one, or let the relay find a free port with --listen {any_port}"
        ),
        io::ErrorKind::PermissionDenied => anyhow!(
            "this user may not listen on port {port}; choose one above 1023, or let the relay \
             find a free port with --listen {any_port}"
        ),
        io::ErrorKind::AddrNotAvailable => anyhow!(
            "this computer does not have the address {}; --listen 127.0.0.1:{port} serves this \
             computer alone",
            listen.ip()
        ),
        _ => anyhow!("cannot listen on {listen}: {error}"),
    }
}
