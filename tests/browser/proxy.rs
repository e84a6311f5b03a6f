//! A site in front of the relay on which one file is missing.

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Passes everything on to the relay but requests for paths that end in one way, which it answers with 404.
#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(relay_port: u16, missing: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let missing = missing.to_owned();
        let task = tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                let missing = missing.clone();
                tokio::spawn(async move {
                    // A visitor who leaves in the middle is nobody's fault.
                    let _ = serve(visitor, relay_port, &missing).await;
                });
            }
        });
        Ok(Self { port, task })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves one request, or one WebSocket to its end.
async fn serve(mut visitor: TcpStream, relay_port: u16, missing: &str) -> Result<()> {
    let Some(head) = read_head(&mut visitor).await? else {
        return Ok(());
    };
    let target = head.split(' ').nth(1).unwrap_or_default();
    if target
        .split('?')
        .next()
        .is_some_and(|path| path.ends_with(missing))
    {
        let answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        return Ok(visitor.write_all(answer.as_bytes()).await?);
    }
    let mut relay = TcpStream::connect(("127.0.0.1", relay_port)).await?;
    relay.write_all(one_request(&head).as_bytes()).await?;
    copy_bidirectional(&mut visitor, &mut relay).await?;
    Ok(())
}

/// Reads up to the empty line; the page sends no request with a body.
async fn read_head(visitor: &mut TcpStream) -> Result<Option<String>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if visitor.read(&mut byte).await? == 0 {
            return Ok(None);
        }
        head.extend(byte);
    }
    Ok(Some(String::from_utf8(head)?))
}

/// The request so that the relay closes after it; otherwise a later request on the same
/// connection would pass unseen.
fn one_request(head: &str) -> String {
    let is_upgrade = head.to_ascii_lowercase().contains("\r\nupgrade:");
    if is_upgrade {
        return head.to_owned();
    }
    let lines = head.trim_end().split("\r\n");
    let kept = lines.filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let kept: Vec<_> = kept.collect();
    format!("{}\r\nconnection: close\r\n\r\n", kept.join("\r\n"))
}
