//! The relay under test, started as its users start it.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::{capture::CapturedCall, process::Process};

/// A relay of this build on a free port of the loopback interface, which keeps its calls in a
/// temporary folder.
#[derive(Debug)]
pub struct Relay {
    process: Process,
    port: u16,
    capture_dir: TempDir,
}

impl Relay {
    /// Builds the relay if need be and starts it.
    pub fn start() -> Result<Self> {
        let program = build()?;
        let capture_dir = tempfile::tempdir()?;
        let mut process = Process::start(
            "the relay",
            Command::new(program)
                // Away from any configuration that lies where the tests are run.
                .current_dir(capture_dir.path())
                .args(["serve", "--listen", "127.0.0.1:0", "--capture-dir"])
                .arg(capture_dir.path()),
        )?;
        let port = process.wait_for_line(Duration::from_secs(20), printed_port)?;
        Ok(Self {
            process,
            port,
            capture_dir,
        })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of the call page.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Lets it shut down, so that all it keeps is on the disk, and reads the only call it kept.
    pub fn finish(mut self) -> Result<CapturedCall> {
        let status = self.process.finish(Duration::from_secs(10))?;
        let said = self.process.said();
        ensure!(
            status.success(),
            "the relay ended with {status}; it said:\n{said}"
        );
        CapturedCall::read_only_call(self.capture_dir.path())
            .with_context(|| format!("the relay said:\n{}", self.process.said()))
    }

    /// Everything it has printed.
    pub fn said(&mut self) -> &str {
        self.process.said()
    }
}

/// The port in an address such as `http://127.0.0.1:41523`.
fn printed_port(line: &str) -> Option<u16> {
    let (_, after) = line.split_once("http://127.0.0.1:")?;
    let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|&port| port != 0)
}

/// Builds `switchboard` in the profile of this program and says where it lies.
///
/// A debug relay reads the page from `target/web`, which only xtask can lay out.
fn build() -> Result<PathBuf> {
    let folder = build_folder()?;
    let page = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/web/index.html"
    ));
    ensure!(
        page.is_file(),
        "the call page has not been laid out in target/web: run `cargo xtask dist`, or run these \
         tests by `cargo xtask test`"
    );

    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "relay-server"]);
    if folder.ends_with("release") {
        command.arg("--release");
    }
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output()?;
    ensure!(
        output.status.success(),
        "the relay does not build:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(folder.join(format!("switchboard{}", std::env::consts::EXE_SUFFIX)))
}

/// The folder of this build's programs, `target/debug` say.
pub(crate) fn build_folder() -> Result<PathBuf> {
    let mut folder = std::env::current_exe()?;
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_port_from_the_line_with_the_address() {
        for (line, port) in [
            ("Switchboard is at http://127.0.0.1:41523/", Some(41_523)),
            ("http://127.0.0.1:80.", Some(80)),
            ("http://127.0.0.1:0", None),
            ("starting", None),
        ] {
            assert_eq!(printed_port(line), port, "{line:?}");
        }
    }
}
