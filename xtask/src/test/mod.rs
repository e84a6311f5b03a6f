//! `cargo xtask test`: everything that has to hold, step by step.
//!
//! A step that fails does not keep the later ones from running; the list at the end names all
//! that failed. The last line counts the tests of all runners and, as one each, the other steps.
//!
//! # Layout
//! - [`budget`]: what a page may weigh
//! - [`count`]: the numbers of passed and failed tests, from what the runners print
//! - [`programs`]: the programs that tests start

mod budget;
mod count;
mod programs;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use anyhow::ensure;

use self::count::Counts;
use crate::{
    dist, golden,
    progress::{Elapsed, Progress, report_failure, say},
    tidy, tool, weights,
    workspace::Workspace,
};

/// Options of `cargo xtask test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Leave out the tests that drive a real browser, and say so.
    #[arg(long)]
    no_browser: bool,
}

/// A step of the whole test.
struct Step {
    name: &'static str,
    check: fn(&Workspace) -> anyhow::Result<Counts>,
}

/// What came of a step.
struct Outcome {
    name: &'static str,
    elapsed: Duration,
    counts: Counts,
}

/// Cheap checks first; what needs the built page after it is built.
const STEPS: [Step; 12] = [
    Step {
        name: "format",
        check: format,
    },
    Step {
        name: "tidy",
        check: |workspace| tidy::execute(workspace).map(|()| Counts::PASSED),
    },
    Step {
        name: "weights",
        check: compare_weights,
    },
    Step {
        name: "page (dist)",
        check: build_page,
    },
    Step {
        name: "download size",
        check: |workspace| budget::execute(workspace).map(|()| Counts::PASSED),
    },
    Step {
        name: "clippy",
        check: clippy,
    },
    Step {
        name: "clippy for browsers",
        check: clippy_for_browsers,
    },
    Step {
        name: "ONNX Runtime",
        check: onnx_runtime,
    },
    Step {
        name: "Rust tests",
        check: rust_tests,
    },
    Step {
        name: "tests of the test tools",
        check: test_tool_tests,
    },
    Step {
        name: "documentation",
        check: documentation,
    },
    Step {
        name: "page scripts (node)",
        check: page_scripts,
    },
];

/// The last step, which needs programs that not every machine has.
const BROWSER_STEP: Step = Step {
    name: "browser tests",
    check: browser_tests,
};

/// The package of whole-system tests: its tests come last, since they need everything else.
const SYSTEM_TESTS: &str = "switchboard-tests";

/// Runs all steps and sums up.
pub(crate) fn execute(workspace: &Workspace, args: &Args) -> anyhow::Result<ExitCode> {
    let last = (!args.no_browser).then_some(&BROWSER_STEP);
    let steps: Vec<&Step> = STEPS.iter().chain(last).collect();
    if args.no_browser {
        say("--no-browser: the browser tests are left out, so this is not the whole test");
    }
    let mut progress = Progress::new(steps.len());
    let outcomes: Vec<Outcome> = steps
        .into_iter()
        .map(|step| {
            progress.step(step.name);
            step.execute(workspace)
        })
        .collect();
    say(format!("\nall steps took {}", Elapsed(progress.elapsed())));
    for line in summary(&outcomes, args.no_browser) {
        say(line);
    }
    let failed = outcomes.iter().any(|outcome| outcome.counts.failed > 0);
    Ok(ExitCode::from(u8::from(failed)))
}

impl Step {
    fn execute(&self, workspace: &Workspace) -> Outcome {
        let started = Instant::now();
        let counts = (self.check)(workspace).unwrap_or_else(|error| {
            report_failure(&error);
            Counts::FAILED
        });
        Outcome {
            name: self.name,
            elapsed: started.elapsed(),
            counts,
        }
    }
}

/// One line per step, then what was left out, then the sum alone on the last line.
fn summary(outcomes: &[Outcome], no_browser: bool) -> Vec<String> {
    let mut total = Counts::default();
    let mut lines = Vec::new();
    for Outcome {
        name,
        elapsed,
        counts,
    } in outcomes
    {
        let verdict = if counts.failed > 0 { "FAILED" } else { "ok" };
        lines.push(format!(
            "  {verdict:<6} {name} ({counts}, {})",
            Elapsed(*elapsed)
        ));
        total = total + *counts;
    }
    if no_browser {
        lines.push(format!("  left out: {} (--no-browser)", BROWSER_STEP.name));
        lines.push(format!("partial: {total}"));
    } else {
        lines.push(total.to_string());
    }
    lines
}

fn format(workspace: &Workspace) -> anyhow::Result<Counts> {
    let mut cargo = tool::cargo(workspace);
    tool::run(
        cargo.args(["fmt", "--all", "--check"]),
        "the format check (`cargo fmt --all` formats)",
    )?;
    Ok(Counts::PASSED)
}

fn compare_weights(workspace: &Workspace) -> anyhow::Result<Counts> {
    weights::execute(workspace, &weights::Args::check())?;
    Ok(Counts::PASSED)
}

fn build_page(workspace: &Workspace) -> anyhow::Result<Counts> {
    dist::execute(workspace, &mut Progress::new(dist::STEPS))?;
    Ok(Counts::PASSED)
}

fn clippy(workspace: &Workspace) -> anyhow::Result<Counts> {
    let mut cargo = tool::cargo(workspace);
    cargo.args(["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"]);
    tool::run(&mut cargo, "clippy")?;
    Ok(Counts::PASSED)
}

