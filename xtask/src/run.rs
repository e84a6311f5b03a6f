//! `cargo xtask run`: from a checkout to a page that can be called, in one command.

use std::process::{Command, ExitCode};

use crate::{
    dist,
    progress::{Elapsed, Progress, say},
    tool,
    workspace::Workspace,
};

/// Options of `cargo xtask run`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Build the relay as it is shipped, with the page inside the binary.
    #[arg(long)]
    release: bool,

    /// Arguments of `switchboard serve`, such as `--listen 127.0.0.1:9000`.
    #[arg(last = true, value_name = "SERVE ARGUMENTS")]
    serve: Vec<String>,
}

/// Builds the page and the relay, then becomes the relay.
pub(crate) fn execute(workspace: &Workspace, args: &Args) -> anyhow::Result<ExitCode> {
    let mut progress = Progress::new(dist::STEPS + 1);
    dist::execute(workspace, &mut progress)?;

    progress.step("relay");
    let mut build = tool::cargo(workspace);
    build.args(["build", "--package", "relay-server", "--bin", "switchboard"]);
    let profile = if args.release {
        build.arg("--release");
        "release"
    } else {
        "debug"
    };
    tool::run(&mut build, "building the relay")?;

    let binary = workspace
        .cargo_target_dir()?
        .join(profile)
        .join(format!("switchboard{}", std::env::consts::EXE_SUFFIX));
    say(format!(
        "built in {}; starting the relay",
        Elapsed(progress.elapsed())
    ));
    let mut relay = Command::new(binary);
    relay.arg("serve").args(&args.serve);
    become_program(&mut relay)
}

/// Hands this process over, so that signals reach the relay and nothing else has to wait for it.
#[cfg(unix)]
fn become_program(command: &mut Command) -> anyhow::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;

    let error = command.exec();
    Err(anyhow::Error::new(error)
        .context(format!("cannot start {}", command.get_program().display())))
}

/// Runs the program and ends as it ends.
#[cfg(not(unix))]
fn become_program(command: &mut Command) -> anyhow::Result<ExitCode> {
    tool::run(command, "the relay")?;
    Ok(ExitCode::SUCCESS)
}
