//! One call as the page sees it: its state, what it holds, and how it ends.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::{Error, Function, Object};
use wasm_bindgen::JsValue;

use super::graph::{Audio, Processor, Source};
use crate::event::{Event, SpeechStep, State};
use crate::failure::{Failure, FailureCode};
use crate::js::{object, plain, text};
use crate::link::LinkClient;
use crate::signal::{Flag, Slot};

/// How long a link may take to hang up before it is ended: longer than all its own waits.
const FAREWELL_MS: u32 = 3_000;

/// The quietest level that is reported, in dBFS.
const SILENCE_DBFS: f32 = -120.0;

/// One call. Its listeners hold it; they are let go of when it is over.
pub(crate) struct Run {
    on_event: Function,
    state: Cell<State>,
    stage: Cell<Stage>,
    /// The newest `level` event.
    level: RefCell<JsValue>,
    /// What the call failed of.
    failure: RefCell<JsValue>,
    parts: RefCell<Parts>,
    /// Raised when the call is over: cuts the setup short.
    pub(crate) over: Flag,
    /// The processor is ready.
    pub(crate) ready: Slot<()>,
    /// The relay takes the call.
    pub(crate) admitted: Slot<()>,
}

/// How far a call is, seen from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Files, relay and microphone are being got.
    SettingUp,
    /// The microphone's sound flows.
    Live,
    /// Hung up; the last frames go out.
    HangingUp,
    /// Ended or failed.
    Over,
}

/// What a call holds, in the order in which it is let go of.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// The microphone.
    pub(crate) source: Option<Source>,
    /// The detector in the audio thread.
    pub(crate) processor: Option<Processor>,
    /// The browser's audio.
    pub(crate) audio: Option<Audio>,
    /// Listeners for as long as the call is not over.
    pub(crate) listeners: Vec<EventListener>,
    /// The page's handle, held so that it is not collected during the call.
    pub(crate) handle: Option<JsValue>,
    /// The link, which outlives the call until it has hung up.
    pub(crate) link: Option<LinkClient>,
    /// Ends a link that does not.
    farewell: Option<Timeout>,
}

impl Run {
    /// A call that has not begun.
    pub(crate) fn new(on_event: Function) -> Rc<Self> {
        let silence = Event::Level {
            probability: 0.0,
            rms_dbfs: SILENCE_DBFS,
            peak_dbfs: SILENCE_DBFS,
        };
        Rc::new(Self {
            on_event,
            state: Cell::new(State::Starting),
            stage: Cell::new(Stage::SettingUp),
            level: RefCell::new(plain(&silence)),
            failure: RefCell::new(JsValue::UNDEFINED),
            parts: RefCell::default(),
            over: Flag::default(),
            ready: Slot::default(),
            admitted: Slot::default(),
        })
    }

    /// Where the call is.
    pub(crate) fn state(&self) -> State {
        self.state.get()
    }

    /// The newest `level` event.
    pub(crate) fn level(&self) -> JsValue {
        self.level.borrow().clone()
    }

    /// What the call failed of; `undefined` if it did not.
    pub(crate) fn failure(&self) -> JsValue {
        self.failure.borrow().clone()
    }

    /// Changes what the call holds. A call that is over takes nothing: it is let go of at once.
    pub(crate) fn hold(&self, change: impl FnOnce(&mut Parts)) {
        let mut parts = Parts::default();
        if self.stage.get() == Stage::Over {
            change(&mut parts);
        } else {
            change(&mut self.parts.borrow_mut());
        }
    }

