//! `cargo xtask dist`: everything a browser loads, laid out in `target/web`.
//!
//! # Layout
//! - [`target`]: the compilation target wasm32 of the installed toolchain
//! - [`wasm`]: builds the modules and runs wasm-bindgen on the page's one
//! - [`inspect`]: what a module imports and which features of WebAssembly it needs
//! - [`files`]: the folder of files, changed only where it differs

mod files;
mod inspect;
mod publish;
mod target;
mod wasm;

pub(crate) use self::{files::files_below, target::WASM_TARGET};

use anyhow::{Context as _, ensure};

use self::{
    files::WebFiles,
    inspect::Module,
    wasm::{CaptureModule, Vectors, Weights},
};
use crate::{
    progress::{Elapsed, Progress, say},
    workspace::Workspace,
};

/// Steps that [`execute`] announces.
pub(crate) const STEPS: usize = 4;

/// Files of `web` that are about the folder and not for browsers.
const NOT_SERVED: [&str; 4] = ["README.md", "package.json", "screenshots", "tests"];

/// Builds what browsers load and brings `target/web` up to date.
pub(crate) fn execute(workspace: &Workspace, progress: &mut Progress) -> anyhow::Result<()> {
    progress.step("target wasm32-unknown-unknown");
    target::ensure_installed(workspace)?;

    progress.step("audio-thread modules");
    let worklets = [Weights::Standard, Weights::Lite]
        .map(|weights| Worklets::build(workspace, weights))
        .into_iter()
        .collect::<anyhow::Result<Vec<_>>>()?;
    progress.step("page module");
    let capture = wasm::build_capture(workspace)?;

    progress.step("target/web");
    for worklets in &worklets {
        worklets.check()?;
        report(worklets.scalar_name, &worklets.scalar);
        report(worklets.simd_name, &worklets.simd);
    }
    report("switchboard_capture_bg.wasm", &Module::new(&capture.wasm)?);
    let files = collect(workspace, capture, worklets)?;
    let changes = publish::publish(workspace, files)?.sync(&workspace.target("web"))?;
    say(format!(
        "target/web: {changes} ({})",
        Elapsed(progress.elapsed())
    ));
    Ok(())
}

/// The audio thread's module with and without vectors.
struct Worklets {
    scalar_name: &'static str,
    simd_name: &'static str,
    scalar: Module,
    simd: Module,
}

impl Worklets {
    fn build(workspace: &Workspace, weights: Weights) -> anyhow::Result<Self> {
        let (scalar_name, simd_name) = match weights {
            Weights::Standard => ("worklet.scalar.wasm", "worklet.simd.wasm"),
            Weights::Lite => ("worklet.lite.scalar.wasm", "worklet.lite.simd.wasm"),
        };
        Ok(Self {
            scalar_name,
            simd_name,
            scalar: wasm::build_worklet(workspace, Vectors::Scalar, weights)?,
            simd: wasm::build_worklet(workspace, Vectors::Simd128, weights)?,
        })
    }

    /// The audio thread offers a module nothing to import, and browsers without SIMD are why the
    /// scalar module is there.
    fn check(&self) -> anyhow::Result<()> {
        for (name, module) in [
            (self.scalar_name, &self.scalar),
            (self.simd_name, &self.simd),
        ] {
            ensure!(
                module.imports().is_empty(),
                "{name} imports {}; it may import nothing: which dependency of `worklet` brings \
                 wasm-bindgen or an `extern` block?",
                module.imports().join(", "),
            );
        }
        ensure!(
            !self.scalar.needs_simd(),
            "{} uses SIMD instructions: is a `target-feature` set in a cargo configuration?",
            self.scalar_name,
        );
        ensure!(
            self.simd.needs_simd(),
            "{} uses no SIMD instruction, so it is no faster than the scalar one",
            self.simd_name,
        );
        Ok(())
    }
}

fn report(name: &str, module: &Module) {
    say(format!(
        "  {name}: {} bytes, {} imports, features: {}",
        module.bytes().len(),
        module.imports().len(),
        module.features().join(" "),
    ));
}

fn collect(
    workspace: &Workspace,
    capture: CaptureModule,
    worklets: Vec<Worklets>,
) -> anyhow::Result<WebFiles> {
    let mut files = WebFiles::default();
    files
        .add_folder("", &workspace.path("web"), |path| {
            !NOT_SERVED.iter().any(|name| path.starts_with(name))
        })
        .context("cannot collect the pages")?;
    files
        .add_folder("capture", &workspace.path("capture-wasm/js"), |path| {
            path.extension().is_some_and(|extension| extension == "js")
        })
        .context("cannot collect the scripts beside the page module")?;
    files.add_file(
        "capture/processor.js",
        &workspace.path("worklet/processor.js"),
    )?;
    for worklets in worklets {
        files.add(
            format!("capture/{}", worklets.scalar_name),
            worklets.scalar.into_bytes(),
        )?;
        files.add(
            format!("capture/{}", worklets.simd_name),
            worklets.simd.into_bytes(),
        )?;
    }
    files.add("capture/switchboard_capture.js", capture.script)?;
    files.add("capture/switchboard_capture.d.ts", capture.types)?;
    files.add("capture/switchboard_capture_bg.wasm", capture.wasm)?;
    if let Some(snippets) = &capture.snippets {
        files.add_folder("capture/snippets", snippets, |_| true)?;
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::{Worklets, inspect::Module, inspect::samples};

    fn check(scalar: &[u8], simd: &[u8]) -> anyhow::Result<()> {
        let worklets = Worklets {
            scalar_name: "scalar.wasm",
            simd_name: "simd.wasm",
            scalar: Module::new(scalar)?,
            simd: Module::new(simd)?,
        };
        worklets.check()
    }

    #[test]
    fn accepts_one_module_without_and_one_with_simd() {
        check(samples::PLAIN, samples::SIMD).unwrap();
    }

    #[test]
    fn says_what_is_wrong_with_an_audio_thread_module() {
        let cases: [(&[u8], &[u8], &str); 4] = [
            (samples::IMPORT, samples::SIMD, "scalar.wasm imports env.f"),
            (samples::PLAIN, samples::IMPORT, "simd.wasm imports env.f"),
            (samples::SIMD, samples::SIMD, "scalar.wasm uses SIMD"),
            (samples::PLAIN, samples::PLAIN, "simd.wasm uses no SIMD"),
        ];
        for (scalar, simd, expected) in cases {
            let message = check(scalar, simd).unwrap_err().to_string();
            assert!(message.contains(expected), "{message:?} lacks {expected:?}");
        }
    }
}
