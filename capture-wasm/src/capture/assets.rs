//! The files beside this module, and the detector's module among them.

use js_sys::{Promise, Uint8Array, WebAssembly};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioWorklet, Response, Url};

use crate::failure::{Failure, FailureCode};
use crate::js::describe;
use crate::options::DetectorSize;

#[wasm_bindgen]
extern "C" {
    type ImportMeta;

    #[wasm_bindgen(method, getter)]
    fn url(this: &ImportMeta) -> String;

    #[wasm_bindgen(thread_local_v2, js_namespace = import, js_name = meta)]
    static IMPORT_META: ImportMeta;

    #[wasm_bindgen(js_name = fetch)]
    fn fetch_url(url: &str) -> Promise;
}

/// A module with one 128-bit vector instruction: it is valid exactly where SIMD is.
const SIMD_PROBE: [u8; 29] = [
    0x00, b'a', b's', b'm', 1, 0, 0, 0, // magic and version
    1, 5, 1, 0x60, 0, 1, 0x7b, // one type: () -> v128
    3, 2, 1, 0, // one function of it
    10, 8, 1, 6, 0, // its body:
    0x41, 0, 0xfd, 0x0f, 0x0b, // i32.const 0; i8x16.splat; end
];

/// Where the files are.
#[derive(Clone, Debug)]
pub(crate) struct Assets {
    /// A URL that ends in a slash.
    base: String,
    /// What it means when nobody answers there.
    silence: FailureCode,
}

impl Assets {
    /// The files beside this module, or in the folder `assets_url`, which may be relative to it.
    /// `None` if that is no URL. Where the `relay` serves them itself and does not answer, it is the
    /// relay that is missing and not a file.
    pub(crate) fn new(assets_url: Option<&str>, relay: Option<&str>) -> Option<Self> {
        let folder = match assets_url {
            None => ".".to_owned(),
            Some(url) if url.ends_with('/') => url.to_owned(),
            Some(url) => [url, "/"].concat(),
        };
        let base = Url::new_with_base(&folder, &module_url()).ok()?;
        let is_relays = match relay {
            None => assets_url.is_none(),
            Some(relay) => Url::new(relay).ok()?.host() == base.host(),
        };
        let silence = if is_relays {
            FailureCode::RelayUnreachable
        } else {
            FailureCode::AssetMissing
        };
        Some(Self {
            base: base.href(),
            silence,
        })
    }

    /// The URL of one file.
    pub(crate) fn url(&self, name: &str) -> String {
        [&self.base, name].concat()
    }

    /// The detector for the audio thread, compiled.
    pub(crate) async fn detector(&self, size: DetectorSize) -> Result<Detector, Failure> {
        let has_simd = has_simd();
        let name = match (size, has_simd) {
            (DetectorSize::Standard, true) => "worklet.simd.wasm",
            (DetectorSize::Standard, false) => "worklet.scalar.wasm",
            (DetectorSize::Lite, true) => "worklet.lite.simd.wasm",
            (DetectorSize::Lite, false) => "worklet.lite.scalar.wasm",
        };
        let url = self.url(name);
        let response = fetch(&url, self.silence).await?;
        let content_type = response.headers().get("content-type").ok().flatten();
        let is_wasm = content_type.is_some_and(|kind| kind.starts_with("application/wasm"));
        let compiled = if is_wasm {
            let response: &JsValue = response.as_ref();
            JsFuture::from(WebAssembly::compile_streaming(&Promise::resolve(response))).await
        } else {
            let bytes = read(&response, &url).await?;
            JsFuture::from(WebAssembly::compile(&bytes)).await
        };
        let module = compiled.map_err(|error| missing(&url, &describe(&error)))?;
        Ok(Detector {
            url,
            silence: self.silence,
            module,
            has_simd,
        })
    }
}

/// The detector's module.
#[derive(Debug)]
pub(crate) struct Detector {
    url: String,
    /// What it means when nobody answers there.
    silence: FailureCode,
    /// The compiled module.
    pub(crate) module: JsValue,
    /// Which of the two builds it is.
    pub(crate) has_simd: bool,
}

impl Detector {
    /// The module's bytes, for a browser that does not hand modules to the audio thread.
    pub(crate) async fn bytes(&self) -> Result<JsValue, Failure> {
        let response = fetch(&self.url, self.silence).await?;
        Ok(read(&response, &self.url).await?.buffer().into())
    }
}

/// Loads the audio thread's script.
pub(crate) async fn add_processor(worklet: &AudioWorklet, assets: &Assets) -> Result<(), Failure> {
    let url = assets.url("processor.js");
    let adding = worklet
        .add_module(&url)
        .map_err(|error| missing(&url, &describe(&error)))?;
    let Err(error) = JsFuture::from(adding).await else {
        return Ok(());
    };
    // The browser says the same of a missing file, a syntax error and a policy: a second look
    // tells them apart.
    fetch(&url, assets.silence).await?;
    let why = [
        &describe(&error),
        " (is it blocked by the page's content security policy?)",
    ];
    Err(missing(&url, &why.concat()))
}

/// This module's own URL.
pub(crate) fn module_url() -> String {
    IMPORT_META.with(ImportMeta::url)
}

/// The relay's socket on the host that serves this module. `None` if no host served it.
pub(crate) fn default_relay() -> Option<String> {
    let url = Url::new_with_base("/v1/socket", &module_url()).ok()?.href();
    let rest = url.strip_prefix("http")?;
    Some(["ws", rest].concat())
}

fn has_simd() -> bool {
    WebAssembly::validate(&Uint8Array::from(&SIMD_PROBE[..])).unwrap_or(false)
}

/// Asks for a file. `silence` is what it means when nobody answers; an answer other than the file
/// means that the file is missing.
async fn fetch(url: &str, silence: FailureCode) -> Result<Response, Failure> {
    let fetched = JsFuture::from(fetch_url(url)).await;
    let response: Response = fetched
        .map_err(|error| Failure::new(silence, [url, ": ", &describe(&error)].concat()))?
        .unchecked_into();
    if !response.ok() {
        return Err(missing(
            url,
            &["HTTP ", &response.status().to_string()].concat(),
        ));
    }
    Ok(response)
}

async fn read(response: &Response, url: &str) -> Result<Uint8Array, Failure> {
    let reading = response
        .array_buffer()
        .map_err(|error| missing(url, &describe(&error)))?;
    let buffer = JsFuture::from(reading)
        .await
        .map_err(|error| missing(url, &describe(&error)))?;
    Ok(Uint8Array::new(&buffer))
}

fn missing(url: &str, why: &str) -> Failure {
    Failure::new(FailureCode::AssetMissing, [url, ": ", why].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    use wasmparser::{Validator, WasmFeatures};

    #[test]
    fn the_probe_is_valid_exactly_where_simd_is() {
        let with = WasmFeatures::default() | WasmFeatures::SIMD;
        let without = WasmFeatures::default() - WasmFeatures::SIMD - WasmFeatures::RELAXED_SIMD;
        assert!(
            Validator::new_with_features(with)
                .validate_all(&SIMD_PROBE)
                .is_ok()
        );
        assert!(
            Validator::new_with_features(without)
                .validate_all(&SIMD_PROBE)
                .is_err()
        );
    }
}