fn clippy_for_browsers(workspace: &Workspace) -> anyhow::Result<Counts> {
    let mut cargo = tool::cargo(workspace);
    cargo
        .args([
            "clippy",
            "--package",
            "capture-wasm",
            "--package",
            "worklet",
            "--lib",
        ])
        .args(["--target", dist::WASM_TARGET, "--", "-Dwarnings"]);
    tool::run(&mut cargo, "clippy for browsers")?;
    Ok(Counts::PASSED)
}

fn onnx_runtime(workspace: &Workspace) -> anyhow::Result<Counts> {
    programs::ensure_installed(programs::PYTHON)?;
    golden::prepare_python(workspace)?;
    Ok(Counts::PASSED)
}

fn rust_tests(workspace: &Workspace) -> anyhow::Result<Counts> {
    let mut cargo = tool::cargo(workspace);
    cargo.args([
        "test",
        "--no-fail-fast",
        "--workspace",
        "--exclude",
        SYSTEM_TESTS,
    ]);
    count_tests(&mut cargo)
}

fn test_tool_tests(workspace: &Workspace) -> anyhow::Result<Counts> {
    let mut cargo = tool::cargo(workspace);
    cargo.args([
        "test",
        "--no-fail-fast",
        "--package",
        SYSTEM_TESTS,
        "--lib",
        "--bins",
    ]);
    count_tests(&mut cargo)
}

fn documentation(workspace: &Workspace) -> anyhow::Result<Counts> {
    let mut cargo = tool::cargo(workspace);
    cargo
        .args([
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ])
        .env("RUSTDOCFLAGS", "-Dwarnings");
    tool::run(&mut cargo, "building the documentation")?;
    Ok(Counts::PASSED)
}

fn page_scripts(workspace: &Workspace) -> anyhow::Result<Counts> {
    programs::ensure_installed(programs::NODE)?;
    let files = script_tests(&workspace.path("web/tests"))?;
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec"])
        .args(files)
        .current_dir(workspace.root());
    count_tests(&mut node)
}

/// The files that hold tests: newer versions of node do not search folders for them.
fn script_tests(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    ensure!(
        fs::exists(folder)?,
        "{} is missing: the page's scripts have no tests",
        folder.display()
    );
    let mut files = dist::files_below(folder)?;
    files.retain(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| name.ends_with(".test.js") || name.ends_with(".test.mjs"))
    });
    ensure!(
        !files.is_empty(),
        "{} has no file *.test.js",
        folder.display()
    );
    Ok(files)
}

fn browser_tests(workspace: &Workspace) -> anyhow::Result<Counts> {
    programs::ensure_installed(programs::BROWSER)?;
    let mut cargo = tool::cargo(workspace);
    cargo.args([
        "test",
        "--no-fail-fast",
        "--package",
        SYSTEM_TESTS,
        "--test",
        "*",
    ]);
    count_tests(&mut cargo)
}

/// Runs a test runner and counts; a runner that fails without naming a failed test, or that runs
/// none, is itself a failure.
fn count_tests(command: &mut Command) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    let status = tool::run_reading(command, |line| {
        if let Some(found) = count::read_line(line) {
            counts = counts + found;
        }
    })?;
    if !status.success() && counts.failed == 0 {
        report_failure(&anyhow::anyhow!("the test runner failed ({status})"));
        counts.failed = 1;
    }
    ensure!(counts != Counts::default(), "the test runner ran no test");
    Ok(counts)
}

impl Counts {
    /// A step without tests of its own that succeeded.
    const PASSED: Self = Self {
        passed: 1,
        failed: 0,
    };

    /// A step that did not get as far as running tests.
    const FAILED: Self = Self {
        passed: 0,
        failed: 1,
    };
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use tempfile::TempDir;

    use super::*;

    fn outcomes() -> [Outcome; 2] {
        let outcome = |name, passed, failed| Outcome {
            name,
            elapsed: Duration::from_secs(3),
            counts: Counts { passed, failed },
        };
        [outcome("first", 12, 0), outcome("second", 3, 2)]
    }

    #[test]
    fn sums_up_on_the_last_line() {
        let expected = [
            "  ok     first (12 passed, 0 failed, 0:03.0)",
            "  FAILED second (3 passed, 2 failed, 0:03.0)",
            "15 passed, 2 failed",
        ];
        assert_eq!(summary(&outcomes(), false), expected);
    }

    #[test]
    fn never_passes_a_partial_test_off_as_the_whole() {
        let lines = summary(&outcomes(), true);
        assert_eq!(
            lines[2..],
            [
                "  left out: browser tests (--no-browser)",
                "partial: 15 passed, 2 failed"
            ],
        );
    }

    #[test]
    fn refuses_a_runner_that_runs_no_test() {
        let mut cargo = Command::new(env!("CARGO"));
        let message = count_tests(cargo.arg("--version")).unwrap_err().to_string();
        assert!(message.contains("ran no test"), "{message}");
    }

    #[test]
    fn finds_script_tests_in_subfolders() {
        let folder = TempDir::new().unwrap();
        for name in ["a.test.js", "deep/b.test.mjs", "helper.js"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let expected = ["a.test.js", "deep/b.test.mjs"].map(|name| folder.path().join(name));
        assert_eq!(script_tests(folder.path()).unwrap(), expected);
    }

    #[test]
    fn says_where_script_tests_are_missing() {
        let folder = TempDir::new().unwrap();
        let missing = folder.path().join("tests");
        for path in [folder.path(), &missing] {
            let message = script_tests(path).unwrap_err().to_string();
            assert!(message.contains(&path.display().to_string()), "{message}");
        }
    }
}
