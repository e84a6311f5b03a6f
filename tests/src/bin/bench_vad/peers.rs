//! Brings what we are compared with, once: npm packages and a crate compiled to wasm.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};

/// The page with its list of packages, relative to the repository.
pub(crate) const PAGE: &str = "tests/bench/vad";

/// Installs and builds into `target/bench`. Later runs find everything there.
pub(crate) fn prepare(root: &Path) -> Result<()> {
    install_packages(&root.join(PAGE), &root.join("target/bench"))?;
    build_earshot(root)
}

/// Installs exactly what the lock file names. No package may run a script of its own.
fn install_packages(page: &Path, target: &Path) -> Result<()> {
    let stamp = target.join("node_modules/.installed-lock.json");
    let lock = fs::read(page.join("package-lock.json")).context("cannot read package-lock.json")?;
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    fs::create_dir_all(target).context("cannot make the folder target/bench")?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(page.join(file), target.join(file))
            .with_context(|| format!("cannot copy {file}"))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(target);
    run(&mut npm, "installing the npm packages")?;
    fs::write(&stamp, lock).context("cannot note what is installed")
}

/// Compiles the crate with the vectors that our own module uses.
fn build_earshot(root: &Path) -> Result<()> {
    let package = root.join(PAGE).join("earshot");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--release", "--locked"])
        .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(root.join("target/bench/earshot"))
        .env("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-feature=+simd128")
        .current_dir(package);
    run(&mut cargo, "building earshot")
}

fn run(command: &mut Command, what: &str) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("{what}: cannot start `{program}`; is it installed?"))?;
    ensure!(status.success(), "{what} failed ({status})");
    Ok(())
}