    /// Sees what the call holds.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&Parts) -> T) -> T {
        look(&self.parts.borrow())
    }

    /// Tells the page where the call is.
    pub(crate) fn enter(&self, state: State) {
        self.state.set(state);
        self.emit(&object(&[
            ("type", &"state".into()),
            ("state", &state.name().into()),
        ]));
    }

    /// The microphone's sound flows.
    pub(crate) fn go_live(&self) {
        self.stage.set(Stage::Live);
        self.enter(State::Listening);
    }

    /// Hangs up, or withdraws from a call that is being set up. Asking again does nothing.
    pub(crate) fn stop(self: &Rc<Self>) {
        match self.stage.get() {
            Stage::SettingUp => self.fail(Failure::new(FailureCode::Aborted, "the page withdrew")),
            Stage::Live => {
                self.stage.set(Stage::HangingUp);
                // The light goes off at once, whatever the network does.
                let source = self.parts.borrow_mut().source.take();
                drop(source);
                self.with(|parts| {
                    if let Some(processor) = &parts.processor {
                        processor.stop();
                    }
                });
                self.part(true);
            }
            Stage::HangingUp | Stage::Over => {}
        }
    }

    /// Ends the call by a failure. One that is hung up or over cannot fail.
    pub(crate) fn fail(self: &Rc<Self>, failure: Failure) {
        match self.stage.get() {
            Stage::SettingUp | Stage::Live => {}
            Stage::HangingUp | Stage::Over => return,
        }
        let event: JsValue = error_of(&failure).into();
        self.failure.replace(event.clone());
        self.conclude(&event, State::Failed);
    }

    /// Takes what the link tells.
    pub(crate) fn handle_notice(self: &Rc<Self>, notice: &JsValue) {
        match text(notice, "type").as_str() {
            "admitted" => self.admitted.put(()),
            "closed" => self.on_link_closed(),
            "ended" => self.on_ended(notice),
            "failed" => {
                let code = FailureCode::of_link(&text(notice, "code"));
                self.fail(Failure::new(code, text(notice, "detail")));
            }
            "level" => {
                self.level.replace(notice.clone());
                self.emit_if_on(notice);
            }
            "speech" => self.on_speech(notice),
            "callState" | "heard" | "say" => self.emit_if_on(notice),
            _ => {}
        }
    }

    fn on_speech(&self, event: &JsValue) {
        self.emit_if_on(event);
        let Some(step) = SpeechStep::named(&text(event, "step")) else {
            return;
        };
        let state = self.state().after(step);
        // The page's listener may have hung up meanwhile.
        if state != self.state() && self.stage.get() != Stage::Over {
            self.enter(state);
        }
    }

    fn on_ended(self: &Rc<Self>, event: &JsValue) {
        if self.stage.get() == Stage::SettingUp {
            let words = text(event, "text");
            self.fail(Failure::new(FailureCode::RelayRefused, words));
        } else {
            self.conclude(event, State::Ended);
        }
    }

    fn on_link_closed(self: &Rc<Self>) {
        match self.stage.get() {
            Stage::SettingUp | Stage::Live => {
                self.fail(Failure::new(FailureCode::RelayLost, "the link closed"));
            }
            Stage::HangingUp => {
                let event = plain(&Event::Ended {
                    reason: "hangup",
                    text: String::new(),
                });
                self.conclude(&event, State::Ended);
            }
            Stage::Over => {}
        }
        drop(self.parts.take());
    }

    /// Lets go of everything but the link, then tells the page.
    fn conclude(self: &Rc<Self>, event: &JsValue, state: State) {
        if self.stage.replace(Stage::Over) == Stage::Over {
            return;
        }
        let Parts {
            source,
            processor,
            audio,
            listeners,
            handle,
            link,
            farewell,
        } = self.parts.take();
        drop((source, processor, audio, listeners));
        self.parts.replace(Parts {
            link,
            farewell,
            ..Parts::default()
        });
        self.part(false);
        self.emit(event);
        self.enter(state);
        self.over.raise();
        // Last, because the handle may be what called here.
        drop(handle);
    }

    /// Has the link hang up, and sees to it that it does.
    fn part(self: &Rc<Self>, flush: bool) {
        let mut parts = self.parts.borrow_mut();
        let Some(link) = &parts.link else { return };
        link.hang_up(flush);
        if parts.farewell.is_none() {
            let this = Rc::clone(self);
            parts.farewell = Some(Timeout::new(FAREWELL_MS, move || this.on_link_closed()));
        }
    }

    fn emit_if_on(&self, event: &JsValue) {
        if self.stage.get() != Stage::Over {
            self.emit(event);
        }
    }

    /// Calls the page's listener; what it throws is its own, and is shown as such.
    fn emit(&self, event: &JsValue) {
        if let Err(thrown) = self.on_event.call1(&JsValue::UNDEFINED, event) {
            web_sys::console::error_2(&"the onEvent listener threw".into(), &thrown);
        }
    }
}

/// A failure as the page gets it: an `Error` with everything in enumerable properties of its own,
/// so that it survives spreading and `JSON.stringify`.
fn error_of(failure: &Failure) -> Error {
    let message = failure.message();
    let error = Error::new(&message);
    let texts = failure.code.texts();
    let properties = object(&[
        ("name", &"CaptureFailure".into()),
        ("type", &"failed".into()),
        ("code", &failure.code.name().into()),
        ("message", &message.into()),
        ("nextStep", &texts.next_step.into()),
        ("detail", &(&failure.detail).into()),
    ]);
    // An error's own message is not enumerable; one that is assigned anew is.
    let _ = js_sys::Reflect::delete_property(&error, &"message".into());
    Object::assign(&error, &properties);
    error
}
