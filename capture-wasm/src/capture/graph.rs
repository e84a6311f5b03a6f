//! The audio graph: microphone -> processor in the audio thread.

use gloo_events::EventListener;
use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AudioContext, AudioContextState, AudioWorkletNode, AudioWorkletNodeOptions,
    MediaStreamAudioSourceNode, MessageChannel, MessageEvent, MessagePort,
};

use super::permission::Microphone;
use crate::js::{object, post, text};

/// The name under which `processor.js` registers its processor.
const PROCESSOR: &str = "switchboard-capture";

/// Whether this browser has an audio thread that takes code.
pub(crate) fn has_audio_worklet() -> bool {
    let global = js_sys::global();
    ["AudioContext", "AudioWorkletNode"]
        .iter()
        .all(|name| Reflect::has(&global, &(*name).into()).unwrap_or(false))
}

/// The browser's audio. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct Audio(AudioContext);

impl Audio {
    /// Opens the audio at the device's own rate and asks it to run. Call this inside the
    /// visitor's gesture: later the autoplay rule may forbid it.
    pub(crate) fn open() -> Result<Self, JsValue> {
        let audio = Self(AudioContext::new()?);
        resume(&audio.0);
        Ok(audio)
    }

    /// The audio context.
    pub(crate) fn context(&self) -> &AudioContext {
        &self.0
    }
}

impl Drop for Audio {
    fn drop(&mut self) {
        if let Ok(closing) = self.0.close() {
            ignore(closing);
        }
    }
}

/// Asks the audio to run; the answer is its state.
pub(crate) fn resume(context: &AudioContext) {
    if let Ok(resuming) = context.resume() {
        ignore(resuming);
    }
}

/// Whether the audio runs.
pub(crate) fn is_running(context: &AudioContext) -> bool {
    context.state() == AudioContextState::Running
}

/// Listens to a promise whose outcome does not matter, lest the console call its refusal
/// unhandled.
fn ignore(promise: Promise) {
    spawn_local(async move {
        let _ = JsFuture::from(promise).await;
    });
}

/// What the processor tells the page.
#[derive(Debug)]
pub(crate) enum ProcessorEvent {
    /// It cannot go on.
    Fault(String),
    /// It is instantiated and warm.
    Ready,
}

/// The processor in the audio thread. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Processor {
    node: AudioWorkletNode,
    port: MessagePort,
    _listeners: [EventListener; 2],
}

impl Processor {
    /// Starts the processor with `options`. Fails where they cannot be cloned.
    pub(crate) fn start(
        context: &AudioContext,
        options: &js_sys::Object,
        on_event: impl Fn(ProcessorEvent) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let node_options = AudioWorkletNodeOptions::new();
        node_options.set_number_of_inputs(1);
        node_options.set_number_of_outputs(0);
        node_options.set_processor_options(Some(options));
        let node = AudioWorkletNode::new_with_options(context, PROCESSOR, &node_options)?;
        let port = node.port()?;
        let on_message = on_event.clone();
        let listeners = [
            EventListener::new(&port, "message", move |event| {
                let message: &MessageEvent = event.unchecked_ref();
                let data = message.data();
                match text(&data, "type").as_str() {
                    "ready" => on_message(ProcessorEvent::Ready),
                    "fault" => {
                        let words = [&text(&data, "code"), ": ", &text(&data, "message")].concat();
                        on_message(ProcessorEvent::Fault(words));
                    }
                    _ => {}
                }
            }),
            EventListener::new(&node, "processorerror", move |event| {
                let words = text(event, "message");
                on_event(ProcessorEvent::Fault(["processorerror ", &words].concat()));
            }),
        ];
        port.start();
        Ok(Self {
            node,
            port,
            _listeners: listeners,
        })
    }

    /// Gives the processor one end of a new channel, and returns the other: where frames come out.
    pub(crate) fn link(&self) -> Result<MessagePort, JsValue> {
        let channel = MessageChannel::new()?;
        let inner = channel.port1();
        post(
            &self.port,
            &object(&[("type", &"link".into()), ("port", &inner)]),
            &[&inner],
        );
        Ok(channel.port2())
    }

    /// Has it send what is left, then stop. Asking again does nothing.
    pub(crate) fn stop(&self) {
        post(&self.port, &object(&[("type", &"stop".into())]), &[]);
    }
}

impl Drop for Processor {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A microphone that is heard by a processor. Dropping it turns its light off.
#[derive(Debug)]
pub(crate) struct Source {
    node: MediaStreamAudioSourceNode,
    _microphone: Microphone,
    _listeners: Vec<EventListener>,
}

impl Source {
    /// Connects the two; `on_lost` is told when the microphone goes away.
    pub(crate) fn connect(
        context: &AudioContext,
        microphone: Microphone,
        processor: &Processor,
        on_lost: impl Fn() + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let node = context.create_media_stream_source(microphone.stream())?;
        node.connect_with_audio_node(&processor.node)?;
        let listeners = microphone
            .tracks()
            .iter()
            .map(|track| {
                let on_lost = on_lost.clone();
                EventListener::new(track, "ended", move |_| on_lost())
            })
            .collect();
        Ok(Self {
            node,
            _microphone: microphone,
            _listeners: listeners,
        })
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let _ = self.node.disconnect();
    }
}
