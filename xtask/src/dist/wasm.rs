//! Builds the modules for browsers.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use wasm_bindgen_cli_support::Bindgen;

use super::{inspect::Module, target::WASM_TARGET};
use crate::{tool, workspace::Workspace};

/// Name of the page module's files.
const CAPTURE_NAME: &str = "switchboard_capture";

/// Which instructions the audio-thread module may use.
#[derive(Debug, Clone, Copy)]
pub(super) enum Vectors {
    /// Those of every browser.
    Scalar,
    /// The 128-bit vectors too.
    Simd128,
}

/// Which weights the audio-thread module carries.
#[derive(Debug, Clone, Copy)]
pub(super) enum Weights {
    /// Half precision.
    Standard,
    /// Eight bits: half the download.
    Lite,
}

impl Weights {
    fn features(self) -> &'static [&'static str] {
        match self {
            Self::Standard => &[],
            Self::Lite => &["--features", "lite"],
        }
    }
}

/// A build folder for each, so that one build does not undo another.
fn target_dir(vectors: Vectors, weights: Weights) -> &'static str {
    match (vectors, weights) {
        (Vectors::Scalar, Weights::Standard) => "wasm-scalar",
        (Vectors::Simd128, Weights::Standard) => "wasm-simd",
        (Vectors::Scalar, Weights::Lite) => "wasm-scalar-lite",
        (Vectors::Simd128, Weights::Lite) => "wasm-simd-lite",
    }
}

impl Vectors {
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Scalar => &[],
            Self::Simd128 => &["-Ctarget-feature=+simd128"],
        }
    }
}

/// The page's module and what wasm-bindgen puts beside it.
#[derive(Debug)]
pub(super) struct CaptureModule {
    /// The module.
    pub(super) wasm: Vec<u8>,
    /// The script that loads it.
    pub(super) script: Vec<u8>,
    /// The script's types.
    pub(super) types: Vec<u8>,
    /// Folder of scripts that the first one imports, if it does.
    pub(super) snippets: Option<PathBuf>,
}

/// Builds the module of the audio thread.
pub(super) fn build_worklet(
    workspace: &Workspace,
    vectors: Vectors,
    weights: Weights,
) -> anyhow::Result<Module> {
    let target_dir = workspace.target(target_dir(vectors, weights));
    let path = build(
        workspace,
        "worklet",
        &target_dir,
        vectors.flags(),
        weights.features(),
    )?;
    Module::new(&read(&path)?)
}

/// Builds the module of the page.
pub(super) fn build_capture(workspace: &Workspace) -> anyhow::Result<CaptureModule> {
    let target_dir = workspace.target("wasm-capture");
    let path = build(workspace, "capture", &target_dir, &[], &[])?;
    let folder = target_dir.join("bindgen");
    bind(&path, &folder)?;
    let file = |end: &str| read(&folder.join(format!("{CAPTURE_NAME}{end}")));
    let snippets = folder.join("snippets");
    Ok(CaptureModule {
        wasm: file("_bg.wasm")?,
        script: file(".js")?,
        types: file(".d.ts")?,
        snippets: snippets.is_dir().then_some(snippets),
    })
}

/// Builds the package of a profile of the same name and says where its module is.
fn build(
    workspace: &Workspace,
    profile: &str,
    target_dir: &Path,
    flags: &[&str],
    features: &[&str],
) -> anyhow::Result<PathBuf> {
    let package = match profile {
        "capture" => "capture-wasm",
        other => other,
    };
    let mut cargo = tool::cargo(workspace);
    cargo
        .args(["build", "--package", package, "--lib", "--profile", profile])
        .args(features)
        .args(["--target", WASM_TARGET, "--target-dir"])
        .arg(target_dir)
        .env("CARGO_ENCODED_RUSTFLAGS", encoded_flags(workspace, flags));
    tool::run(
        &mut cargo,
        &format!("building `{package}` for {WASM_TARGET}"),
    )?;
    let file = format!("{}.wasm", package.replace('-', "_"));
    Ok(target_dir.join(WASM_TARGET).join(profile).join(file))
}

/// Flags for the compiler in cargo's own notation, which takes precedence over every other place
/// where a user may have set some.
///
/// Panic messages carry paths of source files: with the folders of this machine cut off, the same
/// sources give the same bytes everywhere.
fn encoded_flags(workspace: &Workspace, flags: &[&str]) -> String {
    let mut all: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
    let cargo_home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    if let Some(cargo_home) = cargo_home {
        all.push(format!(
            "--remap-path-prefix={}=/cargo",
            cargo_home.display()
        ));
    }
    all.push(format!(
        "--remap-path-prefix={}=",
        workspace.root().display()
    ));
    all.join("\x1f")
}

/// Runs wasm-bindgen into a folder that holds nothing else.
fn bind(module: &Path, folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    Bindgen::new()
        .input_path(module)
        .out_name(CAPTURE_NAME)
        .omit_default_module_path(false)
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .web(true)
        .and_then(|bindgen| bindgen.generate(folder))
        .context("wasm-bindgen failed on the page module")
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
