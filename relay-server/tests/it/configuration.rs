//! The configuration file, as the binary finds and reads it.

use std::{fs, net::TcpStream, path::Path, process::Command};

use relay_proto::message::{ClientMessage, RelayMessage};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::{
    harness::hello,
    serve::{Server, complaint, serve},
};

const ANY_PORT: &str = "[relay]\nlisten = \"127.0.0.1:0\"\n";

#[test]
fn runs_as_the_named_file_says() {
    let folder = TempDir::new().unwrap();
    let text = format!("{ANY_PORT}[call]\nlanguage = \"de\"\ngreeting = \"Guten Tag!\"\n");
    let path = write(&folder, "relay.toml", &text);
    let mut relay = Server::start(&["--config", &path]);
    let greeting = first_prompt(relay.address());
    assert_eq!(greeting, ("de".to_owned(), "Guten Tag!".to_owned()));

    relay.signal("TERM");
    let log = relay.rest_of_log();
    assert!(
        log.contains("the configuration is read") && log.contains(&path),
        "{log}"
    );
}

#[test]
fn finds_the_usual_file_where_it_is_started_and_says_so() {
    let folder = TempDir::new().unwrap();
    write(&folder, "switchboard.toml", ANY_PORT);
    let mut relay = Server::start_in(folder.path(), &[]);
    assert!(!relay.address().ends_with(":8480"));
    relay.signal("TERM");
    let log = relay.rest_of_log();
    assert!(
        log.contains("the configuration is read") && log.contains("switchboard.toml"),
        "{log}"
    );
}

#[test]
fn says_that_it_runs_on_defaults() {
    let folder = TempDir::new().unwrap();
    let mut relay = Server::start_in(folder.path(), &["--listen", "127.0.0.1:0"]);
    relay.signal("TERM");
    let log = relay.rest_of_log();
    assert!(log.contains("there is no configuration file"), "{log}");
}

#[test]
fn lets_a_flag_win_over_the_file() {
    let folder = TempDir::new().unwrap();
    // A block for documentation: no computer has this address (RFC 5737).
    let path = write(&folder, "c.toml", "[relay]\nlisten = \"192.0.2.1:1\"\n");
    let relay = Server::start(&["--config", &path, "--listen", "127.0.0.1:0"]);
    assert!(relay.address().starts_with("127.0.0.1:"));
}

#[test]
fn names_file_line_and_key_and_does_not_start() {
    let folder = TempDir::new().unwrap();
    let path = write(&folder, "c.toml", "[relay]\n\nmax_calls = \"many\"\n");
    let output = serve(&["--config", &path]);
    let message = complaint(&output);
    let wanted = format!(
        "error: {path}, line 3: relay.max_calls is \"many\", but must be a whole number of calls \
         from 1 to 100000"
    );
    assert!(message.contains(&wanted), "{message}");
    assert!(output.stdout.is_empty());
}

#[test]
fn never_takes_the_defaults_for_a_file_that_is_named() {
    let folder = TempDir::new().unwrap();
    write(&folder, "switchboard.toml", ANY_PORT);
    let missing = folder.path().join("missing.toml");
    let message = complaint(&serve(&["--config", missing.to_str().unwrap()]));
    let start = "error: cannot read the configuration ";
    assert!(message.contains("missing.toml"), "{message}");
    assert!(
        message.starts_with(start) && message.ends_with("(os error 2)\n"),
        "{message}"
    );
}

#[test]
fn gives_the_file_to_the_detector_too() {
    let folder = TempDir::new().unwrap();
    let text = "[vad]\nengine = \"ort\"\nmodel = \"models/own.onnx\"\n";
    write(&folder, "switchboard.toml", text);
    let named = folder.path().join("switchboard.toml");
    for (arguments, model) in [
        (vec![], Path::new("models/own.onnx").to_owned()),
        (
            vec![Path::new("--config"), &named],
            folder.path().join("models/own.onnx"),
        ),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_switchboard"))
            .args(["vad", "any.wav"])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let message = complaint(&output);
        let wanted = if cfg!(feature = "ort") {
            format!("cannot read the model {}, ", model.display())
        } else {
            "built without the engine \"ort\"".to_owned()
        };
        assert!(message.contains(&wanted), "{message}");
    }
}

fn write(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The language and words of what a caller hears first.
fn first_prompt(address: &str) -> (String, String) {
    let stream = TcpStream::connect(address).unwrap();
    let (mut socket, _) = tungstenite::client(format!("ws://{address}/v1/socket"), stream).unwrap();
    let hello = ClientMessage::Hello(hello()).encode().unwrap();
    socket.send(Message::text(hello)).unwrap();
    loop {
        let Message::Text(text) = socket.read().unwrap() else {
            panic!("instead of a prompt came something else");
        };
        if let RelayMessage::Say { text, language, .. } = RelayMessage::decode(&text).unwrap() {
            return (language, text);
        }
    }
}
