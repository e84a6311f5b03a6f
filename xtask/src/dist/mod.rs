//! `cargo xtask dist`: everything a browser loads, laid out in `target/web`.
//!
//! # Layout
//! - [`target`]: the compilation target wasm32 of the installed toolchain
//! - [`wasm`]: builds the modules and runs wasm-bindgen on the page's one
//! - [`inspect`]: what a module imports and which features of WebAssembly it needs
//! - [`files`]: the folder of files, changed only where it differs

mod files;
mod inspect;
mod target;
mod wasm;

pub(crate) use self::{files::files_below, target::WASM_TARGET};

use anyhow::{Context as _, ensure};

use self::{
    files::WebFiles,
    inspect::Module,
    wasm::{CaptureModule, Vectors},
};
use crate::{
    progress::{Elapsed, Progress, say},
    workspace::Workspace,
};

/// Steps that [`execute`] announces.
pub(crate) const STEPS: usize = 5;

/// Files of `web` that are about the folder and not for browsers.
const NOT_SERVED: [&str; 3] = ["README.md", "package.json", "tests"];

/// Builds what browsers load and brings `target/web` up to date.
pub(crate) fn execute(workspace: &Workspace, progress: &mut Progress) -> anyhow::Result<()> {
    progress.step("target wasm32-unknown-unknown");
    target::ensure_installed(workspace)?;

    progress.step("audio-thread module, scalar");
    let scalar = wasm::build_worklet(workspace, Vectors::Scalar)?;
    progress.step("audio-thread module, simd128");
    let simd = wasm::build_worklet(workspace, Vectors::Simd128)?;
    progress.step("page module");
    let capture = wasm::build_capture(workspace)?;

    progress.step("target/web");
    check_worklets(&scalar, &simd)?;
    report("worklet.scalar.wasm", &scalar);
    report("worklet.simd.wasm", &simd);
    report("switchboard_capture_bg.wasm", &Module::new(&capture.wasm)?);
    let changes = collect(workspace, capture, scalar, simd)?.sync(&workspace.target("web"))?;
    say(format!(
        "target/web: {changes} ({})",
        Elapsed(progress.elapsed())
    ));
    Ok(())
}

/// The audio thread offers a module nothing to import, and browsers without SIMD are why the
/// scalar module is there.
fn check_worklets(scalar: &Module, simd: &Module) -> anyhow::Result<()> {
    for (name, module) in [("scalar", scalar), ("simd128", simd)] {
        ensure!(
            module.imports().is_empty(),
            "the {name} audio-thread module imports {}; it may import nothing: which dependency \
             of `worklet` brings wasm-bindgen or an `extern` block?",
            module.imports().join(", "),
        );
    }
    ensure!(
        !scalar.needs_simd(),
        "the scalar audio-thread module uses SIMD instructions: is a `target-feature` set in \
         a cargo configuration?"
    );
    ensure!(
        simd.needs_simd(),
        "the simd128 audio-thread module uses no SIMD instruction, so it is no faster than the \
         scalar one"
    );
    Ok(())
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
    scalar: Module,
    simd: Module,
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
    files.add("capture/worklet.scalar.wasm", scalar.into_bytes())?;
    files.add("capture/worklet.simd.wasm", simd.into_bytes())?;
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

    use super::{check_worklets, inspect::Module, inspect::samples};

    #[test]
    fn accepts_one_module_without_and_one_with_simd() {
        let [plain, simd] =
            [samples::PLAIN, samples::SIMD].map(|bytes| Module::new(bytes).unwrap());
        check_worklets(&plain, &simd).unwrap();
    }

    #[test]
    fn says_what_is_wrong_with_an_audio_thread_module() {
        let cases: [(&[u8], &[u8], &str); 4] = [
            (
                samples::IMPORT,
                samples::SIMD,
                "scalar audio-thread module imports env.f",
            ),
            (
                samples::PLAIN,
                samples::IMPORT,
                "simd128 audio-thread module imports env.f",
            ),
            (
                samples::SIMD,
                samples::SIMD,
                "scalar audio-thread module uses SIMD",
            ),
            (samples::PLAIN, samples::PLAIN, "uses no SIMD"),
        ];
        for (scalar, simd, expected) in cases {
            let [scalar, simd] = [scalar, simd].map(|bytes| Module::new(bytes).unwrap());
            let message = check_worklets(&scalar, &simd).unwrap_err().to_string();
            assert!(message.contains(expected), "{message:?} lacks {expected:?}");
        }
    }
}
