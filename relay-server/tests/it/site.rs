//! A folder with a page's files, and requests for them.

use std::{fmt::Write as _, fs};

use relay_server::Config;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::harness::{RunningRelay, soon};

/// The folder of a page; removed afterwards.
pub(crate) struct Site(TempDir);

impl Site {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Starts a relay that serves the folder, as it is at each request.
    pub(crate) async fn serve(&self) -> RunningRelay {
        RunningRelay::start(Config {
            web_dir: Some(self.0.path().to_owned()),
            ..Config::default()
        })
        .await
    }

    pub(crate) fn write(&self, path: &str, content: &[u8]) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Writes the list of files that makes a version of them.
    pub(crate) fn seal(&self, version: &str, files: &[(&str, &[u8])]) {
        let mut list = format!("# version {version}\n");
        for (path, content) in files {
            for byte in Sha256::digest(content) {
                write!(list, "{byte:02x}").unwrap();
            }
            writeln!(list, "  {path}").unwrap();
        }
        self.write("SHA256SUMS", list.as_bytes());
    }
}

/// What a relay answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a header; empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut values = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        values.next().map_or("", |(_, value)| value)
    }
}

/// One request and its answer. The path goes out as it is: a client library would tidy it up.
pub(crate) async fn ask(relay: &RunningRelay, method: &str, path: &str, headers: &str) -> Answer {
    let address = relay.address;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    soon("an answer", stream.read_to_end(&mut answer))
        .await
        .unwrap();

    let end = answer
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer {
        status,
        head,
        body: answer.split_off(end + 4),
    }
}
