//! What a browser downloads, as it is and compressed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use anyhow::{Context, Result, ensure};

/// Compresses the file named first at the highest quality and writes it to the second.
const BROTLI_SCRIPT: &str = "
    const { readFileSync, writeFileSync } = require('node:fs');
    const { brotliCompressSync } = require('node:zlib');
    const [source, destination] = process.argv.slice(1);
    writeFileSync(destination, brotliCompressSync(readFileSync(source)));
";

/// Bytes of a set of files.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weight {
    /// As they are.
    pub(crate) raw: u64,
    /// Each compressed by itself with brotli, as a server would.
    pub(crate) brotli: u64,
}

/// Weighs files. Compressed copies are kept in `cache`: the largest takes half a minute.
pub(crate) fn of(files: &[PathBuf], cache: &Path) -> Result<Weight> {
    fs::create_dir_all(cache).context("cannot make the folder for compressed files")?;
    let mut sum = Weight::default();
    for file in files {
        let bytes = |path: &Path| Ok::<u64, std::io::Error>(fs::metadata(path)?.len());
        sum.raw += bytes(file).with_context(|| format!("cannot weigh {}", file.display()))?;
        sum.brotli += bytes(&compressed(file, cache)?)?;
    }
    Ok(sum)
}

fn compressed(file: &Path, cache: &Path) -> Result<PathBuf> {
    let metadata = fs::metadata(file)?;
    let age = metadata.modified()?.duration_since(SystemTime::UNIX_EPOCH);
    // Another version of a file has another size or time, so its copy has another name.
    let version = format!("{}-{}", metadata.len(), age.unwrap_or_default().as_millis());
    let name = file.to_string_lossy().replace(['/', '\\', ':'], "_");
    let copy = cache.join(format!("{name}-{version}.br"));
    if !copy.is_file() {
        let mut node = Command::new("node");
        node.args(["--eval", BROTLI_SCRIPT, "--"])
            .arg(file)
            .arg(&copy);
        let status = node
            .status()
            .context("cannot start `node`; is it installed?")?;
        ensure!(status.success(), "compressing {} failed", file.display());
    }
    Ok(copy)
}
