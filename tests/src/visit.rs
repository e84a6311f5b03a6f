//! A visitor on the call page: a relay, a browser, and what one can do and see on the page.

use std::{
    fs::File,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use fantoccini::key::Key;
use serde::Deserialize;
use serde_json::json;

use crate::{
    browser::{Browser, Options},
    capture::CapturedCall,
    recording::Recording,
    relay::{Relay, build_folder},
};

/// How long the page may take to follow what a visitor does.
pub const SOON: Duration = Duration::from_secs(15);

/// Time after a recording's end in which the detector closes the last segment.
const AFTERMATH: Duration = Duration::from_millis(1_500);

/// How often the page is looked at while something is waited for.
const GLANCE: Duration = Duration::from_millis(50);

/// Makes the page keep every phase it passes through, for `Visit::phases`.
const WATCH: &str = "
    const root = document.documentElement;
    const seen = window.phasesSeen = [];
    const note = () => {
        if (seen.at(-1)?.phase !== root.dataset.call)
            seen.push({ phase: root.dataset.call, at_ms: performance.now() });
    };
    new MutationObserver(note).observe(root, { attributes: true, attributeFilter: ['data-call'] });
    note();";

/// What can be read off the call page.
const LOOK: &str = "
    const root = document.documentElement;
    const text = (id) => document.getElementById(id)?.innerText ?? '';
    return {
        phase: root.dataset.call ?? '',
        failure: root.dataset.failure ?? null,
        failure_next: text('failure-next'),
        failure_detail: text('failure-detail'),
        heard: Array.from(document.querySelectorAll('#heard > *'),
            (item) => ({ segment: Number(item.dataset.segment), state: item.dataset.state })),
        phases: (window.phasesSeen ?? []).map(({ phase }) => phase),
        resources: performance.getEntriesByType('resource').map(({ name }) => name),
    };";

/// The call page as it is at one moment.
#[derive(Clone, Debug, Deserialize)]
pub struct Sight {
    /// The state of the call.
    pub phase: String,
    /// The code of the failure, while one is shown.
    pub failure: Option<String>,
    /// What the page tells the visitor to do about the failure.
    pub failure_next: String,
    /// What the page tells whoever looks after the site.
    pub failure_detail: String,
    /// The segments that the relay has told of, newest first.
    pub heard: Vec<Heard>,
    /// Every phase since the page was opened, in order, each once per change.
    pub phases: Vec<String>,
    /// The addresses of all that the page has loaded.
    pub resources: Vec<String>,
}

/// A segment on the page's list of what the relay heard.
#[derive(Clone, Debug, Deserialize)]
pub struct Heard {
    /// The number of the segment.
    pub segment: u32,
    /// How far it is: probable, confirmed, ended or retracted.
    pub state: String,
}

/// One visitor with a relay of their own. Visits take turns: audio is judged by its clock, and
/// two browsers at once would take each other's processor.
#[derive(Debug)]
pub struct Visit {
    /// The relay that serves the page.
    pub relay: Relay,
    /// The browser that shows it.
    pub browser: Browser,
    _turn: File,
}

/// What is left of a call when everybody has hung up.
#[derive(Debug)]
pub struct FinishedCall {
    /// What the relay kept.
    pub captured: CapturedCall,
    /// The page after the call.
    pub sight: Sight,
    /// What the console showed.
    pub console: Vec<String>,
}

/// Runs a scenario. Should it fail, the error says what page, console and relay showed.
pub async fn visit<T>(
    options: Options,
    scenario: impl AsyncFnOnce(&mut Visit) -> Result<T>,
) -> Result<(T, Relay)> {
    let mut visit = Visit::start(&options).await?;
    let outcome = match scenario(&mut visit).await {
        Ok(value) => Ok(value),
        Err(error) => Err(error.context(visit.report().await)),
    };
    visit.browser.close().await?;
    Ok((outcome?, visit.relay))
}

/// Plays a recording into a call as the microphone, hangs up after its end, and gives what is
/// left of the call. `flags` are further flags of the browser; `meanwhile` happens from the moment
/// the microphone is open.
pub async fn speak(
    recording: &Path,
    flags: &[&str],
    meanwhile: impl AsyncFnOnce(&Visit) -> Result<()>,
) -> Result<FinishedCall> {
    let recording = Recording::read(recording)?;
    let length = Duration::from_secs_f64(recording.seconds());
    // Chromium repeats the last 10 ms of a file for ever once it is over, which after noise is a
    // loud buzz. So the file goes on for as long as anything may be waited for.
    let file = tempfile::Builder::new().suffix(".wav").tempfile()?;
    let silence_s = (AFTERMATH + 2 * SOON).as_secs() as u32;
    recording
        .followed_by_room_tone(silence_s)
        .write(file.path())?;
    let options = flags
        .iter()
        .fold(Options::playing(file.path()), |options, &flag| {
            options.flag(flag)
        });
    let ((sight, console), relay) = visit(options, async |visit| {
        visit.open_call_page().await?;
        visit.browser.click("#call-button").await?;
        visit.wait_for_phase("listening").await?;
        meanwhile(visit).await?;
        visit.listen_until_over(length).await?;
        visit.browser.click("#call-button").await?;
        visit.wait_for_phase("ended").await?;
        Ok((visit.look().await?, visit.browser.console().await?))
    })
    .await?;
    Ok(FinishedCall {
        captured: relay.finish()?,
        sight,
        console,
    })
}

impl Visit {
    /// Waits for its turn, then starts relay and browser.
    pub async fn start(options: &Options) -> Result<Self> {
        let turn = File::create(build_folder()?.join("browser-tests.lock"))?;
        turn.lock().context("cannot wait for a turn")?;
        Ok(Self {
            relay: Relay::start()?,
            browser: Browser::start(options).await?,
            _turn: turn,
        })
    }

    /// Opens the call page and waits until it can be used.
    pub async fn open_call_page(&self) -> Result<()> {
        self.open(&self.relay.url()).await
    }

    /// Opens the call page at another address than the relay's own.
    pub async fn open(&self, url: &str) -> Result<()> {
        self.browser.open(url).await?;
        self.browser.run(WATCH).await?;
        self.wait_until(
            "the call page to be ready",
            SOON,
            "root.dataset.call !== undefined",
        )
        .await
    }

    /// Reads the page.
    pub async fn look(&self) -> Result<Sight> {
        let seen = self.browser.run(LOOK).await?;
        serde_json::from_value(seen).context("this is not the call page")
    }

    /// Waits until the call is in that state.
    pub async fn wait_for_phase(&self, phase: &str) -> Result<()> {
        let what = format!("the call to be {phase}");
        let condition = format!("root.dataset.call === {}", json!(phase));
        self.wait_until(&what, SOON, &condition).await
    }

    /// Waits until the page has heard a recording of that length to its end.
    pub async fn listen_until_over(&self, length: Duration) -> Result<()> {
        let condition = format!(
            "root.dataset.call === 'listening' && performance.now() >= {} + \
             window.phasesSeen.find(({{ phase }}) => phase === 'listening').at_ms",
            (length + AFTERMATH).as_millis()
        );
        self.wait_until("the recording to be over", length + SOON, &condition)
            .await
    }

    /// Waits for a failure of that kind, which must come with a next step, and gives the page.
    pub async fn wait_for_failure(&self, code: &str) -> Result<Sight> {
        let what = format!("the failure {code}");
        self.wait_until(&what, SOON, "root.dataset.call === 'failed'")
            .await?;
        let sight = self.look().await?;
        ensure!(
            sight.failure.as_deref() == Some(code),
            "expected {what}, found {:?}",
            sight.failure
        );
        ensure!(
            !sight.failure_next.is_empty(),
            "{what} comes without a next step"
        );
        Ok(sight)
    }

    /// Presses Tab until the call button has the focus.
    pub async fn tab_to_call_button(&self) -> Result<()> {
        const STOPS: usize = 20;
        for _ in 0..STOPS {
            self.browser.press(Key::Tab).await?;
            let focus = self
                .browser
                .run("return document.activeElement?.id")
                .await?;
            if focus == "call-button" {
                return Ok(());
            }
        }
        bail!("the call button did not get the focus within {STOPS} stops of Tab")
    }

    /// Waits until a JavaScript condition on the page holds, in which `root` is the document
    /// element. A failure of the call ends the wait, unless it is what is waited for.
    pub async fn wait_until(&self, what: &str, within: Duration, condition: &str) -> Result<()> {
        let script = format!(
            "const root = document.documentElement;
             return {{ holds: Boolean({condition}), failure: root.dataset.failure ?? null }};"
        );
        let deadline = Instant::now() + within;
        loop {
            let seen = self.browser.run(&script).await?;
            if seen["holds"] == true {
                return Ok(());
            }
            if let Some(failure) = seen["failure"].as_str() {
                bail!("waited for {what}, but the call failed: {failure}");
            }
            if Instant::now() > deadline {
                bail!("waited {within:?} for {what} in vain");
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn report(&mut self) -> String {
        let page = match self.look().await {
            Ok(sight) => format!("{sight:#?}"),
            Err(error) => format!("{error:#}"),
        };
        let console = match self.browser.console().await {
            Ok(lines) => lines.join("\n"),
            Err(error) => format!("{error:#}"),
        };
        let relay = self.relay.said();
        format!("the page showed {page}\n\nthe console:\n{console}\n\nthe relay said:\n{relay}")
    }
}

impl FinishedCall {
    /// Errors that the console showed.
    pub fn console_errors(&self) -> Vec<&str> {
        console_errors(&self.console)
    }
}

/// The errors among the lines of a console.
pub fn console_errors(console: &[String]) -> Vec<&str> {
    let lines = console.iter().map(String::as_str);
    lines.filter(|line| line.starts_with("SEVERE")).collect()
}
