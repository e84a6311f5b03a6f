//! `page-weight`: what a browser loads before the first call, file by file.

use std::{fs, process::Command};

use anyhow::Context as _;

use super::table::{Cell, Table};
use crate::{dist, progress::Progress, tool, workspace::Workspace};

/// Compresses each file named on the command line at the highest quality and prints the size.
const BROTLI_SCRIPT: &str = "
    const { readFileSync } = require('node:fs');
    const { brotliCompressSync } = require('node:zlib');
    for (const path of process.argv.slice(1)) {
        console.log(brotliCompressSync(readFileSync(path)).length);
    }
";

/// Builds the page and weighs it.
pub(super) fn execute(workspace: &Workspace) -> anyhow::Result<Table> {
    dist::execute(workspace, &mut Progress::new(dist::STEPS))?;
    let folder = workspace.target("web");
    let mut paths = dist::files_below(&folder)?;
    paths.retain(|path| {
        let extension = path
            .extension()
            .map(|extension| extension.to_string_lossy());
        !extension.is_none_or(|extension| extension == "br" || extension == "gz")
    });

    let mut node = Command::new("node");
    node.args(["--eval", BROTLI_SCRIPT, "--"]).args(&paths);
    let compressed = tool::read(&mut node, "compressing with node")?;

    let mut table = Table::new(&["name", "raw_bytes", "brotli_bytes"]);
    let mut total = [0, 0];
    for (path, line) in paths.iter().zip(compressed.lines()) {
        let raw = fs::metadata(path)
            .with_context(|| format!("cannot weigh {}", path.display()))?
            .len();
        let brotli: u64 = line.trim().parse().context("node printed no size")?;
        total = [total[0] + raw, total[1] + brotli];
        let name = path.strip_prefix(&folder)?.display().to_string();
        table.push([Cell::Text(name), Cell::Count(raw), Cell::Count(brotli)]);
    }
    let [raw, brotli] = total.map(Cell::Count);
    table.push([Cell::Text("total".to_owned()), raw, brotli]);
    Ok(table)
}
