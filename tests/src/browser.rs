//! A real browser, driven over WebDriver.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use fantoccini::{
    Client, ClientBuilder,
    actions::{InputSource, KeyAction, KeyActions},
    key::Key,
    wd::WebDriverCompatibleCommand,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Process, find_program};

const REMEDY: &str = "install Chromium and its driver (Debian: apt-get install chromium \
                      chromium-driver)";

/// What every run of the browser has in common: no window, and no traffic of its own.
const FLAGS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// What the page finds when it asks for a microphone.
#[derive(Clone, Debug)]
pub enum Microphone {
    /// One that plays a WAV file once from when it is opened. After the end it does not fall
    /// silent but repeats the last 10 ms.
    Plays(PathBuf),
    /// One that may not be used.
    Refused,
    /// None at all.
    Absent,
}

/// How the browser differs from an ordinary one.
#[derive(Clone, Debug)]
pub struct Options {
    /// What stands in for the microphone.
    pub microphone: Microphone,
    /// Further command-line flags.
    pub flags: Vec<String>,
}

impl Options {
    /// An ordinary browser whose microphone plays `recording`.
    pub fn playing(recording: &Path) -> Self {
        Self::with(Microphone::Plays(recording.to_owned()))
    }

    /// An ordinary browser with that microphone.
    pub fn with(microphone: Microphone) -> Self {
        Self {
            microphone,
            flags: Vec::new(),
        }
    }

    /// The same with one more command-line flag.
    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    fn arguments(&self, profile: &Path) -> Vec<String> {
        let mut arguments: Vec<_> = FLAGS.map(str::to_owned).into();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        match &self.microphone {
            Microphone::Plays(file) => arguments.extend([
                "--use-fake-ui-for-media-stream".to_owned(),
                "--use-fake-device-for-media-stream".to_owned(),
                format!(
                    "--use-file-for-fake-audio-capture={}%noloop",
                    file.display()
                ),
            ]),
            Microphone::Refused => {
                arguments.push("--use-fake-device-for-media-stream".to_owned());
            }
            // A machine without sound hardware has no microphone; one with it is kept away.
            Microphone::Absent => arguments.extend([
                "--use-fake-ui-for-media-stream".to_owned(),
                "--disable-audio-input".to_owned(),
            ]),
        }
        arguments.extend(self.flags.iter().cloned());
        arguments
    }
}

/// A browser with one tab. It ends when this is dropped.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    // Fields are dropped in this order: the folder goes after the browser that writes to it.
    _driver: Process,
    _folder: TempDir,
}

impl Browser {
    /// Starts a browser with a fresh profile.
    pub async fn start(options: &Options) -> Result<Self> {
        let driver = find_program("/usr/bin/chromedriver", &["chromedriver"], REMEDY)?;
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let browser = find_program("/usr/bin/chromium", &names, REMEDY)?;
        let folder = tempfile::tempdir()?;

        let mut driver = Process::start(
            "chromedriver",
            Command::new(driver)
                .arg("--port=0")
                .env("TMPDIR", folder.path()),
        )?;
        let port: u16 = driver.wait_for_line(Duration::from_secs(20), |line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        })?;

        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "binary": browser,
                "args": options.arguments(&folder.path().join("profile")),
            },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else {
            bail!("capabilities are an object");
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .with_context(|| {
                format!(
                    "chromium does not start; its driver said:\n{}",
                    driver.said()
                )
            })?;
        let browser = Self {
            client,
            _driver: driver,
            _folder: folder,
        };
        if matches!(options.microphone, Microphone::Refused) {
            browser.refuse_microphone().await?;
        }
        Ok(browser)
    }

    /// Opens an address and waits until the page has loaded.
    pub async fn open(&self, url: &str) -> Result<()> {
        let opened = self.client.goto(url).await;
        opened.with_context(|| format!("cannot open {url}"))
    }

    /// Runs the body of a JavaScript function in the page and gives what it returns.
    pub async fn run(&self, script: &str) -> Result<Value> {
        let result = self.client.execute(script, Vec::new()).await;
        result.with_context(|| format!("the page could not run {script:?}"))
    }

    /// Presses and releases a key, wherever the focus is.
    pub async fn press(&self, key: Key) -> Result<()> {
        let value = char::from(key);
        let actions = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Clicks what a CSS selector finds, as a pointer would: it must be visible and not covered.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let element = self.client.find(fantoccini::Locator::Css(selector)).await;
        let clicked = match element {
            Ok(element) => element.click().await,
            Err(error) => Err(error),
        };
        clicked.with_context(|| format!("cannot click {selector}"))
    }

    /// What the console has shown since this was asked last, as `LEVEL message`.
    pub async fn console(&self) -> Result<Vec<String>> {
        let entries = self.vendor("se/log", json!({ "type": "browser" })).await?;
        let field = |entry: &Value, name| entry[name].as_str().unwrap_or_default().to_owned();
        Ok(entries
            .as_array()
            .into_iter()
            .flatten()
            .map(|entry| format!("{} {}", field(entry, "level"), field(entry, "message")))
            .collect())
    }

    /// Ends the browser in order. Dropping it does the same by force.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.clone().close().await?)
    }

    async fn refuse_microphone(&self) -> Result<()> {
        let command = json!({
            "cmd": "Browser.setPermission",
            "params": { "permission": { "name": "microphone" }, "setting": "denied" },
        });
        self.vendor("goog/cdp/execute", command).await?;
        Ok(())
    }

    async fn vendor(&self, endpoint: &'static str, body: Value) -> Result<Value> {
        let answer = self
            .client
            .issue_cmd(VendorCommand { endpoint, body })
            .await;
        answer.with_context(|| format!("the driver refused {endpoint}"))
    }
}

/// A command that only this browser's driver knows.
#[derive(Debug)]
struct VendorCommand {
    endpoint: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for VendorCommand {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session_id.unwrap_or_default();
        base_url.join(&format!("session/{session}/{}", self.endpoint))
    }

    fn method_and_body(&self, _request_url: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
