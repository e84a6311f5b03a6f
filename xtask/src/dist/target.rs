//! The compilation target that browsers need, which a fresh toolchain does not have.

use std::{path::Path, process::Command};

use anyhow::bail;

use crate::{progress::say, tool, workspace::Workspace};

/// What browsers run.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Adds the target through rustup unless the toolchain has it.
pub(super) fn ensure_installed(workspace: &Workspace) -> anyhow::Result<()> {
    if is_installed(workspace)? {
        return Ok(());
    }
    if tool::find("rustup").is_none() {
        bail!(
            "this toolchain lacks the target {WASM_TARGET}, and there is no rustup to add it: \
             install the standard library for {WASM_TARGET} from where your Rust came from \
             (Debian: the package libstd-rust-dev-wasm32), or install Rust through rustup"
        );
    }
    say(format!("  adding {WASM_TARGET} through rustup"));
    let mut add = Command::new("rustup");
    add.args(["target", "add", WASM_TARGET])
        .current_dir(workspace.root());
    tool::run(&mut add, &format!("`rustup target add {WASM_TARGET}`"))
}

fn is_installed(workspace: &Workspace) -> anyhow::Result<bool> {
    let mut rustc = Command::new("rustc");
    rustc
        .args(["--print", "sysroot"])
        .current_dir(workspace.root());
    let sysroot = tool::read(&mut rustc, "`rustc --print sysroot`")?;
    let library = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(WASM_TARGET)
        .join("lib");
    Ok(library.is_dir())
}
