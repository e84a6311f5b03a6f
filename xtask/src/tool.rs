//! Starting other programs.

use std::{
    env,
    ffi::OsStr,
    io::{BufRead as _, BufReader, ErrorKind},
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
};

use anyhow::{Context as _, bail};

use crate::{progress::say, workspace::Workspace};

/// Cargo, run in the repository's top folder.
pub(crate) fn cargo(workspace: &Workspace) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace.root());
    // What the outer cargo says about xtask is not true of the packages that the inner one
    // builds, and some build scripts run again whenever it changes.
    for (name, _) in env::vars_os() {
        let described_by_outer_cargo = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
                || matches!(name, "CARGO_BIN_NAME" | "CARGO_CRATE_NAME" | "OUT_DIR")
        });
        if described_by_outer_cargo {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a program to its end; anything but success is an error that names `what` was tried.
pub(crate) fn run(command: &mut Command, what: &str) -> anyhow::Result<()> {
    let status = command
        .status()
        .map_err(|error| start_error(command.get_program(), error))?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}

/// Runs a program to its end, shows its standard output line by line and hands each line over.
pub(crate) fn run_reading(
    command: &mut Command,
    mut on_line: impl FnMut(&str),
) -> anyhow::Result<ExitStatus> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| start_error(command.get_program(), error))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.context("cannot read what the program prints")?;
            let line = String::from_utf8_lossy(&line);
            say(&line);
            on_line(line.trim_end());
        }
    }
    child.wait().context("cannot wait for the program")
}

/// Runs a program to its end and returns its standard output.
pub(crate) fn read(command: &mut Command, what: &str) -> anyhow::Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| start_error(command.get_program(), error))?;
    if !output.status.success() {
        bail!("{what} failed ({})", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{what} gave no UTF-8 text"))
}

/// Where a program lies, if it is on the search path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&path)
        .map(|folder| folder.join(&file))
        .find(|candidate| candidate.is_file())
}

fn start_error(program: &OsStr, error: std::io::Error) -> anyhow::Error {
    let program = program.display();
    if error.kind() == ErrorKind::NotFound {
        anyhow::anyhow!("`{program}` is not installed, or not on the search path")
    } else {
        anyhow::Error::new(error).context(format!("cannot start `{program}`"))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn names_a_program_that_is_not_there() {
        let mut command = Command::new("no-such-program-anywhere");
        let message = run(&mut command, "the attempt").unwrap_err().to_string();
        assert!(
            message.contains("`no-such-program-anywhere` is not installed"),
            "{message}"
        );
    }

    #[test]
    fn hands_over_each_line_and_the_exit_status() {
        let mut command = Command::new(env!("CARGO"));
        let mut lines = Vec::new();
        let status = run_reading(command.arg("--version"), |line| lines.push(line.to_owned()));
        assert!(status.unwrap().success());
        assert!(lines[0].starts_with("cargo "), "{lines:?}");
    }
}
