//! Benches that are programs of the whole-system tests: this builds what they measure, and runs
//! them.

use std::{ffi::OsString, path::Path, process::Command};

use anyhow::Context as _;

use crate::{
    dist, figures, golden,
    progress::{Progress, say},
    tool, weights,
    workspace::{Workspace, write_file},
};

/// Prints where the Python package keeps the library, whatever the operating system calls it.
const FIND_LIBRARY_SCRIPT: &str = "
import importlib.util, pathlib
folder = pathlib.Path(importlib.util.find_spec('onnxruntime').origin).parent / 'capi'
for pattern in ('libonnxruntime.so.*', 'libonnxruntime.*.dylib', 'onnxruntime.dll'):
    for path in sorted(folder.glob(pattern)):
        print(path)
";

/// The detector in Chromium beside others.
pub(super) fn vad(workspace: &Workspace, options: &[OsString]) -> anyhow::Result<()> {
    dist::execute(workspace, &mut Progress::new(dist::STEPS))?;
    let mut program = program(workspace, "bench_vad", &[]);
    program
        .arg("--chart")
        .arg(workspace.target("bench/vad.svg"));
    run(workspace, program, "vad", options)
}

/// What a window and a render quantum cost inside Chromium's audio thread.
pub(super) fn worklet(workspace: &Workspace, options: &[OsString]) -> anyhow::Result<()> {
    dist::execute(workspace, &mut Progress::new(dist::STEPS))?;
    let program = program(workspace, "bench_worklet", &[]);
    run(workspace, program, "worklet", options)
}

/// Spoken calls through a real browser into a real relay, compared with their labels.
pub(super) fn calls(workspace: &Workspace, options: &[OsString]) -> anyhow::Result<()> {
    dist::execute(workspace, &mut Progress::new(dist::STEPS))?;
    let program = program(workspace, "eval_calls", &[]);
    run(workspace, program, "calls", options)
}

/// The detector's kernels beside ONNX Runtime.
pub(super) fn native(workspace: &Workspace, options: &[OsString]) -> anyhow::Result<()> {
    let python = golden::prepare_python(workspace)?;
    let mut find = Command::new(python);
    find.args(["-c", FIND_LIBRARY_SCRIPT]);
    let found = tool::read(&mut find, "looking for ONNX Runtime")?;
    let library = found
        .lines()
        .next()
        .context("the Python package onnxruntime has no library for this system")?;

    let options_of_cargo = ["--release", "--features", "onnx"];
    let mut program = program(workspace, "bench_native", &options_of_cargo);
    program.arg("--library").arg(library);
    program.arg("--model").arg(weights::model_path(workspace)?);
    run(workspace, program, "native", options)
}

fn program(workspace: &Workspace, name: &str, options_of_cargo: &[&str]) -> Command {
    let mut cargo = tool::cargo(workspace);
    cargo
        .args(["run", "--quiet", "--package", "switchboard-tests"])
        .args(["--bin", name])
        .args(options_of_cargo)
        .arg("--");
    cargo
}

/// Runs a program that prints its table and keeps its figures as `target/bench/NAME.json`, with
/// `--publish` also beside the texts that quote them.
fn run(
    workspace: &Workspace,
    mut program: Command,
    name: &str,
    options: &[OsString],
) -> anyhow::Result<()> {
    let kept = workspace.target(format!("bench/{name}.json"));
    make_folder_of(&kept)?;
    let (publish, options): (Vec<_>, Vec<_>) =
        options.iter().partition(|option| *option == "--publish");
    program.arg("--json").arg(&kept).args(options);
    tool::run(&mut program, &format!("the bench `{name}`"))?;
    say(format!("figures are in {}", workspace.shown(&kept)));
    if !publish.is_empty() {
        for extension in ["json", "svg"] {
            let source = kept.with_extension(extension);
            if let Ok(contents) = std::fs::read(source) {
                let to = format!("{}/{name}.{extension}", figures::FOLDER);
                write_file(&workspace.path(to), &contents)?;
            }
        }
        figures::update(workspace)?;
    }
    Ok(())
}

fn make_folder_of(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().context("a file lies in a folder")?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}
