//! Child processes that end with the test that started them.

use std::{
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// A running program in a process group of its own, which is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    /// Lines of both standard output and standard error, as they come.
    lines: Receiver<String>,
    /// Everything read so far, for reports.
    said: String,
}

impl Process {
    /// Starts a program. `name` is what reports call it.
    pub fn start(name: &str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name} ({command:?})"))?;
        let (line, lines) = channel();
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|output| Box::new(output) as _),
            child.stderr.take().map(|output| Box::new(output) as _),
        ];
        for output in outputs.into_iter().flatten() {
            let line = line.clone();
            std::thread::spawn(move || {
                let complete = BufReader::new(output).lines().map_while(Result::ok);
                // Nobody listens any more when the process is being dropped.
                complete
                    .map_while(|text| line.send(text).ok())
                    .for_each(drop);
            });
        }
        Ok(Self {
            name: name.to_owned(),
            child,
            lines,
            said: String::new(),
        })
    }

    /// Reads what the program prints until `wanted` finds what it looks for in a line.
    pub fn wait_for_line<T>(
        &mut self,
        within: Duration,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + within;
        loop {
            let rest = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(rest) {
                Ok(line) => {
                    self.note(&line);
                    if let Some(found) = wanted(&line) {
                        return Ok(found);
                    }
                }
                Err(error) => {
                    let what = match error {
                        RecvTimeoutError::Timeout => "did not say what was waited for",
                        RecvTimeoutError::Disconnected => "ended early",
                    };
                    bail!("{} {what}; it said:\n{}", self.name, self.said);
                }
            }
        }
    }

    /// Asks the program to end, as the terminal's user or a service manager would, and waits.
    pub fn finish(&mut self, within: Duration) -> Result<ExitStatus> {
        kill_process(self.id()?, Signal::TERM)
            .with_context(|| format!("cannot ask {} to end", self.name))?;
        let deadline = Instant::now() + within;
        // Both outputs close when the program ends, so this does not poll.
        while let Ok(line) = self
            .lines
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            self.note(&line);
        }
        match self.child.try_wait()? {
            Some(status) => Ok(status),
            None if Instant::now() < deadline => Ok(self.child.wait()?),
            None => bail!(
                "{} did not end when asked to; it said:\n{}",
                self.name,
                self.said
            ),
        }
    }

    /// Kills the program and its children at once.
    pub fn kill(&mut self) {
        if let Ok(id) = self.id() {
            // Fails only when the group has already ended.
            let _ = kill_process_group(id, Signal::KILL);
        }
        let _ = self.child.wait();
    }

    /// Everything the program has printed.
    pub fn said(&mut self) -> &str {
        while let Ok(line) = self.lines.try_recv() {
            self.note(&line);
        }
        &self.said
    }

    fn note(&mut self, line: &str) {
        self.said.push_str(line);
        self.said.push('\n');
    }

    fn id(&self) -> Result<Pid> {
        Pid::from_raw(self.child.id() as i32).context("a process has an id")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Finds a program: at its usual place, or by one of its names on `PATH`.
pub fn find_program(usual: &str, names: &[&str], remedy: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    std::iter::once(Path::new(usual).to_owned())
        .chain(on_path)
        .find(|program| program.is_file())
        .with_context(|| {
            let names = names.join(", ");
            format!("neither {usual} nor any of {names} on PATH exists: {remedy}")
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    fn shell(script: &str) -> Process {
        Process::start("the script", Command::new("sh").args(["-c", script])).unwrap()
    }

    #[test]
    fn reads_the_line_that_is_waited_for() {
        let mut process = shell("echo starting; echo at 1234 >&2; exec sleep 60");
        let at = process
            .wait_for_line(SOON, |line| line.strip_prefix("at ").map(str::to_owned))
            .unwrap();
        assert_eq!(at, "1234");
        process.kill();
    }

    #[test]
    fn a_program_that_ends_early_is_reported_with_what_it_said() {
        let mut process = shell("echo the port is taken");
        let error = process.wait_for_line(SOON, |_| None::<()>).unwrap_err();
        assert!(error.to_string().contains("ended early"), "{error}");
        assert!(error.to_string().contains("the port is taken"), "{error}");
    }

    #[test]
    fn finishing_lets_the_program_end_by_itself() {
        let mut process =
            shell("trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done");
        process
            .wait_for_line(SOON, |line| (line == "up").then_some(()))
            .unwrap();
        assert_eq!(process.finish(SOON).unwrap().code(), Some(3));
        assert!(process.said().ends_with("bye\n"));
    }

    #[test]
    fn a_missing_program_is_named_with_its_remedy() {
        let error = find_program("/nowhere/browser", &["no-such-browser"], "install it");
        let message = error.unwrap_err().to_string();
        assert!(message.contains("/nowhere/browser"), "{message}");
        assert!(message.ends_with("install it"), "{message}");
    }
}
