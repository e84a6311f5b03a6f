//! `cargo xtask weights`: the detector's weights, from the published ONNX model to the packed
//! file that `audio-dsp` embeds.
//!
//! # Layout
//! - [`onnx`]: the part of the ONNX format that is read
//! - [`network`]: which tensors are taken, in which order, and what is checked on the way
//! - [`pack`]: 16-bit floats in split byte planes
//!
//! The folder `crates/audio-dsp/weights` has the layout table and the licence of the result.

mod network;
mod onnx;
mod pack;

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::{
    hash::sha256_hex,
    progress::say,
    workspace::{Workspace, write_file},
};

/// The committed file, relative to the repository.
const PACKED_FILE: &str = "crates/audio-dsp/weights/silero-v6.2-16k.f16";

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
    let packed = pack::to_f16_planes(&values)?;

    let full_path = workspace.target(FULL_FILE);
    write_file(&full_path, &pack::to_f32_bytes(&values))?;
    let packed_path = workspace.path(PACKED_FILE);
    if args.check {
        let committed = fs::read(&packed_path).with_context(|| {
            format!("cannot read {PACKED_FILE}; `cargo xtask weights` makes it")
        })?;
        if let Some(difference) = pack::first_difference(&committed, &packed) {
            bail!(
                "{PACKED_FILE} is not what the model gives: {difference}; \
                 `cargo xtask weights` makes it again"
            );
        }
        say(format!("{PACKED_FILE} is what the model gives"));
    } else {
        write_file(&packed_path, &packed)?;
        say(format!("wrote {PACKED_FILE} ({} bytes)", packed.len()));
    }
    say(format!(
        "wrote {} ({} values)",
        workspace.shown(&full_path),
        values.len()
    ));
    say(format!("sha256 of the model:       {source_sha256}"));
    say(format!(
        "sha256 of the packed file: {}",
        sha256_hex(&packed)
    ));
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
