//! Runs a link on a port: reads the clock, moves messages, keeps the socket and the timer.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::{Array, ArrayBuffer, JSON, Object, Uint8Array};
use relay_proto::frame::CaptureMode;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, MessagePort};

use super::reading::{Fields, ReadError, read};
use super::socket::{Socket, SocketEvent};
use super::state::{Input, Link, Notice, Output};
use crate::js::{describe, get, json, now_ms, object, plain, post, set, text};

/// Serves one link on `page`, until its socket is closed.
pub(crate) fn serve(page: MessagePort) {
    let server = Rc::new(Server {
        link: RefCell::new(Link::new()),
        page,
        parts: RefCell::default(),
    });
    let this = Rc::clone(&server);
    let listener = EventListener::new(&server.page, "message", move |event| {
        this.on_order(event.unchecked_ref());
    });
    server.parts.borrow_mut().page_listener = Some(listener);
    server.page.start();
    server.run();
}

struct Server {
    link: RefCell<Link>,
    page: MessagePort,
    parts: RefCell<Parts>,
}

/// What the server holds while it runs. The listeners among them hold the server, so letting go
/// of these lets go of everything.
#[derive(Default)]
struct Parts {
    page_listener: Option<EventListener>,
    worklet: Option<(MessagePort, EventListener)>,
    socket: Option<Rc<Socket>>,
    timer: Option<Timeout>,
}

impl Server {
    fn on_order(self: &Rc<Self>, event: &MessageEvent) {
        let order = event.data();
        match text(&order, "type").as_str() {
            "worklet" => self.listen_to_worklet(event.ports().get(0).unchecked_into()),
            "open" => self.open(&text(&order, "relay"), text(&order, "hello")),
            "hang-up" => self.input(Input::HangUp {
                flush: get(&order, "flush").is_truthy(),
            }),
            // Page and link are one module: there is no other order.
            _ => {}
        }
    }

    fn listen_to_worklet(self: &Rc<Self>, port: MessagePort) {
        let this = Rc::clone(self);
        let listener = EventListener::new(&port, "message", move |event| {
            let message: &MessageEvent = event.unchecked_ref();
            this.on_worklet(&message.data());
        });
        port.start();
        self.parts.borrow_mut().worklet = Some((port, listener));
    }

    fn on_worklet(self: &Rc<Self>, data: &JsValue) {
        let Some(buffer) = data.dyn_ref::<ArrayBuffer>() else {
            if text(data, "type") == "end" {
                self.input(Input::CaptureEnded);
            }
            return;
        };
        let parcel = Uint8Array::new(buffer).to_vec();
        // The audio thread makes no buffers of its own: each goes back at once.
        if let Some((port, _)) = &self.parts.borrow().worklet {
            post(port, data, &[data]);
        }
        self.input(Input::Parcel(&parcel));
    }

    fn open(self: &Rc<Self>, relay: &str, hello: String) {
        self.input(Input::Open { hello });
        let this = Rc::clone(self);
        let opened = Socket::open(relay, move |event| match event {
            SocketEvent::Opened => this.input(Input::SocketOpened),
            SocketEvent::Message(text) => {
                let parsed = text.and_then(|text| JSON::parse(&text).ok());
                let message = parsed.ok_or(ReadError::NotAMessage);
                this.input(Input::SocketMessage(
                    message.and_then(|parsed| read(&parsed)),
                ));
            }
            SocketEvent::Closed { code, reason } => {
                this.input(Input::SocketClosed { code, reason });
            }
        });
        match opened {
            Ok(socket) => self.parts.borrow_mut().socket = Some(Rc::new(socket)),
            // A malformed address, or an insecure socket on a secure page.
            Err(error) => {
                self.input(Input::SocketClosed {
                    code: 1006,
                    reason: describe(&error),
                });
            }
        }
    }

    fn input(self: &Rc<Self>, input: Input<'_>) {
        self.link.borrow_mut().handle_input(input, now_ms());
        self.run();
    }

    /// Does what the link wants, sends what it has, and waits.
    fn run(self: &Rc<Self>) {
        while let Some(output) = self.next_output() {
            self.perform(output);
        }
        if self.link.borrow().is_closed() {
            drop(self.parts.take());
            return;
        }
        let due_ms = self.link.borrow().poll_timeout();
        let timer = due_ms.map(|due_ms| {
            let this = Rc::clone(self);
            let wait_ms = due_ms.saturating_sub(now_ms());
            Timeout::new(u32::try_from(wait_ms).unwrap_or(u32::MAX), move || {
                this.link.borrow_mut().handle_timeout(now_ms());
                this.run();
            })
        });
        self.parts.borrow_mut().timer = timer;
    }

    /// The next output; when there is none, sends frames, which may lead to more.
    fn next_output(&self) -> Option<Output> {
        let mut link = self.link.borrow_mut();
        if let Some(output) = link.poll_output() {
            return Some(output);
        }
        let socket = self.parts.borrow().socket.clone()?;
        while let Some(frame) = link.poll_frame(socket.buffered_bytes(), now_ms()) {
            socket.send_bytes(frame);
        }
        link.poll_output()
    }

    fn perform(&self, output: Output) {
        let parts = self.parts.borrow();
        match output {
            Output::Greet(hello) => {
                if let Some(socket) = &parts.socket {
                    socket.send_text(&hello);
                }
            }
            Output::Send(message) => {
                if let Some(socket) = &parts.socket {
                    socket.send_text(&json(&message));
                }
            }
            Output::Close => {
                if let Some(socket) = &parts.socket {
                    socket.close();
                }
            }
            Output::Mode(mode) => {
                if let Some((port, _)) = &parts.worklet {
                    let mode = match mode {
                        CaptureMode::Gated => "gated",
                        CaptureMode::Continuous => "continuous",
                    };
                    let message =
                        object(&[("type", &"capture_mode".into()), ("mode", &mode.into())]);
                    post(port, &message, &[]);
                }
            }
            Output::Tell(notice) => post(&self.page, &message_of(&notice), &[]),
            Output::Report(event) => post(&self.page, &plain(&event), &[]),
        }
    }
}

/// A notice as it travels to the page.
pub(super) fn message_of(notice: &Notice) -> Object {
    let name = match notice {
        Notice::Admitted => "admitted",
        Notice::Closed => "closed",
        Notice::Failed { .. } => "failed",
        Notice::Serving => "serving",
    };
    let message = object(&[("type", &name.into())]);
    if let Notice::Failed { code, detail } = notice {
        set(&message, "code", &code.name().into());
        set(&message, "detail", &detail.into());
    }
    message
}

impl Fields for JsValue {
    fn text(&self, name: &str) -> Option<String> {
        get(self, name).as_string()
    }

    fn number(&self, name: &str) -> Option<f64> {
        get(self, name).as_f64()
    }

    fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        let list = get(self, name).dyn_into::<Array>().ok()?;
        Some(
            list.iter()
                .map(|value| value.as_f64().unwrap_or(f64::NAN))
                .collect(),
        )
    }
}
