//! The page's end of the link.

use std::cell::Cell;
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    ErrorEvent, MessageChannel, MessageEvent, MessagePort, Worker, WorkerOptions, WorkerType,
};

use super::serve;
use super::server::message_of;
use super::state::Notice;
use crate::failure::FailureCode;
use crate::js::{object, post, text};
use crate::signal::Slot;

/// How long a worker may take to load before the link runs on the page.
const WORKER_START_MS: u32 = 5_000;

/// A running link. Dropping it ends its worker at once: hang up first.
#[derive(Debug)]
pub(crate) struct LinkClient {
    port: MessagePort,
    /// Where the link runs in a worker; otherwise it runs on this page.
    _worker: Option<WorkerHandle>,
    _listener: EventListener,
}

/// A worker that ends when this is dropped.
#[derive(Debug)]
struct WorkerHandle {
    worker: Worker,
    _listener: EventListener,
}

/// What a link tells the page, as it comes.
pub(crate) type OnNotice = Rc<dyn Fn(&JsValue)>;

impl LinkClient {
    /// Starts a link in the worker `worker_url`, or on the page where that cannot be.
    pub(crate) async fn start(worker_url: &str, on_notice: OnNotice) -> Result<Self, JsValue> {
        match Self::in_worker(worker_url, Rc::clone(&on_notice)).await {
            Some(client) => Ok(client),
            None => Self::on_page(on_notice),
        }
    }

    /// Has the link listen to the audio thread.
    pub(crate) fn attach(&self, worklet: &MessagePort) {
        post(
            &self.port,
            &object(&[("type", &"worklet".into())]),
            &[worklet],
        );
    }

    /// Calls `relay` with an encoded `hello`.
    pub(crate) fn open(&self, relay: &str, hello: &str) {
        let order = object(&[
            ("type", &"open".into()),
            ("relay", &relay.into()),
            ("hello", &hello.into()),
        ]);
        post(&self.port, &order, &[]);
    }

    /// Hangs up; with `flush` once the audio thread's last frames are sent.
    pub(crate) fn hang_up(&self, flush: bool) {
        let order = object(&[("type", &"hang-up".into()), ("flush", &flush.into())]);
        post(&self.port, &order, &[]);
    }

    /// `None` where the browser refuses the worker, or the worker the module.
    async fn in_worker(worker_url: &str, on_notice: OnNotice) -> Option<Self> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name("switchboard-link");
        let worker = Worker::new_with_options(worker_url, &options).ok()?;
        let channel = MessageChannel::new().ok()?;

        let started: Rc<Slot<bool>> = Rc::default();
        let is_serving: Rc<Cell<bool>> = Rc::default();
        let on_error = {
            let started = Rc::clone(&started);
            let is_serving = Rc::clone(&is_serving);
            let on_notice = Rc::clone(&on_notice);
            EventListener::new(&worker, "error", move |event| {
                if is_serving.get() {
                    on_notice(&worker_failed(event.unchecked_ref()));
                } else {
                    started.put(false);
                }
            })
        };
        let worker = WorkerHandle {
            worker,
            _listener: on_error,
        };
        hand_over(&worker.worker, &channel.port2())?;
        let client = Self::listen(channel.port1(), Some(worker), {
            let started = Rc::clone(&started);
            Rc::new(move |data| match text(data, "type").as_str() {
                "serving" => {
                    is_serving.set(true);
                    started.put(true);
                }
                "unavailable" => started.put(false),
                _ => on_notice(data),
            })
        });
        let late = Rc::clone(&started);
        let _patience = Timeout::new(WORKER_START_MS, move || late.put(false));
        started.arrival().await.then_some(client)
    }

    fn on_page(on_notice: OnNotice) -> Result<Self, JsValue> {
        let channel = MessageChannel::new()?;
        serve(channel.port2());
        Ok(Self::listen(channel.port1(), None, on_notice))
    }

    fn listen(port: MessagePort, worker: Option<WorkerHandle>, on_notice: OnNotice) -> Self {
        let listener = EventListener::new(&port, "message", move |event| {
            let message: &MessageEvent = event.unchecked_ref();
            on_notice(&message.data());
        });
        port.start();
        Self {
            port,
            _worker: worker,
            _listener: listener,
        }
    }
}

impl Drop for LinkClient {
    fn drop(&mut self) {
        self.port.close();
    }
}

impl Drop for WorkerHandle {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// Gives the worker its port and, where it can be cloned, this very module.
fn hand_over(worker: &Worker, port: &MessagePort) -> Option<()> {
    let transferred = Array::of1(port);
    let with_module = object(&[("module", &wasm_bindgen::module())]);
    worker
        .post_message_with_transfer(&with_module, &transferred)
        .or_else(|_| worker.post_message_with_transfer(&object(&[]), &transferred))
        .ok()
}

/// The notice in a link's place, once its worker has failed.
fn worker_failed(error: &ErrorEvent) -> JsValue {
    let code = FailureCode::CaptureFault;
    let detail = ["the link's worker failed: ", &error.message()].concat();
    message_of(&Notice::Failed { code, detail }).into()
}
