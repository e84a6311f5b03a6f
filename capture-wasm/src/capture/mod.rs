//! What a page holds: a call that is being captured.
//!
//! # Layout
//!
//! - [`setup`]: from the press of a button to a live microphone.
//! - [`run`]: a call's state, what it holds, and how it ends.
//! - [`assets`], [`graph`], [`permission`]: files, audio graph, microphone.

use std::fmt;
use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::{Promise, TypeError};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

mod setup;
use setup::Halt;

mod run;
use run::Run;

mod assets;
pub(crate) use assets::module_url;

mod graph;
mod permission;

use crate::event::State;
use crate::failure::{Failure, FailureCode};
use crate::options::Options;

/// A call: this browser's microphone, on its way to a relay.
#[wasm_bindgen]
pub struct Capture {
    run: Rc<Run>,
}

#[wasm_bindgen]
impl Capture {
    /// Starts a call. Call this inside a visitor's gesture, such as a click, and without waiting
    /// for anything else first: browsers let audio begin only there.
    ///
    /// Rejects with a `TypeError` if an option is wrong, otherwise with the `CaptureFailure` that
    /// the `failed` event carries.
    #[wasm_bindgen(unchecked_return_type = "Promise<Capture>")]
    pub fn start(
        #[wasm_bindgen(unchecked_param_type = "CaptureOptions")] options: JsValue,
    ) -> Promise {
        match Options::read(&options) {
            Ok(options) => begin(options),
            Err(error) => Promise::reject(&TypeError::new(&error.to_string())),
        }
    }

    /// Hangs up. The microphone is off when this returns; what was heard until then is still sent,
    /// and the `ended` event tells when the call is over. Stopping again does nothing.
    pub fn stop(&self) {
        self.run.stop();
    }

    /// Where the call is.
    #[wasm_bindgen(getter, unchecked_return_type = "CaptureState")]
    pub fn state(&self) -> String {
        self.run.state().name().to_owned()
    }

    /// The newest detector step; silence before the first.
    #[wasm_bindgen(getter, unchecked_return_type = "Level")]
    pub fn level(&self) -> JsValue {
        self.run.level()
    }

    /// Whether confirmed speech goes on.
    #[wasm_bindgen(getter)]
    pub fn speaking(&self) -> bool {
        self.run.state() == State::Speaking
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture")
            .field("state", &self.run.state())
            .finish_non_exhaustive()
    }
}

impl Drop for Capture {
    /// The call holds its handle while it runs, so this is the page's explicit `free()`.
    fn drop(&mut self) {
        self.run.stop();
    }
}

/// Does at once what only counts inside the visitor's gesture, and the rest in its own time.
fn begin(options: Options) -> Promise {
    let run = Run::new(options.on_event.clone());
    run.enter(State::Starting);
    let Some(window) = web_sys::window() else {
        run.fail(Failure::new(FailureCode::NoMediaApi, "not on a page"));
        return Promise::reject(&run.failure());
    };
    match setup::open_audio(&window) {
        Ok(audio) => run.hold(|parts| parts.audio = Some(audio)),
        Err(failure) => run.fail(failure),
    }
    if let Some(signal) = &options.signal {
        if signal.aborted() {
            run.stop();
        }
        let this = Rc::clone(&run);
        let listener = EventListener::once(signal, "abort", move |_| this.stop());
        run.hold(|parts| parts.listeners.push(listener));
    }
    future_to_promise(async move {
        if let Err(Halt::Failed(failure)) = setup::set_up(&run, &window, &options).await {
            run.fail(failure);
        }
        if run.over.is_raised() {
            return Err(run.failure());
        }
        let handle = JsValue::from(Capture {
            run: Rc::clone(&run),
        });
        run.hold(|parts| parts.handle = Some(handle.clone()));
        Ok(handle)
    })
}
