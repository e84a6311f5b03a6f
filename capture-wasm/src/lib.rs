#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod capture;
pub use capture::Capture;

mod options;

mod event;

mod failure;

mod link;

mod signal;

mod js;

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::MessagePort;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &'static str = include_str!("types.d.ts");

/// Serves a link on `port`. Only `link-worker.js` calls this.
#[wasm_bindgen(js_name = serveLink, skip_typescript)]
pub fn serve_link(port: MessagePort) {
    link::serve(port);
}
