//! `switchboard serve`, as a person or a supervisor starts it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStderr, Command, Output, Stdio},
};

use relay_proto::message::ClientMessage;
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::harness::hello;

#[test]
fn prints_its_address_and_stops_when_asked_to() {
    let mut relay = Server::start(&["--listen", "127.0.0.1:0"]);
    assert!(
        relay
            .first_line
            .starts_with("Switchboard is ready: http://127.0.0.1:")
    );
    let mut stream = TcpStream::connect(relay.address()).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("\r\n\r\nok"), "{answer}");

    relay.signal("TERM");
    assert!(relay.child.wait().unwrap().success());
}

#[test]
fn says_which_port_is_taken_and_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let output = serve(&["--listen", &address.to_string()]);
    let message = complaint(&output);
    assert!(
        message.contains(&format!("port {} is taken", address.port())),
        "{message}"
    );
    assert!(message.contains("--listen 127.0.0.1:0"), "{message}");
}

#[test]
fn says_that_an_address_belongs_to_another_computer() {
    // A block for documentation: no computer has this address (RFC 5737).
    let message = complaint(&serve(&["--listen", "192.0.2.1:8480"]));
    assert!(
        message.contains("does not have the address 192.0.2.1"),
        "{message}"
    );
}

#[test]
fn refuses_to_keep_calls_where_others_can_call() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    let output = serve(&["--listen", "0.0.0.0:0", "--capture-dir", path]);
    let message = complaint(&output);
    assert!(message.contains("--capture-dir"), "{message}");
    assert!(output.stdout.is_empty());
}

#[test]
fn warns_loudly_that_calls_are_kept() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    let mut relay = Server::start(&["--listen", "127.0.0.1:0", "--capture-dir", path]);
    relay.signal("TERM");
    let log = relay.rest_of_log();
    assert!(
        log.contains("WARNING: everything that callers say is kept in"),
        "{log}"
    );
    assert!(log.contains(path), "{log}");
}

#[test]
fn logs_what_a_call_does_and_nothing_about_the_caller() {
    let mut relay = Server::start(&["--listen", "127.0.0.1:0"]);
    let secret = "only-the-caller-knows";
    let mut hello = hello();
    hello.browser = secret.to_owned();
    hello.rung_reason = secret.to_owned();
    hello.page = Some(secret.into());
    hello.device.label = Some(secret.into());
    let url = format!("ws://{}/v1/socket", relay.address());
    let stream = TcpStream::connect(relay.address()).unwrap();
    let (mut socket, _) = tungstenite::client(url, stream).unwrap();
    for text in [
        ClientMessage::Hello(hello).encode().unwrap(),
        ClientMessage::Text {
            text: secret.into(),
        }
        .encode()
        .unwrap(),
        format!(r#"{{"type":"{secret}"}}"#),
    ] {
        socket.send(Message::text(text)).unwrap();
    }
    while socket.read().is_ok_and(|message| !message.is_close()) {}
    drop(socket);

    relay.signal("TERM");
    let log = relay.rest_of_log();
    for wanted in ["a call begins", "the session cannot go on", "a call ends"] {
        assert_eq!(log.matches(wanted).count(), 1, "{log}");
    }
    assert!(!log.contains(secret), "{log}");
}

#[test]
fn stops_at_once_when_asked_twice() {
    let mut relay = Server::start(&["--listen", "127.0.0.1:0"]);
    // A browser that says nothing and answers nothing: the relay would wait for it.
    let stream = TcpStream::connect(relay.address()).unwrap();
    let url = format!("ws://{}/v1/socket", relay.address());
    let _socket = tungstenite::client(url, stream).unwrap();
    relay.signal("INT");
    relay.log_until("the relay is stopping");
    relay.signal("INT");
    assert_eq!(relay.child.wait().unwrap().code(), Some(130));
}

/// A relay in a process of its own.
pub(crate) struct Server {
    child: Child,
    first_line: String,
    log: BufReader<ChildStderr>,
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_in(Path::new("."), arguments)
    }

    pub(crate) fn start_in(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = command(arguments)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first_line = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut first_line).unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self {
            child,
            first_line,
            log,
        }
    }

    pub(crate) fn address(&self) -> &str {
        let (_, address) = self.first_line.trim().split_once("http://").unwrap();
        address.trim_end_matches('/')
    }

    /// Reads the log up to the line that contains `wanted`.
    fn log_until(&mut self, wanted: &str) {
        let mut line = String::new();
        while !line.contains(wanted) {
            line.clear();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "no {wanted:?}");
        }
    }

    /// Reads the log to its end, which is the end of the relay.
    pub(crate) fn rest_of_log(&mut self) -> String {
        let mut log = String::new();
        self.log.read_to_string(&mut log).unwrap();
        log
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command.arg("serve").args(arguments).env_remove("RUST_LOG");
    command
}

pub(crate) fn serve(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

pub(crate) fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr.clone()).unwrap()
}
