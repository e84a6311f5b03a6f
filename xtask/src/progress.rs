//! What the chores say while they work: the only place that writes to the terminal.

use std::{
    fmt::{self, Display},
    io::{self, Write as _},
    time::{Duration, Instant},
};

/// Prints one line of a report to standard output.
pub(crate) fn say(line: impl AsRef<str>) {
    // A reader that went away, such as `head`, is no reason to stop working.
    let _ = writeln!(io::stdout(), "{}", line.as_ref());
}

/// Prints an error with its causes, outermost first, to standard error.
pub(crate) fn report_failure(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "error: {error:#}");
}

/// Tells which step of how many a long chore is at, and since when.
#[derive(Debug)]
pub(crate) struct Progress {
    started: Instant,
    current: usize,
    total: usize,
}

impl Progress {
    /// A chore of `total` steps that starts at once.
    pub(crate) fn new(total: usize) -> Self {
        Self {
            started: Instant::now(),
            current: 0,
            total,
        }
    }

    /// Announces the next step.
    pub(crate) fn step(&mut self, what: impl Display) {
        self.current += 1;
        say(format!(
            "[{}/{} {}] {what}",
            self.current,
            self.total,
            Elapsed(self.elapsed())
        ));
    }

    /// Time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A duration as people read it: `0:07.3`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elapsed(pub(crate) Duration);

impl Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0.as_millis() / 100;
        let (minutes, tenths) = (tenths / 600, tenths % 600);
        write!(f, "{minutes}:{:02}.{}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_durations_in_minutes_and_tenths_of_seconds() {
        let cases = [
            (0, "0:00.0"),
            (7_349, "0:07.3"),
            (59_999, "0:59.9"),
            (600_000, "10:00.0"),
        ];
        for (millis, expected) in cases {
            assert_eq!(Elapsed(Duration::from_millis(millis)).to_string(), expected);
        }
    }
}
