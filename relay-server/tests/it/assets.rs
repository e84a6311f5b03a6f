//! The files of the page, as a browser asks for them.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use relay_server::Config;

use crate::harness::{RunningRelay, soon};

#[tokio::test]
async fn says_that_it_is_healthy() {
    let relay = RunningRelay::start(Config::default()).await;
    let answer = ask(&relay, "GET", "/healthz", "").await;
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (200, b"ok".as_slice())
    );
}

#[tokio::test]
async fn names_a_missing_file_and_how_to_build_it() {
    let relay = RunningRelay::start(Config::default()).await;
    for path in [
        "/capture/no-such-file.wasm",
        "/no/such/folder/",
        "/v1/nothing",
    ] {
        let answer = ask(&relay, "GET", path, "").await;
        let text = String::from_utf8(answer.body.clone()).unwrap();
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert!(
            text.contains(path) && text.contains("cargo xtask run"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn never_leaves_its_folder() {
    let relay = RunningRelay::start(Config::default()).await;
    for path in [
        "/../Cargo.toml",
        "/..%2fCargo.toml",
        "/%2e%2e/%2e%2e/Cargo.toml",
        "/capture/..%5c..%5cCargo.toml",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/%00",
        "/%ff",
    ] {
        let answer = ask(&relay, "GET", path, "").await;
        let is_refused = [400, 404].contains(&answer.status);
        assert!(is_refused, "{path} gives {}", answer.status);
    }
}

#[tokio::test]
async fn refuses_other_methods_and_requests_that_are_no_upgrade() {
    let relay = RunningRelay::start(Config::default()).await;
    assert_eq!(ask(&relay, "POST", "/capture/x.js", "").await.status, 405);
    assert_eq!(ask(&relay, "GET", "/v1/socket", "").await.status, 400);
}

/// A debug build reads the page from disk, so a test can put a file there.
#[cfg(debug_assertions)]
mod files {
    use std::{fs, path::PathBuf};

    use super::*;

    #[tokio::test]
    async fn serves_a_file_with_its_type_and_what_the_browser_may_do_with_it() {
        let relay = RunningRelay::start(Config::default()).await;
        let folder = WebFolder::new("types");
        for (name, content_type) in [
            ("a.wasm", "application/wasm"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.html", "text/html; charset=utf-8"),
        ] {
            let path = folder.write(name, b"content");
            let answer = ask(&relay, "GET", &path, "").await;
            assert_eq!(
                (answer.status, answer.body.as_slice()),
                (200, b"content".as_slice())
            );
            assert_eq!(answer.header("content-type"), content_type);
            assert_eq!(answer.header("cache-control"), "no-cache");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("referrer-policy"), "no-referrer");
            let policy = answer.header("content-security-policy");
            assert!(
                policy.starts_with("default-src 'none'; script-src 'self'"),
                "{policy}"
            );
        }
    }

    #[tokio::test]
    async fn answers_head_with_the_headers_alone() {
        let relay = RunningRelay::start(Config::default()).await;
        let folder = WebFolder::new("head");
        let path = folder.write("a.js", b"content");
        let answer = ask(&relay, "HEAD", &path, "").await;
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        assert_eq!(answer.header("content-length"), "7");
    }

    #[tokio::test]
    async fn sends_a_file_again_only_when_it_has_changed() {
        let relay = RunningRelay::start(Config::default()).await;
        let folder = WebFolder::new("etag");
        let path = folder.write("a.js", b"old");
        let etag = ask(&relay, "GET", &path, "")
            .await
            .header("etag")
            .to_owned();
        let condition = format!("If-None-Match: \"other\", W/{etag}\r\n");
        let unchanged = ask(&relay, "GET", &path, &condition).await;
        assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));

        folder.write("a.js", b"new");
        let changed = ask(&relay, "GET", &path, &condition).await;
        assert_eq!(
            (changed.status, changed.body.as_slice()),
            (200, b"new".as_slice())
        );
    }

    /// A folder of one test among the files of the page; removed afterwards.
    struct WebFolder {
        name: String,
    }

    impl WebFolder {
        fn new(test: &str) -> Self {
            let name = format!("test-{}-{test}", std::process::id());
            let folder = Self { name };
            fs::create_dir_all(folder.path()).unwrap();
            folder
        }

        /// Writes a file and gives its path for a browser.
        fn write(&self, name: &str, content: &[u8]) -> String {
            fs::write(self.path().join(name), content).unwrap();
            format!("/{}/{name}", self.name)
        }

        fn path(&self) -> PathBuf {
            let web = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/web");
            PathBuf::from(web).join(&self.name)
        }
    }

    impl Drop for WebFolder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(self.path());
        }
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut values = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        values.next().map_or("", |(_, value)| value)
    }
}

/// One request and its answer. The path goes out as it is: a client library would tidy it up.
async fn ask(relay: &RunningRelay, method: &str, path: &str, headers: &str) -> Answer {
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
