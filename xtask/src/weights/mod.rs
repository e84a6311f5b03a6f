//! `cargo xtask weights`: the detector's weights, from the published ONNX model to the packed
//! file that `audio-dsp` embeds.
//!
//! # Layout
//! - [`onnx`]: the part of the ONNX format that is read
//! - [`network`]: which tensors are taken, in which order, and what is checked on the way
//! - [`pack`]: 16-bit floats in split byte planes
//! - [`quantize`]: 8-bit integers with a scale for each 32
//!
//! The folder `crates/audio-dsp/weights` has the layout table and the licence of the result.

mod network;
mod onnx;
mod pack;
mod quantize;

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::{
    hash::sha256_hex,
    progress::say,
    workspace::{Workspace, write_file},
};

/// The committed files, relative to the repository, and how each is packed.
const PACKED_FILES: [(&str, Pack); 2] = [
    (
        "crates/audio-dsp/weights/silero-v6.2-16k.f16",
        pack::to_f16_planes,
    ),
    (
        "crates/audio-dsp/weights/silero-v6.2-16k.q8",
        quantize::to_q8,
    ),
];

/// Packs values in one of the forms.
type Pack = fn(&[f32]) -> anyhow::Result<Vec<u8>>;

/// The same values at full precision, relative to the build folder.
const FULL_FILE: &str = "weights/silero-v6.2-16k.f32";

/// The package that carries the model, pinned by the lock file.
const SOURCE_PACKAGE: &str = "silero";

/// Where in that package the model lies.
const SOURCE_FILE: &str = "models/silero_vad.onnx";

/// SHA-256 of Silero VAD v6.2: other versions have other weights under the same tensor names.
const SOURCE_SHA256: &str = "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3";

/// Options of `cargo xtask weights`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Compare the committed file with a fresh conversion and leave it as it is.
    #[arg(long)]
    check: bool,
}

impl Args {
    /// Those of `--check`.
    pub(crate) fn check() -> Self {
        Self { check: true }
    }
}

/// Converts the weights, or compares the committed ones with a fresh conversion.
pub(crate) fn execute(workspace: &Workspace, args: &Args) -> anyhow::Result<()> {
    let source = model_path(workspace)?;
    let model =
        fs::read(&source).with_context(|| format!("cannot read the model {}", source.display()))?;
    let source_sha256 = sha256_hex(&model);
    ensure!(
        source_sha256 == SOURCE_SHA256,
        "{} is not the ONNX of Silero VAD v6.2: its SHA-256 is {source_sha256}, \
         expected {SOURCE_SHA256}; did the version of the package `{SOURCE_PACKAGE}` change?",
        source.display(),
    );

    let values = network::extract(&onnx::decode_model(&model)?)?;
    say(format!("sha256 of the model: {source_sha256}"));
    let full_path = workspace.target(FULL_FILE);
    write_file(&full_path, &pack::to_f32_bytes(&values))?;
    let shown = workspace.shown(&full_path);
    say(format!("wrote {shown} ({} values)", values.len()));

    for (file, pack) in PACKED_FILES {
        let packed = pack(&values)?;
        if args.check {
            compare(workspace, file, &packed)?;
        } else {
            write_file(&workspace.path(file), &packed)?;
            say(format!("wrote {file} ({} bytes)", packed.len()));
        }
        say(format!("sha256: {}", sha256_hex(&packed)));
    }
    Ok(())
}

/// Refuses a committed file that is not what the model gives.
fn compare(workspace: &Workspace, file: &str, packed: &[u8]) -> anyhow::Result<()> {
    let committed = fs::read(workspace.path(file))
        .with_context(|| format!("cannot read {file}; `cargo xtask weights` makes it"))?;
    if let Some(difference) = pack::first_difference(&committed, packed) {
        bail!(
            "{file} is not what the model gives: {difference}; \
             `cargo xtask weights` makes it again"
        );
    }
    say(format!("{file} is what the model gives"));
    Ok(())
}

/// The ONNX Runtime model in cargo's copy of the package that carries it.
pub(crate) fn model_path(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let metadata = workspace.metadata()?;
    let package = metadata
        .packages
        .iter()
        .find(|package| package.name == SOURCE_PACKAGE)
        .with_context(|| format!("the package `{SOURCE_PACKAGE}` is not in the lock file"))?;
    let folder = package
        .manifest_path
        .parent()
        .context("a manifest lies in a folder")?;
    Ok(folder.join(SOURCE_FILE).into_std_path_buf())
}
