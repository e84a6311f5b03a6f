//! What is compared: where each detector runs, what it weighs, which threshold it uses.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// The script that loads what is ours.
const OUR_SCRIPT: &str = "switchboard.js";

/// A detector of the comparison.
#[derive(Debug)]
pub(crate) struct Detector {
    /// What the page calls it.
    pub(crate) id: &'static str,
    /// What people call it.
    pub(crate) name: &'static str,
    /// The script of the page that loads it, in `tests/bench/vad/detectors`.
    pub(crate) script: &'static str,
    /// What that script wants to know.
    pub(crate) options: Value,
    /// Class in the audio thread's script and address of the module, where it can run there.
    pub(crate) worklet: Option<(&'static str, String)>,
    /// The probability from which on its authors take a frame for speech, by default.
    pub(crate) threshold: f64,
    /// Everything that a browser fetches to run it.
    pub(crate) files: Vec<PathBuf>,
}

impl Detector {
    /// Whether it is one of our own builds.
    pub(crate) fn is_ours(&self) -> bool {
        self.script == OUR_SCRIPT
    }
}

/// Folders that the page reads from, below these addresses.
#[derive(Debug)]
pub(crate) struct Folders {
    /// `/capture`: what `cargo xtask dist` laid out.
    pub(crate) capture: PathBuf,
    /// `/packages`: what the package manager installed.
    pub(crate) packages: PathBuf,
    /// `/earshot`: what cargo built.
    pub(crate) earshot: PathBuf,
}

impl Folders {
    pub(crate) fn new(target: &Path) -> Self {
        Self {
            capture: target.join("web/capture"),
            packages: target.join("bench/node_modules"),
            earshot: target.join("bench/earshot/wasm32-unknown-unknown/release"),
        }
    }

    /// Checks that our own module has been built.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let module = self.capture.join("worklet.simd.wasm");
        anyhow::ensure!(
            module.is_file(),
            "{} is missing: `cargo xtask dist` builds it",
            module.display()
        );
        Ok(())
    }
}

/// The comparison: ours first.
pub(crate) fn all(folders: &Folders) -> Vec<Detector> {
    let mut detectors = vec![
        switchboard(folders, "switchboard", "Switchboard", "worklet.simd.wasm"),
        switchboard(
            folders,
            "lite",
            "Switchboard, lite",
            "worklet.lite.simd.wasm",
        ),
    ];
    detectors.extend([
        vad_web(folders, "v6", "vad-web, Silero v6.2"),
        vad_web(folders, "legacy", "vad-web, its default (Silero v4)"),
        vad_web(folders, "v5", "vad-web, Silero v5"),
    ]);
    let ten = "@gooney-001/ten-vad-lib";
    detectors.push(Detector {
        id: "ten-vad",
        name: "TEN VAD",
        script: "ten-vad.js",
        options: json!({ "script": format!("/packages/{ten}/ten_vad.js") }),
        worklet: None,
        threshold: 0.5,
        files: ["ten_vad.js", "ten_vad.wasm"]
            .map(|file| folders.packages.join(ten).join(file))
            .into(),
    });
    let earshot = "/earshot/bench_earshot.wasm";
    detectors.push(Detector {
        id: "earshot",
        name: "earshot",
        script: "earshot.js",
        options: json!({ "url": earshot }),
        worklet: Some(("Earshot", earshot.to_owned())),
        threshold: 0.5,
        files: vec![folders.earshot.join("bench_earshot.wasm")],
    });
    detectors
}

/// Our own module in one of its builds.
fn switchboard(
    folders: &Folders,
    id: &'static str,
    name: &'static str,
    module: &'static str,
) -> Detector {
    let url = format!("/capture/{module}");
    Detector {
        id,
        name,
        script: OUR_SCRIPT,
        options: json!({ "url": url }),
        worklet: Some(("Switchboard", url)),
        threshold: 0.5,
        files: ["processor.js", module]
            .map(|file| folders.capture.join(file))
            .into(),
    }
}

/// vad-web with one of its models. Its own bundle stands for what a page's bundler makes of its
/// scripts and of those of ONNX Runtime.
fn vad_web(folders: &Folders, model: &'static str, name: &'static str) -> Detector {
    let own = folders.packages.join("@ricky0123/vad-web/dist");
    let runtime = folders.packages.join("onnxruntime-web/dist");
    Detector {
        id: model,
        name,
        script: "vad-web.js",
        options: json!({ "packages": "/packages", "model": model }),
        worklet: None,
        threshold: 0.3,
        files: vec![
            own.join("bundle.min.js"),
            own.join("vad.worklet.bundle.min.js"),
            own.join(format!("silero_vad_{model}.onnx")),
            runtime.join("ort-wasm-simd-threaded.mjs"),
            runtime.join("ort-wasm-simd-threaded.wasm"),
        ],
    }
}
