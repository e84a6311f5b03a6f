//! Counting tests in what the test runners print.

use std::{
    fmt::{self, Display},
    ops::Add,
};

/// Numbers of tests, or of steps without tests of their own.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    /// How many held.
    pub(super) passed: u32,
    /// How many did not.
    pub(super) failed: u32,
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }
}

impl Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// The counts that a line of a test runner's output reports, if it does.
pub(super) fn read_line(line: &str) -> Option<Counts> {
    read_cargo_line(line).or_else(|| read_node_line(line))
}

/// `test result: ok. 3 passed; 1 failed; 0 ignored; 0 measured; 2 filtered out; ...`
fn read_cargo_line(line: &str) -> Option<Counts> {
    let (_verdict, figures) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let figure = |word: &str| {
        figures
            .split("; ")
            .find_map(|figure| figure.strip_suffix(word)?.trim_end().parse().ok())
    };
    Some(Counts {
        passed: figure("passed")?,
        failed: figure("failed")?,
    })
}

/// `ℹ pass 3`, `ℹ fail 1`, and `ℹ cancelled 1` for a test that was given up.
fn read_node_line(line: &str) -> Option<Counts> {
    let (word, figure) = line.strip_prefix("ℹ ")?.split_once(' ')?;
    let figure = figure.parse().ok()?;
    match word {
        "pass" => Some(Counts {
            passed: figure,
            failed: 0,
        }),
        "fail" | "cancelled" => Some(Counts {
            passed: 0,
            failed: figure,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_closing_lines_of_the_runners() {
        let cases = [
            (
                "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
                Some((12, 0)),
            ),
            (
                "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
                Some((3, 2)),
            ),
            ("ℹ pass 7", Some((7, 0))),
            ("ℹ fail 1", Some((0, 1))),
            ("ℹ cancelled 2", Some((0, 2))),
            ("ℹ duration_ms 55.5", None),
            ("test passes_and_fails ... ok", None),
            ("12 passed, 0 failed", None),
        ];
        for (line, expected) in cases {
            let counts = read_line(line).map(|counts| (counts.passed, counts.failed));
            assert_eq!(counts, expected, "{line}");
        }
    }
}
